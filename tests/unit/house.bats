#!/usr/bin/env bats
# What guards the house must itself be able to say no: the lints, the runner, the package installer.

setup() {
    tree=$BATS_TEST_TMPDIR/tree
    mkdir -p "$tree"/{core,client,publisher,hooks,edge,store,builder,tests/unit}
    : >"$tree/core/err.h"
    : >"$tree/core/sign.h"
    : >"$tree/store/http.h"
    : >"$tree/store/store.h"
    : >"$tree/publisher/publish.h"
    printf '#include <kore/kore.h>\n' >"$tree/edge/app.h"
    printf '#include "core/err.h"\n#include <stdio.h>\n#include <sys/stat.h>\n' >"$tree/client/a.c"
}

layers() { run "$HF_TOP/tests/lint/layers.sh" "$tree"; }

@test "layers: a tree that keeps the rules passes" {
    printf '#include "store/http.h"\n' >"$tree/client/b.c"
    printf '#include "store/store.h"\n#include "core/sign.h"\n' >"$tree/publisher/b.c"
    printf '#include "publisher/publish.h"\n' >"$tree/hooks/b.c"
    printf '#include <kore/kore.h>\n#include "store/store.h"\n' >"$tree/edge/app.c"
    layers
    [ "$status" = 0 ]
    [ -z "$output" ]
}

@test "layers: each way over a room's wall is found, and named with its line" {
    while IFS='|' read -r file text; do
        printf '/* x */\n#include %s\n' "$text" >"$tree/$file"
        layers
        echo "$file $text: $output"
        [ "$status" = 1 ]
        [[ $output == "$file:2: "* ]]
        rm "$tree/$file"
    done <<'CASES'
core/b.c|"store/store.h"
core/b.c|<curl/curl.h>
core/b.c|<kore/kore.h>
core/b.c|<ini.h>
core/manifest.c|<jansson.h>
core/jws.c|<openssl/evp.h>
core/b.c|<some_library.h>
core/b.c|"err.h"
client/b.c|"store/store.h"
client/b.c|"core/sign.h"
client/b.c|"publisher/publish.h"
client/b.c|<curl/curl.h>
hooks/b.c|"store/store.h"
edge/b.c|"core/sign.h"
edge/b.c|<kore/kore.h>
edge/b.h|<kore/kore.h>
edge/b.c|"edge/app.h"
edge/b.c|"publisher/publish.h"
builder/b.c|<git2.h>
builder/b.c|<utf8proc.h>
edge/b.c|<utf8proc.h>
builder/b.c|"store/store.h"
store/b.c|"builder/changes.h"
client/b.h|"store/store.h"
CASES
}

@test "layers: the installed header includes nothing of ours" {
    printf '#include "core/err.h"\n' >"$tree/client/hotfix_client.h"
    layers
    [ "$status" = 1 ]
    [[ $output == *"installed by itself"* ]]
}

@test "signing: code that signs is found in what a device gets" {
    printf 'int hf_signer_sign(void);\nint hf_signer_sign(void) { return 0; }\nint main(void) { return 0; }\n' >"$tree/x.c"
    cc -o "$tree/bad" "$tree/x.c"
    printf 'int main(void) { return 0; }\n' >"$tree/y.c"
    cc -o "$tree/good" "$tree/y.c"
    run "$HF_TOP/tests/lint/signing.sh" "$tree/good"
    [ "$status" = 0 ]
    run "$HF_TOP/tests/lint/signing.sh" "$tree/good" "$tree/bad"
    [ "$status" = 1 ]
    [[ $output == *hf_signer_sign* ]]
    run "$HF_TOP/tests/lint/signing.sh" "$tree/missing"
    [ "$status" = 1 ]
}

@test "text: blanks at an end, tabs, long lines, open work, one machine's paths" {
    text() { run "$HF_TOP/tests/lint/text.sh" "$tree"; }
    printf 'int a;\n' >"$tree/core/a.c"
    text
    [ "$status" = 0 ]
    for line in 'int a; ' $'\tint a;' $'int a;\r' "int a; /* $(printf 'x%.0s' {1..130}) */" '/* TO''DO: later */' 'x = "/ro''ot/x";'; do
        printf '%s\n' "$line" >"$tree/core/a.c"
        text
        echo "$line: $output"
        [ "$status" = 1 ]
        [[ $output == *core/a.c:1:* ]]
    done
    printf 'int a;' >"$tree/core/a.c"
    text
    [ "$status" = 1 ]
}

@test "text: a background command whose output file may not be there yet when it is read" {
    mkdir -p "$tree/tests/e2e"
    while IFS= read -r line; do
        printf '%s\n' "$line" | sed 's/ NEXT /\n/' >"$tree/tests/e2e/a.bash"
        run "$HF_TOP/tests/lint/text.sh" "$tree"
        echo "$line: $output"
        [ "$status" = 1 ]
        [[ $output == *tests/e2e/a.bash:[12]:* ]]
    done <<'CASES'
server -c a.ini >edge.log 2>&1 &
"$bin/server" >"$dir/out" 2>"$dir/err" 3>&- &
server 2>>$err & pid=$!
for i in 1 2; do server > a.log & done
server --of-many words \ NEXT     >a.log 2>&1 &
CASES
    while IFS= read -r line; do
        printf '%s\n' "$line" >"$tree/tests/e2e/a.bash"
        run "$HF_TOP/tests/lint/text.sh" "$tree"
        echo "$line: $output"
        [ "$status" = 0 ]
    done <<'CASES'
{ server -c a.ini 2>&1 3>&- & } >edge.log
server >/dev/null 2>&1 3>&- &
echo a >file; server &
server >file && other
server >"$pipe" & # a pipe
first >file 2>&1
CASES
}

@test "text: a test that docs/threats.md names, and that is not there" {
    mkdir -p "$tree/docs" "$tree/tests/e2e"
    printf '@test "a thing is so" {\n' >"$tree/tests/e2e/a.bats"
    for said in 'tests/e2e/a.bats' 'see tests/e2e/a.bats "a thing", tests/e2e/a.bats.'; do
        echo "$said" >"$tree/docs/threats.md"
        run "$HF_TOP/tests/lint/text.sh" "$tree"
        [ "$status" = 0 ]
    done
    for said in 'tests/e2e/b.bats' 'tests/e2e/a.bats "another"' 'tests/e2e/a.bats `other_thing`' 'tests/e2e/a.bats, tests/unit/test_b.c'; do
        echo "$said" >"$tree/docs/threats.md"
        run "$HF_TOP/tests/lint/text.sh" "$tree"
        echo "$said: $output"
        [ "$status" = 1 ]
        [[ $output == *docs/threats.md:1:* ]]
    done
}

# A test program that says what it is told to, for tests/run.
program() {
    { echo '#!/bin/sh'; cat; } >"$tree/$1"
    chmod +x "$tree/$1"
}

tests_run() {
    run env BUILD="$BATS_TEST_TMPDIR/build" HF_ALLOWED_SKIPS="$tree/allowed" "$HF_TOP/tests/run" "$@"
    last=${lines[-1]}
}

@test "run: counts, and ends on the line that says so" {
    program fine <<<'echo "ok 1 - a"; echo "ok 2 - b"; echo 1..2'
    tests_run "$tree/fine"
    [ "$status" = 0 ]
    [ "$last" = "2 passed, 0 failed, 0 skipped" ]
    program bad <<<'echo "ok 1 - a"; echo "not ok 2 - b"; echo "# because"; echo 1..2; exit 1'
    tests_run "$tree/fine" "$tree/bad"
    [ "$status" = 1 ]
    [ "$last" = "3 passed, 1 failed, 0 skipped" ]
    [[ $output == *"# because"* ]]
}

@test "run: a file that dies, has no plan, or breaks it is one failure" {
    program dies <<<'echo "ok 1 - a"; kill -9 $$'
    program planless <<<'echo "ok 1 - a"'
    program short <<<'echo 1..3; echo "ok 1 - a"'
    program silent <<<'exit 0'
    program status <<<'echo "ok 1 - a"; echo 1..1; exit 3'
    for name in dies planless short status; do
        tests_run "$tree/$name"
        echo "$name: $output"
        [ "$status" = 1 ]
        [ "$last" = "1 passed, 1 failed, 0 skipped" ]
    done
    tests_run "$tree/silent"
    [ "$status" = 1 ]
    [ "$last" = "0 passed, 1 failed, 0 skipped" ]
    tests_run "$tree/not-there"
    [ "$status" = 1 ]
    [ "$last" = "0 passed, 1 failed, 0 skipped" ]
}

@test "run: a skip counts when it is allowed, and fails when not" {
    program skips <<<'echo "ok 1 - a # SKIP no reason"; echo "ok 2 - b"; echo 1..2'
    tests_run "$tree/skips"
    [ "$status" = 1 ]
    [ "$last" = "1 passed, 1 failed, 0 skipped" ]
    echo '*/skips: a   # may' >"$tree/allowed"
    tests_run "$tree/skips"
    [ "$status" = 0 ]
    [ "$last" = "1 passed, 0 failed, 1 skipped" ]
}

@test "run: time has an end, and nothing is left running" {
    # The deadline is the event here: the first program ends by it, the second leaves a child behind.
    program slow <<<'sleep 600'
    tests_run -t 1 "$tree/slow"
    [ "$status" = 1 ]
    [[ $output == *"over its time"* ]]
    program leaves <<<'setsid sleep 600 >/dev/null 2>&1 & echo "ok 1 - a"; echo 1..1'
    tests_run "$tree/leaves"
    [ "$status" = 1 ]
    [[ $output == *"left running: sleep"* ]]
    [ "$last" = "1 passed, 1 failed, 0 skipped" ]
}

@test "run: a sanitizer's report fails a test that passed, and a test has its own home" {
    program report <<<'echo "ERROR: AddressSanitizer" >"$TMPDIR/san/report.1"; echo "ok 1 - a"; echo 1..1'
    tests_run "$tree/report"
    [ "$status" = 1 ]
    [[ $output == *AddressSanitizer* ]]
    program home <<<'case $HOME in "$TMPDIR"/*) ;; *) exit 9 ;; esac; [ "$GIT_CONFIG_GLOBAL" = /dev/null ] || exit 9; echo "ok 1 - a"; echo 1..1'
    tests_run "$tree/home"
    [ "$status" = 0 ]
    [ -z "$(ls -A "$BATS_TEST_TMPDIR/build/tmp")" ]
}

@test "run: a pattern chooses, and one that chooses nothing fails" {
    program test_a <<<'echo "ok 1 - a"; echo 1..1'
    program test_b <<<'echo "not ok 1 - a"; echo 1..1'
    tests_run -T 'test_a' "$tree/test_a" "$tree/test_b"
    [ "$status" = 0 ]
    tests_run -T 'a' "$tree/test_a" "$tree/test_b"
    [ "$last" = "1 passed, 0 failed, 0 skipped" ]
    tests_run -T 'nothing*' "$tree/test_a" "$tree/test_b"
    [ "$status" = 1 ]
}

# The installer over lists of the test's own; apt is never reached.
installer() {
    cp "$HF_TOP/tests/packages/install" "$tree/"
    printf '%s\n' "$1" >"$tree/some"
    run env "${@:2}" "$tree/install" some
}

@test "packages: nothing missing is silent" {
    installer $'# a comment\ndpkg   # it asks this one\n\nbash'
    [ "$status" = 0 ]
    [ -z "$output" ]
}

@test "packages: HOTFIX_INSTALL=no says what is missing, why, and the command, and stops" {
    installer $'dpkg   # here\nhotfix-no-such-package   # to be missing' HOTFIX_INSTALL=no
    [ "$status" = 1 ]
    [[ $output == *"hotfix-no-such-package   # to be missing"* ]]
    [[ $output == *"apt-get install -y --no-install-recommends --no-upgrade"*" hotfix-no-such-package"* ]]
    [[ $output != *"# here"* ]]
}

@test "packages: each list's lines are a name and a reason, and no list installs node over another" {
    for list in build check ci; do
        run grep -vE '^#|^[a-z0-9][a-z0-9+.-]+ +# .+' "$HF_TOP/tests/packages/$list"
        [ -z "$output" ]
        run grep -E '^(nodejs|npm)\b' "$HF_TOP/tests/packages/$list"
        [ -z "$output" ]
    done
}
