#!/usr/bin/env bats
# hotfix check: each fault of a set-up gives its finding, with its mend.
bats_require_minimum_version 1.5.0
load common

# One that is whole: a team's repository, one release.
setup() {
    new_team
    cat "$bare/hotfix.ini" >hotfix.ini.good
}

check() { run "$bin/hotfix" check --repo "$bare" "$@"; }
ini() { sed -i "$1" "$bare/hotfix.ini"; }

# What makes modes count for root too, in $bound.
unprivileged() {
    bound=()
    [ "$(id -u)" != 0 ] || bound=(setpriv "--bounding-set=-dac_override,-dac_read_search")
}

# An error or a warning in these words, and behind them what to do.
finds() { # level what mend
    check
    [ "$status" = "$([ "$1" = error ] && echo 1 || echo 0)" ] || { echo "$output" && false; }
    grep "^$1: " <<<"$output" | grep -F -- "$2" | grep -qF -- "; $3" || {
        printf 'expected: %s: ...%s...; %s\ngot: %s\n' "$1" "$2" "$3" "$output" >&2
        return 1
    }
}

@test "a whole set-up: ok lines, no error, exit 0; what is left to do is said" {
    fix two
    push hotfix/1.0.0
    check
    [ "$status" = 0 ]
    says "0 errors, " "$output"
    for ok in "the hook pre-receive" "the hook post-receive" "push options" "[channel production]: branches and release tags" \
        "$app/production: serial 1, good until" "[sign] key: " "[trust] keys: 1" "[edge] secret" "may be written"; do
        says "ok: " "$(grep -F "$ok" <<<"$output")"
    done
    check --json
    [ "$(python3 -c 'import json, sys; a = json.loads(sys.argv[1]); print(a["errors"], all(f["mend"] for f in a["findings"] if f["level"] != "ok"))' "$output")" = "0 True" ]
    # Nothing was changed or left behind by looking.
    [ -z "$(find "$bare/hotfix" -name '.tmp-*')" ]
}

@test "hotfix.ini: missing, or wrong" {
    rm "$bare/hotfix.ini"
    finds error "hotfix.ini" "nothing else"
    echo nonsense >"$bare/hotfix.ini"
    finds error "hotfix.ini:1: " "nothing else"
    cd /
    run "$bin/hotfix" check
    [ "$status" = 2 ]
}

@test "the signing key: open to others or its group, of somebody else, gone, no key, not trusted" {
    key=$bare/hotfix/signing.pem
    chmod 644 "$key"
    finds error "the signing key $key is open to others (mode 0644)" "chmod 600"
    chmod 640 "$key"
    finds warning "the signing key $key is open to its group (mode 0640)" "chmod 600"
    chmod 600 "$key"
    "$bin/hotfix" keygen other.pem 2>/dev/null
    ini "s|^key = .*|key = file:$PWD/other.pem|"
    finds error "which is not among [trust] keys" "add its public half"
    echo nonsense >other.pem
    finds error "[sign] key" "nothing can be published"
    rm other.pem
    finds error "[sign] key: cannot open" "nothing can be published"
}

@test "the signing key of somebody else" {
    [ "$(id -u)" = 0 ] || return 0 # only root gives files away
    chown 1 "$bare/hotfix/signing.pem"
    finds warning "belongs to daemon, but root publishes" "chown it"
}

@test "a folder of keys that others may write" {
    chmod 775 "$bare/hotfix"
    finds error "$bare/hotfix may be written by others (mode 0775)" "chmod go-w"
}

@test "trusted keys: none, not set, a private one" {
    ini 's|^keys = .*|keys = file:/nonexistent/trusted.pem|'
    finds error "[trust] keys: cannot open" "put public Ed25519 keys there"
    ini "s|^keys = .*|keys = file:$bare/hotfix/signing.pem|"
    finds error "private key" "put public Ed25519 keys there"
    fix two
    cp hotfix.ini.good "$bare/hotfix.ini"
    push hotfix/1.0.0
    ini '/^\[trust\]/,/^keys/d'
    finds warning "[trust] keys is not set" "write keys = file:"
    says "ok: $app/production: serial 1" "$output" # by its own public half
}

@test "the key of links: too short, open to everybody, gone" {
    key=$bare/hotfix/url.key
    chmod 644 "$key"
    finds error "$key is open to everybody (mode 0644)" "chmod o="
    chmod 640 "$key"
    echo short >"$key"
    finds error "[edge] secret" "make one with openssl rand -hex 32"
    rm "$key"
    finds warning "[edge] secret: cannot open" "an edge on this store needs it"
}

@test "hooks: missing, another's, not executable, leading to a program that is gone" {
    hook=$bare/hooks/post-receive
    program=$(readlink "$hook")
    rm "$hook"
    finds error "there is no hook $hook" "run 'hotfix init"
    printf '#!/bin/sh\ntrue\n' >"$hook"
    chmod +x "$hook"
    finds error "the hook $hook does not run" "run 'hotfix init"
    ln -sf /bin/true "$hook"
    finds error "the hook $hook does not run" "run 'hotfix init"
    rm "$hook"
    cp "$program" "$hook" # a copy is as good as a link
    check
    says "ok: the hook post-receive" "$output"
    chmod -x "$hook"
    finds error "the hook $hook is not executable" "chmod +x it"
    ln -sf "$PWD/gone/post-receive" "$hook"
    finds error "the hook $hook leads to $PWD/gone/post-receive, which is gone" "remove it"
    rm "$bare/hooks/pre-receive"
    check
    says "there is no hook $bare/hooks/pre-receive" "$output"
}

@test "a chained hook: its program gone, and good again" {
    hook=$bare/hooks/post-receive
    rm "$hook"
    printf '#!/bin/sh\ntrue\n' >"$hook"
    chmod +x "$hook"
    "$bin/hotfix" init --repo "$bare" >/dev/null
    check
    says "ok: the hook post-receive" "$output"
    sed -i "s|exec '.*/post-receive'|exec '/nonexistent/post-receive'|" "$hook"
    finds error "the hook $hook leads to /nonexistent/post-receive, which is gone" "remove it"
}

@test "a hook in a .d folder" {
    mkdir "$bare/hooks/post-receive.d"
    mv "$bare/hooks/post-receive" "$bare/hooks/post-receive.d/hotfix"
    check
    says "ok: the hook post-receive" "$output"
    ln -sf /nonexistent/post-receive "$bare/hooks/post-receive.d/hotfix"
    finds error "the hook $bare/hooks/post-receive.d/hotfix leads to /nonexistent/post-receive" "remove it"
}

@test "a hook that this user may not read" {
    unprivileged
    rm "$bare/hooks/post-receive"
    echo >"$bare/hooks/post-receive"
    chmod 0 "$bare/hooks/post-receive"
    run "${bound[@]}" "$bin/hotfix" check --repo "$bare"
    [ "$status" = 1 ]
    says "error: " "$(grep "post-receive.*; see that this user may read it" <<<"$output")"
}

@test "core.hooksPath is where git looks, and so do we" {
    mkdir empty
    git -C "$bare" config core.hooksPath "$PWD/empty"
    finds error "there is no hook $PWD/empty/post-receive" "run 'hotfix init"
}

@test "push options are off" {
    git -C "$bare" config --unset receive.advertisePushOptions
    finds warning "push options are off" "git config receive.advertisePushOptions true"
    git -C "$bare" config receive.advertisePushOptions false
    finds warning "push options are off" "git config receive.advertisePushOptions true"
}

@test "refs, base and include that match nothing" {
    finds warning "[channel production]: no branch matches refs = refs/heads/hotfix/* yet" "push a fix"
    ini 's|^base = .*|base = refs/tags/release-*|'
    finds warning "[channel production]: no tag matches base = refs/tags/release-*" "tag each released"
    ini 's|^base = .*|base = refs/tags/v*|'
    ini 's|^include = .*|include = Nowhere/**|'
    finds warning "[channel production]: include = Nowhere/** admits no file of refs/tags/v1.0.0" "mend include"
    git -C "$bare" symbolic-ref HEAD refs/heads/main
    finds warning "[channel production]: include = Nowhere/** admits no file of HEAD" "mend include"
    ini 's|^include = .*|include = HotPath/**|'
    check
    [[ $output != *"admits no file"* ]]
    ini 's|^include = .*|include = HotPath/[|'
    finds error "[channel production]: " "mend it in hotfix.ini"
}

@test "the programs of builders: missing, or not executable" {
    ini 's|^builder = .*|builder = ocrunner|'
    ini '$a [ocrunner]\ngenerator = /nonexistent/PatchGenerator'
    finds error "[ocrunner] generator: /nonexistent/PatchGenerator" "install it"
    cp hotfix.ini.good "$bare/hotfix.ini"
    ini 's|^builder = .*|builder = command|'
    touch make-patch
    ini "\$a [command]\nargv = $PWD/make-patch --out {output} {files}"
    finds error "[command] argv: $PWD/make-patch cannot be run" "chmod +x it"
    chmod +x make-patch
    check
    says "ok: [command] argv: $PWD/make-patch" "$output"
    cp hotfix.ini.good "$bare/hotfix.ini"
    ini 's|^builder = .*|builder = jspatch|'
    ini '$a [jspatch]\nkey = file:/nonexistent/jspatch.pem'
    finds error "[jspatch] key: cannot open" "put the RSA key"
}

@test "the store: gone, not writable, readable by everybody" {
    ini 's|^url = .*|url = file:///nonexistent/store|'
    finds error "/nonexistent/store" "make the folder"
    [ ! -e /nonexistent ]
    cp hotfix.ini.good "$bare/hotfix.ini"
    chmod o+rx "$store"
    finds warning "the store file://$store may be read by everybody" "chmod o="
}

@test "a store, or a channel's folder, that this user may not write" {
    fix two
    push hotfix/1.0.0
    unprivileged
    chmod 550 "$store/$app/production"
    run "${bound[@]}" "$bin/hotfix" check --repo "$bare"
    [ "$status" = 1 ]
    says "error: $app/production: cannot write" "$output"
    says "ok: the store" "$output"
    chmod 550 "$store"
    run "${bound[@]}" "$bin/hotfix" check --repo "$bare"
    says "error: the store file://$store: cannot write" "$output"
    chmod -R u+w "$store"
}

@test "the manifest: expired, near it, from the future, not to be trusted" {
    mkdir -p "$store/$app/production"
    sign() {
        "$HF_TEST_BIN/e2e/mkmanifest" --key "$bare/hotfix/signing.pem" --app "$app" "$@" 'patch=1;target=1.0.0;file=none' \
            >"$store/$app/production/manifest.json" 2>/dev/null
    }
    sign --published -1000 --expires +240
    finds warning "the manifest of $app/production expires at" "run 'hotfix refresh'"
    sign --published -1000 --expires +350
    check
    says "ok: $app/production: serial 1, good until" "$output"
    sign --published -1000 --expires -1
    finds error "the manifest of $app/production expired at" "run 'hotfix refresh'"
    sign --published +900 --expires +1000
    finds error "which is in the future" "see that the clock of this machine is right"
    echo '{' >"$store/$app/production/manifest.json"
    finds error "$app/production: " "'hotfix verify' says more"
}

@test "a bucket that does not answer is said once, with what to look at" {
    ini 's|^url = file:.*|url = s3://my-bucket/hotfix\nendpoint = http://127.0.0.1:9|'
    export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=not-to-be-seen
    finds error "the store s3://my-bucket/hotfix: s3://my-bucket/hotfix/.hotfix-probe: no answer" "look at the network"
    [ "$(grep -c 'no answer' <<<"$output")" = 1 ]
    [[ $output != *not-to-be-seen* ]]
}

@test "an edge of another user cannot come to the store" {
    chmod 700 "$bare/hotfix"
    finds warning "an edge that runs as another user cannot read" "let its group in (chmod g+rX)"
}

@test "without a repository: what concerns the store and the keys is looked at" {
    cd /
    run "$bin/hotfix" check -c "$bare/hotfix.ini"
    [ "$status" = 0 ]
    says "ok: the store" "$output"
    [[ $output != *hook* ]]
    # Where nothing is published, as on an edge's machine, no signing key is needed.
    sed -e '/^refs/d' -e 's|^key = .*|key = file:/nonexistent/signing.pem|' "$bare/hotfix.ini" >"$BATS_TEST_TMPDIR/edge.ini"
    run "$bin/hotfix" check -c "$BATS_TEST_TMPDIR/edge.ini"
    [ "$status" = 0 ]
    says "warning: [sign] key: cannot open" "$output"
}
