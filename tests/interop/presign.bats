#!/usr/bin/env bats
# Links by AWS's own presigner (npm's @aws-sdk/s3-request-presigner) and by ours are the same: needs node 20. See
# tests/allowed-skips.

bats_require_minimum_version 1.5.0

setup() {
    modules=$HF_TOP/build/interop/node_modules
    if ! node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null; then
        skip "no node 20"
    fi
    if [ ! -d "$modules/@aws-sdk/s3-request-presigner" ]; then
        [ -z "${CI:-}" ] || { echo "the presigner is not in $modules: make interop"; return 1; }
        skip "npm could not fetch the presigner"
    fi
}

@test "1,000 random keys, times and overrides get the link that AWS's SDK makes" {
    run --separate-stderr node "$HF_TOP/tests/interop/presign.mjs" "$modules" "$HF_TEST_BIN/e2e/presign" "$((RANDOM * 32768 + RANDOM))" 1000
    echo "$stderr"
    [ "$output" = "1000 of 1000 links are the same" ]
    [ "$status" = 0 ]
}
