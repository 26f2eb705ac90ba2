#!/usr/bin/env bats
# No space left on device, at each step of a release in turn.
load common

# In a mount namespace of its own, so that no small disk can stay mounted: as root, or where the kernel lets anybody.
alone() {
    if [ "$(id -u)" = 0 ]; then
        unshare --mount "$@"
    else
        unshare --map-root-user --mount "$@"
    fi
}

@test "a full disk under the store, the spool, or all of it: the old release stays, and retry publishes once there is room" {
    cd "$BATS_TEST_TMPDIR"
    mkdir small
    alone mount -t tmpfs -o size=64k tmpfs small 2>/dev/null || skip "no tmpfs can be mounted here"
    alone python3 "$BATS_TEST_DIRNAME/diskfull.py" "$bin" "$BATS_TEST_TMPDIR" >&3
}
