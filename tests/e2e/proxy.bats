#!/usr/bin/env bats
# The edge behind nginx and HAProxy, with the configurations that docs/deploy.md gives; and whom it believes.

load edge.bash

size=$((16 * 1024 * 1024))

setup_file() {
    dir=$BATS_FILE_TMPDIR
    mkstore keys "$dir"
    head -c "$size" /dev/urandom >"$dir/new"
    mkstore put "$dir" com.example.shop production 7 86400 "1,live,1.0.0,10000,normal,$dir/new"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=a -addext 'subjectAltName=IP:127.0.0.1' \
        -keyout "$dir/tls.key" -out "$dir/tls.crt" 2>/dev/null
    cat "$dir/tls.crt" "$dir/tls.key" >"$dir/both.pem"
    sha=$(sha256sum <"$dir/new")
    export dir sha
}

# An edge with the [edge] that stands above a block of docs/deploy.md, or with lines of stdin.
setup() {
    mine=$BATS_TEST_TMPDIR
    cp -a "$dir"/pub.pem "$dir/url.key" "$mine"
    ln -s "$dir/store" "$mine/store"
    front=
}

teardown() {
    cat "$mine/err" "$mine/front.log" 2>/dev/null || true
    [ -z "$front" ] || { kill -TERM "$front" && wait "$front"; } || true
    [ -z "${edge_pid:-}" ] || kill -KILL "$edge_pid" 2>/dev/null || true
}

start() {
    edge_ini "$mine"
    edge_up "$mine"
    edge_port=$port
}

# The n-th block of a kind under a heading of docs/deploy.md: block HEADING KIND
block() {
    awk -v heading="## $1" -v fence="\`\`\`$2" '
        /^## / { there = $0 == heading }
        there && $0 == fence { inside = 1; next }
        /^```$/ { inside = 0 }
        inside' "$HF_TOP/docs/deploy.md"
}
# Its [edge] without what edge_ini writes itself.
edge_block() { block "$1" ini | grep -vE '^(\[edge\]|listen)'; }

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Waits until the one in front serves what is behind it.
front_up() {
    for ((i = 0; i < 400; i++)); do
        kill -0 "$front"
        [ "$(get -f "$(base)/health" 2>/dev/null | jq -r .status)" != ok ] || return 0
        sleep 0.05
    done
    return 1
}

nginx_up() {
    port=$(free_port)
    EDGE_CA=$dir/tls.crt
    {
        echo "daemon off; worker_processes 1; error_log $mine/front.log; pid $mine/nginx.pid; events {}"
        echo "http { access_log off;"
        for kind in client_body proxy fastcgi uwsgi scgi; do echo "${kind}_temp_path $mine/$kind;"; done
        block "Behind nginx" nginx |
            sed -e "s|127.0.0.1:3001|127.0.0.1:$edge_port|; s|listen 443|listen 127.0.0.1:$port|" \
                -e "s|/etc/nginx/updates.pem|$dir/tls.crt|; s|/etc/nginx/updates.key|$dir/tls.key|"
        echo "}"
    } >"$mine/nginx.conf"
    /usr/sbin/nginx -p "$mine" -e "$mine/front.log" -c "$mine/nginx.conf" 3>&- &
    front=$!
    front_up
}

haproxy_up() { # [sed expression]
    port=$(free_port)
    EDGE_CA=$dir/tls.crt
    block "Behind HAProxy" haproxy |
        sed -e "s|127.0.0.1:3001|127.0.0.1:$edge_port|; s|bind :443|bind 127.0.0.1:$port|; s|/etc/haproxy/updates.pem|$dir/both.pem|" \
            -e "${1:-}" >"$mine/haproxy.cfg"
    { /usr/sbin/haproxy -db -f "$mine/haproxy.cfg" 2>&1 3>&- & } >"$mine/front.log"
    front=$!
    front_up
}

# A version check, the patch and a range of it, through whatever is in front.
serves() {
    [ "$(check_version | jq -r .update)" = true ]
    [ "$(get "$(base)$(link)" | sha256sum)" = "$sha" ]
    [ "$(get -r 1000-1999999 "$(base)$(link)" | sha256sum)" = "$(tail -c +1001 "$dir/new" | head -c 1999000 | sha256sum)" ]
    for ((i = 0; i < 50; i++)); do check_version >/dev/null & done
    for job in $(jobs -p); do [ "$job" = "$front" ] || [ "$job" = "$edge_pid" ] || wait "$job"; done
}

address() { get "$@" "$(base)/health" | jq -r .address; }

@test "nginx as docs/deploy.md has it; what a client says of itself is not believed" {
    start < <(edge_block "Behind nginx")
    nginx_up
    serves
    [ "$(address --interface 127.0.0.5)" = 127.0.0.5 ]
    [ "$(address --interface 127.0.0.5 -H 'X-Forwarded-For: 192.0.2.9')" = 127.0.0.5 ]
    edge_down "$edge_pid"
}

@test "HAProxy as docs/deploy.md has it, PROXY protocol version 2, and version 1" {
    start < <(edge_block "Behind HAProxy")
    haproxy_up
    serves
    [ "$(address --interface 127.0.0.5)" = 127.0.0.5 ]
    [ "$(address --interface 127.0.0.5 -H 'X-Forwarded-For: 192.0.2.9')" = 127.0.0.5 ]
    kill -TERM "$front"
    wait "$front" || true
    haproxy_up 's/send-proxy-v2/send-proxy/'
    serves
    [ "$(address --interface 127.0.0.5)" = 127.0.0.5 ]
    edge_down "$edge_pid"
}

@test "X-Forwarded-For: the last one that is not a trusted proxy's, and only from a trusted one" {
    start <<<"trusted_proxies = 127.0.0.1 10.0.0.0/8"
    [ "$(address)" = 127.0.0.1 ]
    [ "$(address -H 'X-Forwarded-For: 192.0.2.7')" = 192.0.2.7 ]
    [ "$(address -H 'X-Forwarded-For: 1.1.1.1, 192.0.2.7, 10.1.1.1')" = 192.0.2.7 ]
    [ "$(address -H 'X-Forwarded-For: 1.1.1.1' -H 'X-Forwarded-For: 2001:db8::7')" = 2001:db8::7 ]
    [ "$(address --interface 127.0.0.5 -H 'X-Forwarded-For: 192.0.2.7')" = 127.0.0.5 ]
    # of each request, not of the connection
    run get -H 'X-Forwarded-For: 192.0.2.7' "$(base)/health" --next -sS "$(base)/health"
    [[ $output == *192.0.2.7*127.0.0.1* ]]
    edge_down "$edge_pid"
}

@test "the PROXY protocol: in any pieces, on plain and TLS; malformed, it is a close; from strangers it is none" {
    for tls in no yes; do
        unset EDGE_CA
        settings=$'proxy_protocol = yes\ntrusted_proxies = 127.0.0.1'
        [ "$tls" = no ] || settings+=$'\n'"tls_cert = $dir/tls.crt"$'\n'"tls_key = $dir/tls.key"
        start <<<"$settings"
        [ "$tls" = no ] || export EDGE_CA=$dir/tls.crt
        python3 "$HF_TOP/tests/e2e/proxy.py" "$port"
        edge_down "$edge_pid"
    done
}

@test "trusted_proxies that are none: said, status 2" {
    edge_ini "$mine" <<<"trusted_proxies = 127.0.0.1 10.0.0.1/8"
    run timeout 20 "$HOTFIX_BIN/hotfix-edge" -c "$mine/hotfix.ini"
    [ "$status" = 2 ]
    [[ $output == *"[edge] trusted_proxies: '10.0.0.1/8' is not an address or a network"* ]]
}
