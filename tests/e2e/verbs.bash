# verbs.bash: a running edge and a device for the tests of the verbs; loaded behind common.bash.
# shellcheck shell=bash disable=SC2154
hotfix() { "$bin/hotfix" "$1" --repo "$bare" "${@:2}"; }

# Starts an edge on any free port; its address is in $edge. It is ended by edge_down.
edge_up() {
    local i
    sed -i 's/^listen = .*/listen = 127.0.0.1:0/' "$bare/hotfix.ini"
    { "$bin/hotfix-edge" -c "$bare/hotfix.ini" 2>&1 3>&- & } >"$BATS_TEST_TMPDIR/edge.log"
    edge_pid=$!
    for ((i = 0; i < 600; i++)); do
        edge=$(sed -n 's|^hotfix-edge: listening on |http://|p' "$BATS_TEST_TMPDIR/edge.log" | head -n 1)
        [ -z "$edge" ] || return 0
        kill -0 "$edge_pid" || break
        sleep 0.05
    done
    cat "$BATS_TEST_TMPDIR/edge.log" >&2
    return 1
}
edge_down() {
    [ -z "${edge_pid:-}" ] || { kill "$edge_pid" && wait "$edge_pid"; } 2>/dev/null || true
}

# Asks the edge until the answer to JSON makes a Python expression over a true, for 2 s at most:  edge_says JSON EXPRESSION
edge_says() {
    python3 - "$edge" "$@" <<'EOP'
import json, sys, time, urllib.request
edge, body, wanted = sys.argv[1:]
start = time.monotonic()
while True:
    q = urllib.request.Request(edge + "/api/patch/version", body.encode(), {"Content-Type": "application/json"})
    a = json.load(urllib.request.urlopen(q, timeout=10))
    if eval(wanted):
        break
    if time.monotonic() - start > 2:
        sys.exit(f"2 s later the edge still says {a}, not {wanted}")
    time.sleep(0.02)
EOP
}

# Which of 1,000 devices the edge gives a patch: their numbers, one a line.
edge_reaches() {
    python3 - "$edge" <<'EOP'
import http.client, json, sys
c = http.client.HTTPConnection(sys.argv[1].split("//")[1], timeout=20)
for i in range(1000):
    c.request("POST", "/api/patch/version", json.dumps({"version": "1.0.0", "client": f"device-{i:04}"}))
    if json.loads(c.getresponse().read())["update"]:
        print(f"{i:04}")
EOP
}

# The device fetches what the edge has for it.
device_update() {
    "$bin/hotfix-client" update --edge "$edge" --app "$app" --channel production --version 1.0.0 --client-id device-1 \
        --dir "$BATS_TEST_TMPDIR/device" --key "$bare/hotfix/signing.pub.pem"
}
# The SHA-256 of what the device runs, or "none".
device_has() {
    local link=$BATS_TEST_TMPDIR/device/current
    if [ -L "$link" ]; then basename "$(readlink "$link")"; else echo none; fi
}
sha_of() { value "[r['file']['sha256'] for r in m['releases'] if r['patch'] == $1][0]"; }
