#!/bin/bash
# A device's program and library have no signing code in them. usage: tests/lint/signing.sh FILE...
set -euo pipefail

bad=0
for file in "$@"; do
    if ! symbols=$(nm -A --defined-only "$file" 2>&1) || [ -z "$symbols" ]; then
        echo "$file: its symbols cannot be read: ${symbols:0:200}"
        bad=1
    elif grep -E ' (hf_signer_[a-z_]+|hf_jws_sign)$' <<<"$symbols"; then
        echo "    The client is linked without core/sign.c: find what pulls it in, and split that file."
        bad=1
    fi
done
exit "$bad"
