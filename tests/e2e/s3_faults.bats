#!/usr/bin/env bats
# A bucket that is slow, away or lying, on a real radosgw behind a proxy that breaks things: time may be lost, never data. In each
# test the release comes out once, whole, in the end.

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

@test "503 twice, 429, SlowDown: asked again, nobody notices" {
    faults '[{"match": "PUT .*objects", "times": 2, "do": "status", "status": 503, "code": "ServiceUnavailable"},
             {"match": "PUT .*manifest", "times": 1, "do": "status", "status": 503, "code": "SlowDown"},
             {"match": "GET .*manifest", "times": 1, "do": "status", "status": 429, "code": ""}]'
    fix two
    push hotfix/1.0.0
    says "success: patch 1" "$told"
    [ "$(grep -c 'PUT .*objects.* 503' "$PROXY/log")" = 2 ]
    grep -q 'GET .*manifest.* 429' "$PROXY/log"
    released 1
}

@test "another refusal is not asked again, and says the server's own words" {
    faults '[{"match": "PUT .*objects", "times": 9, "do": "status", "status": 403, "code": "AccountProblem"}]'
    fix two
    push hotfix/1.0.0
    says "error: not released yet for 1.0.0" "$told"
    says "403 AccountProblem, by the test" "$told"
    [ "$(grep -c 'PUT .*objects' "$PROXY/log")" = 1 ]
    faults '[]'
    "$bin/hotfix" retry --repo "$bare"
    released 1
}

@test "a reset in the middle of a request, before the reply, behind its head, in the middle of its body" {
    faults '[{"match": "PUT .*objects", "do": "cut-request"},
             {"match": "PUT .*objects", "skip": 1, "do": "drop"},
             {"match": "GET .*manifest", "do": "drop"},
             {"match": "PUT .*history", "do": "head"}]'
    fix two
    push hotfix/1.0.0
    says "success: patch 1" "$told"
    released 1
    faults '[{"match": "GET .*manifest", "do": "half"}, {"match": "GET .*manifest", "skip": 1, "do": "head"}]'
    fix three
    push hotfix/1.0.0
    says "success: patch 2" "$told"
    grep -q 'GET .*manifest.* 200 half' "$PROXY/log"
    released 2
}

@test "the answer to the one PUT that counts never comes: it is found to be in force, once" {
    for action in drop head; do
        : >"$PROXY/log"
        faults '[{"match": "PUT .*manifest", "do": "'$action'"}]'
        fix "by $action"
        push hotfix/1.0.0
        says "success: patch" "$told"
        [ "$(grep -c 'PUT .*manifest.json.* 200' "$PROXY/log")" = 1 ]
    done
    # The second one was conditional on what was read, and this server compares the quotes: it was put once all the same.
    released 2
}

@test "a body that is cut with its length announced, and lengths that are wrong" {
    fix two
    push hotfix/1.0.0
    for action in truncate longer; do
        faults '[{"match": "GET .*manifest", "times": 2, "do": "'$action'"}]'
        fix "by $action"
        push hotfix/1.0.0
        says "success: patch" "$told"
    done
    released 3
    # Shorter than it is: what came is no manifest, so nothing is built on it; the job waits.
    faults '[{"match": "GET .*manifest", "times": 9, "do": "shorter"}]'
    fix four
    push hotfix/1.0.0
    says "error: not released yet for 1.0.0" "$told"
    faults '[]'
    "$bin/hotfix" retry --repo "$bare"
    released 4
}

@test "headers without end are bounded, and asked for again" {
    faults '[{"match": "GET .*manifest", "times": 1, "do": "endless"}]'
    fix two
    push hotfix/1.0.0
    says "success: patch 1" "$told"
    released 1
}

@test "a bucket whose clock is two days ahead of ours: nothing is signed, and the message says what was compared" {
    fix two
    later=$(LC_ALL=C TZ=UTC date -d '+2 days' '+%a, %d %b %Y %H:%M:%S GMT')
    faults '[{"times": 999, "do": "date", "date": "'"$later"'"}]'
    push hotfix/1.0.0
    says "error: not released yet for 1.0.0: the clock of this machine says" "$told"
    says "but the bucket's server answered at $(date -u -d "$later" +%FT%TZ), 2 days later; nothing was signed" "$told"
    faults '[{"times": 999, "do": "date", "date": "yesterday, or so"}]' # no date at all is no reason to wait
    "$bin/hotfix" retry --repo "$bare"
    released 1
}
