#!/usr/bin/env bats
# The edge on a private bucket of a real S3 server (Ceph's radosgw): links, `hotfix sync`, and what must not be served.

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

health_says() { [ "$(get "$(base)/health" | jq -r "$1")" = "$2" ]; } # jq's filter, value

released() { # how many fixes are pushed and served
    local i
    for ((i = 1; i <= $1; i++)); do
        fix "fix $i"
        push hotfix/1.0.0
    done
    wait_serial "$1"
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

    [ "$(serial)" = 2 ]
    cmp good.json "$dir/sync/$app/production/manifest.json" # none of them ever reached the folder
    s3 rm "$manifest"
    wait_told 'no permission .*serial 2 stays in force'
    [ "$(serial)" = 2 ]

    forge "$key" --serial 3 'patch=9;target=2.0.0;file=none'
    wait_serial 3
    wait_told 'a good manifest again'
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

# The process that is `hotfix sync` below an edge.
sync_of() {
    local p
    for p in $(generations_of "$1"); do
        grep -qz '^sync$' "/proc/$p/cmdline" && echo "$p"
    done
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
