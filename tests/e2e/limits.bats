#!/usr/bin/env bats
# What one address may have of the edge, and all together; from several addresses of loopback.

load edge.bash

setup_file() {
    dir=$BATS_FILE_TMPDIR
    mkstore keys "$dir"
    head -c 1000 /dev/urandom >"$dir/new"
    mkstore put "$dir" com.example.shop production 7 86400 "1,live,1.0.0,10000,normal,$dir/new"
    export dir
}

setup() {
    mine=$BATS_TEST_TMPDIR
    cp -a "$dir"/pub.pem "$dir/url.key" "$mine"
    ln -s "$dir/store" "$mine/store"
}

teardown() {
    cat "$mine/err" 2>/dev/null || true
    [ -z "${edge_pid:-}" ] || kill -KILL "$edge_pid" 2>/dev/null || true
}

# An edge with these lines in [edge], and a case of limits.py against it.
try() { # case lines
    edge_ini "$mine" <<<"$2"
    edge_up "$mine"
    read -ra workers <<<"$(workers_of "$edge_pid")"
    python3 "$HF_TOP/tests/e2e/limits.py" "$1" "$port" "${workers[@]}"
    edge_down "$edge_pid"
}

@test "connections of one address: 429 over the limit, others are served, one that ends makes room" {
    try connections $'unlimited =\naddress_connections = 3'
}

@test "all connections together: 503 over the limit" {
    try all_together $'unlimited =\nmax_connections = 4'
}

@test "requests of one address: 429 with Retry-After before the body is in; over all workers; malformed ones too" {
    try requests $'unlimited =\naddress_rate = 1\naddress_burst = 5'
}

@test "behind a trusted proxy the forwarded address counts, and the proxy's own does not" {
    try forwarded $'unlimited =\naddress_rate = 1\naddress_burst = 5\naddress_connections = 3\ntrusted_proxies = 127.0.0.1'
}

@test "behind the PROXY protocol connections count at the client's address" {
    try proxy_protocol $'unlimited =\naddress_connections = 3\ntrusted_proxies = 127.0.0.1\nproxy_protocol = yes'
}

@test "workers that are killed leave no counts behind" {
    try killed $'unlimited =\naddress_connections = 3'
}

@test "SIGHUP: what is open still counts, the new limits hold" {
    edge_ini "$mine" <<<$'unlimited =\naddress_connections = 2\naddress_rate = 1\naddress_burst = 2'
    edge_up "$mine"
    code() { get -o /dev/null -w '%{http_code}' "$(base)/health" || true; }
    [ "$(code)" = 200 ]
    for ((i = 0; i < 400; i++)); do [ "$(code)" != 429 ] || break; done
    [ "$i" -lt 400 ]
    exec 4<>"/dev/tcp/127.0.0.1/$port"
    sed -i 's/^address_burst.*/address_burst = 100/; s/^address_connections.*/address_connections = 1/' "$mine/hotfix.ini"
    kill -HUP "$edge_pid"
    for ((i = 0; i < 400; i++)); do ! grep -q 'is in force' "$mine/err" || break; sleep 0.05; done
    [ "$(get "$(base)/health" | jq -r .error)" = "Too many connections from this address" ]
    exec 4>&-
    for ((i = 0; i < 400; i++)); do [ "$(code)" != 200 ] || break; sleep 0.05; done
    [ "$(code; code; code)" = 200200200 ]
    edge_down "$edge_pid"
}

@test "over TLS: the connection that is one too many is closed" {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=a -addext 'subjectAltName=IP:127.0.0.1' \
        -keyout "$mine/tls.key" -out "$mine/tls.crt" 2>/dev/null
    edge_ini "$mine" <<<$'unlimited =\naddress_connections = 2\n'"tls_cert = $mine/tls.crt"$'\n'"tls_key = $mine/tls.key"
    edge_up "$mine"
    export EDGE_CA=$mine/tls.crt
    [ "$(get "$(base)/health" | jq -r .status)" = ok ]
    python3 - "$port" <<'PY'
import socket, sys, time
held = [socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20) for _ in range(2)]
end = time.time() + 20  # curl's connection from before may not be gone yet
while True:
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
    try:
        if s.recv(1) == b"":
            break
    except ConnectionResetError:
        break
    assert time.time() < end
PY
    edge_down "$edge_pid"
}

@test "by itself loopback is not limited" {
    try unlimited ""
}

@test "sizes of a request can be made smaller" {
    try sizes $'max_head = 1024\nmax_body = 1024'
}
