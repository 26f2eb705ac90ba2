#!/usr/bin/env bats
# Each fault of PatchGenerator ends in a failed build with its own sentence at the pusher, and no release.
bats_require_minimum_version 1.5.0
load common
load builders

@test "a syntax error: the pusher reads file, line and the offending text" {
    new_oc_team
    fix_oc Pay two
    printf '@implementation Cart\n- (void)pay\n{\n    @try { [self go]; }\n}\n@end\n' >HotPath/Cart.m
    git commit -qam broken
    push hotfix/1.0.0
    says "warning: HotPath/Cart.m:4: OCRunner cannot read @try" "$told"
    no_release "HotPath/Cart.m:4: syntax error: @try { [self go]; }"
}

@test "an old generator that ends with status 0 on a syntax error: the same, and told that it is old" {
    new_oc_team old
    printf '@implementation Cart\n- (void)pay\n{\n    goto out;\n}\n@end\n' >HotPath/Cart.m
    git commit -qam broken
    push hotfix/1.0.0
    no_release "HotPath/Cart.m:4: syntax error: goto out;"
    says "it is an old one" "$told"
}

@test "an error in the declarations is told with their name" {
    new_oc_team
    fix_oc Cart two
    echo 'struct broken { int a;' >Scripts.bundle/GCDRefrences
    git commit -qam broken
    push hotfix/1.0.0
    no_release "GCDRefrences:1: syntax error: struct broken { int a;"
}

@test "a comment that is never closed: stopped by the time limit, and the file is named" {
    new_oc_team
    ini build timeout 1
    fix_oc Cart two
    echo '/* not closed' >>HotPath/Cart.m
    git commit -qam hang
    push hotfix/1.0.0
    says "warning: HotPath/Cart.m:8: this comment is never closed" "$told"
    no_release "did not end within 1 s and was stopped: a comment in HotPath/Cart.m is never closed"
}

@test "a hang without a comment" {
    new_oc_team sleep
    ini build timeout 1
    fix_oc Cart two
    push hotfix/1.0.0
    no_release "PatchGenerator-sleep did not end within 1 s and was stopped"
}

@test "text that is not UTF-8, and a string that overruns its pool: a signal" {
    new_oc_team
    fix_oc Cart "$(printf '\xff')"
    push hotfix/1.0.0
    says "warning: HotPath/Cart.m:1: OCRunner's generator reads UTF-8 only" "$told"
    no_release "was ended by a signal: Aborted"
    fix_oc Cart "$(printf 'x%.0s' $(seq 2000))"
    push hotfix/1.0.0
    says "warning: HotPath/Cart.m:5: OCRunner's generator may crash on a string of more than 1000 bytes" "$told"
    no_release "was ended by a signal: Aborted"
}

@test "a crash" {
    new_oc_team crash
    fix_oc Cart two
    push hotfix/1.0.0
    no_release "was ended by a signal: Segmentation fault"
}

@test "a status of its own: its last words, made harmless" {
    new_oc_team status
    fix_oc Cart two
    push hotfix/1.0.0
    no_release 'ended with status 3: PatchGenerator: license expired\x1b[2J'
}

@test "no patch, though it says so" {
    new_oc_team nothing
    fix_oc Cart two
    push hotfix/1.0.0
    no_release "ended as if all was well, but wrote no patch"
}

@test "a damaged patch" {
    new_oc_team damaged
    fix_oc Cart two
    push hotfix/1.0.0
    no_release "its SHA-256 is not the one that it begins with"
}

@test "a patch for every version" {
    new_oc_team version
    fix_oc Cart two
    push hotfix/1.0.0
    no_release "the patch says that it is for app version '*', and its target is 1.0.0"
}

@test "a file that it leaves out, one that it was not given, and no list at all" {
    for fault in skip extra silent; do
        mkdir "$BATS_TEST_TMPDIR/$fault" && BATS_TEST_TMPDIR=$BATS_TEST_TMPDIR/$fault
        new_oc_team "$fault"
        fix_oc Cart two
        fix_oc Pay two
        push hotfix/1.0.0
        case $fault in
        skip) no_release "left out HotPath/Pay.m without a word" ;;
        extra) no_release "read /etc/passwd, which it was not given" ;;
        silent) no_release "did not say which files it read" ;;
        esac
        BATS_TEST_TMPDIR=$(dirname "$BATS_TEST_TMPDIR")
    done
}

@test "a patch that holds the declarations alone, and one of an empty file" {
    new_oc_team refs
    fix_oc Cart two
    push hotfix/1.0.0
    no_release "holds no class and no function of the changed files, only the declarations of [ocrunner] refs"
    ini ocrunner generator "$(generator)"
    git reset -q --hard v1.0.0
    : >HotPath/Cart.m
    git commit -qam empty
    push hotfix/1.0.0 --force
    no_release "holds no class and no function"
}
