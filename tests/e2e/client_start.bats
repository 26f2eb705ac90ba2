#!/usr/bin/env bats
# hotfix-client begin, confirm, rollback, status: what an app calls around its start, with no network.
load client

setup() {
    device_setup
    printf three >"$T/three"
}
teardown() { device_teardown; }

begins() { # file name, or "nothing"
    run client begin -q
    echo "$output"
    [ "$status" -eq 0 ]
    if [ "$1" = nothing ]; then
        [ -z "$output" ]
    else
        [ "$output" = "$DIR/patches/$(sha "$T/$1")/fix.zip" ]
    fi
}

@test "begin prints the path to run, or nothing, and works without the edge" {
    begins nothing
    offer --serial 1 "$(release 1 one)"
    update
    device_teardown
    begins one
}

@test "a patch that never confirms is given up at its third start, and ten updates do not bring it back" {
    offer --serial 1 "$(release 1 one)"
    update
    begins one
    begins one
    run client begin
    [[ $output == *"given up"* && $output == *"no patch is in force"* ]]
    runs_nothing
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        update
        runs_nothing
    done
    begins nothing
    offer --serial 2 "$(release 2 two)" "$(release 1 one)"
    update
    runs two
    grep -q "\"failed\":\[\"$(sha "$T/one")\"\]" "$ROOT/asked"
}

@test "it falls back to the one before, and the next release does reach it" {
    offer --serial 1 "$(release 1 one)"
    update
    begins one
    client confirm
    offer --serial 2 "$(release 2 two)" "$(release 1 one)"
    update
    begins two
    begins two
    begins one # two is given up
    runs one
    client confirm
    for _ in 1 2 3; do update; done
    runs one
    offer --serial 3 "$(release 3 three)" "$(release 2 two)" "$(release 1 one)"
    update
    runs three
}

@test "a confirm starts the count anew" {
    offer --serial 1 "$(release 1 one)"
    update
    for _ in 1 2 3 4; do
        begins one
        begins one
        client confirm
    done
    begins one
    begins one
    begins nothing
}

@test "a confirm after an update speaks of the patch that was begun" {
    offer --serial 1 "$(release 1 one)"
    update
    begins one
    offer --serial 2 "$(release 2 two)" "$(release 1 one)"
    update
    run client confirm
    [[ $output == *"patch 1 is confirmed"* ]]
    run client status
    [[ $output == *"not confirmed yet"* ]]
    begins two
    begins two
    begins one
}

@test "what never had a good start is not what one goes back to" {
    offer --serial 1 "$(release 1 one)"
    update
    begins one
    client confirm
    offer --serial 2 "$(release 2 two)" "$(release 1 one)"
    update
    offer --serial 3 "$(release 3 three)" "$(release 2 two)" "$(release 1 one)"
    update
    begins three
    begins three
    begins one
}

@test "rollback gives up at once: to the one before, then to none; it does not come back" {
    offer --serial 1 "$(release 1 one)"
    update
    client confirm
    offer --serial 2 "$(release 2 two)" "$(release 1 one)"
    update
    run client rollback
    [ "$status" -eq 0 ]
    [[ $output == *"patch 2 is given up; patch 1 is in force again"* ]]
    runs one
    update
    runs one
    run client rollback
    [[ $output == *"no patch is in force"* ]]
    runs_nothing
    update
    runs_nothing
    run client rollback
    [ "$status" -eq 0 ]
}

@test "an app upgrade drops the patch, offline" {
    offer --serial 1 "$(release 1 one)"
    update
    device_teardown
    V=1.0.1 begins nothing
    runs_nothing
    [ -z "$(ls -A "$DIR/patches")" ]
}

@test "an app upgrade keeps a patch whose target holds the new version, and goes back to one that does" {
    offer --serial 1 "patch=1;file=$T/one;target=>=1.0.0 <2.0.0"
    update
    V=1.5.0 begins one
    offer --serial 2 "patch=2;file=$T/two;target=1.5.0" "patch=1;file=$T/one;target=>=1.0.0 <2.0.0"
    V=1.5.0 update
    runs two
    V=1.5.1 begins one
    runs one
    V=2.0.0 begins nothing
}

@test "an app upgrade leaves nothing to go back to that is for the old version" {
    offer --serial 1 "$(release 1 one)"
    update
    offer --serial 2 "$(release 2 two)" "$(release 1 one)"
    update
    V=1.0.1 begins nothing
    runs_nothing
    V=1.0.0 begins nothing
}

@test "a build in the target counts" {
    offer --serial 1 "patch=1;file=$T/one;target=1.0.0+345"
    update
    runs_nothing
    V=1.0.0+345 update
    runs one
    V=1.0.0+346 begins nothing
}

@test "a damaged patch is not run: the one before is, else none, and the next update mends it" {
    offer --serial 1 "$(release 1 one)"
    update
    offer --serial 2 "$(release 2 two)" "$(release 1 one)"
    update
    printf x | dd of="$DIR/current/fix.zip" bs=1 seek=5 conv=notrunc status=none
    begins one
    update
    runs two
    rm "$DIR/current/fix.zip"
    begins one
    printf other >"$DIR/current/fix.zip"
    begins nothing
    update
    runs two
}

@test "status tells what is in force, as text and as JSON, and changes nothing" {
    offer --serial 7 "$(release 1 one)"
    update
    find "$DIR" -printf '%p %T@ %i\n' | sort >"$T/before"
    run client status
    [[ $output == *"patch     1 for 1.0.0, not confirmed yet"* && $output == *"serial 7"* ]]
    client status --json | python3 -c '
import json, sys
s = json.load(sys.stdin)
assert s["current"]["patch"] == 1 and s["serial"] == 7 and s["failed"] == [] and s["previous"] is None, s'
    V=3.0.0 run client status
    [[ $output == *"none: the app as shipped"* ]]
    run "$HOTFIX_BIN/hotfix-client" status --dir "$DIR"
    [[ $status -eq 0 && $output == *"com.example.app"* ]]
    find "$DIR" -printf '%p %T@ %i\n' | sort | diff "$T/before" -
}

@test "a state that cannot be read vouches for nothing: no patch until the next update" {
    offer --serial 3 "$(release 1 one)"
    update
    echo '{"format":1,"curr' >"$DIR/state.json"
    run client begin -v
    [ "$status" -eq 0 ]
    [[ $output == *"begun anew"* ]]
    runs_nothing
    offer --serial 2 "$(release 2 two)" # the kept manifest still knows its serial
    run update
    [[ $output == *"stale"* ]]
    offer --serial 3 "$(release 1 one)"
    cp "$ROOT/manifest.json" "$T/m"
    cp "$DIR/manifest.json" "$ROOT/manifest.json"
    update
    runs one
}

@test "a kept manifest that is damaged is fetched anew; the serials are remembered" {
    offer --serial 3 "$(release 1 one)"
    update
    echo junk >"$DIR/manifest.json"
    update
    runs one
    [ "$(asked '^GET /manifest.* 304')" -eq 0 ]
    echo junk >"$DIR/manifest.json"
    offer --serial 2 "$(release 2 two)"
    run update
    [[ $output == *"stale"* ]]
    runs one
}

@test "begin waits for a command that holds the folder, not for an update's network" {
    offer --serial 1 "$(release 2 two)"
    update
    offer --serial 2 "$(release 3 three)" "$(release 2 two)"
    (
        flock 9
        begins two # the lock of a running update does not hold it up
    ) 9>"$DIR/update.lock"
    (
        flock 9
        run client confirm
        [ "$status" -eq 1 ]
        [[ $output == *"another process"* ]]
    ) 9>"$DIR/lock"
    client confirm
}

@test "what the app runs stays while it runs, whatever is installed meanwhile" {
    offer --serial 1 "$(release 1 one)"
    update
    begins one
    client confirm
    offer --serial 2 "$(release 2 two)" "$(release 1 one)"
    update
    begins two # not confirmed, so it is not what one would go back to
    offer --serial 3 "$(release 3 three)" "$(release 2 two)" "$(release 1 one)"
    update
    runs three
    cmp "$T/two" "$DIR/patches/$(sha "$T/two")/fix.zip"
    begins three
    [ ! -e "$DIR/patches/$(sha "$T/two")" ]
}
