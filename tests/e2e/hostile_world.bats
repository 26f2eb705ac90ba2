#!/usr/bin/env bats
# Hostile requests and links at a running edge, hostile manifests at a device: a clear answer each, and everything stays as it was.
bats_require_minimum_version 1.5.0
load client.bash
load edge.bash

forge() { python3 "$HF_TOP/tests/e2e/forge.py" "$@"; }

teardown() {
    device_teardown
    [ -z "${edge_pid:-}" ] || edge_down "$edge_pid"
}

# An edge of an app with one patch, and its worker.
start_edge() {
    dir=$BATS_TEST_TMPDIR/edge
    mkdir "$dir"
    mkstore keys "$dir"
    head -c 5000 /dev/urandom >"$dir/patch"
    mkstore put "$dir" com.example.shop production 7 86400 "1,live,1.0.0,10000,normal,$dir/patch"
    echo 'workers = 1' | edge_ini "$dir"
    edge_up "$dir"
    worker=$(workers_of "$edge_pid")
    sum=$(sha "$dir/patch")
    cp "$dir/err" "$dir/err.before"
}

# The same worker still serves, and has said nothing.
serves() {
    [ "$(curl -sS "http://127.0.0.1:$port$(check_version | jq -r .url)" | sha256sum)" = "$sum  -" ]
    [ "$(workers_of "$edge_pid")" = "$worker" ]
    cmp "$dir/err" "$dir/err.before" || { cat "$dir/err"; return 1; }
}

# Asks for a download: opens TOKEN STATUS BODY
opens() {
    run --separate-stderr curl -sS -m 20 --path-as-is -w ' %{http_code}' "http://127.0.0.1:$port/api/patch/download/$1"
    [ "$output" = "$3 $2" ] || { echo "$1: $output"; return 1; }
}

@test "links: cut, changed, expired, for another app or another file: refused, and the right one still opens" {
    start_edge
    invalid='{"error":"Invalid or expired link"}'
    soon=$(($(date +%s) + 60))
    good=$(forge token "$dir/url.key" "$soon" com.example.shop "objects/$sum")
    [ "$(curl -sS "http://127.0.0.1:$port/api/patch/download/$good" | sha256sum)" = "$sum  -" ]
    for n in 1 10 40 100 $((${#good} - 44)) $((${#good} - 43)) $((${#good} - 1)); do opens "${good:0:$n}" 404 "$invalid"; done
    for n in 0 3 8 20 60 $((${#good} - 20)) $((${#good} - 2)); do
        other=A
        [ "${good:$n:1}" != A ] || other=B
        opens "${good:0:$n}$other${good:$((n + 1))}" 404 "$invalid"
    done
    opens "$good.$good" 404 "$invalid"
    opens "$good=" 404 "$invalid"
    opens "$(forge token "$dir/url.key" $((soon - 120)) com.example.shop "objects/$sum")" 403 '{"error":"Link expired"}'
    # Signed, but for what there is not, or may not be.
    opens "$(forge token "$dir/url.key" "$soon" com.example.other "objects/$sum")" 404 "$invalid"
    for key in "objects/${sum//[0-9a-f]/0}" "../../$(basename "$dir")/signing.pem" ../../url.key production/manifest.json \
        "objects/../production/manifest.json" "objects/$sum/" "/etc/passwd"; do
        opens "$(forge token "$dir/url.key" "$soon" com.example.shop "$key")" 404 "$invalid"
    done
    opens "$(forge token "$dir/url.key" "$soon" ../edge/store/com.example.shop "objects/$sum")" 404 "$invalid"
    head -c 32 /dev/urandom | xxd -p -c 64 >"$dir/other.key"
    opens "$(forge token "$dir/other.key" "$soon" com.example.shop "objects/$sum")" 404 "$invalid"
    serves
}

# Asks about a version: answers BODY STATUS WORDS
answers() {
    run --separate-stderr curl -sS -m 20 -w ' %{http_code}' --data-binary "$1" "http://127.0.0.1:$port/api/patch/version"
    [[ $output == '{"error":"'*"$3"*'} '"$2" ]] || { echo "${1:0:60}: $output"; return 1; }
}

@test "requests: bad JSON, deep nesting, 1 MB bodies, a version that is a number: refused in words" {
    start_edge
    answers '{"version":1}' 400 "Invalid version"
    answers '{"version":1.0}' 400 ""
    answers '{}' 400 "version required"
    answers '{"version":"1.0.0"' 400 "invalid JSON"
    answers '{"version":"1.0.0"}}' 400 "invalid JSON"
    answers '{"version":"1.0.0","version":"1.0.0"}' 400 "invalid JSON"
    answers "$(printf '{"version":"\377\376"}')" 400 "invalid JSON"
    answers 'version=1.0.0' 400 "invalid JSON"
    answers '"1.0.0"' 400 "invalid JSON"
    answers '["1.0.0"]' 400 "not a JSON object"
    answers '{"version":"1.0.0; DROP TABLE"}' 400 "Invalid version"
    answers '{"version":"../../etc/passwd"}' 400 "Invalid version"
    answers "{\"version\":$(printf '[%.0s' {1..2000})" 400 "nested deeper than"
    answers "{\"version\":\"1.0.0\",\"x\":$(printf '{"a":%.0s' {1..600})1$(printf '}%.0s' {1..600})}" 400 "nested deeper than"
    head -c 1048576 /dev/zero | tr '\0' ' ' >"$dir/body"
    run --separate-stderr curl -sS -m 20 -o /dev/null -w '%{http_code}' -H 'Expect:' --data-binary "@$dir/body" "http://127.0.0.1:$port/api/patch/version"
    [ "$output" = 413 ]
    run --separate-stderr curl -sS -m 20 -o /dev/null -w '%{http_code}' -H 'Expect:' -H 'Transfer-Encoding: chunked' --data-binary "@$dir/body" \
        "http://127.0.0.1:$port/api/patch/version"
    [[ $output == 4?? ]]
    serves
}

# A signed manifest of form or content that is none of ours: forged WORDS [forge's arguments]
forged() {
    local words=$1
    shift
    sign --serial 6 "$(release 2 two)" | forge manifest "$T/key.pem" "$@" >"$ROOT/manifest.json"
    run update
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *"$words"* ]]
    runs one
}

@test "manifests of the right key: another alg, b64, a member twice, a higher format, a key that leaves its folder" {
    device_setup
    offer --serial 5 "$(release 1 one)"
    update
    runs one
    cp "$T/two" "$ROOT/objects/$(sha "$T/two")"
    forged "the manifest: " --header '{"alg":"none","kid":"KID","typ":"hotfix-manifest+json"}'
    forged "the manifest: " --header '{"alg":"HS256","kid":"KID","typ":"hotfix-manifest+json"}'
    forged "the manifest: " --header '{"alg":"EdDSA","b64":false,"crit":["b64"],"kid":"KID","typ":"hotfix-manifest+json"}'
    forged "the manifest: " --header '{"alg":"EdDSA","kid":"KID","typ":"hotfix-manifest+json","x":1}'
    forged "duplicate" --text '"serial":6' '"serial":6,"serial":600'
    forged "its format is 2" --text '"format":1' '"format":2'
    forged "objects/" --text '"key":"objects/' '"key":"../objects/'
    forged "file name" --text '"name":"fix.zip"' '"name":"../../current"'
    forged "critical" --text '"critical":[]' '"critical":[7]'
    # One that this device does not understand is no patch for it, and no fault.
    sign --serial 6 "$(release 2 two)" | forge manifest "$T/key.pem" --text '"critical":[]' '"critical":["quantum"],"quantum":1' >"$ROOT/manifest.json"
    run update
    echo "$output"
    [ "$status" -eq 0 ]
    runs one
    # Not one of them was taken for news: the next right one is.
    offer --serial 6 "$(release 3 two)" || true
    offer --serial 7 "$(release 3 two)"
    update
    runs two
}
