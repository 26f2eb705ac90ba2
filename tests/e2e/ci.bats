#!/usr/bin/env bats
# hotfix ci, as a job of GitHub Actions and of GitLab CI calls it: their environment, their kinds of clones, their jobs that come
# late, twice or at once. What is wrong or hostile, and what a job may be told: ci_input.bats.
bats_require_minimum_version 1.5.0
load common
load ci

setup() { new_ci_team; }

@test "a push is released, and the steps behind it and people hear how" {
    fix two
    pushed hotfix/1.0.0
    ci hotfix/1.0.0
    echo "$output"
    [ "$status" = 0 ]
    says "production: patch 1 for 1.0.0 is released: 1 file" "$output"
    says "take it back: hotfix rollback --channel production 1" "$output"
    [ "$(annotations "$output")" = 0 ]
    [ "$(output_of published)" = true ]
    [ "$(output_of patch)" = 1 ]
    [ "$(output_of version)" = 1.0.0 ]
    [ "$(output_of manifest-url)" = "file://$store/$app/production/manifest.json" ]
    [ "$(output_of sha256)" = "production:$(value 'm["releases"][0]["file"]["sha256"]')" ]
    [ "$(value 'm["releases"][0]["source"]["ref"]')" = refs/heads/hotfix/1.0.0 ]
    says "hotfix rollback --channel production 1" "$(summary)"
    says "| who gets it | all devices on 1.0.0" "$(summary)"
}

@test "the same push by the hook, GitHub and GitLab: the same bytes, and manifests that differ in time, job and salt alone" {
    facts='[{k: v for k, v in r.items() if k not in ("job", "salt", "published")} for r in m["releases"]], m["last"], m["serial"]'
    fix two
    fix "with a space" "a name.txt"
    git commit -q --amend -m "fix" -m "Hotfix-Rollout: 25%"
    pushed hotfix/1.0.0
    ci hotfix/1.0.0
    [ "$status" = 0 ]
    value "$facts" >"$BATS_TEST_TMPDIR/by-github"
    github_bytes=$(sha256sum <"$(newest_object)")
    rm -rf "${store:?}/$app"
    run gitlab hotfix/1.0.0 "$bin/hotfix" ci
    [ "$status" = 0 ]
    [ "$(output_of HOTFIX_PUBLISHED)" = true ]
    [ "$(output_of HOTFIX_RELEASED_PATCH)" = 1 ]
    [ "$(output_of HOTFIX_RELEASED_VERSION)" = 1.0.0 ]
    value "$facts" >"$BATS_TEST_TMPDIR/by-gitlab"
    [ "$(sha256sum <"$(newest_object)")" = "$github_bytes" ]
    # The hook, in a bare repository of its own.
    bare=$BATS_TEST_TMPDIR/own.git
    git init -q --bare "$bare"
    "$bin/hotfix" init --repo "$bare" --app "$app" --include 'HotPath/**' >/dev/null
    git push -q "$bare" v1.0.0 HEAD:refs/heads/hotfix/1.0.0 2>/dev/null
    store=$bare/hotfix/store
    value "$facts" >"$BATS_TEST_TMPDIR/by-hook"
    [ "$(sha256sum <"$(newest_object)")" = "$github_bytes" ]
    diff "$BATS_TEST_TMPDIR/by-github" "$BATS_TEST_TMPDIR/by-gitlab"
    diff "$BATS_TEST_TMPDIR/by-github" "$BATS_TEST_TMPDIR/by-hook"
}

@test "a shallow clone without the tag: what lacks is fetched; history only when there is a release to compare with" {
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0 1
    [ -z "$(git -C "$job" tag)" ]
    again hotfix/1.0.0
    [ "$status" = 0 ]
    [ -e "$job/.git/shallow" ]
    [ "$(git -C "$job" tag)" = v1.0.0 ]
    fix three b.txt
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0 1
    again hotfix/1.0.0
    echo "$output"
    [ "$status" = 0 ]
    says "patch 2 for 1.0.0 is released: 2 files" "$output"
    [ "$(annotations "$output")" = 0 ]
}

@test "a shallow clone does not bring back what was rolled back, and over lets a fix through" {
    fix two
    pushed hotfix/1.0.0
    ci hotfix/1.0.0
    "$bin/hotfix" rollback -c "$job/hotfix.ini" 1 --reason "crashes at start"
    fix three b.txt
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0 1
    again hotfix/1.0.0
    echo "$output"
    [ "$status" = 1 ]
    says "patch 1 for 1.0.0 was rolled back (crashes at start), and this release still holds it: its commit" "$output"
    # The commit is gone from the branch and its content is not.
    git reset -q --soft v1.0.0 && git commit -qm "squashed"
    pushed hotfix/1.0.0 -f
    checkout hotfix/1.0.0 1
    again hotfix/1.0.0
    [ "$status" = 1 ]
    says "HotPath/a.txt is as it was there" "$output"
    fix four c.txt
    git commit -q --amend -m "four" -m "Hotfix-Over: 1"
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0 1
    again hotfix/1.0.0
    [ "$status" = 0 ]
    [ "$(value 'm["releases"][0]["over"]')" = 1 ]
}

@test "a whole clone stays whole, also when a forced-away commit is fetched" {
    fix two
    pushed hotfix/1.0.0
    ci hotfix/1.0.0
    git reset -q --hard v1.0.0
    fix "another two"
    pushed hotfix/1.0.0 -f
    ci hotfix/1.0.0
    echo "$output"
    [ "$status" = 0 ]
    says "does not contain" "$(grep '^::warning ' <<<"$output")"
    says "patch 2 for 1.0.0 is released" "$output"
    [ ! -e "$job/.git/shallow" ]
    git -C "$job" cat-file -e "$(value 'm["releases"][1]["source"]["commit"]')"
    # And when the server has lost that commit.
    git reset -q --hard v1.0.0
    fix "a third two"
    pushed hotfix/1.0.0 -f
    git -C "$server" reflog expire --expire=now --all
    git -C "$server" gc -q --prune=now
    ci hotfix/1.0.0
    [ "$status" = 1 ]
    says "is gone from the repository" "$output"
    says "cannot be compared with" "$output"
    HOTFIX_FORCE=true ci hotfix/1.0.0
    echo "$output"
    [ "$status" = 0 ]
    says "patch 3 for 1.0.0 is released" "$output"
}

@test "tag and branch in one push, and a clone from before the tag" {
    git tag v2.0.0
    fix two
    checkout main
    git push -q origin HEAD:refs/heads/hotfix/2.0.0 v2.0.0
    git -C "$job" fetch -q --no-tags origin +refs/heads/hotfix/2.0.0:refs/remotes/origin/hotfix/2.0.0
    git -C "$job" checkout -q refs/remotes/origin/hotfix/2.0.0
    [ "$(git -C "$job" tag)" = v1.0.0 ]
    again hotfix/2.0.0
    [ "$status" = 0 ]
    [ "$(value 'm["releases"][0]["source"]["base"]')" = "$(git rev-parse v2.0.0)" ]
    # The job of the tag's own push has nothing to do.
    git -C "$job" checkout -q v2.0.0
    ref=refs/tags/v2.0.0 again v2.0.0
    [ "$status" = 0 ]
    says "no channel of hotfix.ini is released from refs/tags/v2.0.0" "$output"
    [ "$(output_of published)" = false ]
}

@test "a run that is started again changes nothing" {
    fix two
    pushed hotfix/1.0.0
    ci hotfix/1.0.0
    before=$(sum_in_force)
    again hotfix/1.0.0
    [ "$status" = 0 ]
    says "was published before, by this very run" "$output"
    [ "$(output_of published)" = false ]
    [ "$(output_of patch)" = 1 ]
    # Another run of the same commit: the same bytes.
    run_id=8 again hotfix/1.0.0
    [ "$status" = 0 ]
    says "the same bytes are live already" "$output"
    # After a rollback too.
    "$bin/hotfix" rollback -c "$job/hotfix.ini" 1
    before=$(sum_in_force)
    again hotfix/1.0.0
    [ "$status" = 0 ]
    [ "$(sum_in_force)" = "$before" ]
}

@test "an old job that is started again: its ref has moved on" {
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    old=$job
    fix three
    pushed hotfix/1.0.0
    job=$old
    again hotfix/1.0.0
    echo "$output"
    [ "$status" = 0 ]
    says "that push has a job of its own" "$output"
    [ ! -e "$store/$app" ]
    ci hotfix/1.0.0
    before=$(sum_in_force)
    job=$old
    run_id=9 again hotfix/1.0.0
    [ "$status" = 0 ]
    [ "$(sum_in_force)" = "$before" ]
}

@test "an older commit over a newer one is refused, unless forced" {
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    old=$job
    fix three
    pushed hotfix/1.0.0
    ci hotfix/1.0.0
    before=$(sum_in_force)
    # The branch is set back on the server.
    git -C "$server" update-ref refs/heads/hotfix/1.0.0 "$(git -C "$old" rev-parse HEAD)"
    job=$old
    run_id=8 again hotfix/1.0.0
    one_error "an older commit is not published over a newer one"
    [ "$(sum_in_force)" = "$before" ]
    # Nor where nobody can be asked, and the newer commit is unknown.
    git -C "$old" remote set-url origin "file://$BATS_TEST_TMPDIR/nowhere.git"
    git -C "$old" update-ref -d refs/remotes/origin/hotfix/1.0.0
    run_id=8 again hotfix/1.0.0
    echo "$output"
    [ "$status" = 1 ]
    [ "$(sum_in_force)" = "$before" ]
    git -C "$old" remote set-url origin "file://$server"
    HOTFIX_FORCE=true run_id=8 again hotfix/1.0.0
    echo "$output"
    [ "$status" = 0 ]
    says "patch 2 for 1.0.0 is released" "$output"
}

@test "two jobs at once, the older commit's and the newer one's: the newer one is in force, each whole" {
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    old=$job
    fix three b.txt
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    new=$job
    git -C "$server" update-ref refs/heads/hotfix/1.0.0 "$(git -C "$old" rev-parse HEAD)"
    { job=$old run_id=1 job_out=$BATS_TEST_TMPDIR/one github hotfix/1.0.0 "$bin/hotfix" ci 2>&1 & } >"$BATS_TEST_TMPDIR/one.log"
    one=$!
    job=$new run_id=2 job_out=$BATS_TEST_TMPDIR/two HOTFIX_FORCE=true github hotfix/1.0.0 "$bin/hotfix" ci \
        >"$BATS_TEST_TMPDIR/two.log" 2>&1
    wait "$one" || true
    cat "$BATS_TEST_TMPDIR"/*.log
    [ "$(value 'm["releases"][0]["source"]["commit"]')" = "$(git rev-parse HEAD)" ]
    "$bin/hotfix" verify -c "$new/hotfix.ini" >&2
}

@test "a branch that is gone: nothing is done" {
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    HOTFIX_DELETED=true again hotfix/1.0.0
    [ "$status" = 0 ]
    says "is gone" "$output"
    sha=0000000000000000000000000000000000000000 again hotfix/1.0.0
    [ "$status" = 0 ]
    git push -q origin :hotfix/1.0.0
    again hotfix/1.0.0
    [ "$status" = 0 ]
    says "is gone" "$output"
    [ ! -e "$store/$app" ]
}

@test "a pull request is planned: no key, no right to the store, and nothing is published" {
    fix two
    pushed hotfix/1.0.0
    ci hotfix/1.0.0
    before=$(find "$store" -type f | sort | xargs sha256sum)
    fix three b.txt
    pushed feature
    checkout feature
    unset HOTFIX_SIGNING_KEY
    event=pull_request ref=refs/pull/3/merge base_ref=hotfix/1.0.0 again feature
    echo "$output"
    [ "$status" = 0 ]
    says "patch 2 for 1.0.0 would be released: 2 files" "$output"
    says "in place of patch 1" "$output"
    says "HotPath/b.txt" "$output"
    says "would be released" "$(summary)"
    [ "$(output_of published)" = false ]
    [ "$(find "$store" -type f | sort | xargs sha256sum)" = "$before" ]
    # The same as a merge request.
    checkout feature
    run env CI_MERGE_REQUEST_IID=3 CI_MERGE_REQUEST_TARGET_BRANCH_NAME=hotfix/1.0.0 bash -c "$(declare -f gitlab); job=$job \
        gitlab feature $bin/hotfix ci"
    [ "$status" = 0 ]
    says "patch 2 for 1.0.0 would be released: 2 files" "$output"
    # And where the store cannot be reached.
    mv "$store" "$store.away"
    event=pull_request ref=refs/pull/3/merge base_ref=hotfix/1.0.0 again feature
    mv "$store.away" "$store"
    [ "$status" = 0 ]
    says "what is released now is not known here" "$output"
    says "would be released: 2 files" "$output"
    [ "$(find "$store" -type f | sort | xargs sha256sum)" = "$before" ]
    # A pull request into a branch that nothing is released from.
    event=pull_request ref=refs/pull/3/merge base_ref=main again feature
    [ "$status" = 0 ]
    says "no channel of hotfix.ini is released from refs/heads/main" "$output"
}

@test "--json: the results on stdout, all words on stderr" {
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    run --separate-stderr github hotfix/1.0.0 "$bin/hotfix" ci --json
    [ "$status" = 0 ]
    [ "$(jq -r '.releases[0].outcome, .releases[0].patch, .releases[0].published, .ref' <<<"$output" | tr '\n' ' ')" = \
        "published 1 true refs/heads/hotfix/1.0.0 " ]
    says "is released" "$stderr"
}

@test "40 quiet days: a push from CI says what to look at, and goes on with the serial that a person names" {
    export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 # faketime comes first
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    run github hotfix/1.0.0 faketime -f -40d "$bin/hotfix" ci
    echo "$output"
    [ "$status" = 0 ]
    fix three
    pushed hotfix/1.0.0
    ci hotfix/1.0.0
    [ "$status" = 1 ]
    says "serial 1, expired at" "$output"
    says "run again with HOTFIX_ACCEPT=1" "$output"
    HOTFIX_ACCEPT=2 again hotfix/1.0.0
    [ "$status" = 1 ]
    HOTFIX_ACCEPT=1 again hotfix/1.0.0
    echo "$output"
    [ "$status" = 0 ]
    [ "$(value 'm["serial"], m["last"]')" = "(2, 2)" ]
    # A clone's refresh, as the scheduled job has it, signs no expired one either.
    run env -C "$job" "$bin/hotfix" refresh --force -c hotfix.ini
    [ "$status" = 0 ]
    run env -C "$job" faketime -f +40d "$bin/hotfix" refresh -c hotfix.ini --memory "$BATS_TEST_TMPDIR"
    [ "$status" = 1 ]
    says "HOTFIX_ACCEPT=3" "$output"
}
