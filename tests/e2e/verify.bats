#!/usr/bin/env bats
# hotfix verify: each kind of damage to a store gives its finding.
bats_require_minimum_version 1.5.0
load common

# A store with a hotfix.ini and keys, without a repository: verify needs none.
setup() {
    T=$BATS_TEST_TMPDIR
    cd "$T" || return 1
    "$bin/hotfix" keygen key.pem 2>/dev/null >kid
    store=$T/store
    line=$store/$app/production
    mkdir -p "$line/history" "$store/$app/objects"
    cat >hotfix.ini <<INI
[app]
id = $app
[channel production]
[sign]
key = file:$T/no-such-key.pem
[trust]
keys = file:$T/key.pub.pem
[store]
url = file://$store
INI
    for n in 1 2 3; do
        echo "patch $n" >"$n.bin"
        cp "$n.bin" "$(object "$n")"
    done
}

object() { echo "$store/$app/objects/$(sha256sum <"$T/$1.bin" | cut -d' ' -f1)"; }

# Signs a manifest and puts it into force and into history: in_force SERIAL [mkmanifest's arguments]
in_force() {
    "$HF_TEST_BIN/e2e/mkmanifest" --key "${KEY:-$T/key.pem}" --app "$app" --serial "$1" "${@:2}" >"$line/manifest.json" 2>/dev/null
    cp "$line/manifest.json" "$line/history/$1.json"
}
one() { echo "patch=$1;target=1.0.0;file=$T/$1.bin${2:+;$2}"; }

# A good store with three serials.
three() {
    in_force 1 --published -300 "$(one 1)"
    in_force 2 --published -200 "$(one 2 rollout=2500)" "$(one 1)"
    in_force 3 --published -100 "$(one 3 rollout=2500)" "$(one 2 state=paused)" "$(one 1)"
}

verify() { run "$bin/hotfix" verify -c hotfix.ini "$@"; }

# The store is judged bad, in these words: an error; or good, with a warning.
error() {
    verify
    [ "$status" = 1 ]
    says "error: $1" "$output"
    grep '^error: ' <<<"$output" | grep -q '; ' # each says what to do
    verify --json
    [ "$status" = 1 ]
    python3 -c 'import json, sys; a = json.loads(sys.argv[1]); assert a["errors"] > 0; assert all(f["mend"] for f in a["findings"] if f["level"] != "ok")' "$output"
}
warning() {
    verify
    [ "$status" = 0 ]
    says "warning: $1" "$output"
}

@test "a good store: exit 0, with a hotfix.ini or with a URL and public keys alone" {
    three
    verify
    [ "$status" = 0 ]
    [ "${lines[0]}" = "ok: $app/production: serial 3, 3 releases, history from 1 to 3" ]
    [ "${lines[1]}" = "0 errors, 0 warnings" ]
    cd /
    run "$bin/hotfix" verify --store "file://$store" --keys "$T/key.pub.pem"
    [ "$status" = 0 ]
    says "serial 3" "$output"
}

@test "a channel that has nothing is no failure; a store that is not there is, and is not made" {
    verify
    [ "$status" = 0 ]
    says "ok: $app/production: nothing released yet" "$output"
    run "$bin/hotfix" verify --store "file://$T/none" --keys key.pub.pem
    [ "$status" -ne 0 ]
    [ ! -e none ]
    mkdir none
    run "$bin/hotfix" verify --store "file://$T/none" --keys key.pub.pem
    [ "$status" = 1 ]
    says "holds no channel" "$output"
}

@test "wrong usage: no keys, a private key, an operand" {
    run "$bin/hotfix" verify --store "file://$store"
    [ "$status" = 2 ]
    run "$bin/hotfix" verify --store "file://$store" --keys key.pem
    [ "$status" -ne 0 ]
    says "private key" "$output"
    run "$bin/hotfix" verify --store "file://$store" --keys none.pem
    [ "$status" = 2 ]
    verify x
    [ "$status" = 2 ]
}

@test "a manifest that was changed" {
    three
    sed -i 's/"payload":"eyJ/"payload":"eyK/' "$line/manifest.json"
    error "$app/production/manifest.json: the manifest's signature by the trusted key $(cat kid) does not match its bytes"
    echo '{' >"$line/manifest.json"
    error "$app/production/manifest.json: "
}

@test "a manifest by another key" {
    three
    "$bin/hotfix" keygen other.pem 2>/dev/null
    KEY=$T/other.pem in_force 4 "$(one 1)"
    error "$app/production/manifest.json: the manifest is not signed by any key that is trusted here"
}

@test "a manifest of another channel" {
    three
    "$HF_TEST_BIN/e2e/mkmanifest" --key key.pem --app "$app" --channel beta --serial 3 "$(one 1)" >"$line/manifest.json" 2>/dev/null
    error "$app/production/manifest.json: the manifest is for the channel beta, not for production"
}

@test "a manifest that is gone while its history is there" {
    three
    rm "$line/manifest.json"
    error "$app/production/manifest.json is missing, but there is a history"
}

@test "an old manifest put back" {
    three
    cp "$line/history/2.json" "$line/manifest.json"
    error "$app/production/manifest.json has the serial 2, but history has 3"
}

@test "expired, and near it" {
    in_force 1 --published -1000 --expires +240 "$(one 1)"
    warning "$app/production/manifest.json expires at "
    in_force 1 --published -1000 --expires -1 "$(one 1)"
    error "$app/production/manifest.json expired at "
}

@test "a patch that is missing, cut, or other bytes" {
    three
    mv "$(object 3)" away
    error "$app/objects/$(sha256sum <3.bin | cut -d' ' -f1) is missing: patch 3 of production (live) names it"
    head -c 3 away >"$(object 3)"
    error "$app/objects/$(sha256sum <3.bin | cut -d' ' -f1) has 3 bytes, but patch 3 of production names 8"
    echo "patch 4" >"$(object 3)"
    error "$app/objects/$(sha256sum <3.bin | cut -d' ' -f1) has other bytes than patch 3 of production names"
    mv away "$(object 3)"
    rm "$(object 2)"
    error "$app/objects/$(sha256sum <2.bin | cut -d' ' -f1) is missing: patch 2 of production (paused) names it"
}

@test "a manifest that says a wrong MD5 or size of a good file" {
    in_force 1 "$(one 1 md5=00000000000000000000000000000000)"
    error "$app/objects/$(sha256sum <1.bin | cut -d' ' -f1) has the MD5 "
    in_force 1 "$(one 1 size=9)"
    error "$app/objects/$(sha256sum <1.bin | cut -d' ' -f1) has 8 bytes, but patch 1 of production names 9"
}

@test "a patch that nobody is sent to may be missing: a warning" {
    in_force 1 "$(one 3)" "$(one 2 state=withdrawn)" "$(one 1)"
    rm "$(object 2)"
    warning "$app/objects/$(sha256sum <2.bin | cut -d' ' -f1) is missing: patch 2 of production (withdrawn)"
    rm "$(object 1)"
    warning "$app/objects/$(sha256sum <1.bin | cut -d' ' -f1) is missing: patch 1 of production (live)"
    in_force 1 --revoke "$(sha256sum <2.bin | cut -d' ' -f1)" "$(one 3)" "$(one 2 state=revoked)"
    warning "$app/objects/$(sha256sum <2.bin | cut -d' ' -f1) is missing: patch 2 of production (revoked)"
    # Not superseded: the newer one is not for everybody.
    in_force 1 "$(one 3 rollout=9999)" "$(one 1)"
    error "$app/objects/$(sha256sum <1.bin | cut -d' ' -f1) is missing: patch 1 of production (live)"
}

@test "history: missing, one and many" {
    three
    rm "$line/history/2.json"
    warning "$app/production/history/2.json is missing: its file was lost, or that serial was tried and never published"
    rm "$line/history/1.json"
    warning "$app/production/history/1.json to 2.json are missing"
}

@test "history of what is in force: missing is a crash's trace, other bytes are an error" {
    three
    rm "$line/history/3.json"
    warning "$app/production/history/3.json, of the manifest in force, is missing"
    "$HF_TEST_BIN/e2e/mkmanifest" --key key.pem --app "$app" --serial 3 "$(one 1)" >"$line/history/3.json" 2>/dev/null
    error "$app/production/history/3.json is not the same as manifest.json"
}

@test "history that was changed, or is not what its name says" {
    three
    sed -i 's/"payload":"eyJ/"payload":"eyK/' "$line/history/1.json"
    error "$app/production/history/1.json: the manifest's signature by the trusted key"
    echo >"$line/history/1.json"
    error "$app/production/history/1.json: "
    cp "$line/history/2.json" "$line/history/1.json"
    error "$app/production/history/1.json says that its serial is 2"
}

@test "history by a key of former times: a warning, and none with the old key" {
    three
    "$bin/hotfix" keygen new.pem 2>/dev/null
    KEY=$T/new.pem in_force 4 "$(one 3)" "$(one 1)"
    cat new.pub.pem key.pub.pem >both.pem
    sed -i 's|^keys = .*|keys = file:new.pub.pem|' hotfix.ini
    warning "3 of $app/production/history, up to serial 3, are signed by keys that are not trusted here"
    verify --keys both.pem
    [ "$status" = 0 ]
    says "0 warnings" "$output"
}

@test "the highest number goes down; one number has two files; time runs backwards" {
    in_force 1 --published -300 "$(one 3)"
    in_force 2 --published -200 "$(one 2)"
    error "manifest.json: the highest patch number goes down, from 3 to 2"
    in_force 1 --published -300 "$(one 1)"
    in_force 2 --published -200 "patch=1;target=1.0.0;file=$T/2.bin"
    error "patch 1 of $app/production has other bytes in serial 2 than it had before"
    in_force 1 --published -100 "$(one 1)"
    in_force 2 --published -200 "$(one 1)"
    error "manifest.json was published before the one before it"
}

@test "a serial that somebody made enormous does not keep verify busy" {
    three
    "$HF_TEST_BIN/e2e/mkmanifest" --key key.pem --app "$app" --serial 9007199254740991 "$(one 1)" >"$line/manifest.json" 2>/dev/null
    run timeout 20 "$bin/hotfix" verify -c hotfix.ini
    [ "$status" = 1 ]
    says "history/4.json to 9007199254740990.json are missing" "$output"
}

@test "files that this user may not read" {
    three
    bound=() # what makes modes count for root too
    [ "$(id -u)" != 0 ] || bound=(setpriv "--bounding-set=-dac_override,-dac_read_search")
    for f in "$line/history/1.json" "$(object 3)" "$line/manifest.json"; do
        chmod 0 "$f"
        run "${bound[@]}" "$bin/hotfix" verify -c hotfix.ini
        [ "$status" = 1 ]
        says "error: cannot open $f: Permission denied; see that this user may read it" "$output"
    done
}

@test "files that have no business in a store, shown safely" {
    three
    touch "$line/readme" "$store/$app/objects/abc" "$store/$app/$(printf 'a\033b')"
    ln -s /etc/passwd "$line/history/0.json"
    mkdir "$store/$app/production/more" && touch "$store/$app/production/more/x"
    warning "$app/production/readme is not a part of a store"
    says "warning: $app/objects/abc is not a part of a store" "$output"
    says "warning: $app/a\\x1bb is not a part of a store" "$output"
    says "warning: $app/production/history/0.json is not a part of a store, and no regular file" "$output"
    says "warning: $app/production/more/x is not a part of a store" "$output"
    says "0 errors, 5 warnings" "$output"
    # What lies outside our apps is somebody else's, unless the whole store is judged.
    mkdir "$store/com.example.other" && touch "$store/com.example.other/x"
    verify
    says "0 errors, 5 warnings" "$output"
    run "$bin/hotfix" verify --store "file://$store" --keys key.pub.pem
    says "warning: com.example.other/x is not a part of a store" "$output"
}

@test "many strays are counted, not listed" {
    three
    for i in $(seq 30); do touch "$line/stray$i"; done
    warning "10 more files"
    [ "${#lines[@]}" -le 24 ]
}

@test "what a writer left that was stopped; one that may still be at work is left alone" {
    three
    touch "$line/.tmp-00112233445566778899aabb"
    verify
    says "0 errors, 0 warnings" "$output"
    touch -d '2 hours ago' "$line/.tmp-00112233445566778899aabb"
    warning "$app/production/.tmp-00112233445566778899aabb is what a writer left that was stopped"
}

@test "each channel of hotfix.ini is judged, and --channel judges one" {
    three
    sed -i 's/^\[sign\]/[channel beta]\n&/' hotfix.ini
    mkdir "$store/$app/beta" && echo '{' >"$store/$app/beta/manifest.json"
    error "$app/beta/manifest.json: "
    says '"ok"' "$output"
    verify --channel production
    [ "$status" = 0 ]
    verify --channel none
    [ "$status" = 2 ]
}
