#!/usr/bin/env bats
# The edge on a private bucket of a real S3 server (Ceph's radosgw): links, rights, credentials. s3_sync.bats has `hotfix sync`.

load common
load radosgw
load edge
load s3_edge

setup_file() {
    radosgw_needed
    radosgw_up
}
teardown_file() { radosgw_down; }
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

@test "what serves knows neither the secret access key nor how to ask the bucket: it has the keys of two days" {
    new_bucket_edge </dev/null
    bucket_edge_up
    released 1
    for pid in $(generations_of "$edge_pid") $(workers_of "$edge_pid"); do
        [ "$pid" != "$(sync_of "$edge_pid")" ] || continue
        run grep -c -F -e "$RGW_EDGE_SECRET" "/proc/$pid/environ"
        [ "$output" = 0 ]
        run grep -c -F -e "$RGW_EDGE_SECRET" -- "/proc/$pid/cmdline"
        [ "$output" = 0 ]
    done
    run grep -r -F -e "$RGW_EDGE_SECRET" "$dir/sync" "$dir/err" "$dir/out"
    [ "$status" = 1 ]
    [ "$(jq -r '.days | length' "$dir/sync/.links.json")" = 2 ]
    run ldd "$bin/hotfix-edge"
    [[ $output != *curl* ]]
}


no_links() { [ "$(check_version | jq -r .error)" = 'No link can be made now' ]; }

@test "credentials that end: a link never outlives them, and without them there is none, but the manifest serves on" {
    new_bucket_edge <<<'url_ttl = 3600'
    end=$(($(date +%s) + 30))
    export AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION
    AWS_CREDENTIAL_EXPIRATION=$(date -u -d "@$end" +%Y-%m-%dT%H:%M:%SZ)
    as_edge
    AWS_SESSION_TOKEN=a/token+= edge_up "$dir" # (radosgw takes any while its STS is off)
    as_owner
    forge "$bare/hotfix/signing.pem" --serial 1 "patch=1;target=1.0.0;file=$PWD/README"
    wait_serial 1
    url=$(link)
    [[ $url == *"X-Amz-Security-Token=a%2Ftoken%2B%3D"* ]]
    seconds=$(sed -nE 's/.*X-Amz-Expires=([0-9]+).*/\1/p' <<<"$url") # dated back by 30
    [ "$(date +%s)" -ge "$end" ] || [ $((seconds - 30)) -le 30 ]
    wait_until 60 no_links
    [ "$(date +%s)" -ge "$end" ]
    [ "$(serial)" = 1 ]
    wait_told 'hotfix sync: warning: .*expired'
}


# A container's endpoint that gives the edge's keys with a token of its own each time, good for 5 minutes and a few seconds.
container() {
    cat >container.py <<'PY'
import http.server, json, sys, time
class H(http.server.BaseHTTPRequestHandler):
    n = 0
    def do_GET(self):
        H.n += 1
        body = json.dumps({"AccessKeyId": sys.argv[1], "SecretAccessKey": sys.argv[2], "Token": "token%d" % H.n,
                           "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 303))}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *a):
        pass
s = http.server.HTTPServer(("127.0.0.1", 0), H)
print(s.server_port, flush=True)
s.serve_forever()
PY
    python3 container.py "$RGW_EDGE_KEY" "$RGW_EDGE_SECRET" >container.port 3>&- &
    export PROXY_PID=$! # ended by proxy_down
    wait_until 10 test -s container.port
}
newer_token() { token=$(link | sed -nE 's/.*X-Amz-Security-Token=token([0-9]+)&.*/\1/p') && [ "${token:-0}" -gt "$1" ]; }

@test "credentials are refreshed before they end, and the workers sign with the new ones" {
    new_bucket_edge </dev/null
    container
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
    AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:$(cat container.port)/ edge_up "$dir"
    as_owner
    forge "$bare/hotfix/signing.pem" --serial 1 "patch=1;target=1.0.0;file=$PWD/README"
    s3 put "$bucket/pre/fix/$app/objects/$(sha256sum <README | cut -d' ' -f1)" README
    wait_serial 1
    wait_until 20 newer_token 0
    first=$token
    wait_until 60 newer_token "$first"
    [ "$(get "$(link)")" = other ]
}

sync_runs() { [ -n "$(sync_of "$edge_pid")" ]; }

@test "started by root: hotfix sync and the workers are [edge] user, the workers locked into the folder" {
    [ "$(id -u)" = 0 ] || skip "not root"
    new_bucket_edge <<<'user = nobody'
    for d in "$dir" "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/.." "$BATS_TEST_TMPDIR/../.." "$TMPDIR"; do chmod a+x "$d"; done
    cp "$bare/hotfix/signing.pub.pem" "$dir/pub.pem"
    sed -i "s|^keys = .*|keys = file:$dir/pub.pem|" "$dir/hotfix.ini"
    chmod a+r "$dir/pub.pem" "$dir/hotfix.ini"
    setpriv --reuid=65534 --clear-groups sh -c "test -x '$bin/hotfix' && test -r '$dir/hotfix.ini'" || skip "nobody may not run the build"
    bucket_edge_up
    released 1
    [ "$(get "$(link)" | sha256sum)" = "$(s3 get "$(s3 ls "$bucket/pre/fix/$app/objects/" | sed "s|^|$bucket/|")" | sha256sum)" ]
    [ "$(stat -c '%U %a' "$dir/sync")" = 'nobody 700' ]
    wait_until 10 sync_runs
    for p in $(generations_of "$edge_pid") $(workers_of "$edge_pid"); do
        [ "$(awk '/^Uid:/ { print $2, $3, $4, $5 }' "/proc/$p/status")" = "65534 65534 65534 65534" ]
        grep -q '^CapEff:.*0000000000000000' "/proc/$p/status"
    done
    for p in $(workers_of "$edge_pid"); do
        [ "$(readlink "/proc/$p/root")" = "$dir/sync" ] || nm "$bin/hotfix-edge" 2>/dev/null | grep -q __asan_init
    done
}
