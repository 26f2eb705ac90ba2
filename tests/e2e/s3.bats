#!/usr/bin/env bats
# A bucket of a real S3 server (Ceph's radosgw) as the store: pushes, what lies in it, the verbs, preconditions, rights.

load common
load radosgw

setup() { as_owner; }
teardown() { proxy_down; }

@test "three pushes to a bucket: three releases, their objects and the whole history" {
    new_shop
    for text in two three four; do
        fix $text
        push hotfix/1.0.0
        says "success: patch" "$told"
    done
    mirror
    [ "$(value 'm["serial"], m["last"], [r["patch"] for r in m["releases"]]')" = "(3, 3, [3, 2, 1])" ]
    [ "$(objects | wc -l)" = 3 ]
    s3 get "$bucket/pre/fix/$app/$(value 'm["releases"][0]["file"]["key"]')" >patch.zip
    [ "$(sha256sum <patch.zip | cut -d' ' -f1)" = "$(value 'm["releases"][0]["file"]["sha256"]')" ]
    for n in 1 2 3; do s3 get "$bucket/pre/fix/$app/production/history/$n.json" >$n.json; done
    cmp 3.json "$store/$app/production/manifest.json"
    run "$bin/hotfix" verify --repo "$bare"
    says "0 errors" "$output"
    [ "$status" = 0 ]
}

@test "each object says what it is, and how long it may be kept" {
    new_shop
    fix two
    push hotfix/1.0.0
    head=$(s3 head "$(objects | sed "s|^|$bucket/|")")
    says "cache-control: max-age=31536000, immutable" "$head"
    says "content-type: application/octet-stream" "$head"
    head=$(s3 head "$bucket/pre/fix/$app/production/history/1.json")
    says "cache-control: max-age=31536000, immutable" "$head"
    head=$(s3 head "$bucket/pre/fix/$app/production/manifest.json")
    says "cache-control: max-age=10" "$head"
    says "content-type: application/json" "$head"
}

@test "each put names the type of its object, in one piece and in parts" {
    new_shop
    echo '<p>hotfix' >page
    head -c 65M /dev/zero >big
    type='text/html; charset=utf-8'
    for verb in put new replace; do
        "${HF_TEST_BIN:?}/e2e/store" "$ini" $verb "$app/board/$verb.json" page "$type"
        says "content-type: $type" "$(s3 head "$bucket/pre/fix/$app/board/$verb.json")"
        s3 get "$bucket/pre/fix/$app/board/$verb.json" | cmp - page
    done
    "$HF_TEST_BIN/e2e/store" "$ini" put "$app/board/big" big image/svg+xml
    says "content-type: image/svg+xml" "$(s3 head "$bucket/pre/fix/$app/board/big")"
    # Where the server has no preconditions, it is put by another way.
    proxy_up
    sed -i "s|^endpoint = .*|endpoint = $PROXY_URL|" "$ini"
    for verb in new replace; do
        faults '[{"match": "PUT", "do": "status", "status": 501, "code": "NotImplemented"}]'
        "$HF_TEST_BIN/e2e/store" "$ini" $verb "$app/board/plain-$verb" page "$type"
        says "content-type: $type" "$(s3 head "$bucket/pre/fix/$app/board/plain-$verb")"
        grep -q "PUT .*plain-$verb 200" "$PROXY/log"
    done
}

@test "the verbs work on a bucket: rollout, pause, resume, rollback, revoke, refresh, status" {
    new_shop
    for text in two three; do
        fix $text
        push hotfix/1.0.0
    done
    for verb in "rollout 2 25%" "pause 2" "resume 2" "rollback 2" "revoke 1" "refresh --force"; do
        # shellcheck disable=SC2086 # a verb and its words
        run "$bin/hotfix" $verb --repo "$bare"
        [ "$status" = 0 ] || { echo "$verb: $output"; false; }
    done
    mirror
    [ "$(value 'm["serial"]')" = 8 ]
    [ "$(s3 ls "$bucket/pre/fix/$app/production/history/" | wc -l)" = 8 ]
    run "$bin/hotfix" status --repo "$bare"
    says "withdrawn" "$output"
    says "revoked" "$output"
}

@test "check says which credentials, and that the server keeps publishers apart; it leaves nothing behind" {
    new_shop
    run "$bin/hotfix" check --repo "$bare"
    says "ok: credentials: environment" "$output"
    says "ok: the server keeps publishers apart" "$output"
    says "0 errors" "$output"
    [ -z "$(s3 ls "$bucket")" ]
}

@test "eight publishers at once on one channel: eight serials, eight releases" {
    new_shop
    fix two
    mkdir race
    publishers=()
    for i in 1 2 3 4 5 6 7 8; do
        echo "patch $i" >race/$i.bin
        # a hotfix.ini of its own each: no lock of this machine orders them, the server does
        cp "$ini" race/$i.ini
        {
            "$bin/hotfix" publish -c race/$i.ini --repo "$bare" --file race/$i.bin --target "1.0.$i" --base v1.0.0 \
                --commit v1.0.0 2>&1 3>&- &
        } >race/$i.out
        publishers+=($!)
    done
    wait "${publishers[@]}"
    cat race/*.out
    mirror
    [ "$(value 'm["serial"], m["last"], sorted(r["patch"] for r in m["releases"])')" = "(8, 8, [1, 2, 3, 4, 5, 6, 7, 8])" ]
    [ "$(value 'len(set(r["target"] for r in m["releases"]))')" = 8 ]
    [ "$(s3 ls "$bucket/pre/fix/$app/production/history/" | wc -l)" = 8 ]
    run "$bin/hotfix" verify --repo "$bare"
    [ "$status" = 0 ]
}

@test "a thousand objects and more come over two pages" {
    new_shop
    fix two
    push hotfix/1.0.0
    s3 many "$bucket/pre/fix/$app/objects/x" 1001
    proxy_up
    sed -i "s|^endpoint = .*|endpoint = $PROXY_URL|" "$ini"
    run "$bin/hotfix" verify --repo "$bare"
    says "981 more files" "$output" # and 20 by name
    [ "$(grep -c 'list-type=2' "$PROXY/log")" -ge 2 ]
    grep -q 'continuation-token=' "$PROXY/log"
}
