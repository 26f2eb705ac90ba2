#!/usr/bin/env bats
# A published manifest's signature, by openssl, from the public key alone.

load published.bash

setup() {
    publish_a_fix
    python3 "$HF_TOP/tests/interop/jws.py" "$manifest" "$BATS_TEST_TMPDIR/input" "$BATS_TEST_TMPDIR/sig" "$BATS_TEST_TMPDIR/payload"
}

verify() {
    run openssl pkeyutl -verify -rawin -pubin -inkey "$1" -in "$BATS_TEST_TMPDIR/input" -sigfile "$BATS_TEST_TMPDIR/sig"
}

@test "openssl accepts the signature" {
    verify "$key"
    echo "$output"
    [ "$status" = 0 ]
    [[ $output == *"Signature Verified Successfully"* ]]
}

@test "openssl refuses it over other bytes, and by another key" {
    openssl genpkey -algorithm ed25519 | openssl pkey -pubout -out "$BATS_TEST_TMPDIR/other.pem"
    verify "$BATS_TEST_TMPDIR/other.pem"
    [ "$status" != 0 ]
    printf ' ' >>"$BATS_TEST_TMPDIR/input"
    verify "$key"
    [ "$status" != 0 ]
}

@test "the private key that init made is one that openssl reads, belongs to the public one, and is for its owner alone" {
    [ "$(stat -c %a "$bare/hotfix/signing.pem")" = 600 ]
    openssl pkey -in "$bare/hotfix/signing.pem" -pubout -out "$BATS_TEST_TMPDIR/derived.pem"
    cmp "$BATS_TEST_TMPDIR/derived.pem" "$key"
}
