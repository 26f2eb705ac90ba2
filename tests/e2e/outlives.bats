#!/usr/bin/env bats
# What a person decided outlives a push that waits, fails or is overtaken: its limit is not dropped, and it does not overrule what was
# decided after it.
bats_require_minimum_version 1.5.0
load common
load builders
load verbs

setup() { new_team; }

away() { mv "$store" "$store.away"; }
back() { mv "$store.away" "$store"; }

@test "the store is away: a later push takes over the rollout of the one that waits" {
    fix two
    away
    push hotfix/1.0.0 -o hotfix.rollout=5%
    first=$(git rev-parse HEAD)
    fix three b.txt
    push hotfix/1.0.0
    back
    run hotfix retry
    says "taken over: 5% of devices, as the push of ${first:0:12} asked, which was never released" "$(tr '\n' ' ' <<<"$output" | sed 's/  */ /g')"
    [ "$(newest rollout)" = 500 ]
    # It is a release now: the one behind it takes over from that, and a rollout that is named from nothing.
    fix four c.txt
    push hotfix/1.0.0 -o hotfix.rollout=100%
    [ "$(newest rollout)" = 10000 ]
    fix five d.txt
    push hotfix/1.0.0
    [ "$(newest rollout)" = 10000 ]
    run ! ls "$bare"/hotfix/announced/*.json
}

@test "a push that names its own rollout takes no other one over" {
    fix two
    away
    push hotfix/1.0.0 -o hotfix.rollout=5%
    fix three b.txt
    push hotfix/1.0.0 -o hotfix.rollout=50%
    back
    hotfix retry
    [ "$(newest rollout)" = 5000 ]
    fix four c.txt
    push hotfix/1.0.0
    [ "$(newest rollout)" = 5000 ]
}

@test "post-receive did not run: the next push takes over what the one before it asked for" {
    mv "$bare/hooks/post-receive" "$bare/hooks/post-receive.away"
    fix two
    push hotfix/1.0.0 -o hotfix.rollout=5%
    mv "$bare/hooks/post-receive.away" "$bare/hooks/post-receive"
    fix three b.txt
    push hotfix/1.0.0
    says "taken over: 5% of devices" "$told"
    [ "$(newest rollout)" = 500 ]
}

@test "a build that failed: the push that mends it takes over its rollout; another branch does not" {
    slow_tool
    touch "$tools/go"
    fix bad
    push hotfix/1.0.0 -o hotfix.rollout=5%
    says "error: not released" "$told"
    git tag v2.0.0 v1.0.0 && git push -q origin v2.0.0
    fix good
    push hotfix/2.0.0
    [ "$(newest rollout)" = 10000 ]
    push hotfix/1.0.0
    says "taken over: 5% of devices" "$told"
    [ "$(newest rollout)" = 500 ]
    fix better
    push hotfix/1.0.0 -o hotfix.rollout=100%
    fix best
    push hotfix/1.0.0
    [ "$(newest rollout)" = 10000 ]
}

@test "overtaken while another push is building: its rollout is taken over" {
    slow_tool
    fix two
    { git push -q origin HEAD:refs/heads/hotfix/1.0.0 & } >"$BATS_TEST_TMPDIR/first.out" 2>&1
    until_told "$BATS_TEST_TMPDIR/first.out" "from tag v1.0.0"
    fix three
    { git push -q -o hotfix.rollout=5% origin HEAD:refs/heads/hotfix/1.0.0 & } >"$BATS_TEST_TMPDIR/second.out" 2>&1
    for ((i = 0; i < 600; i++)); do
        [ "$(git ls-remote origin refs/heads/hotfix/1.0.0 | cut -f1)" != "$(git rev-parse HEAD)" ] || break
        sleep 0.05
    done
    fix four
    { git push -q origin HEAD:refs/heads/hotfix/1.0.0 & } >"$BATS_TEST_TMPDIR/third.out" 2>&1
    for ((i = 0; i < 600; i++)); do
        [ "$(git ls-remote origin refs/heads/hotfix/1.0.0 | cut -f1)" != "$(git rev-parse HEAD)" ] || break
        sleep 0.05
    done
    touch "$tools/go"
    wait
    cat "$BATS_TEST_TMPDIR"/*.out
    hotfix retry
    [ "$(newest rollout)" = 500 ]
    [ "$(value "m['releases'][0]['source']['commit']")" = "$(git rev-parse HEAD)" ]
}

@test "live and a rollout that wait do not overrule a later pause and a later rollout" {
    fix two
    push hotfix/1.0.0
    fix three b.txt
    away
    push hotfix/1.0.0 -o hotfix.live -o hotfix.rollout=100%
    back
    hotfix rollout 1 5%
    hotfix pause 1 --reason stop
    run hotfix retry
    said=$(tr '\n' ' ' <<<"$output" | sed 's/  */ /g')
    says "5% of devices, as patch 1 since this was pushed" "$said"
    says "paused, as patch 1 since this was pushed" "$said"
    [ "$(newest patch) $(newest state) $(newest rollout)" = "2 paused 500" ]
}

@test "live and a rollout that wait lift what was held back when they were said" {
    fix two
    push hotfix/1.0.0 -o hotfix.rollout=5%
    hotfix pause 1
    fix three b.txt
    away
    push hotfix/1.0.0 -o hotfix.live -o hotfix.rollout=100%
    back
    hotfix retry
    [ "$(newest patch) $(newest state) $(newest rollout)" = "2 live 10000" ]
}

@test "a pause during the build wins over live" {
    fix two
    push hotfix/1.0.0
    slow_tool
    fix three
    { git push -q -o hotfix.live -o hotfix.rollout=100% origin HEAD:refs/heads/hotfix/1.0.0 & } >"$BATS_TEST_TMPDIR/first.out" 2>&1
    until_told "$BATS_TEST_TMPDIR/first.out" "from tag v1.0.0"
    hotfix pause 1
    hotfix rollout 1 5%
    touch "$tools/go"
    wait
    cat "$BATS_TEST_TMPDIR/first.out"
    [ "$(newest patch) $(newest state) $(newest rollout)" = "2 paused 500" ]
}

@test "a first try that comes late does not take what was decided meanwhile for what its push found" {
    fix two
    push hotfix/1.0.0
    mv "$bare/hooks/post-receive" "$bare/hooks/post-receive.away"
    fix three b.txt
    push hotfix/1.0.0 -o hotfix.live -o hotfix.rollout=100%
    mv "$bare/hooks/post-receive.away" "$bare/hooks/post-receive"
    hotfix pause 1
    hotfix rollout 1 5%
    # Hours later it is tried, and its tool is not there.
    sed -i 's/"created":[0-9]*/"created":1700000000/' "$bare"/hotfix/announced/*.json
    ini build builder command
    ini command argv "/nonexistent/tool {output} {files}"
    run hotfix retry
    says "still not released" "$output"
    ini build builder archive
    hotfix retry
    [ "$(newest patch) $(newest state) $(newest rollout)" = "2 paused 500" ]
}

@test "a rollout that was named for other versions is not taken over, and waits for its own" {
    git push -q origin v1.0.0:refs/tags/v2.0.0 v1.0.0:refs/tags/v3.0.0
    sed -i 's|^refs *=.*|refs = refs/heads/hotfix/* refs/heads/rel|' "$bare/hotfix.ini"
    mv "$bare/hooks/post-receive" "$bare/hooks/post-receive.away"
    fix two
    push rel -o hotfix.target=2.0.0 -o hotfix.rollout=5%
    mv "$bare/hooks/post-receive.away" "$bare/hooks/post-receive"
    fix three b.txt
    push rel -o hotfix.target=3.0.0
    [ "$(newest rollout)" = 10000 ]
    fix four c.txt
    push rel -o hotfix.target=2.0.0
    [ "$(newest rollout)" = 500 ]
}
