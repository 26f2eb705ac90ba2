# Sourced by tests that need a running edge.

# Writes $1/hotfix.ini for the store that mkstore makes in $1; the lines of stdin are added to [edge].
edge_ini() {
    cat >"$1/hotfix.ini" <<INI
[app]
id = com.example.shop
[channel production]
[trust]
keys = file:$1/pub.pem
[store]
url = file://$1/store
[edge]
listen = 127.0.0.1:0
secret = file:$1/url.key
$(cat)
INI
}

mkstore() { "$HF_TEST_BIN/e2e/mkstore" "$@"; }

# Starts the edge with $1/hotfix.ini and waits until it is ready. Sets edge_pid and port; its output goes to $1/out and $1/err.
# Words behind the folder are put before the program ("setpriv ...").
edge_up() {
    local dir=$1 i
    shift
    { "$@" "$HOTFIX_BIN/hotfix-edge" -c "$dir/hotfix.ini" 3>&- & } >"$dir/out" 2>"$dir/err"
    edge_pid=$!
    for ((i = 0; i < 400; i++)); do
        port=$(sed -nE 's/^hotfix-edge: listening on 127\.0\.0\.1:([0-9]+)$/\1/p' "$dir/out")
        [ -z "$port" ] || return 0
        kill -0 "$edge_pid" 2>/dev/null || break
        sleep 0.05
    done
    echo "the edge did not start:"
    cat "$dir/out" "$dir/err"
    return 1
}

# Ends it with a signal, and waits.
edge_down() { # pid [signal]
    local status=0
    kill -"${2:-TERM}" "$1" || return 1
    wait "$1" || status=$?
    return "$status"
}

# The processes that kore is, one of each generation; and the workers below them.
generations_of() { cat "/proc/$1/task/$1/children"; }
workers_of() {
    local g
    for g in $(generations_of "$1"); do cat "/proc/$g/task/$g/children" 2>/dev/null || true; done
}

# Asks for a patch: workers' JSON on stdout.
check_version() { get -d "${1:-{\"version\":\"1.0.0\"\}}" "$(base)/api/patch/version"; }

# By curl; over TLS when EDGE_CA names the certificate to trust.
base() { echo "http${EDGE_CA:+s}://127.0.0.1:$port"; }
get() { curl -sS -m 20 ${EDGE_CA:+--cacert "$EDGE_CA"} "$@"; }
link() { check_version | jq -r .url; }
