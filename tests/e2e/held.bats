#!/usr/bin/env bats
# What a person held back stays held back: a push takes over rollout, salt and pause, and does not bring back what was rolled back.
bats_require_minimum_version 1.5.0
load common
load builders
load verbs

setup() { new_team; }

patch_no() { value "[r for r in m['releases'] if r['patch'] == $1][0]$2"; }

# A push that must be refused before the ref moves: refused WORDS BRANCH [git push options]
refused() {
    local words=$1 before after
    shift
    before=$(git ls-remote origin | sha1sum)
    run ! push "$@"
    push "$@" || true
    after=$(git ls-remote origin | sha1sum)
    says "$words" "$told"
    says "hint: nothing was pushed" "$told"
    [ "$before" = "$after" ]
}

@test "a push during a partial rollout keeps the rollout and the salt" {
    fix two
    push hotfix/1.0.0 -o hotfix.rollout=5%
    salt=$(newest salt)
    fix three
    push hotfix/1.0.0
    [ "$(newest rollout)" = 500 ]
    [ "$(newest salt)" = "$salt" ]
    says "hint: taken over: 5% of devices, as patch 1" "$told"
    says "success: patch 2 for 1.0.0 at 5%" "$told"
}

@test "a push that names a rollout gets that one, and the salt of the release before" {
    fix two
    push hotfix/1.0.0 -o hotfix.rollout=5%
    salt=$(newest salt)
    fix three
    push hotfix/1.0.0 -o hotfix.rollout=50%
    [ "$(newest rollout)" = 5000 ]
    [ "$(newest salt)" = "$salt" ]
    run ! grep -q "taken over" <<<"$told"
}

@test "hotfix.ini lowers a rollout that is taken over, and never raises it" {
    fix two
    push hotfix/1.0.0 -o hotfix.rollout=20%
    printf '\n[release]\nrollout = 10%%\n' >>"$bare/hotfix.ini"
    fix three
    push hotfix/1.0.0
    [ "$(newest rollout)" = 1000 ]
    sed -i 's/^rollout = 10%/rollout = 90%/' "$bare/hotfix.ini"
    fix four
    push hotfix/1.0.0
    [ "$(newest rollout)" = 1000 ]
}

@test "a push over a paused release is paused, until hotfix.live or resume" {
    fix two
    push hotfix/1.0.0
    hotfix pause 1 --reason "the cart is empty"
    fix three
    push hotfix/1.0.0
    [ "$(newest state)" = paused ]
    [ "$(newest reason)" = "the cart is empty" ]
    says "paused, as patch 1: no new device gets it until \`hotfix resume\`" "$told"
    fix four
    push hotfix/1.0.0 -o hotfix.rollout=100%
    [ "$(newest state)" = paused ]
    fix five
    push hotfix/1.0.0 -o hotfix.live
    [ "$(newest state)" = live ]
    run ! grep -q "taken over" <<<"$told"
    fix six
    push hotfix/1.0.0
    [ "$(newest state)" = live ]
}

@test "a range takes over from each version in it, the lowest rollout and any pause" {
    git tag v1.0.1 && git push -q origin v1.0.1
    fix two
    push hotfix/1.0.0 -o hotfix.rollout=5%
    salt=$(newest salt)
    fix three b.txt
    push hotfix/1.0.1 -o hotfix.rollout=50%
    hotfix pause 2
    fix four c.txt
    push fix -o hotfix.target=1.0.x || true
    push hotfix/1.0.x
    [ "$(newest target)" = 1.0.x ]
    [ "$(newest rollout)" = 500 ]
    [ "$(newest salt)" = "$salt" ]
    [ "$(newest state)" = paused ]
}

@test "another version's rollout is not taken over, nor one behind a newer release for all devices" {
    git tag v2.0.0 && git push -q origin v2.0.0
    fix two
    push hotfix/1.0.0 -o hotfix.rollout=5%
    push hotfix/2.0.0
    [ "$(newest rollout)" = 10000 ]
    fix three
    push hotfix/1.0.0 -o hotfix.rollout=100%
    fix four
    push hotfix/1.0.0
    [ "$(newest rollout)" = 10000 ]
    run ! grep -q "taken over" <<<"$told"
}

@test "publish, a candidate and CI's way take over the same" {
    fix two
    push hotfix/1.0.0 -o hotfix.rollout=5%
    fix three
    git push -q origin HEAD:refs/heads/other
    id=$(hotfix publish --unsigned --target 1.0.0 "$(git rev-parse HEAD)" | sed -n 's/^candidate //p')
    says '"defaults":["rollout"]' "$(cat "$store/$app/production/candidates/$id.json")"
    run hotfix sign "$id"
    [ "$status" = 0 ]
    says "taken over: 5% of devices" "$output"
    [ "$(newest rollout)" = 500 ]
    fix four
    git push -q origin HEAD:refs/heads/other
    hotfix publish -q --target 1.0.0 "$(git rev-parse HEAD)"
    [ "$(newest rollout)" = 500 ]
    fix five
    git push -q origin HEAD:refs/heads/other
    hotfix publish -q --target 1.0.0 --rollout 7% "$(git rev-parse HEAD)"
    [ "$(newest rollout)" = 700 ]
}

@test "a rolled back commit does not come back: not by an empty commit, and not under a fix that does not say so" {
    fix two
    push hotfix/1.0.0
    hotfix rollback 1 --reason "crashes at start"
    git commit -q --allow-empty -m again
    refused "error: patch 1 for 1.0.0 was rolled back (crashes at start), and this release has the same bytes" hotfix/1.0.0
    fix three b.txt
    refused "error: patch 1 for 1.0.0 was rolled back (crashes at start), and this release still holds it: its commit" hotfix/1.0.0
    says "-o hotfix.over=1" "$told"
    refused "over says '7'" hotfix/1.0.0 -o hotfix.over=7
    refused "still holds it" hotfix/1.0.0 -o hotfix.force
    push hotfix/1.0.0 -o hotfix.over=1
    says "success: patch 2 for 1.0.0" "$told"
    [ "$(newest over)" = 1 ]
    # What builds on it is answered for.
    fix four c.txt
    push hotfix/1.0.0
    says "success: patch 3 for 1.0.0" "$told"
}

@test "over is said by a trailer, by the commit, and by publish --over" {
    fix two
    push hotfix/1.0.0
    bad=$(git rev-parse HEAD)
    hotfix rollback 1
    echo three >HotPath/a.txt
    git commit -qam $'three\n\nHotfix-Over: 1'
    push hotfix/1.0.0
    [ "$(newest over)" = 1 ]
    hotfix rollback 2
    fix four
    run hotfix publish --target 1.0.0 "$(git rev-parse HEAD)"
    [ "$status" != 0 ]
    git push -q origin HEAD:refs/heads/other
    run hotfix publish --target 1.0.0 "$(git rev-parse HEAD)"
    [ "$status" = 1 ]
    says "patch 2 for 1.0.0 was rolled back" "$output"
    refused "over=2" hotfix/1.0.0 -o hotfix.over="$bad"
    push hotfix/1.0.0 -o hotfix.over="$(git rev-parse --short=10 HEAD~1)"
    [ "$(newest over)" = 2 ]
}

@test "over answers for what its release held, and for its own versions" {
    # Two wrong fixes, neither in the other; a third mends the second only, and a merge brings the first one back.
    git checkout -q -b first v1.0.0
    fix crash bad.txt
    push hotfix/1.0.0
    hotfix rollback 1 --reason "crashes at start"
    git checkout -q -b second v1.0.0
    fix wrong price.txt
    push hotfix/1.0.0 -f
    hotfix rollback 2
    fix right price.txt
    push hotfix/1.0.0 -o hotfix.over=2
    git merge -q -m merge first
    refused "patch 1 for 1.0.0 was rolled back (crashes at start), and this release still holds it" hotfix/1.0.0
    # One that held both answers for both.
    push hotfix/1.0.0 -o hotfix.over=1
    fix more
    push hotfix/1.0.0
    [ "$(newest patch) $(newest over)" = "5 2" ]
}

@test "over for one version does not answer for the others of a range" {
    git push -q origin v1.0.0:refs/tags/v2.0.0
    fix crash bad.txt
    push hotfix/x -o 'hotfix.target=>=1.0.0 <3.0.0' -o hotfix.base=v1.0.0
    hotfix rollback 1
    fix mend mend.txt
    push hotfix/1.0.0 -o hotfix.over=1 -o hotfix.rollout=1%
    fix more more.txt
    refused "patch 1 for >=1.0.0 <3.0.0 was rolled back, and this release still holds it" hotfix/2.0.0
    push hotfix/1.0.0
    [ "$(newest rollout)" = 100 ]
}

@test "an amended commit goes to no more devices than what was rolled back; its bytes under another name are held" {
    fix "first line"
    push hotfix/1.0.0 -o hotfix.rollout=5%
    hotfix rollback 1
    bad=$(git rev-parse HEAD)
    echo "first line, mended" >HotPath/a.txt
    git commit -q -a --amend -m amended
    push hotfix/1.0.0 -f
    says "5% of devices, as patch 1 had when it was taken back" "$told"
    [ "$(newest rollout)" = 500 ]
    git reset -q --hard v1.0.0
    git cherry-pick -n "$bad"
    git mv HotPath/a.txt HotPath/z.txt
    git commit -qm moved
    run ! push hotfix/1.0.0 -f -o hotfix.force
    push hotfix/1.0.0 -f -o hotfix.force || true
    says "HotPath/z.txt is what HotPath/a.txt was there" "$told"
}

@test "a revert over a paused patch is a release, and paused; with live it goes out" {
    fix bad
    push hotfix/1.0.0
    hotfix pause 1
    git revert --no-edit HEAD >/dev/null
    push hotfix/1.0.0
    says "success: patch 2 for 1.0.0, paused: nothing differs" "$told"
    run --separate-stderr hotfix resume 1
    says "warning: patch 2 is newer, and paused: until it is resumed devices get patch 1" "$stderr"
    hotfix pause 1
    git commit -q --allow-empty -m again
    push hotfix/1.0.0 -o hotfix.live
    [ "$(newest patch) $(newest state)" = "3 live" ]
}

@test "the bytes of a live patch over a paused one are a release" {
    fix two
    push hotfix/1.0.0
    fix three
    push hotfix/1.0.0
    hotfix pause 2
    git revert --no-edit HEAD >/dev/null
    push hotfix/1.0.0
    [ "$(newest patch) $(newest state)" = "3 paused" ]
    git commit -q --allow-empty -m again
    push hotfix/1.0.0
    says "the same bytes are there already, as patch 3 at 100%, paused" "$told"
    push hotfix/1.0.0 -o hotfix.live || true
    git commit -q --allow-empty -m "and again"
    push hotfix/1.0.0 -o hotfix.live
    [ "$(newest patch) $(newest state)" = "4 live" ]
}

@test "a range that starts from a newer version does not take a fix from the older ones" {
    fix two
    push hotfix/1.0.0
    git checkout -q -b next
    echo 1.1 >README
    git commit -qam 1.1
    git tag v1.1.0
    git push -q origin v1.1.0
    fix more b.txt
    refused "patch 1 for 1.0.0 changed HotPath/a.txt" hotfix/x -o 'hotfix.target=>=1.0.0 <2.0.0' -o hotfix.base=v1.1.0
    push hotfix/1.1.0 # all of its devices were shipped with it
}

@test "cherry-picks, squashes, rebases and force-pushes hold what was rolled back; a revert does not" {
    fix two
    push hotfix/1.0.0
    hotfix rollback 1
    bad=$(git rev-parse HEAD)
    git reset -q --hard v1.0.0
    fix other b.txt
    git cherry-pick -n "$bad" && git commit -qm squashed
    refused "HotPath/a.txt is as it was there" hotfix/1.0.0 -f
    git reset -q --hard "$bad"
    git revert --no-edit HEAD >/dev/null
    fix other b.txt
    push hotfix/1.0.0
    says "success: patch 2 for 1.0.0" "$told"
    [ "$(value '"over" in m["releases"][0]')" = False ]
}

@test "a clone that lacks the rolled back commit cannot say that it is gone" {
    fix two
    push hotfix/1.0.0
    hotfix rollback 1
    git reset -q --hard v1.0.0
    fix other b.txt
    push hotfix/1.0.0 -f
    hotfix rollback 2
    git -C "$bare" reflog expire --expire=now --all
    git -C "$bare" update-ref -d refs/heads/hotfix/1.0.0
    git -C "$bare" gc -q --prune=now
    fix third c.txt
    git reset -q --soft v1.0.0 && git commit -qm anew
    refused "is not in this repository" hotfix/1.0.0
}

@test "the rollout over a rolled back release is at most what that had, unless the push names one" {
    fix two
    push hotfix/1.0.0 -o hotfix.rollout=5%
    hotfix rollback 1
    fix three
    push hotfix/1.0.0 -o hotfix.over=1
    [ "$(newest rollout)" = 500 ]
    says "5% of devices, as patch 1 had when it was taken back" "$told"
    hotfix rollback 2
    fix four
    push hotfix/1.0.0 -o hotfix.over=2 -o hotfix.rollout=30%
    [ "$(newest rollout)" = 3000 ]
}

@test "the same bytes come back by force alone, and revoked bytes never" {
    fix two
    push hotfix/1.0.0
    hotfix rollback 1
    git commit -q --allow-empty -m again
    refused "has the same bytes" hotfix/1.0.0 -o hotfix.over=1
    push hotfix/1.0.0 -o hotfix.force
    says "success: patch 2 for 1.0.0" "$told"
    [ "$(newest over)" = 1 ]
    hotfix revoke 2
    git commit -q --allow-empty -m "and again"
    refused "may never be published again" hotfix/1.0.0 -o hotfix.force
    git tag v2.0.0 v1.0.0 && git push -q origin v2.0.0
    refused "may never be published again" hotfix/2.0.0 -o hotfix.over=2
}

@test "rolled back bytes that live on for other versions do not return to the versions that they left" {
    fix two
    push hotfix/1.0.x
    push hotfix/1.0.0
    says "success: patch 2 for 1.0.0" "$told"
    hotfix rollback 1
    git commit -q --allow-empty -m again
    refused "patch 1 for 1.0.x was rolled back, and this release has the same bytes" hotfix/1.0.x
    push hotfix/1.0.0 # has them
    push hotfix/1.0.x -o hotfix.force
    [ "$(newest over)" = 1 ]
    git commit -q --allow-empty -m "once more"
    push hotfix/1.0.x
}

@test "bytes that were forced back for one version are not forced back for others" {
    fix two
    push hotfix/1.0.x
    hotfix rollback 1
    push hotfix/1.0.0 -o hotfix.force
    says "success: patch 2 for 1.0.0" "$told"
    git commit -q --allow-empty -m again
    refused "patch 1 for 1.0.x was rolled back, and this release has the same bytes" hotfix/1.0.x
    push hotfix/1.0.0
}

@test "a candidate of the same bytes is refused as well" {
    fix two
    push hotfix/1.0.0
    hotfix rollback 1
    run hotfix publish --unsigned --over 1 --target 1.0.0 "$(git rev-parse HEAD)"
    echo "$output"
    [ "$status" = 1 ]
    says "has the same bytes" "$output"
    [ ! -e "$store/$app/production/candidates" ]
}

@test "a rollback while a push is building: the job fails for good, with the same sentence" {
    fix two
    push hotfix/1.0.0
    fix three b.txt
    slow_tool
    rm "$BATS_TEST_TMPDIR/push.out"
    (push hotfix/1.0.0) &
    until_told "$BATS_TEST_TMPDIR/push.out" "from tag v1.0.0"
    hotfix rollback 1 --reason "crashes at start"
    touch "$tools/go"
    wait
    says "error: not released for 1.0.0: patch 1 for 1.0.0 was rolled back (crashes at start), and this release still holds it" \
        "$(sed -n 's/^remote: //p' "$BATS_TEST_TMPDIR/push.out" | sed 's/ *$//' | sed -e ':a' -e 'N' -e '$!ba' -e 's/\n  */ /g')"
    [ "$(value 'm["last"]')" = 1 ]
    says "failed: job" "$(hotfix log)"
}

@test "a file that a live patch changed is deleted: refused with its path, and forced" {
    fix two
    fix more b.txt
    push hotfix/1.0.0
    git rm -q HotPath/a.txt && git commit -qm "a is gone"
    refused "patch 1 for 1.0.0 changed HotPath/a.txt, and this release goes back to what was shipped there" hotfix/1.0.0
    push hotfix/1.0.0 -o hotfix.force
    says "success: patch 2" "$told"
}

@test "a force-push to a commit without the fix is refused; a git revert is not" {
    fix two
    push hotfix/1.0.0
    live=$(git rev-parse HEAD)
    git reset -q --hard v1.0.0
    fix other b.txt
    refused "changed HotPath/a.txt" hotfix/1.0.0 -f
    git reset -q --hard v1.0.0
    git commit -q --allow-empty -m nothing
    refused "changed HotPath/a.txt" hotfix/1.0.0 -f
    git reset -q --hard "$live"
    git revert --no-edit HEAD >/dev/null
    push hotfix/1.0.0
    says "devices go back to the app as shipped" "$told"
}

@test "a file that a patch added and git revert takes away again is no lost fix" {
    fix new new.txt
    push hotfix/1.0.0
    git revert --no-edit HEAD >/dev/null
    push hotfix/1.0.0
    says "success: patch 2 for 1.0.0: nothing differs" "$told"
}

@test "a file that include no longer admits is a fix that is lost" {
    fix two
    fix more b.txt
    push hotfix/1.0.0
    sed -i 's|^include = .*|include = HotPath/a.txt|' "$bare/hotfix.ini"
    fix three
    refused "changed HotPath/b.txt" hotfix/1.0.0
    push hotfix/1.0.0 -o hotfix.force
}

@test "no store to read: the push goes in, and is told that its release waits" {
    fix two
    push hotfix/1.0.0
    hotfix rollback 1
    mv "$store" "$store.away"
    git commit -q --allow-empty -m again
    push hotfix/1.0.0
    says "warning: what is released now cannot be read" "$told"
    says "its release waits until the store can be read" "$told"
    mv "$store.away" "$store"
    run hotfix retry
    says "has the same bytes" "$output"
    [ "$(value 'm["last"]')" = 1 ]
}
