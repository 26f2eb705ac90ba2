#!/usr/bin/env bats
# The edge on a private bucket of a real S3 server (Ceph's radosgw): what each of its processes knows of the bucket's keys, and their end.

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
    { python3 container.py "$RGW_EDGE_KEY" "$RGW_EDGE_SECRET" 3>&- & } >container.port
    export PROXY_PID=$! # ended by proxy_down
    wait_until 20 eval 'read -r _ <container.port' # false until the line is whole
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
    wait_until 150 newer_token "$first" # the source is asked once a minute at most
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
