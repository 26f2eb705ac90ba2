#!/usr/bin/env bats
# hotfix-client on links to a real bucket: a link that ends while a file is on its way costs a question, and no byte twice.

load common
load radosgw
load edge
load s3_edge

setup() {
    as_owner
    proxy_up
    new_shop_on_proxy
}
teardown() {
    [ -z "${edge_pid:-}" ] || edge_down "$edge_pid" || true
    proxy_down
}

# Devices reach the bucket through the proxy, which is what links are signed for; a patch of some size is released.
new_shop_on_proxy() {
    PUBLIC_URL=$PROXY_URL new_bucket_edge <<<"url_ttl = ${1:-60}"
    head -c 300000 /dev/urandom >HotPath/noise
    fix two
    push hotfix/1.0.0
    bucket_edge_up
    wait_serial 1
}

update() {
    "$bin/hotfix-client" update --verbose --edge "$(base)" --app "$app" --channel production --version 1.0.0 --client-id c \
        --dir "$BATS_TEST_TMPDIR/device" --key "$bare/hotfix/signing.pub.pem"
}
has_it() {
    mirror
    [ "$(sha256sum <"$BATS_TEST_TMPDIR/device/current/patch.zip" | cut -d' ' -f1)" = \
        "$(value 'm["releases"][0]["file"]["sha256"]')" ]
}
downloads() { sed -nE 's|^GET [^ ]*/objects/[^ ]* (.*)|\1|p' "$PROXY/log" | tr '\n' ' '; }
questions() { grep -c 'the edge gives a link' <<<"$output"; }
size() { value 'm["releases"][0]["file"]["size"]'; }

# Waits until the link that the proxy saw last is refused: to be run before the server is asked again.
link_is_over() {
    cat >"$BATS_TEST_TMPDIR/over" <<SH
path=\$(sed -nE 's|^GET ([^ ]*/objects/[^ ]*) .*|\1|p' "$PROXY/log" | tail -n 1)
for _ in \$(seq 400); do
    status=\$(curl -s -o /dev/null -w '%{http_code}' -H 'Host: ${PROXY_URL#http://}' "$RGW_URL\$path")
    [ "\$status" != 403 ] || exit 0
    sleep 0.05
done
SH
    echo "sh $BATS_TEST_TMPDIR/over"
}

@test "a link that expires in the middle of a download costs one more question, and none of the bytes that are there" {
    sed -i 's/^url_ttl = .*/url_ttl = 2/' "$dir/hotfix.ini"
    kill -HUP "$edge_pid"
    wait_told 'in force$'
    faults '[{"match":"/objects/","times":1,"do":"half"},{"match":"/objects/","times":1,"do":"run","run":"'"$(link_is_over)"'"}]'
    run update
    echo "$output"; cat "$PROXY/log"
    [ "$status" = 0 ]
    has_it
    [ "$(downloads)" = '200 half 403 206 ' ]
    [ "$(questions)" = 2 ]
    half=$(($(size) / 2))
    [ "$(grep -c "asking for bytes $half to $(size)" <<<"$output")" = 2 ] # by the old link, and by the new one
}

@test "credentials that end in the middle of a download: the same" {
    faults '[{"match":"/objects/","times":1,"do":"half"},
        {"match":"/objects/","times":1,"do":"status","status":400,"code":"ExpiredToken"}]'
    run update
    echo "$output"
    [ "$status" = 0 ]
    has_it
    [ "$(downloads)" = '200 half 400 206 ' ]
    [ "$(questions)" = 2 ]
}

@test "a bucket that refuses every link is given up, and what came stays for the next time" {
    faults '[{"match":"/objects/","times":1,"do":"half"},
        {"match":"/objects/","times":100,"do":"status","status":403,"code":"AccessDenied"}]'
    run update
    echo "$output"
    [ "$status" = 1 ]
    [[ $output == *"the server refuses the links that the edge gives: HTTP status 403"* ]]
    faults '[]'
    run update
    echo "$output"
    [ "$status" = 0 ]
    has_it
    [[ $(downloads) == '200 half 403 403 403 403 206 ' ]]
}
