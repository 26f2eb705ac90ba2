#!/usr/bin/env bats
# Jobs that failed for good: what closes them, and what tries them again, without anybody's hand.
bats_require_minimum_version 1.5.0
load common

setup() {
    new_team
    printf '[release]\nstrict = no\n' >>"$bare/hotfix.ini" # so that what will fail is pushed all the same
    # v1.1.0 is not tagged.
    fix two
    push hotfix/1.1.0 -o hotfix.rollout=7%
    says "error: not released for 1.1.0" "$told"
    [ "$(failed)" = 1 ]
}

waiting() { find "$bare/hotfix/spool" -maxdepth 1 -name '*.json' | wc -l; }
failed() { find "$bare/hotfix/spool/failed" -name '*.json' | wc -l; }
# The outcomes of a commit in the log, in order, and the words of the last: log_of [COMMIT]
log_of() { "$bin/hotfix" log --repo "$bare" --json | jq -r "select(.commit == \"$(git rev-parse "${1:-HEAD}")\") | .outcome" | tr '\n' ' '; }
closed_by() { "$bin/hotfix" log --repo "$bare" --json | jq -r 'select(.outcome == "closed") | .message'; }
# Nothing is open: neither log nor check name a job.
settled() {
    [ "$(waiting)$(failed)" = 00 ]
    ! "$bin/hotfix" log --repo "$bare" | grep -E '^(failed|waits): '
    ! "$bin/hotfix" check --repo "$bare" | grep -E 'release.* (failed|wait)'
}

@test "the missing tag is pushed: the job is tried again with its own options, and the pusher of the tag hears it" {
    git push -q origin v1.0.0:refs/tags/v2.0.0 # another one's tag changes nothing
    [ "$(failed)" = 1 ]
    git push origin v1.0.0:refs/tags/v1.1.0 2>&1 | sed 's/ *$//' | tee ../told
    says "the release for 1.1.0 that had failed is tried again: its tag is here now" "$(sed ':a;N;$!ba;s/ *\nremote:  */ /g' ../told)"
    says "success: patch 1 for 1.1.0 at 7%" "$(cat ../told)"
    [ "$(log_of)" = "failed published " ]
    settled
}

@test "the tag that hotfix.base named is pushed: the same; a tag of the same commit with another name is not it" {
    git push -q origin :hotfix/1.1.0
    push hotfix/1.2.0 -o hotfix.base=shipped
    says "error: not released for 1.2.0" "$told"
    git push -q origin v1.0.0:refs/tags/v1.2.0
    [ "$(failed)" = 1 ]
    git push -q origin v1.0.0:refs/tags/shipped
    [ "$(value 'm["releases"][0]["target"]')" = 1.2.0 ]
    settled
}

@test "the tag is pushed while the store is away: the job waits, and says so" {
    mv "$store" "$store.away"
    git push origin v1.0.0:refs/tags/v1.1.0 2>&1 | tee ../told
    says "error: not released yet for 1.1.0" "$(cat ../told)"
    [ "$(waiting)$(failed)" = 10 ]
    mv "$store.away" "$store"
    "$bin/hotfix" retry --repo "$bare" -q
    [ "$(value 'm["releases"][0]["rollout"]')" = 700 ]
    settled
}

@test "a tag whose branch has moved on retries the tip only" {
    first=$(git rev-parse HEAD)
    fix three
    push hotfix/1.1.0
    [ "$(failed)" = 2 ]
    git push -q origin v1.0.0:refs/tags/v1.1.0
    [ "$(value 'len(m["releases"]), m["releases"][0]["source"]["commit"]')" = "(1, '$(git rev-parse HEAD)')" ]
    [ "$(log_of)" = "failed published " ]
    [ "$(log_of "$first")" = "failed closed " ]
    settled
}

@test "a later push of the branch is released: the failed job is closed, and says by which patch" {
    first=$(git rev-parse HEAD)
    fix three
    push hotfix/1.1.0 -o hotfix.base=v1.0.0
    says "success: patch 1 for 1.1.0" "$told"
    [ "$(log_of "$first")" = "failed closed " ]
    says "a later push of this branch is released, as patch 1" "$(closed_by)"
    settled
}

@test "a later push that fails as well, or another branch that is released, closes nothing" {
    fix three
    push hotfix/1.1.0
    says "error: not released" "$told"
    push hotfix/1.0.0
    says "success: patch 1 for 1.0.0" "$told"
    [ "$(failed)" = 2 ]
    [ -z "$(closed_by)" ]
}

@test "the branch is deleted: the failed job is closed by that push" {
    git push -q origin :hotfix/1.1.0
    [ "$(log_of)" = "failed closed " ]
    says "its branch is deleted" "$(closed_by)"
    settled
}

@test "what was settled where no hook ran, hotfix retry closes: a branch deleted by hand, a release from another machine" {
    git --git-dir "$bare" update-ref -d refs/heads/hotfix/1.1.0
    run "$bin/hotfix" retry --repo "$bare"
    [ "$status" = 0 ]
    [ -z "$output" ]
    settled
    push hotfix/1.2.0
    [ "$(failed)" = 1 ]
    "$bin/hotfix" publish --repo "$bare" -q --target 1.2.0 --base v1.0.0 --ref refs/heads/hotfix/1.2.0 "$(git rev-parse HEAD)"
    run "$bin/hotfix" retry --repo "$bare"
    [ "$status" = 0 ]
    settled
}

@test "one of two channels is released: the other's failed job stays" {
    printf '[channel beta]\nrefs = refs/heads/hotfix/*\nbase = refs/tags/beta*\n' >>"$bare/hotfix.ini"
    fix three
    push hotfix/1.1.0
    [ "$(failed)" = 3 ]
    git push -q origin v1.0.0:refs/tags/v1.1.0
    [ "$(failed)" = 1 ]
    says " for 1.1.0 on beta" "$("$bin/hotfix" log --repo "$bare" | grep '^failed: ')"
    git push -q origin v1.0.0:refs/tags/beta1.1.0
    settled
}

@test "a release for another version closes nothing; a job of its own target that is overtaken fails and says so" {
    git push -q origin v1.0.0:refs/tags/v2.0.0 v1.0.0:refs/tags/v3.0.0
    sed -i 's|^refs *=.*|refs = refs/heads/hotfix/* refs/heads/rel|' "$bare/hotfix.ini"
    fix three
    push rel -o hotfix.target=4.0.0
    [ "$(failed)" = 2 ]
    fix four
    push rel -o hotfix.target=2.0.0
    says "success: patch 1 for 2.0.0" "$told"
    [ "$(failed)" = 2 ]
    mv "$store" "$store.away"
    fix five
    push rel -o hotfix.target=2.0.0
    fix six
    push rel -o hotfix.target=3.0.0
    mv "$store.away" "$store"
    "$bin/hotfix" retry --repo "$bare"
    log=$("$bin/hotfix" log --repo "$bare" --json)
    says "its branch has moved on, to a commit that is not for 2.0.0" "$log"
    says "push it with -o hotfix.target='2.0.0'" "$log"
    [ "$(value 'm["releases"][0]["target"]')" = 3.0.0 ]
    [ "$(failed)" = 3 ]
}

@test "nothing to publish in one channel is no word about another" {
    printf '[channel android]\napp = com.example.shop.android\ninclude = Android/**\nrefs = refs/heads/hotfix/*\n' >>"$bare/hotfix.ini"
    git reset -q --hard v1.0.0
    mkdir Android
    fix android ../Android/x
    mv "$store" "$store.away"
    push hotfix/1.0.0
    # The hook was killed before it wrote the second channel's job.
    grep -l '"channel":"android"' "$bare"/hotfix/spool/*.json | xargs rm
    mv "$store.away" "$store"
    git push -q origin HEAD:refs/heads/other # works on what waits, and looks for nothing
    grep -q "hotfix/1.0.0 production$" "$bare/hotfix/seen"
    [ ! -e "$store/com.example.shop.android" ]
    run "$bin/hotfix" retry --repo "$bare" # 1.1.0 fails in this channel too
    [ -e "$store/com.example.shop.android/android/manifest.json" ]
}

@test "a tip whose bytes were there already is no base" {
    git push -q origin :v1.0.0
    git push -q origin HEAD:refs/heads/wip
    "$bin/hotfix" build -q -c "$bare/hotfix.ini" -o ../patch.zip "$(git rev-parse HEAD~)" "$(git rev-parse HEAD)"
    "$bin/hotfix" publish -q --repo "$bare" --file ../patch.zip --commit "$(git rev-parse HEAD)" --target 1.0.0 --ref refs/heads/hotfix/1.0.0
    push hotfix/1.0.0 -o "hotfix.base=$(git rev-parse HEAD~)"
    says "the same bytes are live already" "$told"
    fix again b.txt
    push hotfix/1.0.0
    says "error: not released" "$told"
    [ "$(value 'm["last"]')" = 1 ]
}
