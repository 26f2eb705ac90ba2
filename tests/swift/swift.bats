#!/usr/bin/env bats
# The store on OpenStack Swift's s3api: what it supports, and what hotfix does where it does not: no preconditions (501), so one
# publisher at a time by a local lock, and a lost race is seen by reading back. Run by `make check-swift` and .ci/run.

load ../e2e/common
load ../e2e/radosgw
load swift

setup_file() { swift_up; }
teardown_file() { swift_down; }
teardown() { proxy_down; }

@test "pushes, the verbs, verify and check; check says that publishers are kept apart by a lock only" {
    new_shop
    for text in two three; do
        fix $text
        push hotfix/1.0.0
        says "success: patch" "$told"
    done
    "$bin/hotfix" rollback 2 --repo "$bare"
    run "$bin/hotfix" verify --repo "$bare"
    [ "$status" = 0 ] || { echo "$output"; false; }
    run "$bin/hotfix" check --repo "$bare"
    says "warning: the server has no preconditions (501): one publisher at a time" "$output"
    says "0 errors" "$output"
    mirror
    [ "$(value 'm["serial"], m["last"]')" = "(3, 2)" ]
}

@test "an object in parts comes back equal" {
    new_shop
    printf '[release]\nmax_size = 100M\n' >>"$ini"
    head -c 70M /dev/urandom >big.bin
    "$bin/hotfix" publish -c "$ini" --repo "$bare" --file big.bin --target 1.0.0 --commit v1.0.0
    s3 get "$(objects | sed "s|^|$bucket/|")" | cmp - big.bin
    run "$bin/hotfix" verify --repo "$bare"
    [ "$status" = 0 ] || { echo "$output"; false; }
}

@test "eight publishers of one hotfix.ini at once: its lock orders them" {
    new_shop
    publishers=()
    for i in 1 2 3 4 5 6 7 8; do
        echo "patch $i" >"$i.bin"
        { "$bin/hotfix" publish -c "$ini" --repo "$bare" --file "$i.bin" --target "1.0.$i" --commit v1.0.0 2>&1 3>&- & } >"$i.out"
        publishers+=($!)
    done
    wait "${publishers[@]}"
    cat ./*.out
    mirror
    [ "$(value 'm["serial"], m["last"], len(m["releases"])')" = "(8, 8, 8)" ]
}

@test "another machine comes between: the lost race is seen, and the release is built on top of the winner's" {
    new_shop
    fix two
    push hotfix/1.0.0
    # The other machine read serial 1, as we will, and its serial 2 comes behind ours.
    at=$bucket/pre/fix/$app/production
    s3 get "$at/manifest.json" >first.json
    echo other >other.bin
    mkdir -m 700 others
    "$bin/hotfix" publish -c "$ini" --repo "$bare" --memory others --file other.bin --target 2.0.0 --commit v1.0.0
    s3 get "$at/manifest.json" >others.json
    s3 put "$at/manifest.json" first.json
    s3 rm "$at/history/2.json"
    proxy_up
    sed -i "s|^endpoint = .*|endpoint = $PROXY_URL|" "$ini"
    # Asked for: before the work, before the edit, before the PUT; and the fourth time to see what became of it.
    faults '[{"match": "GET .*production/manifest.json", "skip": 3, "do": "run",
              "run": "python3 '"$s3py $RGW_URL put $at/manifest.json $PWD/others.json"'"}]'
    fix three
    push hotfix/1.0.0
    says "success: patch 3" "$told"
    grep -q 'PUT .*manifest.json 200' "$PROXY/log"
    mirror
    [ "$(value 'm["serial"], m["last"], [(r["patch"], r["target"]) for r in m["releases"]]')" = \
        "(3, 3, [(3, '1.0.0'), (2, '2.0.0'), (1, '1.0.0')])" ]
    run "$bin/hotfix" verify --repo "$bare"
    [ "$status" = 0 ] || { echo "$output"; false; }
}

@test "a wrong region has a sentence of its own" {
    new_shop
    sed -i '/^endpoint = /a region = eu-north-1' "$ini"
    run "$bin/hotfix" status --repo "$bare"
    [ "$status" != 0 ]
    says "the bucket is in the region 'us-east-1', not 'eu-north-1'; set [store] region" "$output"
}
