#!/usr/bin/env bats
# A publisher does not sign upon what it left behind: an old manifest that was put back, an emptied store, a restored backup.
bats_require_minimum_version 1.5.0
load common
load verbs

setup() {
    new_team
    here=$store/$app/production
    fix two
    push hotfix/1.0.0
    fix three
    push hotfix/1.0.0
    cp "$here/manifest.json" "$BATS_TEST_TMPDIR/serial2.json"
}

put_back() { cp "$BATS_TEST_TMPDIR/serial2.json" "$here/manifest.json"; }
remembered() { python3 -c 'import json, sys; m = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$bare/hotfix/signed/$app/production.json" "$1"; }

@test "an old manifest that is put back: nothing signs upon it, and all say what to do" {
    hotfix revoke 2 --reason bad
    put_back
    for command in "refresh --force" "rollback 1" "pause 1" "revoke 1"; do
        # shellcheck disable=SC2086
        run hotfix $command
        [ "$status" = 1 ]
        says "shows serial 2 of" "$output"
        says "was signed here later" "$output"
        says "hotfix accept --serial 2" "$output"
    done
    fix four
    push hotfix/1.0.0 || true
    says "not released yet for 1.0.0" "$told"
    cmp "$here/manifest.json" "$BATS_TEST_TMPDIR/serial2.json"
    run hotfix check
    says "was signed here later" "$output"
    run --separate-stderr hotfix status
    says "was signed here later" "$stderr"
    [ "$status" = 0 ]
    # The right one comes back, and all goes on.
    cp "$here/history/3.json" "$here/manifest.json"
    hotfix retry -q || true
    hotfix refresh --force
    [ "$(value 'm["serial"], len(m["revoked"])')" = "(4, 1)" ]
}

@test "a store that is empty does not begin anew; accepted, it goes on with higher numbers" {
    mv "$store/$app" "$BATS_TEST_TMPDIR/lost"
    fix four
    push hotfix/1.0.0 || true
    says "has no manifest, but serial 2 of" "$told"
    says "hotfix accept --serial 0" "$told"
    [ ! -e "$here/manifest.json" ]
    run hotfix accept --serial 2
    [ "$status" = 1 ]
    run hotfix accept --serial 0
    [ "$status" = 0 ]
    says "the next serial is above 2, the next patch number above 2" "$output"
    hotfix retry -q
    [ "$(value 'm["serial"], m["releases"][0]["patch"]')" = "(3, 3)" ]
    run "$bin/hotfix" verify --repo "$bare"
    [ "$status" = 0 ] || echo "$output"
}

@test "a store that was restored from a backup gives no number twice" {
    cp -a "$store/$app" "$BATS_TEST_TMPDIR/backup"
    fix four
    push hotfix/1.0.0
    three=$(value 'm["releases"][0]["file"]["sha256"]')
    rm -rf "${store:?}/$app" && cp -a "$BATS_TEST_TMPDIR/backup" "$store/$app"
    run hotfix refresh --force
    says "hotfix accept --serial 2" "$output"
    hotfix accept --serial 2
    fix five
    push hotfix/1.0.0
    [ "$(value 'm["serial"], m["releases"][0]["patch"]')" = "(4, 4)" ]
    [ "$(value 'm["releases"][0]["file"]["sha256"]')" != "$three" ]
}

@test "another publisher of the same store goes on, and this one takes it up" {
    cp -a "$bare" "$BATS_TEST_TMPDIR/second.git"
    "$bin/hotfix" pause --repo "$BATS_TEST_TMPDIR/second.git" -c "$bare/hotfix.ini" 1
    "$bin/hotfix" pause --repo "$BATS_TEST_TMPDIR/second.git" -c "$bare/hotfix.ini" 2
    hotfix resume 1
    [ "$(value 'm["serial"]')" = 5 ]
    [ "$(remembered 'm["in_force"]["serial"], m["tried"]["serial"]')" = "(5, 0)" ]
}

@test "killed between its memory and the store, and behind the store: the next one needs nobody" {
    cp "$bare/hotfix/signed/$app/production.json" "$BATS_TEST_TMPDIR/memory.json"
    hotfix pause 1
    # Behind the PUT, before it was noted: the memory has it as tried.
    python3 - "$BATS_TEST_TMPDIR/memory.json" "$bare/hotfix/signed/$app/production.json" tried <<'PY'
import json, sys
old, new = json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))
old["tried"], old["serial"] = new["in_force"], new["serial"]
json.dump(old, open(sys.argv[2], "w"))
PY
    hotfix resume 1
    [ "$(remembered 'm["in_force"]["serial"]')" = 4 ]
    # Before the PUT: serial 5 was tried, and never given.
    python3 - "$bare/hotfix/signed/$app/production.json" <<'PY'
import json, sys
m = json.load(open(sys.argv[1]))
m["tried"] = dict(m["in_force"], serial=5, sha256="f" * 64)
m["serial"] = 5
json.dump(m, open(sys.argv[1], "w"))
PY
    hotfix pause 1
    [ "$(value 'm["serial"]')" = 6 ]
    run "$bin/hotfix" verify --repo "$bare"
    echo "$output"
    [ "$status" = 0 ]
}

@test "a memory that cannot be read is not taken for none" {
    echo '{' >"$bare/hotfix/signed/$app/production.json"
    run hotfix pause 1
    [ "$status" = 1 ]
    says "what this publisher remembers of its own manifests, cannot be used" "$output"
    hotfix accept --serial 2
    hotfix pause 1
}

@test "a history that has another text under the serial in force, or a higher serial" {
    cp "$here/history/1.json" "$here/history/2.json"
    run hotfix pause 1
    [ "$status" = 1 ]
    says "history/2.json in" "$output"
    says "is another manifest than the one in force" "$output"
    cp "$BATS_TEST_TMPDIR/serial2.json" "$here/history/2.json"
    # A new machine, without a memory, on a store that was set back.
    rm -r "$bare/hotfix/signed"
    hotfix pause 1
    put_back
    rm -r "$bare/hotfix/signed"
    run hotfix refresh --force
    says "its history has serial 3" "$output"
}

@test "without a disk: an expired manifest is signed upon only when a person has looked at it" {
    cp "$bare/hotfix.ini" "$BATS_TEST_TMPDIR/alone.ini"
    sed -i "s|file:hotfix|file:$bare/hotfix|; s|^expires.*||; s|^\[sign\]|[sign]\nexpires = 2s|" "$BATS_TEST_TMPDIR/alone.ini"
    cd "$BATS_TEST_TMPDIR"
    alone() { local v=$1; shift; "$bin/hotfix" "$v" -c "$BATS_TEST_TMPDIR/alone.ini" "$@"; }
    alone refresh --force
    until [ "$(($(date +%s)))" -gt "$(date -d "$(value 'm["expires"]')" +%s)" ]; do sleep 0.2; done
    run alone pause 1
    [ "$status" = 1 ]
    says "run again with HOTFIX_ACCEPT=3 (--accept 3)" "$output"
    run alone pause --accept 2 1
    [ "$status" = 1 ]
    HOTFIX_ACCEPT=3 alone pause 1
    [ "$(value 'm["serial"]')" = 4 ]
    # With a memory of its own it needs no word.
    mkdir "$BATS_TEST_TMPDIR/memory"
    alone resume --memory "$BATS_TEST_TMPDIR/memory" --accept 4 1
    until [ "$(($(date +%s)))" -gt "$(date -d "$(value 'm["expires"]')" +%s)" ]; do sleep 0.2; done
    alone pause --memory "$BATS_TEST_TMPDIR/memory" 1
}

@test "accept does not undo what the history knows, unless that is said" {
    hotfix revoke 2 --reason bad
    hotfix rollout 1 10%
    hotfix pause 1
    put_back
    run hotfix accept --serial 2
    [ "$status" = 1 ]
    says "patch 2 for 1.0.0: revoked at 100%, would be live at 100% again" "$output"
    says "patch 1 for 1.0.0: paused at 10%, would be live at 100% again" "$output"
    says "Copy history/5.json to manifest.json" "$output"
    run hotfix refresh --force
    says "hotfix accept --serial 2" "$output"
    run hotfix accept --serial 2 --force
    [ "$status" = 0 ]
    hotfix refresh --force
    [ "$(value 'm["serial"]')" = 6 ]
}

@test "accept over a memory that says nothing gives no number of the history again" {
    fix four
    push hotfix/1.0.0
    put_back
    echo "{" >"$bare/hotfix/signed/$app/production.json"
    hotfix accept --serial 2
    fix five
    push hotfix/1.0.0
    [ "$(value 'm["serial"], m["releases"][0]["patch"]')" = "(4, 4)" ]
}

@test "accept waits for another publisher, and looks at the store behind it" {
    exec 9>>"$bare/hotfix/signed/$app/production.lock"
    flock 9
    { hotfix accept --serial 2 & } >"$BATS_TEST_TMPDIR/accept.out" 2>&1
    # The one that holds the lock signs serial 3, by a copy of the memory.
    mkdir mem && cp -r "$bare/hotfix/signed" mem/signed
    "$bin/hotfix" pause --repo "$bare" --memory "$PWD/mem" 2
    cp "mem/signed/$app/production.json" "$bare/hotfix/signed/$app/production.json"
    flock -u 9
    wait
    says "the store shows serial 3, not 2" "$(cat "$BATS_TEST_TMPDIR/accept.out")"
    [ "$(remembered 'm["in_force"]["serial"]')" = 3 ]
}

@test "an empty memory and an expired manifest: what is to be done is what helps" {
    export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 # faketime comes first
    rm -rf "$bare/hotfix/signed"
    fix four
    faketime -f +40d git push origin HEAD:refs/heads/hotfix/1.0.0 >"$BATS_TEST_TMPDIR/push.out" 2>&1 || true
    said=$(sed -n 's/^remote: //p' "$BATS_TEST_TMPDIR/push.out" | sed -e 's/ *$//' | sed -e ':a' -e 'N' -e '$!ba' -e 's/\n  */ /g')
    says "run \`hotfix accept --serial 2\`" "$said"
    hotfix accept --serial 2
    faketime -f +40d "$bin/hotfix" retry --repo "$bare"
    [ "$(value 'm["releases"][0]["patch"]')" = 3 ]
}
