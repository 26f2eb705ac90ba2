#!/usr/bin/env bats
# How the edge begins, changes and ends, while clients are there.

load edge.bash

size=$((32 * 1024 * 1024))

setup_file() {
    dir=$BATS_FILE_TMPDIR
    mkstore keys "$dir"
    head -c "$size" /dev/urandom >"$dir/new"
    echo old >"$dir/old"
    mkstore put "$dir" com.example.shop production 7 86400 "2,live,1.0.0,10000,normal,$dir/new" "1,live,1.0.0,10000,normal,$dir/old"
    sha=$(sha256sum <"$dir/new")
    sha=${sha%% *}
    export dir sha
}

# Each test has an edge of its own over the one store. Lines of stdin go into [edge].
setup() {
    mine=$BATS_TEST_TMPDIR
    cp -a "$dir"/*.pem "$dir/url.key" "$mine"
    ln -s "$dir/store" "$mine/store"
}

start() {
    edge_ini "$mine"
    edge_up "$mine" "$@"
}

life() { python3 "$HF_TOP/tests/e2e/life.py" "$@"; }
# Waits until a file holds so many lines with a text: said FILE TEXT [COUNT]
said() {
    for ((i = 0; i < 400; i++)); do
        [ ! -e "$1" ] || [ "$(grep -c -- "$2" "$1")" -lt "${3:-1}" ] || return 0
        sleep 0.05
    done
    echo "not said: $2"
    cat "$1"
    return 1
}

teardown() {
    cat "$mine/err" 2>/dev/null || true
    [ -z "${edge_pid:-}" ] || kill -KILL "$edge_pid" 2>/dev/null || true
}

@test "SIGTERM: new connections are refused, idle ones closed, a download arrives whole" {
    for workers in 1 2; do
        start <<<$'keepalive = 60\nworkers = '"$workers"
        life drain "$port" "$(link)" "$sha" "$edge_pid"
        wait "$edge_pid"
    done
}

@test "SIGTERM: a request that is on its way is answered, with connection: close" {
    start </dev/null
    life drain_answers "$port" "$(link)" "$edge_pid"
    wait "$edge_pid"
}

@test "a second SIGTERM ends it at once" {
    start </dev/null
    life twice "$port" "$(link)" "$edge_pid"
    wait "$edge_pid"
}

@test "[edge] drain: what takes longer is cut, and spoken of" {
    start <<<"drain = 1"
    life cut "$port" "$(link)" "$edge_pid" 1
    wait "$edge_pid"
    grep -q '1 connections are cut: they were not done within 1 s' "$mine/err"
}

@test "SIGHUP under load: nobody is refused or cut, old downloads finish, old generations end" {
    start </dev/null
    before=$(generations_of "$edge_pid")
    life reload "$port" "$(link)" "$sha" "$edge_pid" "$mine/err"
    for ((i = 0; i < 600; i++)); do [ "$(generations_of "$edge_pid" | wc -w)" != 1 ] || break; sleep 0.05; done
    [ "$(generations_of "$edge_pid" | wc -w)" = 1 ]
    [ "$(generations_of "$edge_pid")" != "$before" ]
    [ "$(cat "$mine/out")" = "hotfix-edge: listening on 127.0.0.1:$port" ]
    edge_down "$edge_pid"
}

@test "SIGHUP: a changed file is in force, on the same port or another one" {
    start </dev/null
    before=$port
    sed -i 's|^secret|public_url = https://updates.example.com\n&|' "$mine/hotfix.ini"
    kill -HUP "$edge_pid"
    said "$mine/err" 'is in force'
    [[ $(link) == https://updates.example.com/* ]]
    free=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    sed -i "s|^listen.*|listen = 127.0.0.1:$free|" "$mine/hotfix.ini"
    kill -HUP "$edge_pid"
    said "$mine/err" 'is in force' 2
    port=$free
    [[ $(link) == https://updates.example.com/* ]]
    for ((i = 0; i < 400; i++)); do curl -s -o "$mine/x" "http://127.0.0.1:$before/health" || break; sleep 0.05; done
    [ "$(curl -s -o "$mine/x" -w '%{exitcode}' "http://127.0.0.1:$before/health")" = 7 ]
    edge_down "$edge_pid"
}

@test "SIGHUP with a broken file, a missing key or a port that is taken: said, and the old one goes on" {
    start </dev/null
    good=$(cat "$mine/hotfix.ini")
    children="$(generations_of "$edge_pid") $(workers_of "$edge_pid")"
    echo 'wrokers = 2' >>"$mine/hotfix.ini"
    kill -HUP "$edge_pid"
    said "$mine/err" "hotfix.ini:[0-9]*: unknown key 'wrokers'.*; the old configuration goes on"
    echo "${good//url.key/no.key}" >"$mine/hotfix.ini"
    kill -HUP "$edge_pid"
    said "$mine/err" 'no.key.*; the old configuration goes on'
    echo "${good//127.0.0.1:0/192.0.2.1:1}" >"$mine/hotfix.ini"
    kill -HUP "$edge_pid"
    said "$mine/err" 'cannot listen on 192.0.2.1:1: .*; the old configuration goes on'
    rm "$mine/hotfix.ini"
    kill -HUP "$edge_pid"
    said "$mine/err" 'No such file or directory; the old configuration goes on'
    link
    [ "$(generations_of "$edge_pid") $(workers_of "$edge_pid")" = "$children" ]
    edge_down "$edge_pid"
}

@test "on a bucket too, an edge that cannot begin ends, and says why" {
    edge_ini "$mine" <<<"sync_dir = $mine/sync"
    sed -i 's|^url = .*|url = s3://bucket/prefix\nendpoint = http://127.0.0.1:9|' "$mine/hotfix.ini"
    AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=secret run timeout 20 prlimit --nofile=100 \
        "$HOTFIX_BIN/hotfix-edge" -c "$mine/hotfix.ini"
    [ "$status" = 1 ]
    [[ $output == *"the limit of open files is 100; the edge needs 128 or more"* ]]
}

@test "a worker that dies at once, again and again, is waited for longer and longer; the other goes on" {
    start <<<"workers = 2"
    other=$(workers_of "$edge_pid")
    other=${other##* }
    [ -n "$other" ] || other=$(workers_of "$edge_pid" | awk '{ print $2 }')
    for round in 1 2 3 4; do
        victim=$(workers_of "$edge_pid" | tr ' ' '\n' | grep -v "^$other\$" | head -n 1)
        kill -KILL "$victim"
        [ "$round" = 1 ] || said "$mine/err" "died $round times soon after its start: the next one begins in $((125 << (round - 1))) ms"
        life answers "$port" 0.2
        for ((i = 0; i < 400; i++)); do
            now=$(workers_of "$edge_pid")
            [[ " $now " == *" $victim "* ]] || [ "$(wc -w <<<"$now")" != 2 ] || break
            sleep 0.02
        done
    done
    [[ " $(workers_of "$edge_pid") " == *" $other "* ]]
    edge_down "$edge_pid"
}

@test "kore's parent dies: it is started again, and who connects meanwhile only waits" {
    start </dev/null
    before=$(generations_of "$edge_pid")
    read -ra workers <<<"$(workers_of "$edge_pid")"
    life outage "$port" "${before% }" "${workers[@]}"
    said "$mine/err" 'kore was ended by signal 9'
    [ "$(generations_of "$edge_pid")" != "$before" ]
    edge_down "$edge_pid"
}

@test "a worker that hangs is killed and replaced" {
    [ -z "${HF_SECCOMP_LOG:-}" ] || return 0 # who traces it lets it go on
    start <<<"workers = 1"
    read -r victim <<<"$(workers_of "$edge_pid")"
    kill -STOP "$victim"
    said "$mine/err" "worker 1 (process $victim) hangs: killed"
    life answers "$port" 0.1
    edge_down "$edge_pid"
}

@test "the service manager is told: ready, reloading, alive, stopping" {
    life manager "$mine/notify" "$mine/told" 3>&- &
    manager=$!
    for ((i = 0; i < 200; i++)); do [ ! -S "$mine/notify" ] || break; sleep 0.05; done
    start env NOTIFY_SOCKET="$mine/notify" WATCHDOG_USEC=200000 </dev/null
    said "$mine/told" '^READY=1 STATUS=serving$'
    said "$mine/told" '^WATCHDOG=1$' 3
    kill -HUP "$edge_pid"
    said "$mine/told" '^READY=1 STATUS=serving$' 2
    grep -qE '^RELOADING=1 MONOTONIC_USEC=[0-9]+$' "$mine/told"
    edge_down "$edge_pid"
    said "$mine/told" '^STOPPING=1$'
    wait "$manager"
}

@test "a heartbeat that is asked of another process is not given" {
    life manager "$mine/notify" "$mine/told" 3>&- &
    manager=$!
    for ((i = 0; i < 200; i++)); do [ ! -S "$mine/notify" ] || break; sleep 0.05; done
    start env NOTIFY_SOCKET="$mine/notify" WATCHDOG_USEC=200000 WATCHDOG_PID=1 </dev/null
    said "$mine/told" '^READY=1'
    edge_down "$edge_pid"
    said "$mine/told" '^STOPPING=1$'
    wait "$manager"
    run grep WATCHDOG "$mine/told"
    [ "$status" = 1 ]
}

@test "a reader that is slower than every timer gets all of it; one that takes nothing is let go" {
    start <<<$'keepalive = 1\nstall = 2'
    life steady "$port" "$(link)" "$size" 7
    read -ra workers <<<"$(workers_of "$edge_pid")"
    life stalled "$port" "$(link)" 2 "${workers[@]}"
    edge_down "$edge_pid"
}

@test "a worker that did not run for a while takes no client for slow" {
    start <<<$'workers = 1\nrequest = 3'
    read -ra workers <<<"$(workers_of "$edge_pid")"
    life paused "$port" "${workers[0]}" 5
    edge_down "$edge_pid"
}

@test "several files: channels of all, each with its store and keys; [edge] of the first" {
    start </dev/null
    edge_down "$edge_pid"
    other=$mine/other
    mkdir "$other"
    mkstore keys "$other"
    echo other >"$other/patch"
    mkstore put "$other" com.example.other production 3 86400 "1,live,1.0.0,10000,normal,$other/patch"
    edge_ini "$other" <<<'listen = 127.0.0.1:1'
    sed -i -e 's/com.example.shop/com.example.other/' -e '0,/^listen/{/^listen/d}' -e 's/^secret.*//' "$other/hotfix.ini"
    edge_up "$mine" env HF_MORE="$other/hotfix.ini" sh -c 'exec "$@" -c "$HF_MORE"' sh
    grep -q "\[edge\] of $mine/hotfix.ini counts" "$mine/err"
    [ "$(check_version '{"version":"1.0.0","app":"com.example.shop"}' | jq .serial)" = 7 ]
    answer=$(check_version '{"version":"1.0.0","app":"com.example.other"}')
    [ "$(jq .serial <<<"$answer")" = 3 ]
    [ "$(get "$(base)$(jq -r .url <<<"$answer")")" = other ]
    edge_down "$edge_pid"
    sed -i 's/com.example.other/com.example.shop/' "$other/hotfix.ini"
    run timeout 20 "$HOTFIX_BIN/hotfix-edge" -c "$mine/hotfix.ini" -c "$other/hotfix.ini"
    [ "$status" = 2 ]
    [[ $output == *"other/hotfix.ini: the app 'com.example.shop' stands in another file with another [store] url"* ]]
}

@test "the unit for systemd is one" {
    sed "s|/usr/local/sbin/hotfix-edge|$HOTFIX_BIN/hotfix-edge|" "$HF_TOP/docs/systemd/hotfix-edge.service" >"$mine/hotfix-edge.service"
    run systemd-analyze verify --man=no "$mine/hotfix-edge.service"
    echo "$output"
    [ "$status" = 0 ]
    [ "$output" = "" ]
}

@test "the block of docs/deploy.md makes an edge with TLS of a repository that hotfix init has set up" {
    repo=$mine/shop.git etc=$mine/etc
    git init -q --bare "$repo"
    "$HOTFIX_BIN/hotfix" init --repo "$repo" --app com.example.shop --include '*' >/dev/null
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$mine/privkey.pem" -out "$mine/fullchain.pem" -days 2 \
        -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 2>/dev/null
    mkdir -p "$etc/systemd/system" "$mine/fake"
    for word in useradd systemctl curl; do # what is not a test's to do: said, not done
        printf '#!/bin/sh\necho %s "$@" >>"%s/did"\n' $word "$mine" >"$mine/fake/$word"
        chmod +x "$mine/fake/$word"
    done
    awk '/^## / { here = $0 == "## Under systemd" } here && /^```/ { on = !on; next } here && on' "$HF_TOP/docs/deploy.md" |
        sed -e "s|/srv/git/shop.git|$repo|; s|cert=/[^ ]*|cert=$mine|; s|/etc/hotfix|$etc/hotfix|g; s|/etc/systemd|$etc/systemd|
                s|0.0.0.0:443|127.0.0.1:0|; s|-g hotfix|-g $(id -gn)|" >"$mine/block"
    (cd "$HF_TOP" && PATH=$mine/fake:$PATH bash -eu "$mine/block")
    cat "$mine/did"
    grep -q "^useradd .*--groups $(stat -c %G "$repo/hotfix") hotfix$" "$mine/did"
    grep -q '^systemctl enable --now hotfix-edge.service$' "$mine/did"
    [ "$(stat -c %a "$etc/hotfix/"{hotfix.ini,tls.crt,tls.key} | tr '\n' ' ')" = '640 640 640 ' ]
    # a member of the store's group reads all that the edge reads, and no more
    [ "$(stat -c %A "$repo/hotfix/"{.,store,url.key,signing.pub.pem,signing.pem} | cut -c5 | tr '\n' ' ')" = 'r r r r - ' ]
    [ "$(sed -n 's/^ExecStart=//p' "$etc/systemd/system/hotfix-edge.service")" = '/usr/local/sbin/hotfix-edge -c /etc/hotfix/hotfix.ini' ]
    export EDGE_CA=$mine/fullchain.pem
    edge_up "$etc/hotfix"
    [ "$(get "$(base)/health" | jq -r .status)" = waiting ]
    edge_down "$edge_pid"
}
