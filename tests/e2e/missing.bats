#!/usr/bin/env bats
# What is not in a patch, or cannot be in one, is said to whoever releases it; and what would be another file on a device is refused.
bats_require_minimum_version 1.5.0
load common
load builders
load ci

silent() { # fails when the text has these words
    case $2 in
    *"$1"*)
        printf 'not expected: %s\ngot: %s\n' "$1" "$2" >&2
        return 1
        ;;
    esac
}
# A file of N bytes, to publish as it is.
sized() { head -c "$1" /dev/zero >"$BATS_TEST_TMPDIR/ready.zip"; }
publish_file() {
    run "$bin/hotfix" publish --repo "$bare" --file "$BATS_TEST_TMPDIR/ready.zip" --name ready.zip --target 1.0.0 --commit "$(git rev-parse HEAD)"
}

@test "changed files that include does not admit are named: by a push, by hotfix build and by hotfix publish" {
    new_team
    fix two
    push hotfix/1.0.0
    silent "not included" "$told"
    mkdir ios && echo x >ios/AppDelegate.m && echo y >README && git add -A && git commit -qm native
    push hotfix/1.0.0
    says "hint: 2 changed files are not included: README, ios/AppDelegate.m" "$told"
    says "nothing to publish" "$told"
    run "$bin/hotfix" build --repo "$bare" -o ../x.zip v1.0.0 "$(git rev-parse HEAD)"
    says "2 changed files are not included: README, ios/AppDelegate.m" "$output"
    fix three
    git push -q origin HEAD:refs/heads/other
    run "$bin/hotfix" publish --repo "$bare" --target 1.0.0 "$(git rev-parse HEAD)"
    echo "$output"
    says "2 changed files are not included: README, ios/AppDelegate.m" "$output"
    # Many are counted, strange ones are shown safely, and deletions differ as well.
    git rm -q README
    for i in 1 2 3 4 5 6; do echo "$i" >ios/$i.m; done
    printf x >$'ios/\e[31mred' && git add -A && git commit -qm more
    push hotfix/1.0.0
    says "9 changed files are not included: README, ios/\\x1b[31mred, ios/1.m, ios/2.m, ios/3.m and 4 more" "$told"
}

@test "native code: a warning, with native_policy = refuse a refusal, and with hotfix.force a warning again" {
    new_team
    ini build native 'ios/** android/**'
    mkdir ios && echo x >ios/AppDelegate.m && fix two
    push hotfix/1.0.0
    says "warning: 1 changed file is native code, which no patch can carry: ios/AppDelegate.m; devices need a new build of the app" "$told"
    silent "not included" "$told"
    says "success: patch 1 for 1.0.0" "$told"
    ini build native_policy refuse
    fix three
    before=$(git -C "$bare" rev-parse hotfix/1.0.0)
    push hotfix/1.0.0 || true
    [ "$(git -C "$bare" rev-parse hotfix/1.0.0)" = "$before" ]
    says "1 changed file is native code, which no patch can carry: ios/AppDelegate.m" "$told"
    says "push with -o hotfix.force" "$told"
    [ "$(value 'm["last"]')" = 1 ]
    fix four
    push hotfix/1.0.0 -o hotfix.force
    says "warning: 1 changed file is native code" "$told"
    says "success: patch" "$told"
    # A channel may have its own rules.
    sed -i 's|^\[channel production\]|&\nnative = android/**|' "$bare/hotfix.ini"
    fix five
    push hotfix/1.0.0
    silent "native code" "$told"
    says "1 changed file is not included: ios/AppDelegate.m" "$told"
}

@test "a patch over max_size is not released, from a push or a file; from 5 MiB on one is a warning" {
    new_team
    ini release max_size 6M
    mkdir -p HotPath && head -c 5300000 /dev/urandom >HotPath/big && fix two
    push hotfix/1.0.0
    says "warning: the patch has 5.1 MiB, and each device downloads all of it" "$told"
    says "success: patch 1 for 1.0.0" "$told"
    head -c 6300000 /dev/urandom >HotPath/big && fix three
    push hotfix/1.0.0
    says "error: not released for 1.0.0: the patch has 63" "$told"
    says "and [release] max_size allows 6291456 (6.0 MiB): let [build] include admit fewer files" "$told"
    [ "$(value 'm["last"]')" = 1 ]
    [ "$(find "$store/$app/objects" -type f | wc -l)" = 1 ]
    # A file to try is made.
    run "$bin/hotfix" build --repo "$bare" -o ../x.zip v1.0.0 "$(git rev-parse HEAD)"
    [ "$status" = 0 ]
    says "it cannot be released: the patch has 63" "$output"
    [ -s ../x.zip ]
    # From elsewhere the limit is the same, to the byte.
    sized 6291457
    publish_file
    [ "$status" != 0 ]
    says "[release] max_size allows 6291456" "$output"
    sized 6291456
    publish_file
    [ "$status" = 0 ]
    says "each device downloads all of it" "$output"
}

@test "in CI: the plan and the release say what is missing, in the log and in the summary; a patch over max_size fails" {
    new_ci_team
    sed -i -e 's|^include = .*|&\nnative = ios/**|' hotfix.ini && git add -A && git commit -qm ini && git tag -f v1.0.0 >/dev/null && git push -qf origin main v1.0.0
    mkdir ios && echo x >ios/A.m && echo '<b>' >'[x](y)' && fix two
    pushed hotfix/1.0.0
    ci hotfix/1.0.0 --plan
    echo "$output"
    [ "$status" = 0 ]
    says "hint: 1 changed file is not included: [x](y)" "$output"
    says "warning: 1 changed file is native code, which no patch can carry: ios/A.m" "$output"
    says "not in the patch, native code: ios/A.m" "$(summary)"
    says "not in the patch: &#91;x&#93;(y)" "$(summary)"
    ci hotfix/1.0.0
    [ "$status" = 0 ]
    says "hint: 1 changed file is not included" "$output"
    sed -i 's|^include = .*|&\nnative_policy = refuse|' hotfix.ini && git commit -qam refuse && git push -q origin HEAD:main
    fix three
    pushed hotfix/1.0.0
    ci hotfix/1.0.0 --plan
    [ "$status" != 0 ]
    says "native code, which no patch can carry: ios/A.m" "$output"
    sed -i -e '/^native_policy/d' hotfix.ini && printf '[release]\nmax_size = 2K\n' >>hotfix.ini && git commit -qam small && git push -q origin HEAD:main
    head -c 4000 /dev/urandom >HotPath/big && fix four
    pushed hotfix/1.0.0
    ci hotfix/1.0.0
    [ "$status" != 0 ]
    says "[release] max_size allows 2048" "$output"
    [ "$(value 'm["last"]')" = 1 ]
}

@test "what macOS leaves in folders is left out, with a hint" {
    new_team
    echo x >HotPath/.DS_Store && echo x >HotPath/._a.txt && fix two
    push hotfix/1.0.0
    says "hint: left out, since they mean something to macOS alone: HotPath/.DS_Store, HotPath/._a.txt" "$told"
    [ "$(unzip -Z1 "$(newest_object)")" = HotPath/a.txt ]
}

@test "names that are one file on a device are refused, and so are names that are none" {
    new_team
    try() { # words of the refusal
        git add -A && git commit -qm "names"
        push hotfix/1.0.0 -f || true
        says "$1" "$told"
        silent success "$told"
        run git -C "$bare" rev-parse -q --verify refs/heads/hotfix/1.0.0
        [ "$status" != 0 ] # refused before the ref moved
        git reset -q --hard v1.0.0
        git clean -qfd
    }
    printf 1 >$'HotPath/caf\xc3\xa9.js' && printf 2 >$'HotPath/cafe\xcc\x81.js'
    try "rename one"
    printf 1 >HotPath/A.txt
    try "'HotPath/A.txt' cannot be in a patch: on some devices it takes the place of 'HotPath/a.txt'"
    mkdir HotPath/b HotPath/B && printf 1 >HotPath/b/x && printf 2 >HotPath/B/X
    try "'HotPath/B/X' and 'HotPath/b/x' cannot be in one patch"
    printf 1 >'HotPath/..\..\evil.js'
    try "a backslash in its name"
    printf 1 >'HotPath/a:b'
    try "a colon in its name"
    printf 1 >'HotPath/end.'
    try "ends in a dot or a blank"
    [ ! -e "$store/$app/production/manifest.json" ]
}

@test "what lies in git and is not the file is refused; what a checkout would change is a warning; git's own settings on the server do not count" {
    new_team
    printf '\0GITCRYPT\0abcdefgh' >HotPath/key && fix two
    push hotfix/1.0.0 || true
    says "'HotPath/key' cannot be in a patch: it is encrypted by git-crypt" "$told"
    git rm -qf HotPath/key
    echo '* filter=vault' >HotPath/.gitattributes && fix three
    push hotfix/1.0.0 || true
    says "it has the attribute filter=vault in .gitattributes" "$told"
    [ ! -e "$store/$app/production/manifest.json" ]
    printf '*.x eol=crlf\n*.y ident\n*.z working-tree-encoding=UTF-16\ninternal export-ignore\n' >HotPath/.gitattributes
    mkdir HotPath/internal && echo 1 >HotPath/internal/a && echo 1 >HotPath/a.x && echo '$Id$' >HotPath/a.y
    printf 1 | iconv -t UTF-16 >HotPath/a.z
    mkdir -p "$bare/info" && echo '* filter=server' >"$bare/info/attributes"
    fix four
    push hotfix/1.0.0
    echo "$told"
    says "a checkout has other ones by eol=crlf: HotPath/a.x" "$told"
    says "a checkout has other ones by ident: HotPath/a.y" "$told"
    says "a checkout has other ones by working-tree-encoding: HotPath/a.z" "$told"
    says "marks them export-ignore; [build] exclude keeps files out of a patch: HotPath/internal/a" "$told"
    says "success: patch 1 for 1.0.0" "$told"
    unzip -p "$(newest_object)" HotPath/a.z | cmp - <(printf 1)
}

@test "what folds names is linked into the publisher's programs alone" {
    for program in hotfix pre-receive post-receive; do
        run ldd "$bin/$program"
        says libutf8proc "$output"
    done
    for program in hotfix-edge hotfix-client; do
        run ldd "$bin/$program"
        [ "$status" = 0 ]
        silent utf8proc "$output"
        silent git2 "$output"
    done
}
