# s3_edge.bash: an edge on a private bucket, with a user of its own who may only read. Loaded behind common, radosgw and edge.
# shellcheck shell=bash

# The policy of docs/s3.md for an edge, with this bucket, prefix and user in place of its examples.
edge_policy() {
    awk '$0 == "<!-- policy: edge -->" { on = 1; next } on && /^```$/ { exit } on && !/^```/ { print }' "$HF_TOP/docs/s3.md" |
        sed -e "s|my-bucket|$bucket|g; s|hotfix/\*|pre/fix/*|g" \
            -e 's|arn:aws:iam::111122223333:user/[a-z-]*|arn:aws:iam:::user/edge|' >"$BATS_TEST_TMPDIR/policy.json"
    s3 policy "$bucket" "$BATS_TEST_TMPDIR/policy.json"
}

# A repository on a bucket, and hotfix.ini of an edge on the same one in $dir: new_bucket_edge [ENDPOINT]; lines of stdin are added
# to [edge].
new_bucket_edge() {
    new_shop
    edge_policy
    dir=$BATS_TEST_TMPDIR/edge
    mkdir -p "$dir"
    cat >"$dir/hotfix.ini" <<INI
[app]
id = $app
[channel production]
[trust]
keys = file:$bare/hotfix/signing.pub.pem
[store]
url = s3://$bucket/pre/fix
endpoint = ${1:-$RGW_URL}
public_endpoint = ${PUBLIC_URL:-$RGW_URL}
[edge]
listen = 127.0.0.1:0
workers = 1
sync_dir = $dir/sync
sync_interval = 1
$(cat)
INI
}

# Runs the edge as its own user of the bucket.
bucket_edge_up() {
    as_edge
    edge_up "$dir" "$@"
    as_owner
}

# The serial in force, by the edge's own word; 0 without one.
serial() { check_version '{"version":"9.9.9"}' | jq -r '.serial // 0'; }
at_serial() { [ "$(serial)" = "$1" ]; }
wait_serial() { wait_until "${2:-20}" at_serial "$1" || { cat "$dir/err"; serial; return 1; }; }
told() { grep -q -- "$1" "$dir/err"; }
wait_told() { wait_until "${2:-20}" told "$1" || { cat "$dir/err"; return 1; }; }

# Signs a manifest of the bucket with any key and puts it there: forge KEY.pem [mkmanifest's arguments]
forge() {
    local key=$1
    shift
    "$HF_TEST_BIN/e2e/mkmanifest" --key "$key" --app "$app" --channel production "$@" >"$BATS_TEST_TMPDIR/forged.json" 2>/dev/null
    s3 put "$bucket/pre/fix/$app/production/manifest.json" "$BATS_TEST_TMPDIR/forged.json"
}

health_says() { [ "$(get "$(base)/health" | jq -r "$1")" = "$2" ]; } # jq's filter, value

released() { # how many fixes are pushed and served
    local i
    for ((i = 1; i <= $1; i++)); do
        fix "fix $i"
        push hotfix/1.0.0
    done
    wait_serial "$1"
}

# The process that is `hotfix sync` below an edge.
sync_of() {
    local p
    for p in $(generations_of "$1"); do
        grep -qz '^sync$' "/proc/$p/cmdline" && echo "$p"
    done
}
