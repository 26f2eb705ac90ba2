#!/usr/bin/env bats
# A published patch, read by unzip and by Python.

load published.bash

setup() {
    publish_a_fix
    find_patch
}

@test "unzip and Python's zipfile find nothing wrong" {
    unzip -t "$patch"
    python3 -c 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None and len(z.namelist()) == 2' "$patch"
}

@test "its files are the tip's, byte for byte, and no others" {
    mkdir "$BATS_TEST_TMPDIR/out"
    python3 -c 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])' "$patch" "$BATS_TEST_TMPDIR/out"
    (cd "$BATS_TEST_TMPDIR/out" && find . -type f -printf '%P\n' | LC_ALL=C sort) >"$BATS_TEST_TMPDIR/got"
    git -C "$work" -c core.quotePath=false diff --name-only v1.0.0 HEAD -- HotPath | LC_ALL=C sort >"$BATS_TEST_TMPDIR/want"
    diff "$BATS_TEST_TMPDIR/want" "$BATS_TEST_TMPDIR/got"
    while read -r name; do
        git -C "$work" show "HEAD:$name" | cmp - "$BATS_TEST_TMPDIR/out/$name"
    done <"$BATS_TEST_TMPDIR/want"
}

@test "building twice gives the same bytes, those that were published" {
    cd "$bare"
    old=$(git rev-parse v1.0.0) new=$(git rev-parse hotfix/1.0.0)
    for n in 1 2; do
        "$HOTFIX_BIN/hotfix" build "$old" "$new" -o "$BATS_TEST_TMPDIR/$n"
        cmp "$patch" "$BATS_TEST_TMPDIR/$n"
    done
}
