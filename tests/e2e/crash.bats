#!/usr/bin/env bats
# The publisher killed before and after each step that changes a disk: the old release was whole, the new one appears once.
# `make check-crash` does the same, longer, with every call of every process.
load common

@test "killed at every step of a release, then hotfix retry" {
    python3 "$BATS_TEST_DIRNAME/crash.py" "$bin" "$BATS_TEST_TMPDIR" >&3
}

@test "each file is on disk before it has its name, the object before the manifest, the job before any work" {
    strace -f -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
    python3 "$BATS_TEST_DIRNAME/order.py" "$bin" "$BATS_TEST_TMPDIR" >&3
}
