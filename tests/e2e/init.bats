#!/usr/bin/env bats
# hotfix init, keygen, build, publish, status as people type them.
bats_require_minimum_version 1.5.0
load common

@test "init twice keeps everything" {
    new_team
    before=$(cat "$bare/hotfix.ini" "$bare/hotfix/signing.pem" "$bare/hotfix/url.key" | sha256sum)
    run "$bin/hotfix" init --repo "$bare" --app other --include 'x/**'
    [ "$status" = 0 ]
    says "hotfix.ini (to change what it says, edit it)" "$output"
    [ "$(cat "$bare/hotfix.ini" "$bare/hotfix/signing.pem" "$bare/hotfix/url.key" | sha256sum)" = "$before" ]
}

@test "init prints the public key and what to do next" {
    new_team
    says "$(cat "$bare/hotfix/signing.pub.pem")" "$(cat ../init.out)"
    says "git push origin HEAD:hotfix/1.0.0" "$(cat ../init.out)"
    run --separate-stderr "$bin/hotfix" init --repo . --app x --include 'a/**'
    says "warning: this is a working copy" "$stderr"
    [ "$(git -C "$bare" config receive.advertisePushOptions)" = true ]
}

@test "init makes the public half of a key that is there, and that of no other" {
    new_team
    cp "$bare/hotfix/signing.pub.pem" kept
    rm "$bare/hotfix/signing.pub.pem"
    run "$bin/hotfix" init --repo "$bare"
    [ "$status" = 0 ]
    says "made      $bare/hotfix/signing.pub.pem" "$output"
    cmp kept "$bare/hotfix/signing.pub.pem"
}

@test "init after a hotfix.ini by hand: the branches that are there are seen, and later ones are not" {
    new_team
    git init -q --bare ../old.git
    fix two
    git push -q ../old.git v1.0.0 HEAD:refs/heads/hotfix/1.0.0
    sed "s|$bare|$BATS_TEST_TMPDIR/old.git|" "$bare/hotfix.ini" >../old.git/hotfix.ini
    run "$bin/hotfix" init --repo ../old.git
    says "seen      1 branch" "$output"
    run "$bin/hotfix" retry --repo ../old.git
    [ "$status" = 0 ]
    [ -z "$output" ]
    rm ../old.git/hooks/post-receive # a push that no hook sees
    fix three
    git push -q ../old.git HEAD:refs/heads/hotfix/1.0.0
    "$bin/hotfix" init --repo ../old.git
    run "$bin/hotfix" retry --repo ../old.git -q
    says "patch 1 for 1.0.0" "$output"
}

@test "init keeps a hook that is there, and both run" {
    cd "$BATS_TEST_TMPDIR"
    git init -q --bare shop.git
    printf '#!/bin/sh\ncat >>%s/theirs\n' "$PWD" >shop.git/hooks/post-receive
    printf '#!/bin/sh\ngrep -q forbidden && exit 1\nexit 0\n' >shop.git/hooks/pre-receive
    chmod +x shop.git/hooks/post-receive shop.git/hooks/pre-receive
    cp -r shop.git/hooks shop.git.keep
    bare=$PWD/shop.git store=$PWD/shop.git/hotfix/store
    "$bin/hotfix" init --repo "$bare" --app "$app" --include 'HotPath/**' >init.out
    says "chained" "$(cat init.out)"
    cmp shop.git/hooks/post-receive.local shop.git.keep/post-receive
    git init -q -b main shop && cd shop && git remote add origin "$bare"
    fix one && git tag v1.0.0 && git push -q origin main v1.0.0
    fix two
    push hotfix/1.0.0
    says "success: patch 1" "$pushed"
    says "refs/heads/hotfix/1.0.0" "$(cat ../theirs)"
    # Theirs may still refuse.
    run ! git push -q origin HEAD:refs/heads/forbidden
    # And a second init changes nothing more.
    run "$bin/hotfix" init --repo "$bare"
    [ "$status" = 0 ]
    [ ! -e "$bare/hooks/post-receive.local.local" ]
}

@test "init drops into a .d folder where there is one" {
    cd "$BATS_TEST_TMPDIR"
    git init -q --bare shop.git
    mkdir shop.git/hooks/post-receive.d
    printf '#!/bin/sh\nexit 0\n' >shop.git/hooks/post-receive
    chmod +x shop.git/hooks/post-receive
    "$bin/hotfix" init --repo shop.git --app "$app" --include 'HotPath/**' >init.out
    [ -L shop.git/hooks/post-receive.d/hotfix ]
    [ ! -e shop.git/hooks/post-receive.local ]
}

@test "init says what is missing, exit 2" {
    cd "$BATS_TEST_TMPDIR"
    git init -q --bare a.git
    run "$bin/hotfix" init --app x
    [ "$status" = 2 ]
    says "--repo" "$output"
    run "$bin/hotfix" init --repo a.git
    [ "$status" = 2 ]
    says "--app" "$output"
    run "$bin/hotfix" init --repo a.git --app x
    [ "$status" = 2 ]
    says "--include" "$output"
    run "$bin/hotfix" init --repo a.git --app '../x' --include 'a/**'
    [ "$status" = 2 ]
    run "$bin/hotfix" init --repo a.git --app x --include 'a/**' --store ftp://x
    [ "$status" = 2 ]
    run -2 "$bin/hotfix" init --repo nowhere.git --app x --include 'a/**'
    says "there is no git repository at 'nowhere.git'; make one: git init --bare nowhere.git" "$output"
    run -2 "$bin/hotfix" init --repo a.git --app x --include 'a/**' --store "$PWD/store"
    says "write file://$PWD/store" "$output"
    # What this version does not have is refused before anything is written, or no second init could mend it.
    run -2 "$bin/hotfix" init --repo a.git --app x --include 'a/**' --store s3://No_Bucket/x
    says "does not name a bucket" "$output"
    run -2 "$bin/hotfix" init --repo a.git --app x --include 'a/**' --store s3://bucket/x --endpoint ftp://x
    says "endpoint" "$output"
    run -2 "$bin/hotfix" init --repo a.git --app x --include 'a/**' --builder zip
    says "'zip' is not a builder: write archive, ocrunner, jspatch or command" "$output"
    run -2 "$bin/hotfix" init --repo a.git --app x --includes 'a/**'
    says "hotfix init: unrecognized option '--includes'" "$output"
    run -2 "$bin/hotfix" status --repo a.git
    says "a.git/hotfix.ini: \`hotfix init\` has not set this repository up" "$output"
    [ ! -e a.git/hotfix.ini ]
    [ ! -e a.git/hotfix ]
}

@test "keygen never writes over a key" {
    cd "$BATS_TEST_TMPDIR"
    run "$bin/hotfix" keygen key.pem
    [ "$status" = 0 ]
    [ "$(stat -c %a key.pem)" = 600 ]
    openssl pkey -in key.pem -pubout | cmp - key.pub.pem
    before=$(sha256sum key.pem)
    run "$bin/hotfix" keygen key.pem
    [ "$status" = 1 ]
    says "is there already" "$output"
    [ "$(sha256sum key.pem)" = "$before" ]
}

@test "publish from the command line, and a file built elsewhere" {
    new_team
    fix two
    git push -q origin HEAD:refs/heads/work
    run --separate-stderr "$bin/hotfix" publish --repo "$bare" --target 1.0.0 --rollout 5% "$(git rev-parse HEAD)"
    [ "$status" = 0 ]
    says "patch 1 for 1.0.0 at 5% (1 file, " "$output"
    [ "$(value 'm["releases"][0]["rollout"]')" = 500 ]
    echo "built elsewhere" >binarypatch
    run "$bin/hotfix" publish --repo "$bare" --target 1.0.1 --file binarypatch --commit "$(git rev-parse HEAD)" --json -q
    [ "$status" = 0 ]
    [ "$(python3 -c 'import json, sys; print(json.loads(sys.argv[1])["patch"])' "$output")" = 2 ]
    cmp binarypatch "$(newest_object)"
    [ "$(value 'm["releases"][0]["file"]["name"]')" = binarypatch ]
    run "$bin/hotfix" publish --repo "$bare" --target 1.0.0 --rollout 5 HEAD
    [ "$status" = 2 ]
    says "5%" "$output"
}

@test "publish reads the commit's trailers; a flag outdoes them" {
    new_team
    fix two
    git commit -q --amend -m "fix" -m "Hotfix-Rollout: 5%"
    git push -q origin HEAD:refs/heads/other
    "$bin/hotfix" publish --repo "$bare" -q --target 1.0.0 other
    [ "$(value 'm["releases"][0]["rollout"]')" = 500 ]
    git commit -q --amend -m "fix" -m "Hotfix-Rolout: 5%"
    git push -qf origin HEAD:refs/heads/other
    run "$bin/hotfix" publish --repo "$bare" -q --target 1.0.0 other
    [ "$status" = 1 ]
    says "trailer 'Hotfix-Rolout' of the commit is unknown" "$output"
    fix three
    git commit -q --amend -m "fix" -m "Hotfix-Rollout: 5%"
    git push -qf origin HEAD:refs/heads/other
    "$bin/hotfix" publish --repo "$bare" -q --target 1.0.0 --rollout 7% other
    [ "$(value 'm["releases"][0]["rollout"]')" = 700 ]
}

@test "a file that another channel of the app has revoked is not published" {
    new_team
    printf '[channel beta]\nrefs = refs/heads/beta/*\n' >>"$bare/hotfix.ini"
    echo patch >patch.zip
    "$bin/hotfix" publish --repo "$bare" -q --channel beta --target 1.0.0 --file patch.zip --commit v1.0.0
    "$bin/hotfix" revoke --repo "$bare" --channel beta 1
    run "$bin/hotfix" publish --repo "$bare" -q --channel production --target 1.0.0 --file patch.zip --commit v1.0.0
    [ "$status" = 1 ]
    says "revoked in the channel beta" "$output"
    [ ! -e "$store/$app/production/manifest.json" ]
}

@test "status shows what is released, also as JSON" {
    new_team
    run "$bin/hotfix" status --repo "$bare"
    [ "$status" = 0 ]
    says "nothing released yet" "$output"
    fix two
    push hotfix/1.0.0
    run "$bin/hotfix" status --repo "$bare"
    says "serial 1, expires" "$output"
    while IFS= read -r line; do [ "${#line}" -le 80 ]; done <<<"$output"
    run "$bin/hotfix" status --repo "$bare" --json
    [ "$(python3 -c 'import json, sys; print(json.loads(sys.argv[1])[0]["releases"][0]["patch"])' "$output")" = 1 ]
}

@test "a manifest in the store that was changed is not built upon" {
    new_team
    fix two
    push hotfix/1.0.0
    sed -i 's/"payload":"eyJ/"payload":"eyK/' "$store/$app/production/manifest.json"
    before=$(sha256sum "$store/$app/production/manifest.json")
    fix three
    push hotfix/1.0.0
    says "error: " "$pushed"
    says "cannot be trusted" "$told"
    [ "$(sha256sum "$store/$app/production/manifest.json")" = "$before" ]
}

@test "help and version of every program" {
    for p in hotfix hotfix-client hotfix-edge; do
        run "$bin/$p" --version
        [ "$status" = 0 ]
        run "$bin/$p" --help
        [ "$status" = 0 ]
    done
    for v in $("$bin/hotfix" --help | sed -nE "s/^  ([a-z]+) .*/\1/p"); do
        run "$bin/hotfix" $v --help
        [ "$status" = 0 ]
        while IFS= read -r line; do [ "${#line}" -le 80 ]; done <<<"$output"
    done
    run "$bin/hotfix" nonsense
    [ "$status" = 2 ]
}
