#!/usr/bin/env bats
# Hostile trees and names through a real push: refused as a whole in clean words, and the release in force stands.
bats_require_minimum_version 1.5.0
load hostile

setup_file() { make_team; }
setup() { copy_team; }

# Pushes commits to branches, all at once, and keeps what came back as push does: push_all COMMIT:BRANCH...
push_all() {
    local status=0
    git push origin "${@/:/:refs\/heads\/}" >"$BATS_TEST_TMPDIR/push.out" 2>&1 || status=$?
    pushed=$(sed -n 's/^remote: //p' "$BATS_TEST_TMPDIR/push.out" | sed 's/ *$//')
    told=$(sed -e ':a' -e 'N' -e '$!ba' -e 's/\n  */ /g' <<<"$pushed")
    return $status
}

@test "trees that no patch can hold are refused as a whole, each with its path" {
    not_strict
    blob=$(git hash-object -w README)
    tree=$(printf '100644 blob %s\tx\0' "$blob" | git mktree -z)
    lfs=$(printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 12345\n' 0 | git hash-object -w --stdin)
    push_all "$(with_entry 040000 tree "$tree" ..):hotfix/1.0.1" "$(with_entry 040000 tree "$tree" .GIT):hotfix/1.0.2" \
        "$(with_entry 120000 blob "$blob" link):hotfix/1.0.3" "$(with_entry 160000 commit "$(git rev-parse v1.0.0)" sub):hotfix/1.0.4" \
        "$(with_entry 100644 blob "$lfs" big.bin):hotfix/1.0.5"
    says "error: not released for 1.0.1: 'HotPath/../x' cannot be in a patch: it has an empty component, '.' or '..' in its path" "$told"
    says "error: not released for 1.0.2: 'HotPath/.GIT/x' cannot be in a patch: it has '.git' in its path" "$told"
    says "error: not released for 1.0.3: 'HotPath/link' cannot be in a patch: it is a symbolic link" "$told"
    says "error: not released for 1.0.4: 'HotPath/sub' cannot be in a patch: it is a submodule" "$told"
    says "error: not released for 1.0.5: 'HotPath/big.bin' cannot be in a patch: it is a pointer of Git LFS" "$told"
    says "hint: your push is in the repository; what was released before stands" "$told"
    clean
    unchanged
    # Each is closed for good, and nothing of them is found again.
    run "$bin/hotfix" retry --repo "$bare"
    [ "$status" = 0 ]
    [ -z "$output" ]
}

@test "names with a newline, invalid UTF-8 or terminal escapes are refused, and shown escaped" {
    not_strict
    blob=$(git hash-object -w README)
    push_all "$(with_entry 100644 blob "$blob" 'a\nerror: forged'):hotfix/1.0.1" "$(with_entry 100644 blob "$blob" '\377\376'):hotfix/1.0.2" \
        "$(with_entry 100644 blob "$blob" '\033[31mred\033[0m'):hotfix/1.0.3" "$(with_entry 100644 blob "$blob" '\302\23331m'):hotfix/1.0.4" \
        "$(with_entry 100644 blob "$blob" 'x\rsuccess: patch 9'):hotfix/1.0.5"
    says "error: not released for 1.0.1: 'HotPath/a\\x0aerror: forged' cannot be in a patch: it has a control character" "$told"
    says "error: not released for 1.0.2: 'HotPath/\\xff\\xfe' cannot be in a patch: it has a name that is not UTF-8" "$told"
    says "error: not released for 1.0.3: 'HotPath/\\x1b[31mred\\x1b[0m' cannot be in a patch: it has a control character" "$told"
    says "error: not released for 1.0.4: 'HotPath/\\xc2\\x9b31m' cannot be in a patch: it has a control character" "$told"
    says "error: not released for 1.0.5: 'HotPath/x\\x0dsuccess: patch 9' cannot be in a patch: it has a control character" "$told"
    clean
    unchanged
    # Nor does the operator's terminal get them.
    run "$bin/hotfix" log --repo "$bare"
    [ "$status" = 0 ]
    logged=$output
    run ! env LC_ALL=C grep -nP '[\x00-\x09\x0b-\x1f\x7f-\xff]' <<<"$logged"
    says 'x1b[31mred' "$logged"
}

@test "names with a quote, a leading dash, spaces, or of another script are ordinary" {
    fix 1 "it's \"quoted\".txt"
    fix 2 "-rf"
    fix 3 "补丁/热修复.txt"
    fix 4 " \$(touch x) ;|&*?"
    push hotfix/1.0.0
    says "success: patch 2 for 1.0.0 (5 files, " "$told"
    clean
    python3 - "$(newest_object)" <<'PY'
import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
got = {n: z.read(n) for n in z.namelist()}
want = {'HotPath/it\'s "quoted".txt': b"1\n", "HotPath/-rf": b"2\n", "HotPath/补丁/热修复.txt": b"3\n",
        "HotPath/ $(touch x) ;|&*?": b"4\n", "HotPath/a.txt": b"two\n"}
assert got == want, got
PY
}

@test "a file over the limit: refused with its size and the limit, before a byte of it is in the store" {
    not_strict
    commit=$({
        printf 'blob\nmark :1\ndata 104857600\n'
        head -c 104857600 /dev/zero
        printf '\ncommit refs/heads/odd\ncommitter A <a@b> 0 +0000\ndata 0\n\nfrom %s\nM 100644 :1 HotPath/huge.bin\n' "$(git rev-parse HEAD)"
    } | import)
    push_all "$commit:hotfix/1.0.1"
    says "error: not released for 1.0.1: 'HotPath/huge.bin' cannot be in a patch: it has 104857600 bytes, and at most" "$told"
    clean
    unchanged
}

@test "20,000 changed files: refused with their number; 5,000 are a patch, and the words about them are bounded" {
    {
        printf 'blob\nmark :1\ndata 2\nx\n\ncommit refs/heads/odd\ncommitter A <a@b> 0 +0000\ndata 0\n\nfrom %s\n' "$(git rev-parse HEAD)"
        seq 20000 | sed 's|.*|M 100644 :1 HotPath/many/&|'
        printf '\ncommit refs/heads/fewer\ncommitter A <a@b> 0 +0000\ndata 0\n\nfrom %s\n' "$(git rev-parse HEAD)"
        seq 5000 | sed 's|.*|M 100644 :1 HotPath/many/&|'
    } | git fast-import --quiet
    run ! push_all "odd:hotfix/1.0.1"
    not_strict
    push_all "odd:hotfix/1.0.1"
    says "error: not released for 1.0.1: 20001 changed files would go into the patch, and at most 10000 can" "$told"
    clean
    unchanged
    push_all "fewer:hotfix/1.0.2"
    says "success: patch 2 for 1.0.2 (5001 files, " "$told"
    says "and 4981 more" "$told"
    [ "$(grep -c '^remote: ' ../push.out)" -lt 40 ]
    clean
    [ "$(python3 -c 'import sys, zipfile; print(len(zipfile.ZipFile(sys.argv[1]).namelist()))' "$(newest_object)")" = 5001 ]
    # All of them are deleted again: that, too, is said in a few lines.
    git branch -q -f gone "fewer~1"
    git update-ref refs/tags/v2.0.0 fewer && git push -q origin v2.0.0
    push_all "gone:hotfix/2.0.0"
    says "warning: cannot be removed by a patch: 4980 more" "$told"
    [ "$(grep -c '^remote: ' ../push.out)" -lt 40 ]
    clean
}

@test "branches without a version: a warning, never a release; hotfix/ and nothing is refused by git itself" {
    fix three
    run ! git push -q origin HEAD:refs/heads/hotfix/
    push hotfix/login
    says "warning: refs/heads/hotfix/login names no version, so nothing is released; push to a branch that does, or with -o hotfix.target=1.2.3" "$told"
    clean
    git push origin "HEAD:refs/heads/hotfix/$(printf '\302\23331merror:\342\200\256' | tr -d ':')" \
        "HEAD:refs/heads/hotfix/$(printf '\377\376')" "HEAD:refs/heads/hotfix/1.0.0;reboot" >../push.out.bytes 2>&1
    # git's own client shows the names of branches as they are; the lines of the server are judged.
    grep -a '^remote: ' ../push.out.bytes >../push.out
    pushed=$(sed -n 's/^remote: //p' ../push.out | sed 's/ *$//')
    says 'warning: refs/heads/hotfix/\xc2\x9b31merror\xe2\x80\xae names no' "$pushed"
    says 'warning: refs/heads/hotfix/\xff\xfe names no version' "$pushed"
    says 'warning: refs/heads/hotfix/1.0.0;reboot names no version' "$pushed"
    clean
    unchanged
}

@test "a branch whose name no JSON can hold is refused in words, even with a target" {
    fix three
    git push -o hotfix.target=1.0.0 origin "HEAD:refs/heads/hotfix/$(printf '\377\376')" >../push.out.bytes 2>&1 || true
    grep -a '^remote: ' ../push.out.bytes >../push.out
    pushed=$(sed -n 's/^remote: //p' ../push.out | sed 's/ *$//')
    told=$(tr '\n' ' ' <<<"$pushed")
    hears "error: the name of the ref 'refs/heads/hotfix/\\xff\\xfe' is not UTF-8; push the commit under another name"
    says "hint: nothing was pushed" "$told"
    clean
    unchanged
    run "$bin/hotfix" retry --repo "$bare"
    unchanged
}

@test "hundreds of branches in one push: what is said about them is bounded, and nothing hangs" {
    fix three
    mapfile -t refs < <(seq -f 'HEAD:hotfix/no-version-in-this-name-%g' 300)
    push_all "${refs[@]}"
    says "hint: ... more was said than is shown here" "$told"
    [ "$(grep '^remote: ' ../push.out | wc -c)" -lt 32768 ]
    clean
    unchanged
}

@test "hotfix/1.0.0 and hotfix/1.0.x at once, of one commit: both are released" {
    fix three
    push_all HEAD:hotfix/1.0.0 HEAD:hotfix/1.0.x
    says "success: patch 2 for 1.0.0" "$told"
    says "success: patch 3 for 1.0.x" "$told"
    clean
}

@test "hotfix/1.0.0 and hotfix/1.0.x at once, of two commits: one is released, the other refused, naming it" {
    git branch -q base
    fix three && git branch -q three
    git reset -q --hard base
    fix four b.txt && git branch -q four
    push_all three:hotfix/1.0.0 four:hotfix/1.0.x
    says "success: patch 2 for 1.0.0" "$told"
    says "error: not released for 1.0.x: patch 2 for 1.0.0, from refs/heads/hotfix/1.0.0, is live for some of the same versions" "$told"
    says "merge it, or push with -o hotfix.force" "$told"
    clean
    [ "$(value 'm["serial"]')" = 2 ]

    # The same in two pushes that run together: whichever comes first is released, and the other is refused.
    git update-ref refs/tags/v1.1.0 v1.0.0 && git push -q origin v1.1.0
    { git push origin three:refs/heads/hotfix/1.1.1 -o hotfix.target=1.1.0 2>&1 & } >../one
    first=$!
    { git push origin four:refs/heads/hotfix/1.1.x 2>&1 & } >../two
    second=$!
    wait $first
    wait $second
    [ "$(cat ../one ../two | grep -c '^remote: success: patch')" = 1 ]
    [ "$(cat ../one ../two | grep -c '^remote: error: not released')" = 1 ]
    [ "$(value 'sorted(r["patch"] for r in m["releases"])')" = "[1, 2, 3]" ]
    [ "$(value 'm["serial"]')" = 3 ]
}
