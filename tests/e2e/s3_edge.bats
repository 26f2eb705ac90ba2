#!/usr/bin/env bats
# The edge on a private bucket of a real S3 server (Ceph's radosgw): links and rights.

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

@test "a private bucket: the link works with plain curl, and the file has its name" {
    new_bucket_edge </dev/null
    bucket_edge_up
    released 1
    url=$(link)
    [[ $url == "$RGW_URL/$bucket/pre/fix/$app/objects/"*"X-Amz-Signature="* ]]
    get -D "$dir/head" -o "$dir/patch" "$url"
    mirror
    [ "$(sha256sum <"$dir/patch" | cut -d' ' -f1)" = "$(value 'm["releases"][0]["file"]["sha256"]')" ]
    grep -qi '^content-disposition: attachment; filename="patch.zip"' "$dir/head"
    [ "$(get -o /dev/null -w '%{http_code}' "${url%%\?*}")" = 403 ] # nothing without a signature
}


refused_status() { [ "$(get -o /dev/null -w '%{http_code}' "$1")" = 403 ]; }

@test "a link is refused after its time, and with any character changed" {
    new_bucket_edge <<<'url_ttl = 20'
    bucket_edge_up
    released 1
    url=$(link)
    python3 "$BATS_TEST_DIRNAME/every_character.py" "$url"
    sed -i 's/^url_ttl = .*/url_ttl = 5/' "$dir/hotfix.ini"
    kill -HUP "$edge_pid"
    wait_told 'in force$'
    url=$(link)
    [ "$(get -o /dev/null -w '%{http_code}' "$url")" = 200 ]
    wait_until 20 refused_status "$url"
    get "$url" | grep -q '<Code>AccessDenied</Code>'
}

@test "all that gives links gives those: a delta's, one object's, the stock Loader's; the edge's own downloads are not there" {
    new_bucket_edge </dev/null
    printf 'pack one' >one
    printf 'pack two' >two
    s3 put "$bucket/pre/fix/$app/objects/$(sha256sum <two | cut -d' ' -f1)" two
    forge "$bare/hotfix/signing.pem" --serial 1 "patch=2;target=1.0.0;file=$PWD/two;name=v2.zip" \
        "patch=1;target=1.0.0;file=$PWD/one;name=v1.zip"
    bucket_edge_up
    wait_serial 1
    object=$(sha256sum <two | cut -d' ' -f1)
    url=$(check_version "{\"version\":\"1.0.0\",\"object\":\"$object\"}" | jq -r .url)
    [ "$(get "$url")" = 'pack two' ]
    [ "$(get "$(base)/jspatch/$app/production/1.0.0")" = '{"v":2}' ]
    get -D head -o /dev/null "$(base)/jspatch/$app/production/1.0.0/v2.zip"
    grep -q '^HTTP/1.1 302' head
    url=$(sed -n 's/^Location: //p' head | tr -d '\r')
    [ "$(get "$url")" = 'pack two' ]
    [ "$(get -o /dev/null -w '%{http_code}' "$(base)/api/patch/download/AUzD5wMAAAAAawKGSBRjb20uZXhhbXBsZS5zaG9w.x")" = 404 ]
    [ "$(get -o signed "$(base)/manifest/$app/production" && sha256sum <signed)" = \
        "$(s3 get "$bucket/pre/fix/$app/production/manifest.json" | sha256sum)" ]
}

@test "the edge's key reads under the prefix, and can neither write nor list nor read elsewhere" {
    new_bucket_edge </dev/null
    fix two
    push hotfix/1.0.0
    echo elsewhere >elsewhere
    s3 put "$bucket/other/file" elsewhere
    as_edge
    s3 get "$bucket/pre/fix/$app/production/manifest.json" >/dev/null
    for what in "put $bucket/pre/fix/$app/production/manifest.json elsewhere" "put $bucket/pre/fix/$app/objects/new elsewhere" \
        "rm $bucket/pre/fix/$app/production/manifest.json" "ls $bucket" "ls $bucket/pre/fix/" "get $bucket/other/file" \
        "policy $bucket elsewhere" "get $bucket/pre/fix/$app/missing"; do
        # shellcheck disable=SC2086 # a command and its words
        run s3 $what
        echo "$what: $output"
        [ "$status" = 1 ]
        [[ $output == "403 "* ]]
    done
    run "$bin/hotfix" rollback 1 -c "$bare/hotfix.ini"
    echo "$output"
    [ "$status" -ne 0 ]
    [[ $output == *"no permission"* ]]
}
