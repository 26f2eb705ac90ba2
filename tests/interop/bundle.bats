#!/usr/bin/env bats
# A React Native bundle by the builder `command`, made by npm's esbuild: the example of docs/builders.md. See tests/allowed-skips.
bats_require_minimum_version 1.5.0
load ../e2e/common.bash
load ../e2e/builders.bash

setup() {
    modules=$HF_TOP/build/interop/node_modules
    if ! node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null; then
        skip "no node 20"
    fi
    if [ ! -d "$modules/esbuild" ]; then
        [ -z "${CI:-}" ] || { echo "esbuild is not in $modules: make interop"; return 1; }
        skip "npm could not fetch esbuild"
    fi
    new_team --include 'src/** index.js'
    mkdir "$BATS_TEST_TMPDIR/tools"
    tool=$BATS_TEST_TMPDIR/tools/rn-bundle
    cat >"$tool" <<EOF
#!/bin/sh
exec $(command -v node) $modules/esbuild/bin/esbuild "\$1/index.js" --bundle --minify --platform=neutral --log-level=warning --outfile="\$2"
EOF
    chmod +x "$tool"
    ini build builder command
    ini build memory 65536
    ini build readable "$modules" # in its cage a tool reads what it is given, and this
    ini command argv "$tool {tree} {output}"
    ini command name main.jsbundle
    mkdir src
    echo "import { total } from './src/cart.js'; console.log('total', total([1, 2]));" >index.js
    echo 'export function total(a) { return a.length; }' >src/cart.js
    git add -A && git commit -qm app && git tag -f v1.0.0 >/dev/null && git push -qf origin main v1.0.0
}

@test "a pushed fix becomes the bundle that the same tool makes by hand" {
    echo 'export function total(a) { return a.reduce((x, y) => x + y, 0); }' >src/cart.js
    git commit -qam fix
    push hotfix/1.0.0
    echo "$told"
    says "success: patch 1 for 1.0.0 (1 file, " "$told"
    [ "$(value 'm["releases"][0]["file"]["name"]')" = main.jsbundle ]
    [ "$(node "$(newest_object)")" = "total 3" ]
    "$tool" "$PWD" "$BATS_TEST_TMPDIR/by-hand"
    cmp "$BATS_TEST_TMPDIR/by-hand" "$(newest_object)"
}

@test "what esbuild cannot read reaches the pusher with its place" {
    echo 'export function total(a { return 3; }' >src/cart.js
    git commit -qam broken
    push hotfix/1.0.0
    says "error: not released for 1.0.0: rn-bundle ended with status 1" "$told"
    says "src/cart.js:1:24" "$told"
    [ ! -e "$store/$app/production/manifest.json" ]
}
