#!/usr/bin/env bats
# hotfix ci and the GitLab component against a real bucket: Ceph's radosgw, with its access keys as CI/CD variables, and a bucket
# that refuses.
bats_require_minimum_version 1.5.0
load ../e2e/common
load ../e2e/ci
load ci_templates
load ../e2e/radosgw

setup() {
    as_owner
    new_ci_team
    bucket=b$(printf '%s' "$BATS_TEST_TMPDIR" | sha256sum | cut -c1-20)
    s3 mb "$bucket"
    sed -i "s#^url = .*#url = s3://$bucket/pre/fix\nendpoint = $RGW_URL\npath_style = yes#" hotfix.ini
    git commit -qam "the store is a bucket" && git push -q origin main
    git tag -f v1.0.0 >/dev/null && git push -q -f origin v1.0.0
    # shellcheck disable=SC2034 # what the other files' functions look at
    store=$BATS_TEST_TMPDIR/mirror
}
teardown() { proxy_down; }

# Everything in the bucket, with nothing of a release among it.
bare_bucket() { [ -z "$(s3 ls "$bucket" | grep -v '/objects/')" ]; }
s3_as_owner() { (
    as_owner
    s3 "$@"
); }
# shellcheck disable=SC2034
bucket_keys() { variables=$(printf "AWS_ACCESS_KEY_ID: '%s'\nAWS_SECRET_ACCESS_KEY: '%s'" "$1" "$2"); }
# No secret of ours, and no signature of a request, is in what was printed or left for later steps.
bucketless() {
    local word
    for word in "$RGW_OWNER_SECRET" "$RGW_EDGE_SECRET" X-Amz-Signature Signature=; do
        [[ $output$(cat "$BATS_TEST_TMPDIR/out/"* 2>/dev/null) != *"$word"* ]]
    done
}

@test "GitHub's and GitLab's job into a bucket: released, planned, started again, and two numbers for two fixes" {
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    HOTFIX_PLAN=true again hotfix/1.0.0
    [ "$status" = 0 ]
    plan=$(output_of sha256)
    [ -z "$(s3 ls "$bucket")" ]
    HOTFIX_EXPECT=$plan again hotfix/1.0.0
    echo "$output"
    [ "$status" = 0 ]
    bucketless
    [ "$(output_of published)" = true ]
    [ "$(output_of manifest-url)" = "s3://$bucket/pre/fix/$app/production/manifest.json" ]
    mirror
    [ "production:$(value 'm["releases"][0]["file"]["sha256"]')" = "$plan" ]
    before=$(sum_in_force)
    again hotfix/1.0.0
    [ "$status" = 0 ]
    says "by this very run" "$output"
    mirror
    [ "$(sum_in_force)" = "$before" ]
    fix three b.txt
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    run gitlab hotfix/1.0.0 "$bin/hotfix" ci
    echo "$output"
    [ "$status" = 0 ]
    bucketless
    [ "$(output_of HOTFIX_RELEASED_PATCH)" = 2 ]
    mirror
    [ "$(value 'm["serial"], m["last"]')" = "(2, 2)" ]
    "$bin/hotfix" verify -c "$job/hotfix.ini" >&2
}

@test "a bucket that refuses: one error with the reason, no secret, and nothing half published; then the same run completes" {
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    as_edge
    again hotfix/1.0.0
    one_error "no permission for the access key '$RGW_EDGE_KEY'"
    bucketless
    as_owner
    AWS_SECRET_ACCESS_KEY=not-it again hotfix/1.0.0
    one_error "the secret does not belong to the access key"
    [[ $output != *not-it* ]]
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
    AWS_EC2_METADATA_DISABLED=true again hotfix/1.0.0
    one_error "credentials"
    [ -z "$(s3_as_owner ls "$bucket")" ]
    # One that takes objects, but no manifest.
    cat >policy.json <<JSON
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam:::user/edge"]}, "Action": ["s3:ListBucket"],
   "Resource": ["arn:aws:s3:::$bucket"]},
  {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam:::user/edge"]}, "Action": ["s3:GetObject", "s3:PutObject"],
   "Resource": ["arn:aws:s3:::$bucket/pre/fix/$app/objects/*"]},
  {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam:::user/edge"]}, "Action": ["s3:GetObject"],
   "Resource": ["arn:aws:s3:::$bucket/*"]}]}
JSON
    s3_as_owner policy "$bucket" policy.json
    as_edge
    again hotfix/1.0.0
    one_error "no permission"
    as_owner
    [ "$(objects | wc -l)" = 1 ]
    bare_bucket
    again hotfix/1.0.0
    [ "$status" = 0 ]
    mirror
    [ "$(value 'm["serial"], m["last"]')" = "(1, 1)" ]
    [ "$(objects | wc -l)" = 1 ]
}

@test "a candidate in a bucket, signed elsewhere; and one that was changed there" {
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    HOTFIX_UNSIGNED=true again hotfix/1.0.0
    echo "$output"
    [ "$status" = 0 ]
    id=$(output_of candidate)
    [ -z "$(s3 ls "$bucket" | grep manifest.json)" ]
    cd "$job"
    key=$(s3 ls "$bucket" | grep "/candidates/$id" | head -n 1)
    [ -n "$key" ]
    s3 get "$bucket/$key" >"$BATS_TEST_TMPDIR/as-it-was"
    sed 's/"rollout":[0-9]*/"rollout":1/' "$BATS_TEST_TMPDIR/as-it-was" >"$BATS_TEST_TMPDIR/changed"
    run ! cmp -s "$BATS_TEST_TMPDIR/as-it-was" "$BATS_TEST_TMPDIR/changed"
    s3 put "$bucket/$key" "$BATS_TEST_TMPDIR/changed"
    run "$bin/hotfix" sign -c hotfix.ini "$id"
    echo "$output"
    [ "$status" = 1 ]
    [ -z "$(s3 ls "$bucket" | grep manifest.json)" ]
    s3 put "$bucket/$key" "$BATS_TEST_TMPDIR/as-it-was"
    run "$bin/hotfix" sign -c hotfix.ini "$id"
    echo "$output"
    [ "$status" = 0 ]
    mirror
    [ "$(value 'm["serial"], m["last"]')" = "(1, 1)" ]
}

@test "the rights that hotfix-unsigned.yml asks for are enough: to read the bucket, and to write candidates alone" {
    fix two
    pushed hotfix/1.0.0
    checkout hotfix/1.0.0
    cat >policy.json <<JSON
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam:::user/edge"]}, "Action": ["s3:ListBucket"],
   "Resource": ["arn:aws:s3:::$bucket"]},
  {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam:::user/edge"]}, "Action": ["s3:GetObject"],
   "Resource": ["arn:aws:s3:::$bucket/*"]},
  {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam:::user/edge"]}, "Action": ["s3:PutObject"],
   "Resource": ["arn:aws:s3:::$bucket/pre/fix/$app/production/candidates/*"]}]}
JSON
    s3 policy "$bucket" policy.json
    as_edge
    again hotfix/1.0.0
    one_error "no permission"
    HOTFIX_UNSIGNED=true again hotfix/1.0.0
    echo "$output"
    [ "$status" = 0 ]
    as_owner
    [ "$(s3 ls "$bucket" | grep -c "/candidates/$(output_of candidate).json")" = 1 ]
    [ "$(s3 ls "$bucket" | grep -vc /candidates/)" = 0 ]
}

@test "the component, end to end by gitlab-ci-local: from a push to the bucket, and a bucket that refuses" {
    need_node
    new_component
    fix two
    pushed hotfix/1.0.0
    bucket_keys "$RGW_EDGE_KEY" "$RGW_EDGE_SECRET"
    run glci hotfix/1.0.0
    echo "$output"
    [ "$status" = 1 ]
    bucketless
    [ "$(grep -oE 'error: .*' <<<"$output" | sort -u | wc -l)" = 1 ]
    says "no permission for the access key '$RGW_EDGE_KEY'" "$output"
    [ -z "$(s3 ls "$bucket")" ]
    bucket_keys "$RGW_OWNER_KEY" "$RGW_OWNER_SECRET"
    run glci hotfix/1.0.0
    echo "$output"
    [ "$status" = 0 ]
    bucketless
    says "patch 1 for 1.0.0 is released: 1 file" "$output"
    mirror
    [ "$(value 'm["serial"], m["last"]')" = "(1, 1)" ]
    "$bin/hotfix" verify -c hotfix.ini >&2
    # The same bytes as by the command.
    "$bin/hotfix" build -q -c hotfix.ini -o "$BATS_TEST_TMPDIR/by-hand.zip" v1.0.0 HEAD
    s3 get "$bucket/$(objects)" | cmp - "$BATS_TEST_TMPDIR/by-hand.zip"
}
