#!/usr/bin/env bats
# A bucket that is away, for moments or for longer, and publishers that are: on a real radosgw behind a proxy. In each test the
# release comes out once, whole, in the end.

load common
load radosgw

setup() {
    proxied_shop
}
teardown() {
    proxy_down
    # A test may have ended while one of the server's processes was stopped.
    kill -CONT "$(cat "$RGW_DIR/osd.0.pid")"
    curl -s -o /dev/null "$RGW_URL/" || radosgw_start
}

@test "a bucket that is away costs the pusher one clear line; the job stays; retry, or the next push, releases it" {
    proxy_down
    fix two
    SECONDS=0
    push hotfix/1.0.0
    [ $SECONDS -lt 60 ]
    says "error: not released yet for 1.0.0: s3://$bucket/pre/fix/$app/production/" "$told"
    says "no answer (asked 7 times): 127.0.0.1:" "$told"
    [ "$(grep -c '^error:' <<<"$pushed")" = 1 ]
    says "hint: the job is kept" "$told"
    # A second one while it is away still: the first job is tried too, and both together cost no more.
    git checkout -qb other v1.0.0
    fix other b.txt
    SECONDS=0
    push hotfix/2.0.0 -o hotfix.base=v1.0.0
    [ $SECONDS -lt 60 ]
    [ "$(grep -c '^error:' <<<"$pushed")" = 1 ]
    proxy_up
    sed -i "s|^endpoint = .*|endpoint = $PROXY_URL|" "$ini"
    "$bin/hotfix" retry --repo "$bare"
    released 2
}

@test "the next push releases what waited" {
    faults '[{"times": 1000, "do": "status", "status": 500, "code": "InternalError"}]'
    fix two
    push hotfix/1.0.0
    says "error: not released yet" "$told"
    faults '[]'
    git checkout -qb other v1.0.0
    fix other b.txt
    push hotfix/2.0.0 -o hotfix.base=v1.0.0
    says "success: patch 1 for 2.0.0" "$told"
    says "what waited from before is released too: patch 2 for 1.0.0" "$told"
    released 2
}

@test "the storage below stands still for 10 s: the push waits, and comes through" {
    kill -STOP "$(cat "$RGW_DIR/osd.0.pid")"
    (
        sleep 10
        kill -CONT "$(cat "$RGW_DIR/osd.0.pid")"
    ) 3>&- &
    waker=$!
    fix two
    SECONDS=0
    push hotfix/1.0.0
    says "success: patch 1" "$told"
    [ $SECONDS -ge 8 ]
    wait $waker
    released 1
}

@test "the server is killed in the middle of a multipart upload, and comes back: the object is whole" {
    sed -i 's/^\[build\]/[release]\nmax_size = 200M\n\n[build]/' "$ini"
    head -c 100M /dev/urandom >big.bin
    faults '[{"match": "PUT .*partNumber=4", "do": "run", "run": "kill -KILL $(cat '"$RGW_DIR"'/rgw.pid)"}]'
    { "$bin/hotfix" publish -c "$ini" --repo "$bare" --file big.bin --target 1.0.0 --commit v1.0.0 2>&1 3>&- & } >out
    publisher=$!
    wait_until 20 radosgw_gone
    radosgw_start
    wait $publisher || { cat out; false; }
    s3 get "$(objects | sed "s|^|$bucket/|")" | cmp - big.bin
    [ -z "$(s3 uploads "$bucket")" ]
    released 1
}

@test "an upload in parts that is refused is aborted: nothing is kept of it" {
    sed -i 's/^\[build\]/[release]\nmax_size = 200M\n\n[build]/' "$ini"
    head -c 70M /dev/zero >big.bin
    faults '[{"match": "PUT .*partNumber=3", "do": "status", "status": 400, "code": "Odd"}]'
    run "$bin/hotfix" publish -c "$ini" --repo "$bare" --file big.bin --target 1.0.0 --commit v1.0.0
    [ "$status" = 1 ]
    says "400 Odd" "$output"
    [ -z "$(s3 uploads "$bucket")" ]
    [ -z "$(s3 ls "$bucket")" ]
    # Parts that are lost on the way are sent again by themselves.
    : >"$PROXY/log"
    faults '[{"match": "PUT .*partNumber=2", "do": "cut-request"}, {"match": "PUT .*partNumber=5", "do": "drop"},
             {"match": "POST .*uploadId=", "do": "drop"}]'
    run "$bin/hotfix" publish -c "$ini" --repo "$bare" --file big.bin --target 1.0.0 --commit v1.0.0
    [ "$status" = 0 ] || { echo "$output"; false; }
    [ "$(grep -c 'PUT .*partNumber=1&' "$PROXY/log")" = 1 ]
    released 1
    # What is there is not sent again.
    : >"$PROXY/log"
    "$bin/hotfix" publish -c "$ini" --repo "$bare" --file big.bin --target 2.0.0 --commit v1.0.0
    [ "$(grep -c 'partNumber' "$PROXY/log")" = 0 ]
}

@test "a long transfer shows how far it is, on a terminal only, and leaves no trace of it" {
    head -c 40M /dev/zero >big.bin
    faults '[{"match": "PUT .*objects", "times": 2, "do": "slow"}]'
    python3 "$HF_TOP/tests/e2e/terminal.py" raw "$bin/hotfix" publish -c "$ini" --repo "$bare" --file big.bin --target 1.0.0 \
        --commit v1.0.0
    tr '\r' '\n' <raw | grep -qE '^ *[0-9]+%  [0-9]+ of 40960 KiB $'
    grep -q $'\r\033\[K' raw
    rm raw
    head -c 41M /dev/zero >big.bin
    "$bin/hotfix" publish -c "$ini" --repo "$bare" --file big.bin --target 1.0.0 --commit v1.0.0 >raw 2>&1
    [ "$(grep -c 'KiB ' raw)" = 0 ]
}
