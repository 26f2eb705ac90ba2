#!/usr/bin/env bats
# The edge as it is run, over real sockets.

load edge.bash

size=$((64 * 1024 * 1024))

# One store and one edge, with one worker, for all tests but those that start their own.
setup_file() {
    dir=$BATS_FILE_TMPDIR
    mkstore keys "$dir"
    head -c 100000 /dev/urandom >"$dir/old"
    head -c "$size" /dev/urandom >"$dir/new"
    head -c 5000 /dev/urandom >"$dir/new.delta"
    mkstore put "$dir" com.example.shop production 7 86400 \
        "2,live,1.0.0,10000,normal,$dir/new,$dir/old" "1,live,1.0.0,10000,normal,$dir/old"
    echo 'workers = 1' | edge_ini "$dir"
    edge_up "$dir"
    workers=$(workers_of "$edge_pid")
    workers=${workers% }
    sha=$(sha256sum <"$dir/new")
    sha=${sha%% *}
    export dir port edge_pid workers sha
}

# Not with wait: the edge is another shell's child here.
teardown_file() {
    kill -TERM "$edge_pid"
    for ((i = 0; i < 200; i++)); do kill -0 "$edge_pid" 2>/dev/null || break; sleep 0.05; done
    cat "$dir/err" >&2
    ! kill -0 "$edge_pid" 2>/dev/null
}

edge() { python3 "$HF_TOP/tests/e2e/edge.py" "$@"; }

@test "--help and --version speak on stdout; a wrong command line ends with 2" {
    run "$HOTFIX_BIN/hotfix-edge" --help
    [ "$status" = 0 ]
    [[ $output == Usage:* ]]
    [ "$(awk 'length > 80' <<<"$output")" = "" ]
    run "$HOTFIX_BIN/hotfix-edge" --version
    [ "$status" = 0 ]
    [[ $output == "hotfix-edge "* ]]
    run "$HOTFIX_BIN/hotfix-edge"
    [ "$status" = 2 ]
    run "$HOTFIX_BIN/hotfix-edge" -c "$dir/hotfix.ini" more
    [ "$status" = 2 ]
    run "$HOTFIX_BIN/hotfix-edge" --wrong
    [ "$status" = 2 ]
}

@test "an error in hotfix.ini is told with its line, and ends with 2 before anything runs" {
    printf '[app]\nid = com.example.shop\n[edge]\nlisten = 127.0.0.1:0\nwrokers = 2\n' >"$BATS_TEST_TMPDIR/hotfix.ini"
    cd "$BATS_TEST_TMPDIR"
    run "$HOTFIX_BIN/hotfix-edge" -c hotfix.ini
    echo "$output"
    [ "$status" = 2 ]
    [[ $output == "hotfix-edge: hotfix.ini:5: "* ]]
    run "$HOTFIX_BIN/hotfix-edge" -c missing.ini
    [ "$status" = 2 ]
}

@test "a bucket without a folder for its manifests, or with the folder of another one, is refused in a sentence" {
    mine=$BATS_TEST_TMPDIR
    mkstore keys "$mine"
    mkdir "$mine/store"
    edge_ini "$mine" </dev/null
    sed -i "s|^url = .*|url = s3://bucket/x|; s|^listen = .*|&\\nsync_dir = $mine/not/there|" "$mine/hotfix.ini"
    run "$HOTFIX_BIN/hotfix-edge" -c "$mine/hotfix.ini"
    [ "$status" = 2 ]
    [[ $output == *"[edge] sync_dir: cannot make the folder '$mine/not/there': No such file or directory"* ]]
    sed -i "s|^sync_dir = .*|sync_dir = $mine/sync|" "$mine/hotfix.ini"
    sed 's|^url = .*|url = s3://other/x|; s|^id = .*|id = com.example.other|' "$mine/hotfix.ini" >"$mine/other.ini"
    run "$HOTFIX_BIN/hotfix-edge" -c "$mine/hotfix.ini" -c "$mine/other.ini"
    [ "$status" = 2 ]
    [[ $output == *"sync_dir is that of another file"* ]]
    [ "$(stat -c %a "$mine/sync")" = 700 ]
}

@test "no store, no keys, a port that is taken: said in words, status 1 or 2" {
    mine=$BATS_TEST_TMPDIR
    edge_ini "$mine" </dev/null
    run "$HOTFIX_BIN/hotfix-edge" -c "$mine/hotfix.ini"
    [ "$status" != 0 ]
    [[ $output == *pub.pem* ]]
    mkstore keys "$mine"
    run "$HOTFIX_BIN/hotfix-edge" -c "$mine/hotfix.ini"
    [ "$status" = 1 ]
    [[ $output == *"cannot open the store"* ]]
    mkdir "$mine/store"
    sed -i "s/^listen = .*/listen = 127.0.0.1:$port/" "$mine/hotfix.ini"
    run "$HOTFIX_BIN/hotfix-edge" -c "$mine/hotfix.ini"
    [ "$status" = 1 ]
    [[ $output == *"cannot listen on 127.0.0.1:$port: Address already in use"* ]]
}

@test "stdout is the ready line and nothing else" {
    [ "$(cat "$dir/out")" = "hotfix-edge: listening on 127.0.0.1:$port" ]
}

@test "a version check, and the patch behind its link" {
    answer=$(check_version)
    echo "$answer"
    [ "$(jq -r '"\(.update) \(.version) \(.patch) \(.sha256) \(.size) \(.serial)"' <<<"$answer")" = "true 1.0.0 2 $sha $size 7" ]
    url=http://127.0.0.1:$port$(jq -r .url <<<"$answer")
    [ "$(get "$url" | sha256sum)" = "$sha  -" ]
    get -I "$url" >"$BATS_TEST_TMPDIR/head"
    cat "$BATS_TEST_TMPDIR/head"
    grep -q $'^Accept-Ranges: bytes\r$' "$BATS_TEST_TMPDIR/head"
    grep -q "^ETag: \"$sha\"" "$BATS_TEST_TMPDIR/head"
    grep -q '^Content-Disposition: attachment; filename="patch.zip"' "$BATS_TEST_TMPDIR/head"
    grep -q "^Content-Length: $size" "$BATS_TEST_TMPDIR/head"
    [ "$(get -r 1000-1999 "$url" | sha256sum)" = "$(tail -c +1001 "$dir/new" | head -c 1000 | sha256sum)" ]
    [ "$(get -r -7 "$url" | sha256sum)" = "$(tail -c 7 "$dir/new" | sha256sum)" ]
    [ "$(get -o /dev/null -w '%{http_code}' -r "$size-" "$url")" = 416 ]
    [ "$(get -o /dev/null -w '%{http_code}' -H "If-None-Match: \"$sha\"" "$url")" = 304 ]
    [ "$(get -o /dev/null -w '%{http_code}' -H 'If-Range: "x"' -r 0-5 "$url")" = 200 ]
}

@test "a delta for who has the old one" {
    old=$(sha256sum <"$dir/old")
    answer=$(check_version "{\"version\":\"1.0.0\",\"sha256\":\"${old%% *}\"}")
    echo "$answer"
    [ "$(get "http://127.0.0.1:$port$(jq -r .delta.url <<<"$answer")" | sha256sum)" = "$(sha256sum <"$dir/new.delta")" ]
}

@test "a forged link, another path, a wrong method" {
    url=http://127.0.0.1:$port$(link)
    [ "$(get "${url%?}_")" = '{"error":"Invalid or expired link"}' ]
    [ "$(get -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/api/patch/download/")" = 404 ]
    [ "$(get "http://127.0.0.1:$port/else")" = '{"error":"Not found"}' ]
    get -i -X DELETE "$url" | grep -q '^HTTP/1.1 405'
    get -i -X OPTIONS "http://127.0.0.1:$port/api/patch/version" | grep -q '^Allow: POST'
}

@test "the manifest, byte for byte, with its entity tag" {
    m=http://127.0.0.1:$port/manifest/com.example.shop/production
    get "$m" | cmp - "$dir/store/com.example.shop/production/manifest.json"
    tag=$(get -I "$m" | tr -d '\r' | sed -n 's/^ETag: //p')
    [ "$(get -o /dev/null -w '%{http_code} %{size_download}' -H "If-None-Match: $tag" "$m")" = "304 0" ]
}

@test "health" {
    [ "$(get "http://127.0.0.1:$port/health" | jq -c '[.status, .channels, .in_force]')" = '["ok",1,1]' ]
}

@test "the gate: every malformed request gets its 4xx and a close, and others are answered" {
    edge refused "$port"
}

@test "the gate: a body without end does not hold the worker" {
    edge flood "$port"
}

@test "the gate: good requests in any pieces, kept connections, HTTP/1.0, 100-continue" {
    edge pieces "$port"
}

@test "the gate: answers come in the order of their requests" {
    edge order "$port"
}

@test "the gate: half a request is ended with 408" {
    edge stalled_head "$port"
}

@test "downloads: eight clients at once, whole and in ranges; an idle worker afterwards" {
    edge parallel "$port" "$(link)" "$size" "$sha" "$workers"
}

@test "downloads: clients that leave, and one that never reads, keep nothing open" {
    edge aborted "$port" "$(link)" "$workers"
    edge unread "$port" "$(link)" "$workers"
}

@test "downloads: a slow reader is not cut" {
    edge slow "$port" "$(link)" "$size" 8
}

@test "the worker of all these tests is the one that began, and said nothing" {
    [ "$(workers_of "$edge_pid")" = "$workers " ]
    grep -v 'belongs to root' "$dir/err" && false || true
}

@test "a new manifest is in force within seconds; a bad one is not, and is spoken of" {
    mine=$BATS_TEST_TMPDIR
    mkstore keys "$mine"
    mkdir "$mine/store"
    edge_ini "$mine" </dev/null
    edge_up "$mine"
    mine_pid=$edge_pid
    children=$(workers_of "$mine_pid")
    [ "$(check_version | jq -r .error)" = "No valid manifest" ]
    echo one >"$mine/one"
    mkstore put "$mine" com.example.shop production 1 86400 "1,live,1.0.0,10000,normal,$mine/one"
    for ((i = 0; i < 200; i++)); do [ "$(check_version | jq .serial)" != 1 ] || break; sleep 0.05; done
    [ "$(get "http://127.0.0.1:$port$(link)")" = one ]
    echo two >"$mine/two"
    mkstore put "$mine" com.example.shop production 2 86400 "2,live,1.0.0,10000,normal,$mine/two" "1,live,1.0.0,10000,normal,$mine/one"
    # both workers: each looks for itself
    for ((i = 0, good = 0; i < 200 && good < 20; i++)); do
        if [ "$(check_version | jq .serial)" = 2 ]; then good=$((good + 1)); else good=0; sleep 0.05; fi
    done
    [ "$good" = 20 ]
    echo '{}' >"$mine/bad"
    mv "$mine/bad" "$mine/store/com.example.shop/production/manifest.json"
    for ((i = 0; i < 200; i++)); do
        [ "$(grep -c 'the last good one stays in force' "$mine/err")" -lt 2 ] || break
        sleep 0.05
    done
    grep -q 'the last good one stays in force' "$mine/err"
    [ "$(check_version | jq .serial)" = 2 ]
    [ "$(workers_of "$mine_pid")" = "$children" ]
    edge_down "$mine_pid"
}

@test "SIGTERM and SIGINT end the whole of it, at once and with 0" {
    mine=$BATS_TEST_TMPDIR
    mkstore keys "$mine"
    mkdir "$mine/store"
    edge_ini "$mine" </dev/null
    for signal in TERM INT QUIT TERM; do
        edge_up "$mine"
        children="$(generations_of "$edge_pid") $(workers_of "$edge_pid")"
        [ "$(wc -w <<<"$children")" = 3 ]
        edge_down "$edge_pid" "$signal"
        for child in $children; do ! kill -0 "$child" 2>/dev/null; done
    done
}

@test "a parent that is killed leaves neither workers nor shared memory behind" {
    mine=$BATS_TEST_TMPDIR
    mkstore keys "$mine"
    mkdir "$mine/store"
    edge_ini "$mine" </dev/null
    edge_up "$mine"
    children="$(generations_of "$edge_pid") $(workers_of "$edge_pid")"
    [ "$(awk -v pid="$edge_pid" '$5 == pid' /proc/sysvipc/shm)" = "" ]
    edge_down "$edge_pid" KILL || true
    for child in $children; do
        for ((i = 0; i < 200; i++)); do kill -0 "$child" 2>/dev/null || break; sleep 0.05; done
        ! kill -0 "$child" 2>/dev/null
    done
}

@test "a worker that dies is replaced" {
    mine=$BATS_TEST_TMPDIR
    mkstore keys "$mine"
    mkdir "$mine/store"
    edge_ini "$mine" </dev/null
    edge_up "$mine"
    before=$(workers_of "$edge_pid")
    kill -KILL ${before%% *}
    for ((i = 0; i < 200; i++)); do
        now=$(workers_of "$edge_pid")
        [ "$(wc -w <<<"$now")" != 2 ] || [ "$now" = "$before" ] || break
        sleep 0.05
    done
    [ "$now" != "$before" ]
    edge healthy "$port"
    edge_down "$edge_pid"
    [ "$(grep -c listening "$mine/out")" = 1 ]
}

@test "workers are sandboxed, and as root it becomes the user that owns the store" {
    worker=${workers%% *}
    grep -q '^NoNewPrivs:.*1' "/proc/$worker/status"
    grep -q '^Seccomp:.*2' "/proc/$worker/status"
    [ "$(id -u)" = 0 ] || return 0
    mine=$BATS_TEST_TMPDIR
    mkstore keys "$mine"
    mkdir "$mine/store"
    chown 65534:65534 "$mine/store"
    edge_ini "$mine" </dev/null
    edge_up "$mine"
    for p in $(generations_of "$edge_pid") $(workers_of "$edge_pid"); do
        [ "$(awk '/^Uid:/ { print $2, $3, $4, $5 }' "/proc/$p/status")" = "65534 65534 65534 65534" ]
        grep -q '^CapEff:.*0000000000000000' "/proc/$p/status"
        [ "$(readlink "/proc/$p/root")" = "$mine/store" ] || nm "$HOTFIX_BIN/hotfix-edge" 2>/dev/null | grep -q __asan_init
    done
    edge healthy "$port"
    edge_down "$edge_pid"
}
