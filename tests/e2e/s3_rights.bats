#!/usr/bin/env bats
# Who may do what in a bucket: the policies of docs/s3.md on a real radosgw, each refusal with a sentence of its own, and a bucket
# that everybody may read.

load common
load radosgw

setup() {
    as_owner
    new_shop
}
teardown() { proxy_down; }

# The policy of docs/s3.md for one of its users, with this bucket, prefix and principal in place of its examples.
policy_of() { # publisher|edge|ci|public
    awk -v want="<!-- policy: $1 -->" '$0 == want { on = 1; next } on && /^```$/ { exit } on && !/^```/ { print }' \
        "$HF_TOP/docs/s3.md" |
        sed -e "s|my-bucket|$bucket|g; s|hotfix/\*|pre/fix/*|g; s|hotfix/com|pre/fix/com|g" \
            -e 's|arn:aws:iam::111122223333:user/[a-z-]*|arn:aws:iam:::user/edge|' >policy.json
    jq -e .Statement policy.json >/dev/null
    s3 policy "$bucket" policy.json
}
s3_as_edge() { (
    as_edge
    s3 "$@"
); }

# What is refused, with the status that S3 gives: refused STATUS COMMAND...
refused() {
    local want=$1
    shift
    run s3_as_edge "$@"
    [ "$status" = 1 ] || { echo "may: $*"; return 1; }
    says "$want" "$output"
}

@test "a wrong secret, an unknown key, no permission, no bucket: each has a sentence of its own, and the job stays" {
    fix two
    AWS_SECRET_ACCESS_KEY=not-it push hotfix/1.0.0
    says "error: not released yet for 1.0.0" "$told"
    says "the secret does not belong to the access key 'OWNERKEY000000000001'" "$told"
    says "403 SignatureDoesNotMatch" "$told"
    for word in not-it "$RGW_OWNER_SECRET" Signature= X-Amz-Signature; do
        [[ $told != *"$word"* ]]
    done
    run env AWS_ACCESS_KEY_ID=NOBODY "$bin/hotfix" retry --repo "$bare"
    [ "$status" != 0 ]
    says "the server does not know the access key 'NOBODY'" "$output"
    as_edge
    run "$bin/hotfix" retry --repo "$bare"
    says "no permission for the access key 'EDGEKEY0000000000001'" "$output"
    as_owner
    sed -i "s|^url = s3://$bucket/|url = s3://no-such-bucket/|" "$ini"
    run "$bin/hotfix" retry --repo "$bare"
    says "there is no bucket 'no-such-bucket' on this server" "$output"
    sed -i "s|^url = s3://no-such-bucket/|url = s3://$bucket/|" "$ini"
    run "$bin/hotfix" retry --repo "$bare"
    [ "$status" = 0 ]
    says "patch 1" "$output"
}

@test "check says the same sentences" {
    run env AWS_SECRET_ACCESS_KEY=not-it "$bin/hotfix" check --repo "$bare"
    [ "$status" = 1 ]
    says "error: the store s3://$bucket/pre/fix: s3://$bucket/pre/fix/.hotfix-probe: the secret does not belong" "$output"
    as_edge
    run "$bin/hotfix" check --repo "$bare"
    says "no permission for the access key" "$output"
}

@test "a clock that is 20 minutes off: the message says so" {
    export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 # faketime comes first
    for off in +20m -20m; do
        run faketime -f "$off" "$bin/hotfix" status --repo "$bare"
        [ "$status" != 0 ]
        says "the clock of this machine is " "$output"
        says " min $([ $off = +20m ] && echo fast || echo slow): it says" "$output"
        says "set it right (timedatectl)" "$output"
    done
    run faketime -f +10m "$bin/hotfix" status --repo "$bare" # within what S3 takes
    [ "$status" = 0 ]
}

@test "the policy for a publisher: it can publish and check, read no other prefix, and take nothing away" {
    echo other >other
    s3 put "$bucket/elsewhere/x" other
    policy_of publisher
    as_edge
    fix two
    push hotfix/1.0.0
    says "success: patch 1" "$told"
    fix three
    push hotfix/1.0.0
    says "success: patch 2" "$told"
    run "$bin/hotfix" verify --repo "$bare"
    [ "$status" = 0 ] || { echo "$output"; false; }
    run "$bin/hotfix" check --repo "$bare"
    [ "$status" = 0 ] || { echo "$output"; false; }
    sed -i 's/^\[build\]/[release]\nmax_size = 200M\n\n[build]/' "$ini"
    head -c 70M /dev/zero >big.bin
    "$bin/hotfix" publish -c "$ini" --repo "$bare" --file big.bin --target 2.0.0 --commit v1.0.0
    refused 403 get "$bucket/elsewhere/x"
    refused 403 put "$bucket/elsewhere/y" other
    refused 403 ls "$bucket/elsewhere/"
    refused 403 rm "$bucket/pre/fix/$app/production/manifest.json"
    refused 403 policy "$bucket" policy.json
}

@test "the policy for an edge: it reads what devices may have, and nothing else; it cannot write or list" {
    fix two
    push hotfix/1.0.0
    echo other >other
    s3 put "$bucket/elsewhere/x" other
    policy_of edge
    s3_as_edge get "$bucket/pre/fix/$app/production/manifest.json" >/dev/null
    s3_as_edge get "$(objects | sed "s|^|$bucket/|")" >/dev/null
    refused 403 get "$bucket/elsewhere/x"
    refused 403 get "$bucket/pre/fix/$app/production/history/1.json"
    refused 403 ls "$bucket/pre/fix/"
    refused 403 put "$bucket/pre/fix/$app/production/manifest.json" other
    refused 403 put "$bucket/pre/fix/$app/objects/y" other
    refused 403 rm "$bucket/pre/fix/$app/production/manifest.json"
}

@test "the policy for CI: it publishes to one app, and not to its neighbour" {
    policy_of ci
    as_edge
    echo patch >p.bin
    "$bin/hotfix" publish -c "$ini" --repo "$bare" --file p.bin --target 1.0.0 --commit v1.0.0
    echo other >other
    refused 403 put "$bucket/pre/fix/com.example.other/production/manifest.json" other
    refused 403 get "$bucket/pre/fix/com.example.other/production/manifest.json"
    refused 403 rm "$bucket/pre/fix/$app/production/manifest.json"
}

@test "a bucket that everybody may read: a device without an edge, by its URL alone" {
    fix two
    push hotfix/1.0.0
    policy_of public
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
    ask() {
        "$bin/hotfix-client" update --store "$RGW_URL/$bucket/pre/fix" --app "$app" --channel production --version 1.0.0 \
            --client-id c1 --dir "$BATS_TEST_TMPDIR/device" --key "$bare/hotfix/signing.pub.pem"
    }
    ask
    unzip -p "$BATS_TEST_TMPDIR"/device/current/* HotPath/a.txt | grep -qx two
    run ask
    [ "$status" = 0 ]
    # What the bucket says to everybody is the manifest and what it names; not what it was before.
    [ "$(curl -s -o /dev/null -w '%{http_code}' "$RGW_URL/$bucket/pre/fix/$app/production/manifest.json")" = 200 ]
    [ "$(curl -s -o /dev/null -w '%{http_code}' "$RGW_URL/$bucket?list-type=2")" = 403 ]
    [ "$(curl -s -o /dev/null -w '%{http_code}' -X PUT -d x "$RGW_URL/$bucket/pre/fix/$app/production/manifest.json")" = 403 ]
    # A second fix, by the same way; and one that somebody changed in the bucket is not taken.
    as_owner
    fix three
    push hotfix/1.0.0
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
    ask
    unzip -p "$BATS_TEST_TMPDIR"/device/current/* HotPath/a.txt | grep -qx three
    as_owner
    fix four
    push hotfix/1.0.0
    mirror
    echo forged >forged
    s3 put "$bucket/pre/fix/$app/$(value 'm["releases"][0]["file"]["key"]')" forged
    run ask
    [ "$status" != 0 ]
    unzip -p "$BATS_TEST_TMPDIR"/device/current/* HotPath/a.txt | grep -qx three
}

@test "a folder needs no libcurl, a bucket loads it" {
    loads() { LD_DEBUG=files LD_DEBUG_OUTPUT=loads "$bin/hotfix" status "$@" >/dev/null; cat loads.*; rm -f loads.*; }
    git init -q --bare "$BATS_TEST_TMPDIR/folder.git"
    "$bin/hotfix" init --repo "$BATS_TEST_TMPDIR/folder.git" --app "$app" --include '**' >/dev/null
    [ "$(loads --repo "$BATS_TEST_TMPDIR/folder.git" | grep -c libcurl)" = 0 ]
    [ "$(loads --repo "$bare" | grep -c libcurl)" -gt 0 ]
}
