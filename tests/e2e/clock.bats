#!/usr/bin/env bats
# A publisher whose clock is wrong signs nothing; and the way back from a manifest that was signed in 2040 all the same.
bats_require_minimum_version 1.5.0
load common
load verbs

setup() {
    export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 TZ=UTC # faketime comes first
    new_team
}
teardown() { edge_down; }

# Runs what follows with the clock at a time: at TIME COMMAND...
at() { faketime "$1" "${@:2}"; }
at_push() { # TIME BRANCH
    local status=0
    at "$1" git push origin "HEAD:refs/heads/$2" >"$BATS_TEST_TMPDIR/push.out" 2>&1 || status=$?
    told=$(sed -n 's/^remote: //p' "$BATS_TEST_TMPDIR/push.out" | tr '\n' ' ' | tr -s ' ')
    return "$status"
}
hotfix_at() { at "$1" "$bin/hotfix" "$2" --repo "$bare" "${@:3}"; }
in2040='2040-01-01 00:00:00'
published() { value 'm["published"]'; }
# Patch 1 is out, and the next fix is committed.
one_is_out() {
    fix two
    push hotfix/1.0.0
    says "success: patch 1" "$told"
    fix three
}
poisoned() { # patch 2 was published in 2040
    one_is_out
    at_push "$in2040" hotfix/1.0.0
    run hotfix_at "$in2040" retry --force-clock
    says "patch 2 for 1.0.0" "$output"
    case $(published) in 2040-01-01T*) ;; *) return 1 ;; esac
}

@test "a push with the clock in 2040 waits and says why; the next push with the right clock releases it" {
    one_is_out
    at_push "$in2040" hotfix/1.0.0
    says "error: not released yet for 1.0.0: the clock of this machine says 2040-01-01T00:00:" "$told"
    says "the newest time to compare it with is 47" "$told"
    [[ $told =~ 'days earlier: '('the manifest in force was published'|'the newest commit is dated')' at 20'[0-9TZ:-]+'; nothing was signed. ' ]]
    says "if the clock is right, add --force-clock (\`hotfix retry --force-clock\`)" "$told"
    [ "$(value 'm["serial"]')" = 1 ]
    run hotfix log
    says "waits" "$output"
    fix four
    push hotfix/1.0.0
    says "success: patch 2" "$told"
    [ "$(value 'm["serial"], len(m["releases"])')" = "(2, 2)" ]
}

@test "hotfix retry with the right clock releases what waited; with the wrong one it goes on waiting, until --force-clock" {
    one_is_out
    at_push "$in2040" hotfix/1.0.0
    run hotfix_at "$in2040" retry
    [ "$status" = 1 ]
    says "still not released for 1.0.0: the clock of this machine says 2040-" "$output"
    [ "$(value 'm["serial"]')" = 1 ]
    run hotfix retry
    [ "$status" = 0 ]
    says "patch 2 for 1.0.0" "$output"
    fix four
    at_push "$in2040" hotfix/1.0.0
    run hotfix_at "$in2040" retry --force-clock
    [ "$status" = 0 ]
    says "patch 3 for 1.0.0" "$output"
}

@test "200 days of silence, then a push with a commit of the day: published" {
    later=$(date -u -d '+200 days' '+%F %T')
    one_is_out
    at "$later" git commit -q --allow-empty --amend --reset-author -m 'the fix, of today'
    at_push "$later" hotfix/1.0.0
    says "success: patch 2" "$told"
    [ "$(published | cut -c1-10)" = "${later%% *}" ]
}

@test "200 days of silence and nothing of the day: it waits" {
    later=$(date -u -d '+200 days' '+%F %T')
    one_is_out
    at_push "$later" hotfix/1.0.0
    says "the newest time to compare it with is " "$told"
    [ "$(value 'm["serial"]')" = 1 ]
}

@test "the first push into an empty store is judged by the dates of commits" {
    fix two
    at_push "$in2040" hotfix/1.0.0
    says "days earlier: the newest commit is dated at $(date -u -d "@$(git log -1 --format=%ct)" +%FT%TZ)" "$told"
    [ ! -e "$store/$app/production/manifest.json" ]
    run hotfix retry
    says "patch 1 for 1.0.0" "$output"
}

@test "every verb that signs refuses in 2040, and goes on with --force-clock" {
    one_is_out
    push hotfix/1.0.0
    hotfix publish --target 1.0.0 --force --unsigned hotfix/1.0.0~1 --json >candidate.json
    candidate=$(python3 -c 'import json; print(json.load(open("candidate.json"))["candidate"])')
    before=$(sha256sum <"$store/$app/production/manifest.json")
    fix five
    git push -q origin HEAD:refs/heads/main
    for act in 'rollout 2 5%' 'pause 2' 'rollback 2' 'revoke 2' 'refresh --force' 'publish --target 1.0.0 main' "sign --force $candidate"; do
        run hotfix_at "$in2040" $act
        [ "$status" != 0 ] || { echo "$act: $output" && false; }
        says "the clock of this machine says 2040-" "$output"
        [ "$(sha256sum <"$store/$app/production/manifest.json")" = "$before" ]
    done
    run hotfix_at "$in2040" pause 2 --force-clock
    [ "$status" = 0 ]
    [ "$(value 'm["releases"][0]["state"]')" = paused ]
    says 2040- "$(published)"
}

@test "a clock that is behind: what releases refuses; pause, rollback and revoke go on with a warning and keep the time" {
    one_is_out
    push hotfix/1.0.0
    was=$(published)
    for act in 'rollout 2 5%' 'refresh --force' 'resume 2' 'publish --target 1.0.0 --force hotfix/1.0.0~1'; do
        run hotfix_at '2026-01-01 00:00:00' $act
        [ "$status" = 1 ] || [ "$act" = 'resume 2' ] || { echo "$act: $output" && false; }
        [ "$act" = 'resume 2' ] || says "but the manifest in force was published at $was" "$output"
        [ "$(value 'm["serial"]')" = 2 ]
    done
    for act in 'pause 2' 'rollback 2' 'revoke 2'; do
        run hotfix_at '2026-01-01 00:00:00' $act
        [ "$status" = 0 ] || { echo "$act: $output" && false; }
        says "warning: the clock of this machine says 2026-01-01T00:00:" "$output"
        says "the time of the manifest in force is kept; set the clock" "$output"
        [ "$(published)" = "$was" ]
    done
    [ "$(value 'm["serial"]')" = 5 ]
}

@test "verify, status, check and /health say that a manifest is from the future" {
    poisoned
    for verb in verify check; do
        run hotfix $verb
        [ "$status" = 1 ]
        says "was published at 2040-01-01T00:00:" "$output"
        says "which is in the future; see that the clock of this machine is right, then run 'hotfix refresh --reset-time'" "$output"
    done
    run hotfix status
    says "PUBLISHED IN THE FUTURE, at 2040-01-01T00:00:" "$output"
    # A timer that refreshes must not say that all is well.
    run hotfix refresh
    [ "$status" = 1 ]
    says "was published in the future, at 2040-01-01T00:00:" "$output"
    says "hotfix refresh --reset-time" "$output"
    [ "$(hotfix status --json | jq -c '.[0].future, .[0].published[:4]' | tr '\n' ' ')" = 'true "2040" ' ]
    edge_up
    [ "$(curl -sS "$edge/health" | jq '.future > 400000000 and .status == "ok"')" = true ]
    edge_down
    hotfix refresh --reset-time
    [ "$(hotfix status --json | jq -c '.[0].future')" = false ]
    edge_up
    [ "$(curl -sS "$edge/health" | jq '.future')" = null ]
}

@test "check says that the clock is ahead before a push does" {
    one_is_out
    run hotfix_at "$in2040" check
    [ "$status" = 1 ]
    says "error: $app/production: the clock of this machine says 2040-" "$output"
    run hotfix check
    [ "$status" = 0 ] || { echo "$output" && false; }
}

# One device: device FOLDER
device() {
    "$bin/hotfix-client" update --edge "$edge" --app "$app" --channel production --version 1.0.0 --client-id "device-$1" \
        --dir "$BATS_TEST_TMPDIR/$1" --key "$bare/hotfix/signing.pub.pem" --json
}
# Updates until the device has a patch, for 5 s at most: ends_on FOLDER PATCH
ends_on() {
    local i
    for ((i = 0; i < 100; i++)); do
        output=$(device "$1" 2>&1) && [ "$(jq -r '.current.patch' <<<"${output##*$'\n'}")" = "$2" ] && return 0
        sleep 0.05
    done
    echo "$1 is not on patch $2: $output" >&2
    return 1
}

# The words of docs/deploy.md, "A manifest from the future", one by one.
@test "the way back: devices that saw the manifest of 2040, and those that did not, end on the newest patch" {
    one_is_out
    edge_up
    ends_on offline 1
    ends_on saw-it 1
    at_push "$in2040" hotfix/1.0.0
    hotfix_at "$in2040" retry --force-clock
    ends_on saw-it 2 # plain http: it cannot know better
    fix four
    push hotfix/1.0.0
    says "but the manifest in force was published at 2040-01-01T00:00:" "$told"
    says "if the clock is right, the manifest is from the future: \`hotfix refresh --reset-time\` dates it anew" "$told"
    # The publisher in 2040 cannot take the way back; and where nothing is from the future there is nothing to do.
    run --separate-stderr hotfix_at "$in2040" refresh --reset-time
    says "nothing to do, serial 2 is good until 2040-" "$output"
    # A clock that is behind what was committed may not date it either.
    run hotfix_at '2026-01-01 00:00:00' refresh --reset-time
    [ "$status" = 1 ]
    says "but the newest commit is dated at " "$output"
    [ "$(value 'm["serial"]')" = 2 ]
    run hotfix refresh --reset-time
    [ "$status" = 0 ]
    says "signed again, serial 3, good until $(date -u -d '+30 days' +%F)" "$output"
    [ "$(published | cut -c1-10)" = "$(date -u +%F)" ]
    [ "$(value '[r["published"][:2] for r in m["releases"]]')" = "['20', '20']" ]
    [ "$(value 'max(r["published"] for r in m["releases"]) <= m["published"]')" = True ]
    run hotfix retry
    says "patch 3 for 1.0.0" "$output"
    run hotfix verify
    [ "$status" = 0 ] || { echo "$output" && false; }
    says "history/3.json took the time back to the present: the one before it was published in the future" "$output"
    ends_on offline 3
    ends_on saw-it 3
    # And it goes on as ever.
    fix five
    push hotfix/1.0.0
    says "success: patch 4" "$told"
    hotfix refresh --force
    ends_on saw-it 4
    ends_on offline 4
}

@test "after the way back a rollback and a new release reach a device that saw 2040" {
    one_is_out
    edge_up
    ends_on saw-it 1
    at_push "$in2040" hotfix/1.0.0
    hotfix_at "$in2040" retry --force-clock
    ends_on saw-it 2
    hotfix refresh --reset-time
    hotfix rollback 2
    ends_on saw-it 1
    fix four
    push hotfix/1.0.0 -o hotfix.over=2
    says "success: patch 3" "$told"
    ends_on saw-it 3
}
