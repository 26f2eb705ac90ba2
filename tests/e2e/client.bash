# client.bash: a device's folder in $T/dir, keys, patches, and a stub of the edge (stub_edge.py). Loaded by client*.bats.
# shellcheck shell=bash
HF_TOP=${HF_TOP:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
HOTFIX_BIN=${HOTFIX_BIN:-$HF_TOP/build/bin}
HF_TEST_BIN=${HF_TEST_BIN:-$HF_TOP/build/tests}
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy

device_setup() {
    T=$BATS_TEST_TMPDIR
    ROOT=$T/edge
    DIR=$T/dir
    mkdir -p "$ROOT/objects"
    openssl genpkey -algorithm ed25519 -out "$T/key.pem" 2>/dev/null
    openssl pkey -in "$T/key.pem" -pubout -out "$T/pub.pem"
    python3 "$HF_TOP/tests/e2e/stub_edge.py" "$ROOT" 3>&- &
    STUB=$!
    wait_for "$ROOT/port"
    EDGE=http://127.0.0.1:$(cat "$ROOT/port")
    printf 'patch one' >"$T/one"
    head -c 300000 /dev/urandom >"$T/two"
}

device_teardown() {
    [ -z "${STUB:-}" ] || { kill "$STUB" && wait "$STUB"; } 2>/dev/null || true
}

wait_for() { # a file, with a deadline
    local i
    for ((i = 0; i < 1000; i++)); do
        [ -s "$1" ] && return 0
        sleep 0.01
    done
    echo "no $1 in 10 s" >&2
    return 1
}

# offer [mkmanifest's arguments]: signs and publishes; the files of the releases become objects.
offer() {
    local f
    sign "$@" >"$ROOT/manifest.new"
    mv "$ROOT/manifest.new" "$ROOT/manifest.json"
    for f in "$T/one" "$T/two" "$T/three"; do
        [ ! -f "$f" ] || cp "$f" "$ROOT/objects/$(sha "$f")"
    done
}
sign() {
    local key=(--key "$T/key.pem")
    [[ " $* " != *" --key "* ]] || key=()
    "$HF_TEST_BIN/e2e/mkmanifest" "${key[@]}" "$@" 2>/dev/null
}
release() { # patch file [more]
    echo "patch=$1;file=$T/$2;target=1.0.0${3:+;$3}"
}
faults() {
    printf '%s' "$1" >"$ROOT/faults.new"
    mv "$ROOT/faults.new" "$ROOT/faults.json"
}
sha() { sha256sum "$1" | cut -d' ' -f1; }

# client COMMAND [options]: as the device, on version $V (1.0.0).
client() {
    local cmd=$1
    shift
    "$HOTFIX_BIN/hotfix-client" "$cmd" --app com.example.app --channel production --version "${V:-1.0.0}" \
        --client-id device-1 --dir "$DIR" --key "${KEY:-$T/pub.pem}" "$@"
}
update() { client update --edge "$EDGE" "$@"; }

# What the device runs is this file, and the folder says nothing else.
runs() {
    [ "$(readlink "$DIR/current")" = "patches/$(sha "$T/$1")" ]
    cmp "$T/$1" "$DIR/current/${2:-fix.zip}"
}
runs_nothing() { [ ! -e "$DIR/current" ] && [ ! -L "$DIR/current" ]; }
asked() { grep -c "$1" "$ROOT/log" || true; }
