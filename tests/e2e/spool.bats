#!/usr/bin/env bats
# Jobs on disk: nothing that was pushed is lost, and nothing is published twice.
bats_require_minimum_version 1.5.0
load common

setup() { new_team; }

# A store that cannot be written: its folder is a file.
break_store() { mv "$store" "$store.away" && : >"$store"; }
mend_store() { rm "$store" && mv "$store.away" "$store"; }
waiting() { find "$bare/hotfix/spool" -maxdepth 1 -name '*.json' | wc -l; }
failed() { find "$bare/hotfix/spool/failed" -name '*.json' | wc -l; }

# The file whose lock holds a ref's workers back.
lock_of() { echo "$bare/hotfix/spool/lock-$(printf %s "$1" | sha256sum | cut -c1-16)"; }

wait_for() { # seconds, command
    local i
    for ((i = 0; i < $1 * 20; i++)); do
        "${@:2}" && return 0
        sleep 0.05
    done
    return 1
}

@test "a store that is away: one clear line, the job stays, retry publishes once" {
    fix two
    break_store
    push hotfix/1.0.0
    says "error: not released yet for 1.0.0" "$told"
    says "hotfix retry" "$told"
    [ "$(grep -c '^error: ' <<<"$told")" = 1 ]
    [ "$(waiting)" = 1 ]
    run "$bin/hotfix" retry --repo "$bare"
    [ "$status" = 1 ]
    mend_store
    run "$bin/hotfix" check --repo "$bare"
    says "warning: 1 release waits; the oldest, " "$output"
    run "$bin/hotfix" retry --repo "$bare" -q
    [ "$status" = 0 ]
    says "patch 1 for 1.0.0" "$output"
    [ "$(waiting)" = 0 ]
    run "$bin/hotfix" check --repo "$bare"
    ! grep -q 'release waits' <<<"$output" || false
    run "$bin/hotfix" retry --repo "$bare"
    [ "$status" = 0 ]
    [ -z "$output" ]
    [ "$(value 'm["serial"]')" = 1 ]
    run "$bin/hotfix" log --repo "$bare"
    says "waits" "$output"
    says "published   patch 1" "$output"
}

announced() { find "$bare/hotfix/announced" -name '*.json' | wc -l; }

@test "a hook that dies before its job is on disk: retry releases with the push's own options" {
    fix two
    mv "$bare/hooks/post-receive" "$BATS_TEST_TMPDIR/hook"
    printf '#!/bin/sh\nkill -9 $$\n' >"$bare/hooks/post-receive" && chmod +x "$bare/hooks/post-receive"
    push hotfix/1.0.0 -o hotfix.rollout=7% -o hotfix.notes='one in fourteen'
    [ "$(announced)" = 1 ]
    [ "$(waiting)" = 0 ]
    run "$bin/hotfix" retry --repo "$bare" -q
    [ "$status" = 0 ]
    says "patch 1 for 1.0.0" "$output"
    [ "$(value 'm["releases"][0]["rollout"]')" = 700 ]
    [ "$(value 'm["releases"][0]["notes"]')" = 'one in fourteen' ]
    [ "$(announced)" = 0 ]
    # The hook that lives takes the announcement away itself.
    mv "$BATS_TEST_TMPDIR/hook" "$bare/hooks/post-receive"
    fix three
    push hotfix/1.0.0 -o hotfix.rollout=8%
    [ "$(value 'm["releases"][0]["rollout"]')" = 800 ]
    [ "$(announced)" = 0 ]
}

@test "an announcement that is damaged, of a push that never came, or too old" {
    fix two
    printf '#!/bin/sh\nexit 1\n' >"$bare/hooks/update" && chmod +x "$bare/hooks/update"
    run push hotfix/1.0.0 -o hotfix.rollout=7%
    [ "$(announced)" = 1 ]
    run "$bin/hotfix" retry --repo "$bare" -q # the ref did not move: nothing to find
    [ "$status" = 0 ]
    [ -z "$output" ]
    rm "$bare/hooks/update"
    mv "$bare/hooks/post-receive" "$BATS_TEST_TMPDIR/hook"
    push hotfix/1.0.0
    echo '{' >"$(find "$bare/hotfix/announced" -name '*.json')"
    run "$bin/hotfix" retry --repo "$bare" -q # without what was asked for: no release
    [ ! -e "$store/$app/production/manifest.json" ]
    run "$bin/hotfix" retry --repo "$bare"
    says "what its push asked for cannot be read; push another commit" "$output"
    mv "$BATS_TEST_TMPDIR/hook" "$bare/hooks/post-receive"
    fix three
    push hotfix/1.0.0
    [ "$(value 'm["releases"][0]["rollout"]')" = 10000 ]
    touch -d '31 days ago' "$bare"/hotfix/announced/*.json
    run "$bin/hotfix" retry --repo "$bare" -q
    [ "$(announced)" = 0 ]
}

@test "the next push publishes what waits" {
    fix two
    break_store
    push hotfix/1.0.0 -o hotfix.rollout=7%
    mend_store
    echo x >>README && git commit -qam readme
    push main
    says "what waited from before is released too: patch 1 for 1.0.0" "$told"
    [ "$(value 'm["releases"][0]["rollout"]')" = 700 ]
    [ "$(waiting)" = 0 ]
}

@test "a hook that never ran: retry finds the tip" {
    fix two
    mv "$bare/hooks/post-receive" "$bare/hooks/away"
    push hotfix/1.0.0
    [ ! -e "$store/$app" ]
    mv "$bare/hooks/away" "$bare/hooks/post-receive"
    run "$bin/hotfix" retry --repo "$bare"
    [ "$status" = 0 ]
    says "patch 1 for 1.0.0" "$output"
    [ "$(value 'm["releases"][0]["source"]["commit"]')" = "$(git rev-parse HEAD)" ]
}

@test "tips that init found are not released by retry; a push to them is" {
    git init -q --bare ../old.git
    fix two
    git push -q ../old.git v1.0.0 HEAD:refs/heads/hotfix/1.0.0
    run "$bin/hotfix" init --repo ../old.git --app "$app" --include 'HotPath/**'
    says "seen      1 branch" "$output"
    run "$bin/hotfix" retry --repo ../old.git
    [ "$status" = 0 ]
    [ -z "$output" ]
    fix three
    run git push ../old.git HEAD:refs/heads/hotfix/1.0.0
    says "success: patch 1 for 1.0.0" "$output"
}

@test "a job whose ref has moved on is closed; the later tip is released" {
    fix two
    break_store
    push hotfix/1.0.0
    fix three
    push hotfix/1.0.0
    [ "$(waiting)" -ge 1 ]
    mend_store
    run "$bin/hotfix" retry --repo "$bare"
    [ "$status" = 0 ]
    [ "$(value '[r["source"]["commit"] for r in m["releases"]]')" = "['$(git rev-parse HEAD)']" ]
    [ "$(waiting)" = 0 ]
    run "$bin/hotfix" log --repo "$bare"
    says superseded "$output"
}

@test "a failure for good goes to failed/, is not found again, and can be tried once more by name" {
    not_strict
    fix two
    push hotfix/7.0.0 -o hotfix.base=nowhere
    says "error: not released for 7.0.0" "$told"
    [ "$(failed)" = 1 ]
    [ "$(waiting)" = 0 ]
    run "$bin/hotfix" retry --repo "$bare"
    [ -z "$output" ]
    job=$("$bin/hotfix" log --repo "$bare" | sed -n 's/^failed: job \([0-9a-f]*\),.*/\1/p')
    git --git-dir "$bare" tag nowhere v1.0.0 # by hand: a push of it would retry the job by itself
    run "$bin/hotfix" retry --repo "$bare" "$job"
    [ "$status" = 0 ]
    says "patch 1 for 7.0.0" "$output"
    [ "$(failed)" = 0 ]
}

@test "trailers of the tip set what no option says; a misspelt one is refused before the ref moves" {
    echo two >HotPath/a.txt
    git commit -qam "fix

Hotfix-Rollout: 25%
Hotfix-Priority: mandatory
Signed-off-by: Ada <ada@example.com>"
    push hotfix/1.0.0 -o hotfix.priority=idle
    says "success: patch 1 for 1.0.0 at 25%" "$told"
    [ "$(value 'm["releases"][0]["rollout"]')" = 2500 ]
    [ "$(value 'm["releases"][0]["priority"]')" = idle ]
    for trailer in "Hotfix-Rolout: 5%" "Hotfix-Rollout: 5" "Hotfix-Target: 2.0.0" $'Hotfix-Rollout: 5%\nHotfix-Rollout: 6%'; do
        git commit -q --allow-empty -m "fix

$trailer"
        run ! push hotfix/1.0.0
        says "trailer" "$(git push origin HEAD:refs/heads/hotfix/1.0.0 2>&1 || true)"
    done
    # The same commit is welcome where nothing is released from.
    push main
    sed -i 's/^\[build\]/[release]\ntrailers = no\n\n[build]/' "$bare/hotfix.ini"
    fix three
    git commit -q --allow-empty -m "fix

Hotfix-Rollout: 5%"
    "$bin/hotfix" rollout --repo "$bare" 1 100%
    push hotfix/1.0.0
    [ "$(value 'm["releases"][0]["rollout"]')" = 10000 ]
}

@test "one target for several branches at once is refused" {
    fix two
    run git push origin -o hotfix.target=1.0.0 HEAD:refs/heads/hotfix/1.0.0 HEAD:refs/heads/hotfix/1.0.1
    [ "$status" -ne 0 ]
    says "holds for the whole push" "$(tr -d '\n' <<<"$output")"
    run ! git ls-remote --exit-code origin 'refs/heads/hotfix/*'
}

@test "several branches in one push are several releases; one that fails does not stop the others" {
    not_strict
    fix two
    git tag v1.1.0 v1.0.0 && git push -q origin v1.1.0
    run git push origin HEAD:refs/heads/hotfix/1.0.0 HEAD:refs/heads/hotfix/9.9.9 HEAD:refs/heads/hotfix/1.1.0
    [ "$status" = 0 ]
    says "patch 1 for 1.0.0" "$output"
    says "not released for 9.9.9" "$output"
    says "patch 2 for 1.1.0" "$output"
    [ "$(value 'm["serial"]')" = 2 ]
}

@test "one ref in two channels gives a release in each" {
    cat >>"$bare/hotfix.ini" <<'EOF'

[channel beta]
refs = refs/heads/hotfix/*
rollout = 50%
EOF
    fix two
    push hotfix/1.0.0
    says "patch 1 for 1.0.0 on production" "$told"
    says "patch 1 for 1.0.0 on beta at 50%" "$told"
    [ "$(value 'm["releases"][0]["rollout"]' beta)" = 5000 ]
    [ "$(value 'm["releases"][0]["rollout"]')" = 10000 ]
}

@test "eight pushes at once to eight targets: eight releases, eight serials, no number twice" {
    fix two
    for i in 1 2 3 4 5 6 7 8; do
        git tag "v1.0.$i" v1.0.0
    done
    git push -q origin --tags
    pids=()
    for i in 1 2 3 4 5 6 7 8; do
        { git push -q origin "HEAD:refs/heads/hotfix/1.0.$i" 2>&1 & } >"../out.$i"
        pids+=($!)
    done
    for p in "${pids[@]}"; do wait "$p"; done
    [ "$(value 'm["serial"]')" = 8 ]
    [ "$(value 'sorted(r["patch"] for r in m["releases"])')" = "[1, 2, 3, 4, 5, 6, 7, 8]" ]
    [ "$(value 'sorted(r["target"] for r in m["releases"])')" = "['1.0.1', '1.0.2', '1.0.3', '1.0.4', '1.0.5', '1.0.6', '1.0.7', '1.0.8']" ]
    [ "$(find "$store/$app/production/history" -name '*.json' | wc -l)" = 8 ]
    grep -hc success ../out.* | sort -u | grep -qx 1
}

@test "two pushes at once to one ref: the later tip is in force at the end" {
    fix two
    exec 8>"$(lock_of refs/heads/hotfix/1.0.0)"
    flock 8
    { git push origin HEAD:refs/heads/hotfix/1.0.0 2>&1 & } >../first
    first=$!
    wait_for 10 eval '[ "$(waiting)" = 1 ]'
    fix three
    { git push origin HEAD:refs/heads/hotfix/1.0.0 2>&1 & } >../second
    second=$!
    wait_for 10 eval '[ "$(waiting)" = 2 ]'
    flock -u 8
    wait $first
    wait $second
    [ "$(value 'm["releases"][0]["source"]["commit"]')" = "$(git rev-parse HEAD)" ]
    [ "$(value 'm["serial"]')" = 1 ]
    [ "$(waiting)" = 0 ]
    says "not the tip of its branch" "$(sed ':a;N;$!ba;s/ *\nremote:  */ /g' ../first)"
    says "success: " "$(cat ../second)"
}

@test "a push is let go after the time limit, and the work goes on" {
    sed -i 's/^\[build\]/[build]\ntimeout = 1/' "$bare/hotfix.ini"
    fix two
    exec 8>"$(lock_of refs/heads/hotfix/1.0.0)"
    flock 8
    start=$SECONDS
    push hotfix/1.0.0 8>&-
    [ $((SECONDS - start)) -lt 30 ]
    says "still at work" "$told"
    says "hotfix log" "$told"
    flock -u 8
    wait_for 20 test -e "$store/$app/production/manifest.json"
    wait_for 20 eval '[ "$(waiting)" = 0 ]'
}

@test "a pusher who is gone does not stop the work" {
    fix two
    exec 8>"$(lock_of refs/heads/hotfix/1.0.0)"
    flock 8
    git push origin HEAD:refs/heads/hotfix/1.0.0 8>&- >/dev/null 2>&1 &
    pusher=$!
    wait_for 10 eval '[ "$(waiting)" = 1 ]'
    kill -9 $pusher
    wait $pusher || true
    flock -u 8
    wait_for 20 test -e "$store/$app/production/manifest.json"
    wait_for 20 eval '[ "$(waiting)" = 0 ]'
}

@test "a job file that was tampered with is left alone, and said so" {
    fix two
    break_store
    push hotfix/1.0.0
    mend_store
    job=$(find "$bare/hotfix/spool" -maxdepth 1 -name '*.json')
    sed -i 's/"rollout":"[^"]*"/"rollout":"5"/; s/"target":"1.0.0"/"target":"latest"/' "$job"
    git push -q origin :refs/heads/hotfix/1.0.0 2>/dev/null
    run "$bin/hotfix" retry --repo "$bare"
    says "cannot be read" "$output"
    [ ! -e "$store/$app/production/manifest.json" ]
}

@test "a signing key that nobody trusts signs nothing, however many jobs there are" {
    git tag v1.1.0 && git push -q origin v1.1.0
    "$bin/hotfix" keygen "$bare/hotfix/other.pem" 2>/dev/null
    sed -i 's|signing\.pem|other.pem|' "$bare/hotfix.ini"
    fix two
    git push origin HEAD:refs/heads/hotfix/1.0.0 HEAD:refs/heads/hotfix/1.1.0 >push.out 2>&1
    [ "$(waiting)" = 2 ]
    [ ! -e "$store/$app/production/manifest.json" ]
}

@test "a manifest that is damaged in the store: the job waits until it is mended" {
    fix two
    push hotfix/1.0.0
    cp "$store/$app/production/manifest.json" good
    echo broken >"$store/$app/production/manifest.json"
    fix three
    push hotfix/1.0.0
    says "error: not released yet for 1.0.0" "$told"
    [ "$(waiting) $(failed)" = "1 0" ]
    cp good "$store/$app/production/manifest.json"
    run "$bin/hotfix" retry --repo "$bare" -q
    [ "$status" = 0 ]
    [ "$(value 'm["last"]')" = 2 ]
}

@test "a job whose release is out is done, whatever rule would speak against it by now" {
    fix two
    break_store
    push hotfix/1.0.0
    cp "$bare"/hotfix/spool/*.json "$BATS_TEST_TMPDIR"
    mend_store
    "$bin/hotfix" retry --repo "$bare" -q
    fix three
    push hotfix/1.0.x -o hotfix.base=v1.0.0
    cp "$BATS_TEST_TMPDIR"/*.json "$bare/hotfix/spool" # as a publisher leaves it that dies behind the commit point
    run "$bin/hotfix" retry --repo "$bare" -q
    [ "$status" = 0 ]
    [ "$(waiting) $(failed)" = "0 0" ]
    [ "$(value 'm["last"]')" = 2 ]
}

@test "a worker that is killed: the pusher hears it, and retry publishes" {
    fix two
    ln -sf "$HF_TEST_BIN/e2e/post-receive" "$bare/hooks/post-receive" # the one that has steps
    HOTFIX_TEST_KILL_AT=20 push hotfix/1.0.0 # past the spool's own steps, before the manifest is in force
    says "error: not known to be released: the process that worked on it was killed" "$told"
    says "hotfix retry" "$told"
    [ "$(waiting)" = 1 ]
    run "$bin/hotfix" retry --repo "$bare" -q
    [ "$status" = 0 ]
    [ "$(value 'm["last"]')" = 1 ]
}

@test "a manifest that is gone while its history is there: nothing begins at 1 again" {
    fix two
    push hotfix/1.0.0
    fix three
    push hotfix/1.0.0
    mv "$store/$app/production/manifest.json" good
    fix four
    push hotfix/1.0.0
    says "error: not released yet for 1.0.0: file://" "$told"
    says "has no manifest, but serial 2 of" "$told"
    rm -r "$bare/hotfix/signed" # nor on a machine that has not signed here before
    rm "$store/$app/production/history/1.json" # serial 1 may be one that was used up by a publisher that was killed
    run ! "$bin/hotfix" retry --repo "$bare"
    says "the manifest of $app/production is gone" "$output"
    says "copy history/2.json to manifest.json" "$output"
    [ "$(waiting)" = 1 ]
    mv good "$store/$app/production/manifest.json"
    run "$bin/hotfix" retry --repo "$bare" -q
    [ "$status" = 0 ]
    [ "$(value '(m["serial"], m["last"])')" = "(3, 3)" ]
}

@test "what a killed publisher left behind goes after a day" {
    mkdir -p "$bare/hotfix/hotfix-older1/files/HotPath" "$bare/hotfix/hotfix-newer1/files"
    echo x >"$bare/hotfix/hotfix-older1/files/HotPath/a.txt"
    touch "$bare"/hotfix/spool/{,failed/}.tmp-{older,newer}
    mkdir "$BATS_TEST_TMPDIR/outside"
    ln -s "$BATS_TEST_TMPDIR/outside" "$bare/hotfix/hotfix-link01"
    touch -h -d '25 hours ago' "$bare"/hotfix/spool/{,failed/}.tmp-older "$bare/hotfix/hotfix-older1" "$bare/hotfix/hotfix-link01"
    touch -d '23 hours ago' "$bare"/hotfix/spool/{,failed/}.tmp-newer "$bare/hotfix/hotfix-newer1"
    run "$bin/hotfix" retry --repo "$bare"
    [ "$status" = 0 ]
    [ ! -e "$bare/hotfix/hotfix-older1" ]
    [ ! -e "$bare/hotfix/spool/.tmp-older" ]
    [ ! -e "$bare/hotfix/spool/failed/.tmp-older" ]
    [ -d "$bare/hotfix/hotfix-newer1/files" ]
    [ -e "$bare/hotfix/spool/.tmp-newer" ]
    [ -e "$bare/hotfix/spool/failed/.tmp-newer" ]
    [ -d "$BATS_TEST_TMPDIR/outside" ]
    [ -L "$bare/hotfix/hotfix-link01" ]
}
