#!/usr/bin/env bats
# The edge's own TLS: what it speaks and what not, and all that holds for plain connections over it.

load edge.bash

size=$((64 * 1024 * 1024))

# A certificate for the loopback address: certificate NAME openssl-key-options...
certificate() {
    local name=$1
    shift
    openssl req -x509 -newkey "$@" -nodes -days 2 -subj "/CN=$name" -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' \
        -keyout "$dir/$name.key" -out "$dir/$name.crt" 2>/dev/null
}

# One edge with a worker for all tests but those that start their own.
setup_file() {
    dir=$BATS_FILE_TMPDIR
    certificate rsa rsa:2048
    certificate ecdsa ec -pkeyopt ec_paramgen_curve:P-256
    certificate other ec -pkeyopt ec_paramgen_curve:P-256
    mkstore keys "$dir"
    head -c 100000 /dev/urandom >"$dir/old"
    head -c "$size" /dev/urandom >"$dir/new"
    mkstore put "$dir" com.example.shop production 7 86400 "2,live,1.0.0,10000,normal,$dir/new" "1,live,1.0.0,10000,normal,$dir/old"
    tls_ini "$dir" ecdsa <<<$'workers = 1\nkeepalive = 5'
    edge_up "$dir"
    EDGE_CA=$dir/ecdsa.crt
    workers=$(workers_of "$edge_pid")
    workers=${workers% }
    sha=$(sha256sum <"$dir/new")
    sha=${sha%% *}
    export dir port edge_pid workers sha EDGE_CA
}

teardown_file() {
    kill -TERM "$edge_pid"
    for ((i = 0; i < 200; i++)); do kill -0 "$edge_pid" 2>/dev/null || break; sleep 0.05; done
    cat "$dir/err" >&2
    ! kill -0 "$edge_pid" 2>/dev/null
}

# hotfix.ini in a folder, with one of the certificates; more of [edge] on stdin: tls_ini FOLDER NAME
tls_ini() {
    { printf 'tls_cert = %s\ntls_key = %s\n' "$dir/$2.crt" "$dir/$2.key"; cat; } | edge_ini "$1"
}

# An edge of this test's own, with a certificate: start NAME
start() {
    mine=$BATS_TEST_TMPDIR
    cp -a "$dir"/pub.pem "$dir/url.key" "$mine"
    ln -sfn "$dir/store" "$mine/store"
    tls_ini "$mine" "$1"
    EDGE_CA=$dir/$1.crt
    edge_up "$mine"
}

edge() { python3 "$HF_TOP/tests/e2e/edge.py" "$@"; }
life() { python3 "$HF_TOP/tests/e2e/life.py" "$@"; }
# What openssl's client says of a handshake: shake OPTIONS...
shake() { openssl s_client -connect "127.0.0.1:$port" -CAfile "$EDGE_CA" "$@" </dev/null 2>&1; }

@test "TLS 1.2 and 1.3, RSA and ECDSA: a version check and the patch behind its link" {
    for kind in rsa ecdsa; do
        start "$kind" </dev/null
        for version in 1.2 1.3; do
            [ "$(get --tls-max "$version" --tlsv"$version" "$(base)/health" | jq -r .status)" = ok ]
            shake -tls"${version/./_}" >"$mine/shake"
            grep -q 'Verify return code: 0 (ok)' "$mine/shake"
            grep -qE "TLSv$version, Cipher is .*(GCM|CHACHA20)" "$mine/shake"
        done
        [ "$(get "$(base)$(link)" | sha256sum)" = "$sha  -" ]
        edge_down "$edge_pid"
    done
}

@test "what is old or weak is refused: TLS 1.1, ciphers without forward secrecy, renegotiation" {
    run shake -tls1_1 -cipher ALL:@SECLEVEL=0
    [[ $output == *"Cipher is (NONE)"* ]]
    for cipher in AES256-GCM-SHA384 ECDHE-ECDSA-AES256-SHA384 ECDHE-ECDSA-AES128-SHA; do
        run shake -tls1_2 -cipher "$cipher:@SECLEVEL=0"
        [[ $output == *"Cipher is (NONE)"* ]]
    done
    run timeout 10 openssl s_client -connect "127.0.0.1:$port" -tls1_2 <<<R
    [[ $output == *"no renegotiation"* ]]
}

@test "ALPN: http/1.1 and nothing else" {
    run shake -alpn http/1.1
    [[ $output == *"ALPN protocol: http/1.1"* ]]
    run shake -alpn h2,http/1.1
    [[ $output == *"ALPN protocol: http/1.1"* ]]
    run shake -alpn h2
    [[ $output == *"no application protocol"* ]]
}

@test "a session is taken up again by its ticket" {
    mine=$BATS_TEST_TMPDIR
    printf 'GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' |
        openssl s_client -connect "127.0.0.1:$port" -CAfile "$EDGE_CA" -ign_eof -sess_out "$mine/session" >"$mine/first" 2>&1
    grep -q '^New, TLSv1.3' "$mine/first"
    shake -sess_in "$mine/session" | grep -q '^Reused, TLSv1.3'
}

@test "a plain request on the TLS port, a hello that does not go on: closed, and others are answered" {
    run curl -s -m 10 "http://127.0.0.1:$port/health"
    [ "$status" != 0 ]
    python3 - "$port" <<'PY'
import socket, sys, time
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20) as s:
    s.settimeout(20)
    start = time.monotonic()
    try:  # a byte every half second: the whole handshake has its time
        for b in bytes.fromhex("16030100a5010000a10303") + bytes(150):
            s.send(bytes([b]))
            s.settimeout(0.5)
            try:
                if s.recv(1) == b"":
                    break
            except TimeoutError:
                pass
    except OSError:
        pass
    took = time.monotonic() - start
    assert 3 < took < 12, took
PY
    edge healthy "$port"
}

@test "ranges, HEAD, entity tags" {
    url=$(base)$(link)
    [ "$(get -r 1000-1999 "$url" | sha256sum)" = "$(tail -c +1001 "$dir/new" | head -c 1000 | sha256sum)" ]
    [ "$(get -r 1000000-40000000 "$url" | sha256sum)" = "$(tail -c +1000001 "$dir/new" | head -c 39000001 | sha256sum)" ]
    [ "$(get -r -7 "$url" | sha256sum)" = "$(tail -c 7 "$dir/new" | sha256sum)" ]
    [ "$(get -o /dev/null -w '%{http_code}' -r "$size-" "$url")" = 416 ]
    get -I "$url" | grep -q "^Content-Length: $size"
    [ "$(get -o /dev/null -w '%{http_code}' -H "If-None-Match: \"$sha\"" "$url")" = 304 ]
}

@test "the manifest, byte for byte" {
    get "$(base)/manifest/com.example.shop/production" | cmp - "$dir/store/com.example.shop/production/manifest.json"
}

@test "the gate holds over TLS: malformed requests, a flood, pieces, order, half a request" {
    edge refused "$port"
    edge flood "$port"
    edge pieces "$port"
    edge order "$port"
    edge stalled_head "$port"
}

@test "downloads over TLS: eight at once, whole and in ranges; clients that leave or never read" {
    edge parallel "$port" "$(link)" "$size" "$sha" "$workers"
    edge aborted "$port" "$(link)" "$workers"
    edge unread "$port" "$(link)" "$workers"
}

@test "downloads over TLS: a slow reader is not cut" {
    edge slow "$port" "$(link)" "$size" 8
}

@test "the worker of all these tests is the one that began" {
    [ "$(workers_of "$edge_pid")" = "$workers " ]
}

@test "SIGHUP: another certificate is in force, and the connections of the old one go on" {
    start ecdsa </dev/null
    life reload "$port" "$(link)" "$sha" "$edge_pid" "$mine/err"
    tls_ini "$mine" rsa </dev/null
    kill -HUP "$edge_pid"
    for ((i = 0; i < 400; i++)); do [ "$(grep -c 'is in force' "$mine/err")" != 4 ] || break; sleep 0.05; done
    EDGE_CA=$dir/rsa.crt
    [ "$(get "$(base)/health" | jq -r .status)" = ok ]
    [ "$(cat "$mine/out")" = "hotfix-edge: listening on 127.0.0.1:$port" ]
    edge_down "$edge_pid"
}

@test "SIGTERM: a download over TLS arrives whole" {
    start ecdsa </dev/null
    life drain "$port" "$(link)" "$sha" "$edge_pid"
    wait "$edge_pid"
}

@test "a certificate or a key that is none, or of another: said, status 2" {
    start ecdsa </dev/null
    good=$(cat "$mine/hotfix.ini")
    echo "${good//ecdsa.key/other.key}" >"$mine/hotfix.ini"
    run timeout 20 "$HOTFIX_BIN/hotfix-edge" -c "$mine/hotfix.ini"
    echo "$output"
    [ "$status" = 2 ]
    [[ $output == *"tls_key '$dir/other.key': key values mismatch"* ]]
    openssl genpkey -algorithm ed25519 -out "$mine/kind.key" 2>/dev/null
    echo "${good//$dir\/ecdsa.key/$mine/kind.key}" >"$mine/hotfix.ini"
    run timeout 20 "$HOTFIX_BIN/hotfix-edge" -c "$mine/hotfix.ini"
    echo "$output"
    [ "$status" = 2 ]
    [[ $output == *"tls_key '$mine/kind.key': it is not the key of tls_cert"* ]]
    echo "${good//ecdsa.key/other.key}" >"$mine/hotfix.ini"
    kill -HUP "$edge_pid"
    for ((i = 0; i < 400; i++)); do ! grep -q 'key values mismatch; the old configuration goes on' "$mine/err" || break; sleep 0.05; done
    [ "$(get "$(base)/health" | jq -r .status)" = ok ]
    echo "${good//ecdsa.crt/missing.crt}" >"$mine/hotfix.ini"
    run timeout 20 "$HOTFIX_BIN/hotfix-edge" -c "$mine/hotfix.ini"
    [ "$status" = 2 ]
    [[ $output == *"tls_cert '$dir/missing.crt': No such file or directory"* ]]
    echo "${good//ecdsa.crt/old}" >"$mine/hotfix.ini"
    run timeout 20 "$HOTFIX_BIN/hotfix-edge" -c "$mine/hotfix.ini"
    [ "$status" = 2 ]
    [[ $output == *"tls_cert '$dir/old': "* ]]
    openssl ec -in "$dir/ecdsa.key" -aes128 -passout pass:x -out "$mine/locked.key" 2>/dev/null
    echo "${good//$dir\/ecdsa.key/$mine/locked.key}" >"$mine/hotfix.ini"
    run timeout 20 "$HOTFIX_BIN/hotfix-edge" -c "$mine/hotfix.ini"
    echo "$output"
    [ "$status" = 2 ]
    [[ $output == *"locked.key': "* ]]
    edge_down "$edge_pid"
}
