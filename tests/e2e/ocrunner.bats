#!/usr/bin/env bats
# The builder `ocrunner`: what PatchGenerator makes reaches devices only when everything that can be seen of it is right.
bats_require_minimum_version 1.5.0
load common
load builders

@test "the hook's patch equals a build by hand, byte for byte" {
    new_oc_team
    fix_oc Cart two
    fix_oc Pay two
    push hotfix/1.0.0
    says "success: patch 1 for 1.0.0 (2 files, " "$told"
    "$(generator)" -files "$PWD/HotPath/Cart.m" "$PWD/HotPath/Pay.m" -refs "$PWD/Scripts.bundle/GCDRefrences" \
        "$PWD/Scripts.bundle/UIKitRefrences" -output "$BATS_TEST_TMPDIR/by-hand" -type binary -appVersion 1.0.0
    cmp "$BATS_TEST_TMPDIR/by-hand" "$(newest_object)"
    [ "$(value 'm["releases"][0]["file"]["name"]')" = binarypatch ]
    sha=$(sha256sum <"$(generator)" | cut -d' ' -f1)
    [[ $(value 'm["releases"][0]["source"]["builder"]') =~ ^ocrunner\ ([0-9.]+\ )?sha256:$sha$ ]]
    "$bin/hotfix" verify --repo "$bare"
    # And again by hand, with hotfix.
    "$bin/hotfix" build -q --repo "$bare" --target 1.0.0 -o again v1.0.0 "$(git rev-parse HEAD)"
    cmp again "$(newest_object)"
}

@test "a name with spaces, a leading dash or a quote is an ordinary file" {
    new_oc_team
    oc Odd two >"HotPath/-x it's.m"
    oc Uni two >"HotPath/补丁.m"
    git add -A && git commit -qm odd
    push hotfix/1.0.0
    says "success: patch 1 for 1.0.0 (2 files, " "$told"
    "$(generator)" -files "$PWD/HotPath/-x it's.m" "$PWD/HotPath/补丁.m" -refs "$PWD/Scripts.bundle/GCDRefrences" \
        "$PWD/Scripts.bundle/UIKitRefrences" -output "$BATS_TEST_TMPDIR/by-hand" -appVersion 1.0.0
    cmp "$BATS_TEST_TMPDIR/by-hand" "$(newest_object)"
}

@test "what the language lacks is said before the tool runs, bounded" {
    new_oc_team
    {
        oc Cart two
        printf '#define LIMIT 3\n#if DEBUG\n#endif\n'
    } >HotPath/Cart.m
    git commit -qam preprocessor
    push hotfix/1.0.0
    says "warning: HotPath/Cart.m:8: OCRunner has no preprocessor: this #define is dropped" "$told"
    says "warning: HotPath/Cart.m:9: OCRunner has no preprocessor: both branches" "$told"
    says "success: patch 1" "$told"
    ini build include '**/*.m **/*.swift'
    echo 'class A {}' >HotPath/A.swift
    git add -A && git commit -qm swift
    push hotfix/1.0.0
    says "warning: HotPath/A.swift:1: OCRunner reads no Swift" "$told"
}

@test "a range, or declarations that are not there: refused with what to do" {
    new_oc_team
    fix_oc Cart two
    push hotfix/1.0.x
    says "the builder 'ocrunner' makes a patch for one exact version, and '1.0.x' is not one" "$told"
    ini ocrunner refs "Scripts.bundle Scrips.bundle"
    fix_oc Cart three
    push hotfix/1.0.0
    no_release "[ocrunner] refs: no file of the commit is named 'Scrips.bundle'"
}

@test "no generator: the job waits, and is done when there is one" {
    new_oc_team
    ini ocrunner generator /nonexistent/PatchGenerator
    fix_oc Cart two
    push hotfix/1.0.0
    says "error: not released yet for 1.0.0: [ocrunner] generator: cannot open '/nonexistent/PatchGenerator'" "$told"
    ini ocrunner generator "$(generator)"
    "$bin/hotfix" retry --repo "$bare"
    [ "$(value 'm["last"]')" = 1 ]
}

@test "a patch built elsewhere is judged by its head" {
    new_oc_team
    fix_oc Cart two
    git push -q origin HEAD:refs/heads/topic
    commit=$(git rev-parse HEAD)
    "$(generator)" -files HotPath/Cart.m -output p -appVersion 1.0.0
    "$(generator)" -files HotPath/Cart.m -output any
    run -1 --separate-stderr "$bin/hotfix" publish --repo "$bare" --file any --target 1.0.0 --commit "$commit"
    says "the patch says that it is for app version '*'" "$stderr"
    run -1 --separate-stderr "$bin/hotfix" publish --repo "$bare" --file README --target 1.0.0 --commit "$commit"
    says "it is no OCRunner patch" "$stderr"
    "$bin/hotfix" publish --repo "$bare" --file p --name binarypatch --target 1.0.0 --commit "$commit"
    "$bin/hotfix" verify --repo "$bare"
}

@test "the same files by the same tool are not built twice, a damaged entry is not used, and another tool builds again" {
    new_oc_team
    fix_oc Cart two
    push hotfix/1.0.0
    built=$(newest_object)
    commit=$(git rev-parse HEAD)
    again() { "$bin/hotfix" build --repo "$bare" --target "${1:-1.0.0}" -o again v1.0.0 "$commit" 2>&1; }
    says "built before, from the same files" "$(again)"
    cmp again "$built"
    # another target is another patch
    run again 1.0.1
    [[ $output != *"built before"* ]]
    run ! cmp -s again "$built"
    for entry in "$bare"/hotfix/cache/*; do
        [ "$(stat -c %a "$entry")" = 600 ]
        printf x | dd of="$entry" bs=1 seek=200 conv=notrunc status=none
    done
    run again
    [[ $output != *"built before"* ]]
    cmp again "$built"
    # one entry under another's name
    set -- "$bare"/hotfix/cache/*
    cp "$2" "$BATS_TEST_TMPDIR/other"
    for entry in "$@"; do cp "$BATS_TEST_TMPDIR/other" "$entry"; done
    again >/dev/null
    cmp again "$built"
    # another tool
    printf x >>"$BATS_TEST_TMPDIR/tools/PatchGenerator"
    run again
    [[ $output != *"built before"* ]]
    cmp again "$built"
    # and none is kept where none is wanted
    rm -r "$bare/hotfix/cache"
    ini build cache 0
    again >/dev/null
    [ ! -e "$bare/hotfix/cache" ]
}
