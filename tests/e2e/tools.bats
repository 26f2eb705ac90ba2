#!/usr/bin/env bats
# The builder `command`, and several builders behind one push.
bats_require_minimum_version 1.5.0
load common
load builders

# A tool of a team's own: $1 is its text, behind a shebang.
tool() {
    mkdir -p "$BATS_TEST_TMPDIR/tools"
    printf '#!/bin/sh\n%s\n' "$1" >"$BATS_TEST_TMPDIR/tools/make-patch"
    chmod +x "$BATS_TEST_TMPDIR/tools/make-patch"
}
command_team() { # TOOL'S TEXT, ARGUMENTS
    new_team
    tool "$1"
    ini build builder command
    ini command argv "$BATS_TEST_TMPDIR/tools/make-patch $2"
}

@test "the template: names inside items, files and refs as items of their own" {
    # shellcheck disable=SC2016
    command_team 'printf "%s\n" "$@" >"${1#--out=}"' '--out={output} {target}/{base}/{commit} {"a":1} {files} -- {refs} {tree}'
    ini command refs 'README conf/'
    ini command name main.bundle
    mkdir conf && echo x >conf/x && echo y >'conf/y z'
    fix two
    fix three 'b c.txt'
    push hotfix/1.0.0
    says "success: patch 1 for 1.0.0 (2 files, " "$told"
    [ "$(value 'm["releases"][0]["file"]["name"]')" = main.bundle ]
    sed -E "s|$bare/hotfix/hotfix-[A-Za-z0-9]{6}|WORK|" "$(newest_object)" >seen
    diff seen - <<EOF
--out=WORK/tool/output
1.0.0/$(git rev-parse v1.0.0)/$(git rev-parse HEAD)
{"a":1}
WORK/files/HotPath/a.txt
WORK/files/HotPath/b c.txt
--
WORK/refs/README
WORK/refs/conf/x
WORK/refs/conf/y z
WORK/tree
EOF
    sha=$(sha256sum <"$BATS_TEST_TMPDIR/tools/make-patch" | cut -d' ' -f1)
    [ "$(value 'm["releases"][0]["source"]["builder"]')" = "command make-patch sha256:$sha" ]
    [ -z "$(find "$bare/hotfix" -maxdepth 1 -name 'hotfix-*')" ]
}

@test "whole trees are there when they are asked for, with what exclude leaves" {
    # shellcheck disable=SC2016
    command_team 'diff -r "$2" "$3" >"$1"; ls "$2" >>"$1"' '{output} {base_tree} {tree}'
    ini build exclude 'secret/'
    mkdir secret && ln -s /etc/passwd secret/link
    fix two
    push hotfix/1.0.0
    says "success: patch 1" "$told"
    grep -q '^> two$' "$(newest_object)"
    grep -q '^README$' "$(newest_object)"
    run ! grep -q secret "$(newest_object)"
    ln -s /etc/passwd HotPath/link
    fix three
    push hotfix/1.0.0 || true
    says "'HotPath/link' cannot be in a patch: it is a symbolic link" "$told"
}

@test "no shell, no environment, an empty folder of its own" {
    # shellcheck disable=SC2016
    command_team 'env | cut -d= -f1 | sort | tr "\n" " " >"$1"; echo >>"$1"; pwd >>"$1"; echo "$2" >>"$1"' '{output} $(id)'
    HOTFIX_SECRET=1 fix two
    HOTFIX_SECRET=1 push hotfix/1.0.0
    run cat "$(newest_object)"
    [ "${lines[0]}" = "HOME LC_ALL PATH PWD TMPDIR TZ " ]
    [[ ${lines[1]} == "$bare/hotfix/hotfix-"* ]]
    [ "${lines[2]}" = '$(id)' ]
}

@test "its words reach the pusher, bounded and harmless; its failures have a sentence each" {
    # shellcheck disable=SC2016
    command_team 'seq 50 >&2; printf "\033[31mred\nerror: forged\n" >&2; echo x >"$1"' '{output} {files}'
    fix two
    push hotfix/1.0.0
    says 'make-patch: \x1b[31mred' "$told"
    says "make-patch: 12" "$told"
    says "make-patch: ... 36 more lines" "$told"
    says "make-patch: 50" "$told"
    run ! grep -qE 'make-patch: (13|48)$' <<<"$told"
    run ! grep -q '^error: forged' <<<"$pushed"
    says "success: patch 1" "$told"
    fails() { # TEXT WORDS
        tool "$1"
        fix "$RANDOM $RANDOM"
        push hotfix/1.0.0
        says "error: not released for 1.0.0: " "$told"
        says "$2" "$told"
        [ "$(value 'm["last"]')" = 1 ]
    }
    fails 'echo no such thing >&2; exit 7' "make-patch ended with status 7: no such thing"
    fails 'exit 7' "make-patch ended with status 7 and said nothing"
    fails 'exit 0' "make-patch ended well, but wrote no patch"
    # shellcheck disable=SC2016
    fails ': >"$1"' "make-patch wrote an empty file for a patch"
    # shellcheck disable=SC2016
    fails 'mkdir "$1"' "make-patch wrote no plain file for a patch"
    # shellcheck disable=SC2016
    fails 'ln -s /etc/passwd "$1"' "make-patch wrote no plain file for a patch"
    # shellcheck disable=SC2016
    fails 'kill -9 $$' "make-patch was ended by a signal: Killed"
    ini build timeout 1
    fails 'sleep 100' "make-patch did not end within 1 s and was stopped"
}

@test "a template that cannot work is refused, by check too" {
    command_team 'exit 0' '{files}'
    fix two
    commit=$(git rev-parse HEAD)
    refused() {
        ini command argv "$1"
        run -2 --separate-stderr "$bin/hotfix" build --repo "$bare" v1.0.0 "$commit"
        says "$2" "$stderr"
        run -1 --separate-stderr "$bin/hotfix" check --repo "$bare"
        says "$2" "$output$stderr"
    }
    git push -q origin HEAD:refs/heads/topic
    refused '/bin/true {files}' "{output} is missing"
    refused '/bin/true -o{output} {fils}' "'{fils}' is not known"
    refused '/bin/true -o{output} --in={files}' "{files} must be an item of its own"
    refused '/bin/{target} {output}' "nothing is replaced in the program's own path"
}

@test "a build is not done twice where the tool promises as much" {
    # shellcheck disable=SC2016
    command_team 'date +%N >"$1"' '{output} {files}'
    fix two
    git push -q origin HEAD:refs/heads/topic
    commit=$(git rev-parse HEAD)
    build() { "$bin/hotfix" build -q --repo "$bare" -o "$1" v1.0.0 "$commit"; }
    build one && build two
    run ! cmp -s one two
    ini command cache yes
    build one && build two
    cmp one two
    # another template, another file
    ini command argv "$BATS_TEST_TMPDIR/tools/make-patch {output} {files} more"
    build three
    run ! cmp -s one three
}

@test "four apps of one repository are released by one push" {
    new_team --include '**/*.m'
    openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048 -out "$bare/hotfix/jspatch.pem" 2>/dev/null
    # shellcheck disable=SC2016
    tool 'out=$1; shift; cat "$@" >"$out"'
    cat >"$bare/hotfix.ini" <<EOF
[channel phone]
app = com.example.phone
name = production
refs = refs/heads/hotfix/*
builder = ocrunner
include = Phone/**/*.m
[channel pad]
app = com.example.pad
name = production
refs = refs/heads/hotfix/*
builder = ocrunner
include = Pad/**/*.m
[channel script]
app = com.example.script
name = production
refs = refs/heads/hotfix/*
builder = jspatch
[channel bundle]
app = com.example.bundle
name = production
refs = refs/heads/hotfix/*
builder = command
include = *.txt
[ocrunner]
generator = $(generator)
[jspatch]
key = file:$bare/hotfix/jspatch.pem
[command]
argv = $BATS_TEST_TMPDIR/tools/make-patch {output} {files}
[sign]
key = file:$bare/hotfix/signing.pem
[trust]
keys = file:$bare/hotfix/signing.pub.pem
[store]
url = file://$store
EOF
    mkdir Phone Pad JS
    oc Cart one >Phone/Cart.m && oc Cart one >Pad/Cart.m && echo 1 >JS/main.js && echo 1 >a.txt
    git add -A && git commit -qm base && git tag -f v1.0.0 >/dev/null && git push -qf origin main v1.0.0
    oc Cart phone >Phone/Cart.m && oc Cart pad >Pad/Cart.m && echo 2 >JS/main.js && echo 2 >a.txt
    git commit -qam fixes
    push hotfix/1.0.0
    [ "$(grep -c '^success: patch 1 for 1.0.0' <<<"$pushed")" = 4 ]
    for app in com.example.phone com.example.pad com.example.script com.example.bundle; do
        [ "$(value 'm["last"]')" = 1 ]
    done
    app=com.example.pad
    "$(generator)" -files "$PWD/Pad/Cart.m" -output by-hand -appVersion 1.0.0 >by-hand.out
    cmp by-hand "$(newest_object)"
    app=com.example.bundle
    cmp a.txt "$(newest_object)"
    # One that fails does not stop the others.
    echo '@implementation X {' >Phone/Cart.m && oc Cart again >Pad/Cart.m && echo 3 >JS/main.js && echo 3 >a.txt
    git commit -qam more
    push hotfix/1.0.0
    [ "$(grep -c '^success: patch 2 for 1.0.0' <<<"$pushed")" = 3 ]
    says "Phone/Cart.m:1: syntax error" "$told"
    export app=com.example.phone
    [ "$(value 'm["last"]')" = 1 ]
    "$bin/hotfix" verify --repo "$bare"
}
