#!/usr/bin/env bats
# hotfix-client update: what it installs, and all that it refuses while keeping what it had.
load client

setup() { device_setup; }
teardown() { device_teardown; }

# What update refuses leaves patch one in force, with the words that say why.
refuses() { # words [exit]
    run update
    echo "$output"
    [ "$status" -eq "${2:-1}" ]
    [[ $output == *"$1"* ]]
    runs one
    run client begin
    [ "$status" -eq 0 ]
    [[ $output == *"/fix.zip"* ]]
    client confirm
}
has_one() {
    offer --serial 5 "$(release 1 one)"
    update
    runs one
}

@test "the first update installs the patch, whole, in a folder closed to others" {
    offer --serial 1 "$(release 1 one)"
    run update
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"patch 1 installed"* ]]
    runs one
    [ "$(stat -c %a "$DIR")" = 700 ]
    [ "$(stat -c %a "$DIR/current/fix.zip")" = 600 ]
    [ -z "$(ls -A "$DIR/partial")" ]
}

@test "a second update asks with the etag, fetches nothing and says so" {
    has_one
    run update --json
    [ "$status" -eq 0 ]
    [[ $output == *'"event":"nothing"'* && $output == *'"patch":1'* ]]
    [ "$(asked '^GET /manifest.* 304')" -eq 1 ]
    [ "$(asked '^GET /api/patch/download')" -eq 1 ]
}

@test "a newer patch replaces it; the one before is kept, those before that are not" {
    has_one
    offer --serial 6 "$(release 2 two)" "$(release 1 one)"
    update
    runs two
    [ "$(ls "$DIR/patches" | wc -l)" -eq 2 ]
    printf three >"$T/three"
    offer --serial 7 "$(release 3 three)" "$(release 2 two)"
    update
    runs three
    [ "$(ls "$DIR/patches" | wc -l)" -eq 2 ]
    [ -d "$DIR/patches/$(sha "$T/two")" ]
}

@test "another version of the app gets nothing, and says so" {
    offer --serial 1 "$(release 1 one)"
    V=2.0.0 run update
    [ "$status" -eq 0 ]
    [[ $output == *"no patch is in force"* ]]
    runs_nothing
}

@test "the question names the device, what it has and the file" {
    has_one
    offer --serial 6 "$(release 2 two)"
    update
    grep -q "\"object\":\"$(sha "$T/two")\"" "$ROOT/asked"
    grep -q "\"sha256\":\"$(sha "$T/one")\"" "$ROOT/asked"
    grep -q '"version":"1.0.0","app":"com.example.app","channel":"production","client":"device-1"' "$ROOT/asked"
}

@test "a byte flipped in the store is refused, what was in force stays, and the next update mends it" {
    has_one
    offer --serial 6 "$(release 2 two)"
    faults '{"flip":1000}'
    refuses "the bytes are not those that were signed"
    [ ! -e "$DIR/patches/$(sha "$T/two")" ]
    [ -z "$(ls -A "$DIR/partial")" ]
    faults '{}'
    update
    runs two
}

@test "another file with the same size and the same MD5 is refused" {
    # The collision of Wang, Feng, Lai and Yu (2004): two blocks that differ in six bytes.
    python3 - "$T/three" "$T/twin" <<'EOT'
import sys
a = bytearray.fromhex(
    "d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f8955ad340609f4b30283e488832571415a"
    "085125e8f7cdc99fd91dbdf280373c5bd8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0"
    "e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70")
open(sys.argv[1], "wb").write(a)
for at in (19, 45, 59, 83, 109, 123):
    a[at] ^= 0x80
open(sys.argv[2], "wb").write(a)
EOT
    [ "$(md5sum <"$T/three")" = "$(md5sum <"$T/twin")" ]
    has_one
    offer --serial 6 "$(release 2 three)"
    cp "$T/twin" "$ROOT/objects/$(sha "$T/three")"
    refuses "the bytes are not those that were signed"
    offer --serial 7 "$(release 2 three)"
    update
    runs three
}

@test "a manifest with a byte changed is refused" {
    has_one
    sign --serial 6 "$(release 2 two)" | sed 's/"payload":"\(.\{40\}\)./"payload":"\1X/' >"$ROOT/manifest.json"
    refuses "the manifest: "
}

@test "a manifest by another key is refused" {
    has_one
    openssl genpkey -algorithm ed25519 -out "$T/other.pem" 2>/dev/null
    offer --key "$T/other.pem" --serial 6 "$(release 2 two)"
    refuses "the manifest: "
}

@test "a lower serial is stale news: nothing changes, it is said, and that is no failure" {
    has_one
    offer --serial 4 "$(release 2 two)"
    run update --json
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *'"event":"stale"'* && $output == *'serial 4'* ]]
    runs one
    run client status
    [[ $output == *"serial 5"* ]]
}

@test "the same serial with other bytes is refused" {
    has_one
    offer --serial 5 "$(release 2 two)"
    refuses "two manifests with serial 5"
}

@test "an expired manifest is refused; the installed patch goes on" {
    has_one
    offer --serial 6 --published -400000 --expires -90000 "$(release 2 two)"
    refuses "expired"
    offer --serial 6 --published -400000 --expires -80000 "$(release 2 two)" # 24 hours of tolerance
    update
    runs two
}

@test "a manifest of another app or another channel is refused" {
    has_one
    offer --serial 6 --app com.example.other "$(release 2 two)"
    refuses "com.example.other"
    offer --serial 6 --channel beta "$(release 2 two)"
    refuses "beta"
}

@test "a manifest of 100 MB is refused before it is read to its end" {
    has_one
    faults '{"manifest":{"endless":true}}'
    refuses "over the limit"
    wait_for_log "hung up"
}
wait_for_log() {
    local i
    for ((i = 0; i < 1000; i++)); do
        grep -q "$1" "$ROOT/log" && return 0
        sleep 0.01
    done
    return 1
}

@test "a patch of 100 MB where a few bytes were signed is refused" {
    has_one
    offer --serial 6 "$(release 2 two)"
    faults '{"endless":true}'
    refuses "more than the 300000 bytes that were signed"
}

@test "an expired link is asked for anew, and the bytes go on where they stopped" {
    offer --serial 1 "$(release 2 two)"
    faults '{"cut":[100000],"expire":0}'
    # The first download breaks off after 100000 bytes; the second finds the link expired.
    update -v 2>"$T/said"
    runs two
    grep -q 'bytes=100000- 206' "$ROOT/log"
    rm -rf "$DIR" "$ROOT/log"
    faults '{"expire":2}'
    update
    runs two
    [ "$(asked '^POST')" -eq 3 ]
    [ "$(asked '403$')" -eq 2 ]
}

@test "a link that expires in the middle is asked for anew and the rest alone is fetched" {
    offer --serial 1 "$(release 2 two)"
    faults '{"link":{},"cut":[123456]}'
    # A client that was killed after the cut is played by one exchange only: the partial file is what it leaves.
    update
    rm -rf "$DIR"
    mkdir -m 700 "$DIR" "$DIR/partial"
    head -c 200000 "$T/two" >"$DIR/partial/$(sha "$T/two")"
    printf '"%s"' "$(sha "$T/two")" >"$DIR/partial/$(sha "$T/two").etag"
    rm "$ROOT/log"
    faults '{"expire":1}'
    update
    runs two
    [ "$(asked 'bytes=200000- 403')" -eq 1 ]
    [ "$(asked 'bytes=200000- 206')" -eq 1 ]
    [ "$(asked '^POST')" -eq 2 ]
}

@test "links that are always refused end, and what was in force stays" {
    has_one
    offer --serial 6 "$(release 2 two)"
    faults '{"gone":403}'
    refuses "refuses the links"
    [ "$(asked '403$')" -le 4 ]
}

@test "a download cut many times arrives, each byte once" {
    offer --serial 1 "$(release 2 two)"
    faults '{"cut":[1,9999,50000,1,100000]}'
    update
    runs two
    [ "$(asked '^GET /api/patch/download')" -eq 6 ]
    [ "$(asked '^POST')" -eq 1 ]
}

@test "a server that ignores Range sends it whole, and that is right too" {
    offer --serial 1 "$(release 2 two)"
    faults '{"cut":[100000],"whole":true}'
    update
    runs two
}

@test "a server that answers another range is refused" {
    has_one
    offer --serial 6 "$(release 2 two)"
    faults '{"cut":[100000],"shift":true}'
    refuses "another range"
}

@test "a partial file with damaged bytes is fetched once more from its beginning" {
    offer --serial 1 "$(release 2 two)"
    mkdir -m 700 "$DIR" "$DIR/partial"
    head -c 200000 /dev/zero >"$DIR/partial/$(sha "$T/two")"
    printf '"%s"' "$(sha "$T/two")" >"$DIR/partial/$(sha "$T/two").etag"
    update
    runs two
}

@test "a redirect of the manifest or of the download is not followed" {
    has_one
    offer --serial 6 "$(release 2 two)"
    faults "{\"manifest\":{\"redirect\":\"$EDGE/hello\"}}"
    refuses "HTTP status 302"
    faults "{\"redirect\":\"$EDGE/hello\"}"
    refuses "redirects"
    [ "$(asked '/hello')" -eq 0 ]
}

@test "an edge that gives no link, or is away, or writes escapes: said in clean words" {
    has_one
    offer --serial 6 "$(release 2 two)"
    faults '{"link":{"refuse":"Already\u001b[31m up-to-date"}}'
    refuses 'gives no link: Already\x1b[31m up-to-date'
    faults '{"link":{"status":503}}'
    refuses "HTTP status 503, away"
    faults '{"link":{"endless":true}}'
    refuses "over the limit"
    faults '{"link":{"url":"//evil.example/x"}}'
    refuses "neither a path nor"
    faults '{"link":{"url":"file:///etc/passwd"}}'
    refuses "neither a path nor"
    faults '{"manifest":{"status":503}}'
    refuses "HTTP status 503"
}

@test "no edge at all: what was in force stays, begin works" {
    has_one
    EDGE=http://127.0.0.1:1 refuses "127.0.0.1"
}

@test "an address with a prefix keeps it" {
    offer --serial 1 "$(release 1 one)"
    client update --edge "$EDGE/prefix/"
    runs one
    grep -q '^POST /prefix/api/patch/version' "$ROOT/log"
    grep -q '^GET /prefix/manifest/com.example.app/production' "$ROOT/log"
}

@test "withdrawn: the patch is taken away, or the one before comes back" {
    has_one
    offer --serial 6 "$(release 1 one state=withdrawn)"
    run update
    [ "$status" -eq 0 ]
    [[ $output == *"removed"* ]]
    runs_nothing
    offer --serial 7 "$(release 2 two)" "$(release 1 one state=withdrawn)"
    update
    runs two
    printf three >"$T/three"
    offer --serial 8 "$(release 3 three)" "$(release 2 two)"
    update
    offer --serial 9 "$(release 3 three state=withdrawn)" "$(release 2 two)"
    update
    runs two
    [ "$(asked "download.*$(sha "$T/two")")" -eq 1 ] # it lay there
}

@test "revoked bytes are taken away and are nothing to go back to" {
    has_one
    offer --serial 6 "$(release 2 two)" "$(release 1 one)"
    update
    offer --serial 7 --revoke "$(sha "$T/one")" "$(release 2 two)" "$(release 1 one state=revoked)"
    update
    runs two
    run client rollback
    [ "$status" -eq 0 ]
    runs_nothing
}

@test "back to the app as shipped: a release without a file removes the patch" {
    has_one
    offer --serial 6 "patch=2;target=1.0.0;file=none" "$(release 1 one)"
    run update
    [[ $output == *"removed"* ]]
    runs_nothing
}

@test "a new key beside the old one, then alone" {
    has_one
    openssl genpkey -algorithm ed25519 -out "$T/new.pem" 2>/dev/null
    openssl pkey -in "$T/new.pem" -pubout -out "$T/newpub.pem"
    offer --key "$T/key.pem" --key "$T/new.pem" --serial 6 "$(release 2 two)"
    update
    runs two
    # The app's next version pins the new key alone: the serial that both signed stays.
    offer --key "$T/new.pem" --serial 5 "$(release 1 one)"
    KEY=$T/newpub.pem run update
    [[ $output == *"stale"* ]]
    # One that only the dropped key vouched for is forgotten.
    rm -rf "$DIR"
    offer --serial 900 "$(release 2 two)"
    update
    offer --key "$T/new.pem" --serial 1 "$(release 3 one)"
    KEY=$T/newpub.pem update
    runs one
}

@test "a disk that takes no more: said so, what was in force stays, and the next update goes on" {
    has_one
    offer --serial 6 "$(release 2 two)" "$(release 1 one)"
    # A limit on the size of files stands for the disk: as root or not, the write ends in the middle.
    run bash -c "trap '' XFSZ; ulimit -f 100; exec \"\$@\"" -- "$HOTFIX_BIN/hotfix-client" update --edge "$EDGE" \
        --app com.example.app --channel production --version 1.0.0 --dir "$DIR" --key "$T/pub.pem"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *"cannot write a partial file"* ]]
    runs one
    printf other >"$T/three"
    offer --serial 7 "$(release 3 three)" "$(release 1 one)"
    run bash -c "trap '' XFSZ; ulimit -f 0; exec \"\$@\"" -- "$HOTFIX_BIN/hotfix-client" update --edge "$EDGE" \
        --app com.example.app --channel production --version 1.0.0 --dir "$DIR" --key "$T/pub.pem"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *"cannot write"* ]]
    runs one
    run client status
    [[ $output == *"serial 6"* ]]
    update
    runs three
}

@test "two updates at once: the second is told so and changes nothing" {
    offer --serial 1 "$(release 1 one)"
    mkdir -m 700 "$DIR"
    (
        flock 9
        run update
        [ "$status" -eq 1 ]
        [[ $output == *"another process"* ]]
    ) 9>"$DIR/update.lock"
    update
    runs one
}

@test "links inside the folder are not followed" {
    mkdir -m 700 "$DIR"
    mkdir "$T/outside"
    echo keep >"$T/outside/file"
    ln -s "$T/outside" "$DIR/patches"
    offer --serial 1 "$(release 1 one)"
    run update
    [ "$status" -eq 1 ]
    [ "$(ls "$T/outside")" = file ]
    rm "$DIR/patches" "$DIR/state.json"
    ln -s "$T/outside/file" "$DIR/state.json"
    update
    [ "$(cat "$T/outside/file")" = keep ]
    runs one
}

@test "a folder of another app or channel is refused" {
    has_one
    run client update --edge "$EDGE" # the same: fine
    [ "$status" -eq 0 ]
    run "$HOTFIX_BIN/hotfix-client" update --edge "$EDGE" --app com.example.other --channel production --version 1.0.0 \
        --dir "$DIR" --key "$T/pub.pem"
    [ "$status" -eq 1 ]
    [[ $output == *"belongs to app com.example.app"* ]]
}

@test "wrong usage ends with 2 and says what" {
    run "$HOTFIX_BIN/hotfix-client"
    [ "$status" -eq 2 ]
    run "$HOTFIX_BIN/hotfix-client" status
    [[ $status -eq 2 && $output == *"--dir is missing"* ]]
    run client destroy
    [[ $status -eq 2 && $output == *"no such command: destroy"* ]]
    run client status --verbos3
    [ "$status" -eq 2 ]
    run client update --edge ftp://x
    [[ $status -eq 2 && $output == *"https://"* ]]
    run client status --dir /elsewhere
    [[ $status -eq 2 && $output == *"given twice: --dir"* ]]
    V=1..2 run client begin
    [ "$status" -eq 2 ]
    KEY=$T/key.pem run client begin
    [[ $status -eq 2 && $output == *"private key"* ]]
    KEY=$T/none.pem run client begin
    [ "$status" -eq 2 ]
    run client status
    [[ $status -eq 2 && $output == *"there is no folder"* ]]
    [ ! -e "$DIR" ]
    run client update
    [[ $status -eq 2 && $output == *"needs the edge"*"the edge is missing"* ]]
    DIR=$T/no/where run update
    [[ $status -eq 1 && $output == *"make the one above it first"* ]]
}

@test "an app or channel that the edge lacks is said, and status says when it looked at no manifest" {
    faults '{"manifest":{"status":404}}'
    run update
    [[ $status -eq 1 && $output == *"HTTP status 404: the edge has no such app and channel"* ]]
    faults '{}'
    has_one
    run "$HOTFIX_BIN/hotfix-client" status --dir "$DIR"
    [[ $status -eq 0 && $output == *"not looked at: no --key"* ]]
}

@test "a folder that holds other things is not closed to others" {
    mkdir -m 755 "$T/home"
    echo mine >"$T/home/file"
    run "$HOTFIX_BIN/hotfix-client" status --dir "$T/home"
    [ "$status" -ne 0 ]
    [[ $output == *"holds other things"* ]]
    [ "$(stat -c %a "$T/home")" = 755 ]
}

@test "--json says in a word why a call failed, or why a patch is gone" {
    offer --serial 1 "$(release 1 one)"
    run update --json
    [[ $output == *'"reason":"none"'* && $output == *'"event":"installed"'* ]]
    openssl genpkey -algorithm ed25519 -out "$T/other.pem" 2>/dev/null
    offer --serial 2 --key "$T/other.pem" "$(release 1 one)"
    run update --json
    [[ $output == *'"result":"refused"'* && $output == *'"reason":"signature"'* ]]
    offer --serial 2 "$(release 1 one 'state=withdrawn')"
    run update --json
    [[ $output == *'"result":"ok"'* && $output == *'"event":"removed"'* && $output == *'"reason":"withdrawn"'* ]]
    run client update --edge http://127.0.0.1:1 --json
    [[ $output == *'"result":"again"'* && $output == *'"reason":"network"'* ]]
    run client status --json
    [[ $output == *'"reason":"none"'* ]]
}
