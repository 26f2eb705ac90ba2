#!/usr/bin/env bats
# A published manifest, verified by npm's jose (panva/jose): needs node 20. See tests/allowed-skips.

load published.bash
bats_require_minimum_version 1.5.0

setup() {
    modules=$HF_TOP/build/interop/node_modules
    if ! node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null; then
        skip "no node 20"
    fi
    if [ ! -d "$modules/jose" ]; then
        [ -z "${CI:-}" ] || { echo "jose is not in $modules: make interop"; return 1; }
        skip "npm could not fetch jose"
    fi
    publish_a_fix
}

verify() {
    run --separate-stderr node "$HF_TOP/tests/interop/verify.mjs" "$modules" "$1" "$2"
}

@test "jose verifies a published manifest, and the kid is the key's RFC 7638 thumbprint" {
    verify "$manifest" "$key"
    echo "$stderr"
    [ "$status" = 0 ]
    [[ $output == *'"app":"com.example.shop.ios"'* ]]
    [[ $output == *'"target":"1.0.0"'* ]]
}

@test "jose refuses it with one payload byte changed, and by another key" {
    python3 - "$manifest" "$BATS_TEST_TMPDIR/forged.json" <<'PY'
import json, sys
jws = json.load(open(sys.argv[1]))
p = jws["payload"]
jws["payload"] = p[:20] + ("A" if p[20] != "A" else "B") + p[21:]
json.dump(jws, open(sys.argv[2], "w"))
PY
    verify "$BATS_TEST_TMPDIR/forged.json" "$key"
    [ "$status" = 1 ]
    [[ $stderr == *ERR_JWS_SIGNATURE_VERIFICATION_FAILED* ]]
    openssl genpkey -algorithm ed25519 | openssl pkey -pubout -out "$BATS_TEST_TMPDIR/other.pem"
    verify "$manifest" "$BATS_TEST_TMPDIR/other.pem"
    [ "$status" = 1 ]
}
