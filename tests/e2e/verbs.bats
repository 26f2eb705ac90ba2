#!/usr/bin/env bats
# rollout, pause, resume, rollback, revoke, explain, refresh as people type them.
bats_require_minimum_version 1.5.0
load common
load verbs

setup() { new_team; }

# Two releases for 1.0.0.
two() {
    fix two
    push hotfix/1.0.0
    fix three
    push hotfix/1.0.0
    [ "$(value 'm["serial"]')" = 2 ]
}
state() { value "[r['state'] for r in m['releases'] if r['patch'] == $1][0]"; }
json() { python3 -c 'import json, sys; a = json.loads(sys.argv[1]); print(eval(sys.argv[2]))' "$output" "$1"; }

@test "rollout grows and shrinks, keeps the salt, and says what changes" {
    two
    salt=$(value 'm["releases"][0]["salt"]')
    run --separate-stderr hotfix rollout 2 5%
    [ "$status" = 0 ]
    says "rollout of patch 2 for 1.0.0: 100% -> 5%" "$output"
    says "devices that have it keep it" "$output"
    says "serial 3 is in force" "$stderr"
    run hotfix rollout 2 12.5%
    says "5% -> 12.5%" "$output"
    says "stay in" "$output"
    [ "$(value 'm["releases"][0]["rollout"]')" = 1250 ]
    run hotfix rollout 2 0%
    [ "$status" = 0 ]
    [ "$(value 'm["releases"][0]["rollout"]')" = 0 ]
    [ "$(value 'm["releases"][0]["salt"]')" = "$salt" ]
    [ "$(value 'm["serial"]')" = 5 ]
    cmp "$store/$app/production/manifest.json" "$store/$app/production/history/5.json"
}

@test "what changes nothing says so: exit 0 and no new serial" {
    two
    for act in 'rollout 2 100%' 'resume 2'; do
        run --separate-stderr hotfix $act
        [ "$status" = 0 ]
        says "nothing to change for patch 2 for 1.0.0: " "$output"
        [ -z "$stderr" ]
    done
    [ "$(value 'm["serial"]')" = 2 ]
    run --separate-stderr hotfix pause 2 --json
    [ "$(json 'a["changed"], a["was"], a["state"], a["serial"]')" = "(True, 'live', 'paused', 3)" ]
    run --separate-stderr hotfix pause 2 --json
    [ "$(json 'a["changed"], a["was"], a["state"], a["serial"]')" = "(False, 'paused', 'paused', 3)" ]
}

@test "wrong numbers and wrong percents: exit 2, and nothing changes" {
    two
    for act in 'rollout 2' 'rollout 2 25' 'rollout 25% 2' 'rollout 2 250%' 'rollout 2 25% x' 'pause' 'pause two' 'pause 0' 'pause -- -1' \
        'pause 9999999999999999999' 'pause 2 1' 'rollback 2 1' 'revoke' 'rollout 2 25% --reason x' 'resume 2 --reason x' 'pause 2 --nonsense'; do
        run hotfix $act
        [ "$status" = 2 ] || { echo "$act: $status $output" && false; }
    done
    run hotfix pause 2 --reason "$(printf 'a\033b')"
    [ "$status" = 2 ]
    run hotfix pause 3
    [ "$status" = 1 ]
    says "the newest number is 2" "$output"
    [ "$(value 'm["serial"]')" = 2 ]
}

@test "each transition that is not allowed has its own sentence" {
    two
    hotfix rollback 2
    run hotfix resume 2
    [ "$status" = 1 ]
    says "cannot resume patch 2: it was rolled back" "$output"
    says "publish the fix again, with a new number" "$output"
    run hotfix pause 2
    [ "$status" = 1 ]
    says "cannot pause patch 2" "$output"
    run hotfix rollout 2 5%
    [ "$status" = 1 ]
    says "cannot change the rollout of patch 2" "$output"
    hotfix revoke 2
    run hotfix resume 2
    [ "$status" = 1 ]
    says "its bytes may never be offered again" "$output"
    [ "$(value 'm["serial"]')" = 4 ]
}

@test "rollback says what devices get now: the release before, or the app as shipped" {
    two
    run hotfix rollback --reason "the cart is empty"
    says "patch 2 for 1.0.0 is rolled back" "$output"
    says "they get: patch 1" "$output"
    [ "$(state 2)" = withdrawn ]
    [ "$(value 'm["releases"][0]["reason"]')" = "the cart is empty" ]
    run --separate-stderr hotfix rollback --json
    [ "$(json 'a["patch"], a["devices_get"], a["else_as_shipped"]')" = "(1, [], True)" ]
    run hotfix rollback
    [ "$status" = 1 ]
    says "nothing to roll back" "$output"
    # The withdrawn fix, published again because a person says so, gets a new number.
    git commit -q --allow-empty -m again
    run ! push hotfix/1.0.0
    push hotfix/1.0.0 -o hotfix.force
    says "success: patch 3 for 1.0.0" "$told"
    [ "$(sha_of 3)" = "$(sha_of 2)" ]
}

@test "rollback without a number: an error that names the live ones when there are several targets" {
    two
    run hotfix publish -q --target 1.0.x --force --base v1.0.0 "$(git rev-parse HEAD~1)"
    [ "$status" = 0 ]
    run hotfix rollback
    [ "$status" = 2 ]
    says "patch 3 for 1.0.x, patch 2 for 1.0.0, patch 1 for 1.0.0" "$output"
    run hotfix rollback 3
    says "they get: patch 2 on 1.0.0, else patch 1 on 1.0.0, else the app as shipped" "$output"
}

@test "revoke takes every release of the same bytes, and they are never published again" {
    echo bytes >patch.bin
    for target in 1.0.0 2.0.0; do
        hotfix publish -q --target $target --file patch.bin --commit "$(git rev-parse HEAD)" --force
    done
    run hotfix revoke 1 --reason "a secret is in it"
    [ "$status" = 0 ]
    says "1 other release had the same bytes, and is revoked too" "$output"
    says "get: the app as shipped" "$output"
    [ "$(state 1) $(state 2)" = "revoked revoked" ]
    [ "$(value 'm["revoked"]')" = "['$(sha256sum <patch.bin | cut -d' ' -f1)']" ]
    run hotfix publish -q --target 3.0.0 --file patch.bin --commit "$(git rev-parse HEAD)" --force
    [ "$status" = 1 ]
    says "revoked" "$output"
    [ "$(value 'm["serial"]')" = 3 ]
}

@test "revoke warns of the same bytes in another channel of the app" {
    printf '\n[channel beta]\nrefs = refs/heads/hotfix-beta/*\n' >>"$bare/hotfix.ini"
    echo bytes >patch.bin
    for channel in production beta; do
        hotfix publish -q --channel $channel --target 1.0.0 --file patch.bin --commit "$(git rev-parse HEAD)"
    done
    run hotfix revoke 1
    [ "$status" = 2 ]
    says "name one of production, beta" "$output"
    run hotfix revoke 1 --channel beta
    [ "$status" = 0 ]
    says "warning: patch 1 of the channel production has the same bytes and is live" "$output"
    [ "$(state 1)" = live ]
}

@test "eight people at once: each change is made once, on top of the others" {
    two
    for i in 1 2 3 4 5 6 7 8; do
        hotfix rollout 2 "$i%" >/dev/null 2>&1 &
    done
    wait
    [ "$(value 'm["serial"]')" = 10 ]
    [ "$(find "$store/$app/production/history" -name '*.json' | wc -l)" = 10 ]
}

@test "explain says what hf_decide says, with a reason for each release, in 80 columns" {
    two
    hotfix rollout 2 0%
    hotfix publish -q --target '>=1.0.0 <1.0.7 || ~1.2.0' --force --base v1.0.0 --priority mandatory --rollout 100% "$(git rev-parse HEAD)"
    run hotfix explain --version 1.0.0
    [ "$status" = 0 ]
    says "install patch 3, mandatory:" "$output"
    says "2  1.0.0            live           0%  the device is not in its rollout" "$output"
    says "3  >=1.0.0 <1.0.... live         100%  yes: candidate" "$output"
    while IFS= read -r line; do [ "${#line}" -le 80 ]; done <<<"$output"
    run hotfix explain --version 3.0.0 --json
    [ "$(json 'a[0]["action"], a[0]["reason"]')" = "('nothing', 'no patch for this device')" ]
    [ "$(json '{r["why"] for r in a[0]["releases"]}')" = "{'for other versions'}" ]
    hotfix rollback 3
    run hotfix explain --version 1.0.0 --have "$(sha_of 3)"
    says "the device's patch was withdrawn" "$output"
    [[ $output == *$'\n*     3 '* ]]
    run hotfix explain --version 1.0.0 --have "$(value 'm["releases"][2]["file"]["md5"].upper()')" --json
    [ "$(json 'a[0]["up_to_date"], [r["own"] for r in a[0]["releases"]]')" = "(True, [False, False, True])" ]
    run hotfix explain --version 1.0.0 --failed "$(sha_of 1)"
    says "nothing to do" "$output"
    says "the device gave up on it" "$output"
    run hotfix explain --version 1.0.0 --client client-0001 --json
    [ "$(json 'all(0 <= r["bucket"] < 10000 for r in a[0]["releases"])')" = True ]
}

@test "explain refuses what a device could not say" {
    two
    for wrong in '' '--version x' '--version 1.0.0 --have 12' '--version 1.0.0 --failed 12' '--version 1.0.0 x' \
        "--version 1.0.0 --client $(printf 'x%.0s' $(seq 129))"; do
        run hotfix explain $wrong
        [ "$status" = 2 ] || { echo "$wrong: $output" && false; }
    done
}

# Puts a manifest in force that is signed with the team's key: in_force SERIAL PUBLISHED EXPIRES RELEASE...
in_force() {
    mkdir -p "$store/$app/production"
    rm -rf "$bare/hotfix/signed" "$store/$app/production/history/$1.json" # a machine that has not signed here before
    "$HF_TEST_BIN/e2e/mkmanifest" --key "$bare/hotfix/signing.pem" --app "$app" --serial "$1" --published "$2" --expires "$3" "${@:4}" \
        >"$store/$app/production/manifest.json" 2>/dev/null
}

@test "refresh signs again when less than half of the time is left" {
    run hotfix refresh
    [ "$status" = 0 ]
    says "nothing released yet" "$output"
    [ ! -e "$store/$app/production/manifest.json" ]
    in_force 4 -1000 +1060 'patch=1;target=1.0.0;file=none'
    run hotfix refresh
    [ "$status" = 0 ]
    says "nothing to do, serial 4" "$output"
    in_force 4 -1000 +940 'patch=1;target=1.0.0;file=none'
    run hotfix refresh
    [ "$status" = 0 ]
    says "signed again, serial 5" "$output"
    [ "$(value '[r["patch"] for r in m["releases"]]')" = "[1]" ]
    [ -s "$store/$app/production/history/4.json" ]
    run hotfix refresh --json
    [ "$(json 'a[0]["refreshed"], a[0]["serial"]')" = "(False, 5)" ]
    run hotfix refresh --force --json
    [ "$(json 'a[0]["refreshed"], a[0]["serial"]')" = "(True, 6)" ]
    # One that is over already is in force again.
    in_force 7 -1000 -10 'patch=1;target=1.0.0;file=none'
    run hotfix explain --version 1.0.0
    [ "$status" = 1 ]
    says "no answer: the manifest has expired" "$output"
    run hotfix refresh
    [ "$status" = 1 ]
    says "nothing on this machine says that it is the newest" "$output"
    run hotfix refresh --accept 7
    says "signed again, serial 8" "$output"
    run hotfix explain --version 1.0.0
    [ "$status" = 0 ]
}

@test "refresh goes on with the other channels when one fails, and then exits 1" {
    printf '\n[channel beta]\nrefs = refs/heads/hotfix-beta/*\n' >>"$bare/hotfix.ini"
    in_force 1 -1000 +100 'patch=1;target=1.0.0;file=none'
    mkdir -p "$store/$app/beta"
    mv "$store/$app/production/manifest.json" "$store/$app/beta/manifest.json" # signed, but for the other channel
    in_force 1 -1000 +100 'patch=1;target=1.0.0;file=none'
    sed -i 's/\[channel production\]/[channel aaa]\nrefs = refs\/heads\/aaa\/*\n&/' "$bare/hotfix.ini"
    mkdir "$store/$app/aaa" && echo '{' >"$store/$app/aaa/manifest.json"
    run hotfix refresh
    [ "$status" = 1 ]
    says "hotfix: $app/aaa: " "$output"
    says "hotfix: $app/beta: " "$output"
    says "$app/production: signed again, serial 2" "$output"
}

@test "the units of the timer are well formed" {
    top=$BATS_TEST_DIRNAME/../..
    for f in hotfix-refresh.service hotfix-refresh.timer; do
        [ -s "$top/docs/systemd/$f" ]
    done
    grep -q '^ExecStart=/usr/local/bin/hotfix refresh ' "$top/docs/systemd/hotfix-refresh.service"
    grep -q '^OnCalendar=daily' "$top/docs/systemd/hotfix-refresh.timer"
}

@test "a running edge follows each verb within 2 s" {
    two
    edge_up
    q='{"version":"1.0.0","client":"device-1"}'
    edge_says "$q" 'a.get("patch") == 2'
    hotfix pause 2
    edge_says "$q" 'a.get("patch") == 1'
    hotfix resume 2
    edge_says "$q" 'a.get("patch") == 2'
    hotfix rollout 2 0%
    edge_says "$q" 'a.get("patch") == 1'
    hotfix rollout 2 100%
    edge_says "$q" 'a.get("patch") == 2'
    have="{\"version\":\"1.0.0\",\"client\":\"device-1\",\"sha256\":\"$(sha_of 2)\"}"
    edge_says "$have" 'a["update"] is False and not a.get("remove")'
    hotfix rollback 2
    edge_says "$have" 'a.get("patch") == 1'
    hotfix revoke 1
    edge_says "$have" 'a.get("remove") is True'
    edge_says "$q" 'a["update"] is False'
    edge_down
}

@test "a client id that many devices share counts as none: in edge, client and explain" {
    fix two
    push hotfix/1.0.0
    fix three
    push hotfix/1.0.0 -o hotfix.rollout=99.99%
    edge_up
    edge_says '{"version":"1.0.0","client":"device-1"}' 'a.get("patch") in (1, 2)'
    for id in 0 '(null)' ' undefined ' Unknown nil NONE 00000000-0000-0000-0000-000000000000 '{00000000-0000-0000-0000-000000000000}'; do
        edge_says "{\"version\":\"1.0.0\",\"client\":\"$id\"}" 'a.get("patch") == 1'
        run --separate-stderr hotfix explain --version 1.0.0 --client "$id" --json
        [ "$(json 'a[0]["patch"], ["bucket" in r for r in a[0]["releases"]]')" = "(1, [False, False])" ]
        says "the client id '$id' does not name one device: it counts as none" "$stderr"
        rm -rf "$BATS_TEST_TMPDIR/device"
        run --separate-stderr "$bin/hotfix-client" update -v --edge "$edge" --app "$app" --channel production --version 1.0.0 \
            --client-id "$id" --dir "$BATS_TEST_TMPDIR/device" --key "$bare/hotfix/signing.pub.pem"
        [ "$status" = 0 ]
        says "the client id does not name one device" "$stderr"
        [ "$(device_has)" = "$(sha_of 1)" ]
    done
    edge_down
}

@test "a 25 % rollout reaches 25 % of 1,000 devices within chance; growing drops nobody" {
    fix two
    push hotfix/1.0.0 -o hotfix.rollout=25%
    edge_up
    edge_reaches >a_quarter
    n=$(wc -l <a_quarter)
    [ "$n" -ge 182 ] && [ "$n" -le 318 ] # five standard deviations: the salt is drawn anew each time
    hotfix rollout 1 50%
    # A device that is in now, and was not before: once the edge has it, the edge has seen the change.
    for id in $(comm -13 a_quarter <(seq -f %04g 0 999)); do
        run --separate-stderr hotfix explain --version 1.0.0 --client "device-$id" --json
        [ "$(json 'a[0]["action"]')" = nothing ] || break
    done
    edge_says "{\"version\":\"1.0.0\",\"client\":\"device-$id\"}" 'a.get("patch") == 1'
    edge_reaches >a_half
    m=$(wc -l <a_half)
    [ "$m" -ge 421 ] && [ "$m" -le 579 ]
    [ -z "$(comm -23 a_quarter a_half)" ]
    edge_down
}

@test "rollback and revoke take a patch off a device, with and without an older one" {
    two
    one=$(sha_of 1) other=$(sha_of 2)
    edge_up
    device_update
    [ "$(device_has)" = "$other" ]
    hotfix rollback 2
    edge_says "{\"version\":\"1.0.0\",\"sha256\":\"$other\"}" 'a.get("patch") == 1'
    device_update
    [ "$(device_has)" = "$one" ]
    hotfix rollback 1
    edge_says "{\"version\":\"1.0.0\",\"sha256\":\"$one\"}" 'a.get("remove") is True'
    device_update
    [ "$(device_has)" = none ]
    fix four
    push hotfix/1.0.0 -o hotfix.over=2
    fix five
    push hotfix/1.0.0
    three=$(sha_of 3) four=$(sha_of 4)
    edge_says '{"version":"1.0.0"}' 'a.get("patch") == 4'
    device_update
    [ "$(device_has)" = "$four" ]
    hotfix revoke 4
    edge_says "{\"version\":\"1.0.0\",\"sha256\":\"$four\"}" 'a.get("patch") == 3'
    device_update
    [ "$(device_has)" = "$three" ]
    hotfix revoke 3
    edge_says "{\"version\":\"1.0.0\",\"sha256\":\"$three\"}" 'a.get("remove") is True'
    device_update
    [ "$(device_has)" = none ]
    edge_down
}

@test "a pause, and a rollout that shrinks, take nothing from a device that has it" {
    two
    edge_up
    device_update
    had=$(device_has)
    hotfix pause 2
    edge_says '{"version":"1.0.0"}' 'a.get("patch") == 1'
    device_update
    [ "$(device_has)" = "$had" ]
    hotfix resume 2
    hotfix rollout 2 0%
    edge_says '{"version":"1.0.0"}' 'a.get("patch") == 1'
    device_update
    [ "$(device_has)" = "$had" ]
    edge_down
}

@test "help of each verb" {
    for v in rollout pause resume rollback revoke explain refresh verify check; do
        run "$bin/hotfix" $v --help
        [ "$status" = 0 ]
        says "usage: hotfix $v" "$output"
        while IFS= read -r line; do [ "${#line}" -le 100 ]; done <<<"$output"
        run "$bin/hotfix" $v --nonsense
        [ "$status" = 2 ]
    done
}

teardown() { edge_down; }

@test "status shows why a patch is paused or was taken back" {
    two
    "$bin/hotfix" rollback --repo "$bare" 2 --reason "crashes
at start"
    "$bin/hotfix" pause --repo "$bare" 1 --reason "wait for QA"
    run "$bin/hotfix" status --repo "$bare"
    says 'withdrawn: crashes\x0aat start' "$output"
    says "paused: wait for QA" "$output"
    [ "$("$bin/hotfix" status --repo "$bare" --json | jq -r '.[0].releases[1].reason')" = "wait for QA" ]
}

@test "a patch that holds the commit of one that is taken back is named" {
    fix two
    push hotfix/1.0.0
    fix three b.txt
    push hotfix/1.0.0
    run --separate-stderr "$bin/hotfix" rollback --repo "$bare" 1 --reason bad
    says "warning: patch 2 for 1.0.0, which is live, contains the commit of patch 1: unless it fixes that, 'hotfix rollback 2' too" "$stderr"
    "$bin/hotfix" pause --repo "$bare" 2
    run --separate-stderr "$bin/hotfix" resume --repo "$bare" 2
    says "warning: patch 1 for 1.0.0 was rolled back (bad), and patch 2 contains its commit" "$stderr"
    run --separate-stderr "$bin/hotfix" rollout --repo "$bare" 2 5%
    says "and patch 2 contains its commit" "$stderr"
    fix four c.txt
    push hotfix/1.0.0 -o hotfix.over=1
    run --separate-stderr "$bin/hotfix" rollout --repo "$bare" 3 50%
    run ! grep -q "patch 3 contains its commit" <<<"$stderr"
}
