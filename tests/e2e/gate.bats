#!/usr/bin/env bats
# The faults of the HTTP server below, one by one, and what stands in their way. edge.bats has those of a request's form, life.bats
# those of processes; tests/long/gate.py takes each answer out and sees a test go red.

load edge.bash

size=$((64 * 1024 * 1024))

# One edge for most tests: one worker, short times.
setup_file() {
    dir=$BATS_FILE_TMPDIR
    mkstore keys "$dir"
    head -c "$size" /dev/urandom >"$dir/new"
    mkstore put "$dir" com.example.shop production 7 86400 "1,live,1.0.0,10000,normal,$dir/new"
    edge_ini "$dir" <<<$'workers = 1\nrequest = 2\nkeepalive = 2\nstall = 4\ndownloads = 2'
    edge_up "$dir"
    workers=$(workers_of "$edge_pid")
    workers=${workers% }
    export dir port edge_pid workers
}

teardown_file() {
    kill -TERM "$edge_pid"
    for ((i = 0; i < 200; i++)); do kill -0 "$edge_pid" 2>/dev/null || break; sleep 0.05; done
    cat "$dir/err" >&2
    ! kill -0 "$edge_pid" 2>/dev/null
}

gate() { python3 "$HF_TOP/tests/e2e/gate.py" "$@"; }
life() { python3 "$HF_TOP/tests/e2e/life.py" "$@"; }

@test "lengths that are none, and those that overflow" {
    gate lengths "$port"
}

@test "a body over the limit: 413 is heard while it is still being sent" {
    gate big_body "$port"
}

@test "forty headers: none is lost" {
    gate many_fields "$port"
}

@test "smuggling: what follows a request of two meanings is never answered" {
    gate smuggling "$port"
}

@test "bodies that are no question: 400, and the connection goes on" {
    gate bodies "$port"
}

@test "paths that lead out of the store: 404" {
    gate paths "$port"
}

@test "slow and stalled heads, bodies, and silence have [edge] request seconds in all" {
    gate slow "$port" 2
}

@test "a TLS client on the plain port is told at once" {
    gate tls_hello "$port"
}

@test "random bytes: an error and a close" {
    gate noise "$port" 4711 400
}

@test "[edge] downloads: the next one gets 503 and Retry-After, version checks go on" {
    gate busy "$port" "$(link)" "$workers"
}

@test "questions without reading the answers: the worker reads no more of them" {
    gate deaf "$port"
}

@test "a reader as fast as the worker takes turns with the others, and ranges end where they should" {
    [ -z "${HF_SECCOMP_LOG:-}" ] || return 0 # one tracer at a time
    # watched, the worker is slower than any reader: it never has to wait for one
    { strace -e trace=sendfile,epoll_wait -o "$BATS_TEST_TMPDIR/calls" -p "$workers" 3>&- & } 2>"$BATS_TEST_TMPDIR/told"
    tracer=$!
    for ((i = 0; i < 200; i++)); do ! grep -q attached "$BATS_TEST_TMPDIR/told" || break; sleep 0.05; done
    for case in "greedy $port $(link) $size" "ranges $port $(link) $dir/new"; do
        # shellcheck disable=SC2086 # words on purpose
        gate $case || { kill "$tracer"; return 1; }
    done
    kill "$tracer"
    wait "$tracer" || true
}

@test "a download that takes longer than every time there is arrives whole; a reader that stalls is dropped" {
    life steady "$port" "$(link)" "$size" 6
    life stalled "$port" "$(link)" 4 "$workers"
}

@test "a file that becomes shorter while it is sent" {
    cp "$dir/new" "$dir/short"
    printf x >>"$dir/short"
    mkstore put "$dir" com.example.shop production 8 86400 "2,live,1.0.0,10000,normal,$dir/short" "1,live,1.0.0,10000,normal,$dir/new"
    for ((i = 0; i < 200; i++)); do [ "$(check_version | jq .serial)" != 8 ] || break; sleep 0.05; done
    gate shorter "$port" "$(link)" "$dir/short" "$workers"
}

@test "a large manifest, read by a worker in its sandbox" {
    releases=()
    for ((i = 500; i > 1; i--)); do releases+=("$i,live,9.$i.0,10000,normal,-"); done
    mkstore put "$dir" com.example.shop production 9 86400 "${releases[@]}" "1,live,1.0.0,10000,normal,$dir/new"
    [ "$(stat -c %s "$dir/store/com.example.shop/production/manifest.json")" -gt 200000 ]
    for ((i = 0; i < 200; i++)); do [ "$(check_version | jq .serial)" != 9 ] || break; sleep 0.05; done
    [ "$(check_version | jq .serial)" = 9 ]
    get "$(base)/manifest/com.example.shop/production" | cmp - "$dir/store/com.example.shop/production/manifest.json"
}

@test "the worker of all these tests is the one that began, and said nothing" {
    [ "$(workers_of "$edge_pid")" = "$workers " ]
    grep -v 'belongs to root' "$dir/err" && false || true
}

@test "over TLS: slow requests, lengths, smuggling, bodies" {
    mine=$BATS_TEST_TMPDIR
    cp -a "$dir"/pub.pem "$dir/url.key" "$mine"
    ln -sfn "$dir/store" "$mine/store"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=a \
        -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -keyout "$mine/key" -out "$mine/crt" 2>/dev/null
    edge_ini "$mine" <<<$'workers = 1\nrequest = 2\nkeepalive = 2\ntls_cert = '"$mine/crt"$'\ntls_key = '"$mine/key"
    edge_up "$mine"
    export EDGE_CA=$mine/crt
    before=$(workers_of "$edge_pid")
    before=${before% }
    for case in lengths big_body many_fields smuggling bodies; do gate "$case" "$port"; done
    gate slow "$port" 2
    cp "$dir/new" "$mine/short"
    printf y >>"$mine/short"
    cp "$dir/signing.pem" "$mine"
    mkstore put "$mine" com.example.shop production 10 86400 "2,live,1.0.0,10000,normal,$mine/short" "1,live,1.0.0,10000,normal,$dir/new"
    for ((i = 0; i < 200; i++)); do [ "$(check_version | jq .serial)" != 10 ] || break; sleep 0.05; done
    gate shorter "$port" "$(link)" "$mine/short" "$before"
    [ "$(workers_of "$edge_pid")" = "$before " ]
    edge_down "$edge_pid"
}

@test "connections go to all workers" {
    mine=$BATS_TEST_TMPDIR
    cp -a "$dir"/pub.pem "$dir/url.key" "$mine"
    ln -sfn "$dir/store" "$mine/store"
    edge_ini "$mine" <<<$'workers = 2'
    edge_up "$mine"
    gate spread "$port"
    for worker in $(workers_of "$edge_pid"); do # whatever the limit that it was started with
        [ "$(awk '/^Max open files/ { print $4 }' "/proc/$worker/limits")" -le 16384 ]
    done
    edge_down "$edge_pid"
}
