#!/usr/bin/env bats
# The builder `jspatch`: what the stock Loader checks, checked by other tools, through the address that an app has compiled in.
bats_require_minimum_version 1.5.0
load common
load builders
load verbs.bash

setup() {
    new_team --include 'JS/**'
    openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048 -out "$bare/hotfix/jspatch.pem" 2>/dev/null
    chmod 600 "$bare/hotfix/jspatch.pem"
    openssl pkey -in "$bare/hotfix/jspatch.pem" -pubout -out "$BATS_TEST_TMPDIR/pub.pem"
    ini build builder jspatch
    ini jspatch key "file:$bare/hotfix/jspatch.pem"
}
teardown() { edge_down; }

# Commits scripts: js NAME TEXT ...
js() {
    mkdir -p JS
    while [ $# -gt 0 ]; do
        mkdir -p "$(dirname "JS/$1")"
        echo "$2" >"JS/$1"
        shift 2
    done
    git add -A && git commit -qm scripts
}

# Fetches as NSURLSession would, into $1; waits for the edge to have seen the manifest: fetch FILE PATH
fetch() {
    local i
    for ((i = 0; i < 200; i++)); do
        curl -fsSL -m 20 -o "$1" "$edge/jspatch/$app/production/$2" 2>/dev/null && return 0
        sleep 0.05
    done
    curl -sSL -m 20 "$edge/jspatch/$app/production/$2"
    return 1
}
status_of() { curl --path-as-is -sS -m 20 -o /dev/null -w '%{http_code}' "$edge/jspatch/$app/production/$1"; }
newest_is() { # waits until the edge says {"v":N}
    local i
    for ((i = 0; i < 200; i++)); do
        [ "$(curl -sS -m 20 "$edge/jspatch/$app/production/1.0.0")" = "{\"v\":$1}" ] && return 0
        sleep 0.05
    done
    curl -sS -m 20 "$edge/jspatch/$app/production/1.0.0"
    return 1
}

# Every check that JPLoader.m makes, in its order; the scripts end in ./unpacked.
loader_takes() {
    rm -rf outer unpacked
    unzip -qq -d outer "$1"
    [ "$(cd outer && find . -type f | sort | tr '\n' ' ')" = "./key ./script.zip " ]
    [ "$(stat -c %s outer/key)" = 256 ]
    [ "$(openssl pkeyutl -verifyrecover -pubin -inkey "$BATS_TEST_TMPDIR/pub.pem" -in outer/key -pkeyopt rsa_padding_mode:pkcs1)" = \
        "$(md5sum <outer/script.zip | cut -d' ' -f1)" ]
    unzip -qqt outer/script.zip
    unzip -qq -d unpacked outer/script.zip
    # flat, only .js, and main.js is there
    [ -z "$(find unpacked -mindepth 1 ! -type f)" ]
    [ -z "$(find unpacked -type f ! -name '*.js')" ]
    [ -f unpacked/main.js ]
    run ! grep -q / <(unzip -Z1 outer/script.zip)
}

@test "the stock Loader takes the pack from its fixed address" {
    js main.js "include('cart.js')" lib/cart.js 'var cart = 2'
    push hotfix/1.0.0
    says "success: patch 1 for 1.0.0 (2 files, " "$told"
    [ "$(value 'm["releases"][0]["file"]["name"]')" = v1.zip ]
    edge_up
    newest_is 1
    fetch v1.zip 1.0.0/v1.zip
    cmp v1.zip "$(newest_object)"
    loader_takes v1.zip
    [ "$(cat unpacked/cart.js)" = 'var cart = 2' ]
    # The address leads to a short link, and nowhere else.
    run curl -sS -m 20 -o /dev/null -w '%{http_code} %{redirect_url}' "$edge/jspatch/$app/production/1.0.0/v1.zip"
    [[ $output == "302 $edge/api/patch/download/"* ]]
    for path in 1.0.0/v2.zip 1.0.0/v01.zip 1.0.0/v0.zip 1.0.0/v1.zip/ 1.0.0/x/v1.zip 1.0.1/v1.zip 1.0.1 ../production/1.0.0/v1.zip; do
        [ "$(status_of "$path")" = 404 ]
    done
    [ "$(curl -sS -m 20 -o /dev/null -w '%{http_code}' "$edge/jspatch/com.example.other/production/1.0.0")" = 404 ]
    [ "$(curl -sS -m 20 -o /dev/null -w '%{http_code}' -d x "$edge/jspatch/$app/production/1.0.0")" = 405 ]
}

@test "the same scripts give the same pack, whatever its number" {
    js main.js one
    push hotfix/1.0.0
    (umask 077 && TZ=Asia/Tokyo hotfix build -q --target 1.0.0 -o again.zip v1.0.0 "$(git rev-parse HEAD)")
    cmp again.zip "$(newest_object)"
    git commit -q --allow-empty -m nothing
    push hotfix/1.0.0
    says "nothing to publish for 1.0.0: the same bytes are live" "$told"
}

@test "scripts that did not change go along where the pack needs them: main.js, and what is included, from include to include" {
    js main.js "include('a.js')" a.js "include('lib.js')" sub/lib.js 'include("./last.js")' last.js 1 alone.js 1
    git tag -f v1.0.0 >/dev/null && git push -qf origin v1.0.0
    js last.js 2
    push hotfix/1.0.0
    says "unchanged, and taken along: JS/main.js" "$told"
    says "unchanged, and taken along: JS/a.js" "$told"
    says "unchanged, and taken along: JS/sub/lib.js" "$told"
    says "success: patch 1 for 1.0.0 (1 file, " "$told"
    cp "$(newest_object)" v1.zip
    loader_takes v1.zip
    [ "$(cd unpacked && echo *)" = "a.js last.js lib.js main.js" ]
    [ "$(cat unpacked/last.js unpacked/lib.js)" = $'2\ninclude("./last.js")' ]
    # The one beside main.js is meant, as JSPatch finds it in a checkout.
    js main.js "include('lib.js')" lib.js beside
    git tag v2.0.0 && git push -q origin v2.0.0
    js main.js "include('lib.js') // 2"
    push hotfix/2.0.0
    says "unchanged, and taken along: JS/lib.js" "$told"
    unzip -qo "$(newest_object)" script.zip
    [ "$(unzip -p script.zip lib.js)" = beside ]
}

@test "an include that a device would not find is refused by script and line; one that nobody can know is a warning" {
    js main.js 1 a/x.js 1 b/x.js 2 other.txt 3 y.js 4
    printf 'JS/y.js filter=lfs\n' >.gitattributes && git add -A && git commit -qm attributes
    git tag -f v1.0.0 >/dev/null && git push -qf origin v1.0.0
    while IFS='|' read -r script words; do
        js main.js "$(printf '%b' "$script")"
        push hotfix/1.0.0 || true
        says "$words" "$told"
        [ ! -e "$store/$app/production/manifest.json" ]
    done <<'CASES'
\ninclude("gone.js")|JS/main.js:2: include('gone.js'): no file of that name is in the commit
include("sub/a.js")|JS/main.js:1: include('sub/a.js'): JSPatch's Loader puts all scripts into one folder
include("other.txt")|include('other.txt'): it does not end in .js
include("x.js")|include('x.js'): it may be JS/a/x.js or JS/b/x.js
include("y.js")|'JS/y.js' cannot be in a patch: it has the attribute filter=lfs
include("")|that is not the name of a script
CASES
    js main.js '// include("gone.js")
        "include(\"gone.js\")"; include(name); include("a" + name)'
    push hotfix/1.0.0
    says "warning: JS/main.js:2: include() of something that is not a plain string" "$told"
    says "and 1 more calls of include() like that" "$told"
    says "success: patch 1" "$told"
}

@test "what the Loader would lose is refused" {
    js cart.js one
    push hotfix/1.0.0
    says "error: not released for 1.0.0: no main.js is among the changed files, nor in the commit" "$told"
    js main.js one a/x.js one b/x.js two
    push hotfix/1.0.0
    says "JS/a/x.js and JS/b/x.js would be one file" "$told"
    git rm -qr JS/b && js X.js two
    push hotfix/1.0.0
    says "JS/X.js and JS/a/x.js would be one file" "$told"
    git mv JS/X.js JS/b.js
    js logo.png one
    push hotfix/1.0.0
    says "JS/logo.png does not end in .js" "$told"
    git rm -q JS/logo.png && git commit -qm gone
    push hotfix/1.0.x
    says "the builder 'jspatch' makes a patch for one exact version" "$told"
    [ ! -e "$store/$app/production/manifest.json" ]
}

@test "back to the app as shipped is a pack with an empty main.js" {
    js main.js one
    push hotfix/1.0.0
    git revert --no-edit HEAD >/dev/null
    push hotfix/1.0.0
    says "success: patch 2 for 1.0.0: nothing differs from the release any more" "$told"
    [ "$(value 'm["releases"][0]["file"]["name"]')" = v2.zip ]
    loader_takes "$(newest_object)"
    [ ! -s unpacked/main.js ]
    [ "$(ls unpacked)" = main.js ]
    git commit -q --allow-empty -m nothing
    push hotfix/1.0.0
    says "nothing to publish for 1.0.0: the same bytes are live" "$told"
}

@test "nothing was ever released, and nothing differs: nothing to publish" {
    echo changed >README && git commit -qam readme
    push hotfix/1.0.0
    says "nothing to publish for 1.0.0: no file that include admits differs" "$told"
    [ ! -e "$store/$app/production/manifest.json" ]
}

@test "a rollback releases the older pack under a new number, the next one an empty pack" {
    js main.js one
    push hotfix/1.0.0
    js main.js two
    push hotfix/1.0.0
    edge_up
    newest_is 2
    hotfix rollback >out 2>err
    says "patch 3 is patch 1 once more" "$(cat err)"
    newest_is 3
    fetch v3.zip 1.0.0/v3.zip
    loader_takes v3.zip
    [ "$(cat unpacked/main.js)" = one ]
    [ "$(status_of 1.0.0/v2.zip)" = 404 ]
    [ "$(value '[(r["patch"], r["state"]) for r in m["releases"]]')" = "[(3, 'live'), (2, 'withdrawn'), (1, 'live')]" ]
    hotfix rollback 3 2>err
    says "patch 4 is an empty pack" "$(cat err)"
    newest_is 4
    fetch v4.zip 1.0.0/v4.zip
    loader_takes v4.zip
    [ ! -s unpacked/main.js ]
    # A second time there is nothing to do, and what nobody runs any more needs no pack.
    hotfix rollback 3 2>err
    hotfix rollback 1 2>err
    [ "$(value 'm["last"]')" = 4 ]
    hotfix verify
}

@test "a revoked pack is replaced, never by its own bytes" {
    js main.js one
    push hotfix/1.0.0
    hotfix revoke 1 2>err
    says "patch 2 is an empty pack" "$(cat err)"
    [ "$(value 'm["releases"][0]["file"]["name"]')" = v2.zip ]
    loader_takes "$(newest_object)"
    # git still has the scripts: pushed once more they are refused
    git commit -q --allow-empty -m again
    push hotfix/1.0.0 -o hotfix.force || true
    says "patch 1 for 1.0.0 was revoked, and its bytes may never be published again" "$told"
}

@test "what a rollback brought, or a clean canary beside it, does not let the bad scripts return" {
    js main.js one
    push hotfix/1.0.0
    js main.js two
    push hotfix/1.0.0
    hotfix rollback 2 --reason "white screen"
    [ "$(value 'm["releases"][0]["instead"], m["releases"][0]["file"]["sha256"] == m["releases"][2]["file"]["sha256"]')" = "(2, True)" ]
    js other.js three
    run ! push hotfix/1.0.0
    says "patch 2 for 1.0.0 was rolled back (white screen), and this release still holds it" "$(tr -s '\n ' ' ' <"$BATS_TEST_TMPDIR/push.out" | sed 's/remote: //g')"
    # A canary of another branch that never had the bad commit.
    git branch bad && git reset -q --hard v1.0.0
    js clean.js four main.js one
    push hotfix-canary/1.0.0 2>/dev/null
    hotfix publish -q --target 1.0.0 --rollout 100% --force "$(git rev-parse HEAD)"
    git reset -q --hard bad
    run ! push hotfix/1.0.0
    push hotfix/1.0.0 -o hotfix.over=2 -o hotfix.force
    [ "$(value 'm["releases"][0]["over"]')" = 2 ]
    hotfix rollback 4 2>/dev/null
    # And the release of a rollback does not count as one for everyone: the 5% stay 5%.
    js main.js five
    push hotfix/1.0.0 -o hotfix.rollout=5%
    js main.js six
    push hotfix/1.0.0 -o hotfix.rollout=6%
    hotfix rollback
    js main.js seven
    push hotfix/1.0.0 -o hotfix.over="$(git rev-parse HEAD~1)"
    [ "$(value 'm["releases"][0]["rollout"]')" = 500 ]
}

@test "a part of the devices: the Loader, which has no id, hears nothing of it" {
    js main.js one
    push hotfix/1.0.0
    edge_up
    newest_is 1
    js main.js two
    push hotfix/1.0.0 -o hotfix.rollout=50%
    edge_says '{"version":"1.0.0"}' 'a["serial"] == 2'
    newest_is 1
    [ "$(status_of 1.0.0/v2.zip)" = 404 ]
    hotfix rollout 2 100%
    newest_is 2
}

@test "keys: what everybody has, what is short, and what is no RSA key" {
    js main.js one
    openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:1024 -out "$bare/hotfix/jspatch.pem" 2>/dev/null
    push hotfix/1.0.0
    says "[jspatch] key: it has 1024 bits, and 2048 are the least; short_key = yes takes it" "$told"
    run -1 --separate-stderr hotfix check
    says "[jspatch] key: it has 1024 bits" "$output$stderr"
    openssl genpkey -algorithm ed25519 -out "$bare/hotfix/jspatch.pem"
    run -2 --separate-stderr hotfix build --target 1.0.0 v1.0.0 "$(git rev-parse HEAD)"
    says "[jspatch] key: it is not an RSA key" "$stderr"
    openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:1024 -out "$bare/hotfix/jspatch.pem" 2>/dev/null
    ini jspatch short_key yes
    hotfix retry
    [ "$(value 'm["last"]')" = 1 ]
    unzip -qq -d outer "$(newest_object)"
    [ "$(stat -c %s outer/key)" = 128 ]
}
