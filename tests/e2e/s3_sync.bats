#!/usr/bin/env bats
# `hotfix sync` on a real S3 server (Ceph's radosgw): what must not be served, a bucket that is away or says nothing, its life.

load common
load radosgw
load edge
load s3_edge

setup() { as_owner; }
teardown() {
    [ -z "${edge_pid:-}" ] || edge_down "$edge_pid" || true
    proxy_down
    curl -so /dev/null "$RGW_URL/" || radosgw_start # a test that failed may have left it stopped
}

@test "a manifest that was tampered with, rolled back or signed by another key is never served, and an alarm says so" {
    new_bucket_edge </dev/null
    bucket_edge_up
    released 2
    key=$bare/hotfix/signing.pem
    one=$bucket/pre/fix/$app/production/history/1.json
    manifest=$bucket/pre/fix/$app/production/manifest.json
    s3 get "$manifest" >good.json

    s3 get "$one" >old.json && s3 put "$manifest" old.json
    wait_told "alarm: $app/production: the manifest in the bucket is refused: its serial 1 is lower than 2"
    [ "$(serial)" = 2 ]
    wait_until 20 health_says .bucket.refused 1

    sed 's/"payload":"..../"payload":"AAAA/' good.json >bad.json && s3 put "$manifest" bad.json
    wait_told 'alarm: .*does not match its bytes'

    openssl genpkey -algorithm ed25519 -out thief.pem 2>/dev/null
    forge thief.pem --serial 3 'patch=9;target=1.0.0;file=none'
    wait_told 'alarm: .*not signed by'

    forge "$key" --serial 2 'patch=9;target=1.0.0;file=none'
    wait_told 'alarm: .*its serial 2 is in force with other content'

    head -c 5000000 /dev/zero >huge && s3 put "$manifest" huge
    wait_told 'alarm: .*limit'

    s3 put "$manifest" good.json # with the tag that it had before
    wait_told 'the bucket has a good manifest again'
    wait_until 20 health_says .bucket.refused 0
    s3 put "$manifest" bad.json
    wait_until 20 health_says .bucket.refused 1

    [ "$(serial)" = 2 ]
    cmp good.json "$dir/sync/$app/production/manifest.json" # none of them ever reached the folder
    s3 rm "$manifest"
    wait_told 'no permission .*serial 2 stays in force'
    [ "$(serial)" = 2 ]

    forge "$key" --serial 3 'patch=9;target=2.0.0;file=none'
    wait_serial 3
    wait_until 20 health_says .bucket.refused 0
}

@test "what was fetched is not forgotten: an edge that starts again takes no older manifest" {
    new_bucket_edge </dev/null
    bucket_edge_up
    released 2
    edge_down "$edge_pid"
    s3 get "$bucket/pre/fix/$app/production/history/1.json" >old.json
    s3 put "$bucket/pre/fix/$app/production/manifest.json" old.json
    bucket_edge_up
    wait_told 'alarm: .*lower than 2'
    [ "$(serial)" = 2 ]
    # what somebody puts into the folder does not count either
    edge_down "$edge_pid"
    sed 's/"payload":"..../"payload":"AAAA/' old.json >"$dir/sync/$app/production/manifest.json"
    bucket_edge_up
    wait_told 'alarm: .*what is kept in \[edge\] sync_dir does not count'
    wait_serial 1 # and of what was there before nothing is known any more
}


bucket_age_over() { [ "$(get "$(base)/health" | jq .bucket.age)" -gt "$1" ]; }
news_are_fresh() { [ "$(get "$(base)/health" | jq .bucket.age)" -le 1 ]; }

@test "the bucket is away: what was fetched serves on, its age is told, and it is told when the bucket is back" {
    new_bucket_edge </dev/null
    bucket_edge_up
    released 1
    wait_until 20 news_are_fresh
    radosgw_stop
    wait_told 'warning: s3://.*what was fetched last serves until it expires'
    wait_until 20 bucket_age_over 2
    [ "$(serial)" = 1 ]
    [[ $(link) == *X-Amz-Signature=* ]]
    radosgw_start
    wait_told 'the bucket answers again' 60
    wait_until 20 news_are_fresh
    [ "$(grep -c 'warning: s3' "$dir/err")" -le 2 ] # and not at each try
}

@test "nothing is published yet, without the right to list: it looks like no permission, and the first release ends it" {
    new_bucket_edge </dev/null
    bucket_edge_up
    wait_told 'no permission for the access key .*or nothing is published yet: without s3:ListBucket the two look alike'
    [ "$(check_version | jq -r .error)" = 'No valid manifest' ]
    health_says .status waiting
    released 1
    health_says .status ok
}

@test "nothing is published yet, with the right to list: that is said, and is no failure" {
    new_bucket_edge </dev/null
    run "$bin/hotfix" sync -c "$dir/hotfix.ini" --once
    [ "$status" = 0 ]
    [[ $output == "hotfix sync: $app/production: nothing is published yet" ]]
    fix two
    push hotfix/1.0.0
    run "$bin/hotfix" sync -c "$dir/hotfix.ini" --once --json
    [ "$status" = 0 ]
    [ "$(jq -r '.event + " " + .channel + " " + .message' <<<"$output")" = 'info production serial 1 is in force' ]
    [ "$(stat -c %a "$dir/sync" "$dir/sync/.links.json" | tr '\n' ' ')" = '700 600 ' ]
    forge "$bare/hotfix/signing.pem" --serial 1 'patch=9;target=1.0.0;file=none'
    run "$bin/hotfix" sync -c "$dir/hotfix.ini" --once --json
    [ "$status" = 1 ]
    [ "$(jq -r .event <<<"$output")" = alarm ]
}


another_sync() { pid=$(sync_of "$edge_pid") && [ -n "$pid" ] && [ "$pid" != "$1" ]; }
gone() { ! kill -0 "$1" 2>/dev/null; }

@test "the supervisor keeps one hotfix sync: anew when it is killed, at a reload, and none behind it" {
    new_bucket_edge </dev/null
    bucket_edge_up
    released 1
    first=$(sync_of "$edge_pid")
    kill -KILL "$first"
    wait_told 'hotfix sync was ended by signal 9; it is started again in'
    wait_until 20 another_sync "$first"
    second=$(sync_of "$edge_pid")
    fix again
    push hotfix/1.0.0
    wait_serial 2
    kill -HUP "$edge_pid"
    wait_told 'in force$'
    wait_until 20 another_sync "$second"
    third=$(sync_of "$edge_pid")
    wait_until 20 gone "$second"
    run "$bin/hotfix" sync -c "$dir/hotfix.ini" --once # the folder is that process's
    [ "$status" = 1 ]
    [[ $output == *"another process keeps the folder"* ]]
    edge_down "$edge_pid"
    wait_until 5 gone "$third"
    bucket_edge_up
    pid=$(sync_of "$edge_pid")
    edge_down "$edge_pid" KILL || true
    wait_until 5 gone "$pid"
}
