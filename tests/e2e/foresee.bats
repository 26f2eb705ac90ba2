#!/usr/bin/env bats
# A push whose release is known to fail is rejected before any ref moves.
bats_require_minimum_version 1.5.0
load common

setup() { new_team; }

refused() { # WORDS BRANCH [git push options]
    local words=$1 before
    shift
    before=$(git ls-remote origin | sha1sum)
    run ! push "$@"
    push "$@" || true
    says "$words" "$told"
    [ "$before" = "$(git ls-remote origin | sha1sum)" ]
    [ -z "$(find "$bare/hotfix/spool" -maxdepth 1 -name '*.json')" ]
}

@test "no tag: rejected with the command that makes it; a tag in the same push counts" {
    fix two
    refused "error: no commit is known that the app '3.0.0' was built from: tag it, git tag v3.0.0 COMMIT" hotfix/3.0.0
    git tag v3.0.0 v1.0.0
    git push -q origin HEAD:refs/heads/hotfix/3.0.0 v3.0.0
    [ "$(value 'm["releases"][0]["source"]["base"]')" = "$(git rev-parse v3.0.0)" ]
}

@test "a base that is named by a tag of the same push" {
    fix two
    refused "hotfix.base: 'shipped' is" hotfix/3.0.0 -o hotfix.base=shipped
    git tag shipped v1.0.0
    git push -q -o hotfix.base=shipped origin HEAD:refs/heads/hotfix/3.0.0 shipped
    [ "$(value 'm["releases"][0]["source"]["base"]')" = "$(git rev-parse v1.0.0)" ]
}

@test "the tag of the same push is then refused: the job waits for it, and is released behind it" {
    printf '#!/bin/sh\n[ "$1" != refs/tags/v3.0.0 ]\n' >"$bare/hooks/update"
    chmod +x "$bare/hooks/update"
    fix two
    git tag v3.0.0 v1.0.0
    git push origin HEAD:refs/heads/hotfix/3.0.0 v3.0.0 >../push.out 2>&1 || true
    says "error: not released yet for 3.0.0" "$(cat ../push.out)"
    rm "$bare/hooks/update"
    git push -q origin v3.0.0
    "$bin/hotfix" retry -q --repo "$bare"
    [ "$(value 'm["releases"][0]["target"]')" = 3.0.0 ]
}

@test "a tag that was moved, before or in the same push" {
    fix two
    push hotfix/1.0.0
    fix three
    git tag -f v1.0.0 HEAD~1 >/dev/null
    run ! git push -f origin HEAD:refs/heads/hotfix/1.0.0 v1.0.0
    says "the tag 'v1.0.0' names" "$(tr -d '\n' <<<"$output" | sed 's/remote:  *//g')"
    [ "$(git ls-remote origin v1.0.0 | cut -f1)" != "$(git rev-parse v1.0.0)" ]
    git push -qf origin v1.0.0
    refused "the tag 'v1.0.0' names" hotfix/1.0.0
}

@test "a symbolic link, a submodule, an LFS pointer, a file over the limit" {
    ln -s a.txt HotPath/link
    git add -A && git commit -qm link
    refused "error: 'HotPath/link' cannot be in a patch: it is a symbolic link" hotfix/1.0.0
    git reset -q --hard HEAD~1
    git update-index --add --cacheinfo "160000,$(git rev-parse HEAD),HotPath/sub" && git commit -qm sub
    refused "'HotPath/sub' cannot be in a patch: it is a submodule" hotfix/1.0.0
    git reset -q --hard HEAD~1
    fix "$(printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 12345' 0)" big.bin
    refused "'HotPath/big.bin' cannot be in a patch: it is a pointer of Git LFS" hotfix/1.0.0
    git reset -q --hard HEAD~1
    head -c 70000000 /dev/zero >HotPath/huge.bin
    git add -A && git commit -qm huge
    refused "'HotPath/huge.bin' cannot be in a patch: it has 70000000 bytes" hotfix/1.0.0
}

@test "strict = no accepts such a push, and its job fails for good" {
    not_strict
    ln -s a.txt HotPath/link
    git add -A && git commit -qm link
    push hotfix/1.0.0
    says "error: not released for 1.0.0: 'HotPath/link' cannot be in a patch" "$told"
    fix two
    push hotfix/3.0.0
    says "error: not released for 3.0.0: no commit is known" "$told"
}

@test "strict = no still rejects what was rolled back" {
    not_strict
    fix two
    push hotfix/1.0.0
    "$bin/hotfix" rollback -q --repo "$bare" 1 2>/dev/null || "$bin/hotfix" rollback --repo "$bare" 1
    git commit -q --allow-empty -m again
    refused "has the same bytes" hotfix/1.0.0
}

@test "a store that does not answer holds a push for five seconds, not longer, and the push goes in" {
    fix two
    git push -q origin HEAD:refs/heads/other
    python3 -c 'import socket, sys, time
s = socket.create_server(("127.0.0.1", 0))
open(sys.argv[1] + ".new", "w").write(str(s.getsockname()[1]))
__import__("os").rename(sys.argv[1] + ".new", sys.argv[1])
while True: s.accept()[0].recv(1); time.sleep(600)' "$BATS_TEST_TMPDIR/port" 3>&- &
    server=$!
    for _ in $(seq 200); do [ -e "$BATS_TEST_TMPDIR/port" ] && break; sleep 0.05; done
    sed -i "s|^url = .*|url = s3://bucket/x\nendpoint = http://127.0.0.1:$(cat "$BATS_TEST_TMPDIR/port")|" "$bare/hotfix.ini"
    start=$SECONDS
    run env GIT_DIR="$bare" AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b "$bin/pre-receive" \
        <<<"$(printf '0%.0s' $(seq 40)) $(git rev-parse HEAD) refs/heads/hotfix/1.0.0"
    kill "$server"
    [ "$status" = 0 ]
    says "did not answer within the time that a push waits for it" "$(tr -s '\n ' ' ' <<<"$output")"
    says "the push is accepted, and its release waits" "$(tr -s '\n ' ' ' <<<"$output")"
    [ $((SECONDS - start)) -lt 30 ]
}

@test "several branches at once: one that is known to fail stops them all, and says which" {
    fix two
    before=$(git ls-remote origin | sha1sum)
    run ! git push origin HEAD:refs/heads/hotfix/1.0.0 HEAD:refs/heads/hotfix/9.9.9
    says "the app '9.9.9' was built from" "$output"
    [ "$before" = "$(git ls-remote origin | sha1sum)" ]
}
