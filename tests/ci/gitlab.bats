#!/usr/bin/env bats
# The GitLab component, run end to end by npm's gitlab-ci-local on a real repository and a real store.
bats_require_minimum_version 1.5.0
load ../e2e/common
load ../e2e/ci
load ci_templates

setup() {
    need_node
    new_ci_team
    new_component
}

@test "a push: the component installs hotfix, releases, and hands on its outputs" {
    fix two
    pushed hotfix/1.0.0
    cat >>.gitlab-ci.yml <<'YML'

after:
  needs: [hotfix-publish]
  stage: .post
  script:
    - echo "published=$HOTFIX_PUBLISHED patch=$HOTFIX_RELEASED_PATCH version=$HOTFIX_RELEASED_VERSION"
YML
    git commit -qam "a job behind it" && pushed hotfix/1.0.0
    run glci hotfix/1.0.0
    echo "$output"
    [ "$status" = 0 ]
    says "published=true patch=1 version=1.0.0" "$output"
    says "patch 1 for 1.0.0 is released: 1 file" "$output"
    [ "$(value 'm["releases"][0]["source"]["ref"]')" = refs/heads/hotfix/1.0.0 ]
    while read -r line; do
        [[ $line == -----* ]] || [[ $output != *"$line"* ]]
    done <"$BATS_TEST_TMPDIR/signing.pem"
    # The same bytes as by the command.
    first=$(value 'm["releases"][0]["file"]["sha256"]')
    "$bin/hotfix" build -q -c hotfix.ini -o "$BATS_TEST_TMPDIR/by-hand.zip" v1.0.0 HEAD
    [ "$(sha256sum <"$BATS_TEST_TMPDIR/by-hand.zip" | cut -c1-64)" = "$first" ]
}

@test "which jobs there are: a merge request is planned, other branches have none" {
    fix two
    pushed hotfix/1.0.0
    pushed feature
    run --separate-stderr glci hotfix/1.0.0 --list-json
    [ "$(jq -r '[.[] | select(.when != "never") | .name] | join(" ")' <<<"$output")" = hotfix-publish ]
    run --separate-stderr glci feature --list-json --variable CI_PIPELINE_SOURCE=merge_request_event \
        --variable CI_MERGE_REQUEST_TARGET_BRANCH_NAME=hotfix/1.0.0
    [ "$(jq -r '[.[] | select(.when != "never") | .name] | join(" ")' <<<"$output")" = hotfix-plan ]
    run --separate-stderr glci feature --list-json
    echo "$output $stderr"
    [ "$(jq -r '[.[] | select(.when != "never") | .name] | join(" ")' <<<"$output")" = "" ]
}

@test "a merge request: planned, without a key, and nothing is published" {
    fix two
    pushed feature
    git push -q origin v1.0.0^{}:refs/heads/hotfix/1.0.0
    run glci feature --variable CI_PIPELINE_SOURCE=merge_request_event --variable CI_MERGE_REQUEST_IID=3 \
        --variable CI_MERGE_REQUEST_TARGET_BRANCH_NAME=hotfix/1.0.0
    echo "$output"
    [ "$status" = 0 ]
    says "would be released: 1 file" "$output"
    [ ! -e "$store/$app" ]
}

@test "pipeline variables of a push cannot name other settings or another binary; release parameters they can" {
    fix two
    sed -i "s#^url = .*#url = file://$BATS_TEST_TMPDIR/theirs#" hotfix.ini
    git commit -qam theirs
    pushed hotfix/1.0.0
    run glci hotfix/1.0.0 --variable HOTFIX_CONFIG_REF=hotfix/1.0.0 --variable HOTFIX_BASE_URL=file:///nowhere \
        --variable HOTFIX_VERSION=6.6.6 --variable HOTFIX_ROLLOUT=25%
    echo "$output"
    [ "$status" = 0 ]
    [ "$(value 'm["releases"][0]["rollout"]')" = 2500 ]
}

@test "a failure is one line that says error, and the job fails" {
    fix two
    pushed hotfix/1.0.0
    cp ../signing.pem ../kept.pem
    openssl genpkey -algorithm ed25519 -out ../signing.pem
    run glci hotfix/1.0.0
    echo "$output"
    [ "$status" = 1 ]
    [ "$(grep -oE 'error: .*' <<<"$output" | sort -u | wc -l)" = 1 ]
    says "not among [trust] keys" "$output"
    [ ! -e "$store/$app" ]
}

@test "candidates: without a key" {
    pipeline "unsigned: 'true'"
    fix two
    pushed hotfix/1.0.0
    cp ../signing.pem ../kept.pem
    echo none >../signing.pem
    run glci hotfix/1.0.0
    echo "$output"
    [ "$status" = 0 ]
    id=$(grep -oE 'hotfix sign [0-9a-f]{64}' <<<"$output" | head -n 1 | cut -d' ' -f3)
    [ ! -e "$store/$app/production/manifest.json" ]
    "$bin/hotfix" sign -c hotfix.ini "$id"
    [ "$(value 'm["last"]')" = 1 ]
}

@test "inputs of a wrong form are refused before anything runs" {
    pipeline "config-ref: \"x'; touch pwned; '\""
    fix two
    pushed hotfix/1.0.0
    run glci hotfix/1.0.0
    [ "$status" != 0 ]
    [ -z "$(find "$BATS_TEST_TMPDIR" -name 'pwned*')" ]
    [ ! -e "$store/$app" ]
}

@test "the component project: its own pipeline reads it, and a project includes it by component:" {
    fix two
    pushed hotfix/1.0.0
    mkdir "$BATS_TEST_TMPDIR/component"
    cd "$BATS_TEST_TMPDIR/component"
    cp -r "$templates"/gitlab/. .
    git init -q -b main . && git remote add origin git@gitlab.example.com:hotfix-project/hotfix-ci.git
    git add -A && git commit -qm component
    run env HOME="$BATS_TEST_TMPDIR" node "$tools/.bin/gitlab-ci-local" --force-shell-executor --shell-isolation \
        --no-artifacts-to-source self-test
    echo "$output"
    [ "$status" = 0 ]
    run env HOME="$BATS_TEST_TMPDIR" node "$tools/.bin/gitlab-ci-local" --list-json
    says self-test "$output"
}
