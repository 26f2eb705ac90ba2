#!/usr/bin/env bats
# What the edge tells those who look after it: /metrics and a real Prometheus, reports of a real client, log lines.

load edge.bash

setup_file() {
    dir=$BATS_FILE_TMPDIR
    mkstore keys "$dir"
    head -c 100000 /dev/urandom >"$dir/new"
    mkstore put "$dir" com.example.shop production 7 86400 "1,live,1.0.0,10000,normal,$dir/new"
    sha=$(sha256sum <"$dir/new")
    sha=${sha%% *}
    export dir sha
}

setup() {
    mine=$BATS_TEST_TMPDIR
    cp -a "$dir"/pub.pem "$dir/url.key" "$mine"
    ln -s "$dir/store" "$mine/store"
    others=()
}

teardown() {
    cat "$mine/err" "$mine/prometheus.log" 2>/dev/null || true
    for p in "${others[@]}"; do kill -KILL "$p" 2>/dev/null || true; done
    [ -z "${edge_pid:-}" ] || kill -KILL "$edge_pid" 2>/dev/null || true
}

# An edge with metrics and these lines in [edge]. Sets metrics to where they are.
start() {
    edge_ini "$mine" <<<"metrics = 127.0.0.1:0"$'\n'"${1:-}"
    edge_up "$mine"
    metrics=http://$(sed -nE 's/^hotfix-edge: metrics on (.*)$/\1/p' "$mine/out")
}

value() { get "$metrics/metrics" | awk -v name="$1" '$1 == name { print $2 }'; }
eventually() { # value name
    for ((i = 0; i < 400; i++)); do [ "$(value "$2")" != "$1" ] || return 0; sleep 0.05; done
    get "$metrics/metrics"
    return 1
}
report() { check_version "{\"version\":\"1.0.0\",\"client\":\"device-1\",\"report\":{\"sha256\":\"$1\",\"result\":\"$2\"}}"; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
names_in() { grep -ohE 'hotfix_[a-z0-9_]+' "$@" | sed -E 's/_(bucket|sum|count)$//' | sort -u; }

@test "metrics are on their own listener alone, and it has nothing else" {
    start
    [ "$(get -o /dev/null -w '%{http_code}' "$(base)/metrics")" = 404 ]
    [ "$(get -o /dev/null -w '%{http_code}' "$(base)/reports")" = 404 ]
    [ "$(get -o /dev/null -w '%{http_code} %{content_type}' "$metrics/metrics")" = "200 text/plain; version=0.0.4; charset=utf-8" ]
    [ "$(get "$metrics/reports" | jq -c .patches)" = '[]' ]
    for path in / /health /api/patch/version /metrics/ /manifest/com.example.shop/production; do
        [ "$(get -o /dev/null -w '%{http_code}' "$metrics$path")" = 404 ]
    done
    [ "$(get -o /dev/null -w '%{http_code}' -d x "$metrics/metrics")" = 405 ]
    [ "$(get -I "$metrics/metrics" | grep -ic '^content-length: [1-9]')" = 1 ]
    edge_down "$edge_pid"
}

@test "every metric that the alerts, the dashboard and docs/deploy.md name is there, and each that is there is described" {
    mkdir "$mine/bucket" # an edge on a bucket, which nobody answers for, has one metric more
    cp "$mine"/* "$mine/bucket" 2>/dev/null || true
    edge_ini "$mine/bucket" <<<"metrics = 127.0.0.1:0"$'\n'"sync_dir = $mine/bucket/sync"
    sed -i 's|^url = .*|url = s3://bucket/prefix\nendpoint = http://127.0.0.1:9|' "$mine/bucket/hotfix.ini"
    AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=secret edge_up "$mine/bucket"
    get "$(sed -nE 's/^hotfix-edge: metrics on (.*)$/\1/p' "$mine/bucket/out")/metrics" >"$mine/text"
    edge_down "$edge_pid"
    start
    get "$metrics/metrics" >>"$mine/text"
    sed -nE 's/^# TYPE (hotfix_[a-z0-9_]+) .*/\1/p' "$mine/text" | sort -u >"$mine/there"
    [ "$(wc -l <"$mine/there")" -gt 20 ]
    for f in docs/monitoring/alerts.yml docs/monitoring/dashboard.json docs/deploy.md; do
        names_in "$HF_TOP/$f" >"$mine/named"
        [ -s "$mine/named" ]
        run comm -13 "$mine/there" "$mine/named"
        [ "$output" = "" ] || { echo "$f names what is not there: $output" && false; }
    done
    names_in "$HF_TOP/docs/deploy.md" >"$mine/named"
    run comm -23 "$mine/there" "$mine/named"
    [ "$output" = "" ] || { echo "docs/deploy.md lacks: $output" && false; }
    jq -e '.panels | length > 10' "$HF_TOP/docs/monitoring/dashboard.json"
    edge_down "$edge_pid"
}

@test "promtool takes the metrics and the alert rules, and the rules do what they say" {
    command -v promtool >/dev/null || skip "no prometheus here"
    start
    check_version >/dev/null
    report "$sha" installed >/dev/null
    get -o /dev/null "$(base)/nothing"
    get "$metrics/metrics" >"$mine/metrics"
    promtool check metrics <"$mine/metrics"
    promtool check rules "$HF_TOP/docs/monitoring/alerts.yml"
    cat >"$mine/test.yml" <<YML
rule_files: [$HF_TOP/docs/monitoring/alerts.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: 'hotfix_manifest_expires_timestamp_seconds{app="a",channel="b"}', values: '7200x240'}
      - {series: 'hotfix_manifest_published_timestamp_seconds{app="a",channel="b"}', values: '3600x240'}
      - {series: 'hotfix_manifest_refused{app="a",channel="b",instance="e"}', values: '0x60 1x60'}
      - {series: 'hotfix_reports_total{app="a",channel="b",patch="7",result="failed"}', values: '0x60 0+1x60'}
      - {series: 'hotfix_reports_total{app="a",channel="b",patch="7",result="installed"}', values: '0+10x120'}
      - {series: 'hotfix_bucket_seen_timestamp_seconds{app="a",channel="b",instance="e"}', values: '0+60x60 3600x60'}
      - {series: 'hotfix_workers{instance="e"}', values: '2x60 1x60'}
      - {series: 'hotfix_workers_configured{instance="e"}', values: '2x120'}
    alert_rule_test:
      - {eval_time: 30m, alertname: HotfixManifestExpired}
      - {eval_time: 30m, alertname: HotfixPatchFails}
      - {eval_time: 65m, alertname: HotfixManifestFuture}
      - eval_time: 30m
        alertname: HotfixManifestFuture
        exp_alerts:
          - exp_labels: {severity: critical, app: a, channel: b}
            exp_annotations: {summary: "a/b was published 30m 0s in the future: see docs/deploy.md, \"A manifest from the future\""}
      - {eval_time: 30m, alertname: HotfixWorkersMissing}
      - {eval_time: 65m, alertname: HotfixBucketAway}
      - eval_time: 80m
        alertname: HotfixBucketAway
        exp_alerts:
          - exp_labels: {severity: warning, app: a, channel: b, instance: e}
            exp_annotations: {summary: "e does not see in the bucket what it serves for a/b: see the messages of hotfix sync"}
      - eval_time: 125m
        alertname: HotfixManifestExpired
        exp_alerts:
          - exp_labels: {severity: critical, app: a, channel: b}
            exp_annotations: {summary: "a/b has no valid manifest: devices get 503"}
      - eval_time: 119m
        alertname: HotfixWorkersMissing
        exp_alerts:
          - exp_labels: {severity: warning, instance: e}
            exp_annotations: {summary: "e has 1 workers, fewer than it should"}
YML
    promtool test rules "$mine/test.yml"
    edge_down "$edge_pid"
}

@test "a real Prometheus scrapes it, and evaluates the rules" {
    command -v prometheus >/dev/null || skip "no prometheus here"
    start
    check_version >/dev/null
    where=127.0.0.1:$(free_port)
    cat >"$mine/prometheus.yml" <<YML
global: {scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 2s}
rule_files: [$HF_TOP/docs/monitoring/alerts.yml]
scrape_configs:
  - job_name: hotfix
    static_configs: [{targets: ["${metrics#http://}"]}]
YML
    {
        prometheus --config.file="$mine/prometheus.yml" --storage.tsdb.path="$mine/tsdb" --web.listen-address="$where" 2>&1 3>&- &
    } >"$mine/prometheus.log"
    others=($!)
    query() { get -G --data-urlencode "query=$1" "http://$where/api/v1/query" 2>/dev/null | jq -r '.data.result[].value[1]' 2>/dev/null; }
    is() { # value query: a scrape of a machine that has much to do may fail, and the next one not
        for ((i = 0; i < 600; i++)); do
            [ "$(query "$2")" != "$1" ] || return 0
            kill -0 "${others[0]}"
            sleep 0.05
        done
        return 1
    }
    is 1 'sum(hotfix_requests_total{route="version",status="200"})'
    is 1 'up{job="hotfix"}'
    is 7 'hotfix_manifest_serial{app="com.example.shop",channel="production"}'
    is 1 'hotfix_decisions_total{action="install",reason="offered"}'
    for ((i = 0; i < 600; i++)); do
        rules=$(get "http://$where/api/v1/rules" | jq -r '[.data.groups[].rules[] | .health] | unique | join(",")')
        [ "$rules" != ok ] || break
        sleep 0.05
    done
    [ "$rules" = ok ]
    # each panel of the dashboard asks what Prometheus understands
    jq -r '.panels[].targets[].expr' "$HF_TOP/docs/monitoring/dashboard.json" |
        sed 's/\$instance/.*/g; s/\$__rate_interval/1m/g' >"$mine/questions"
    while read -r q; do
        [ "$(get -G --data-urlencode "query=$q" "http://$where/api/v1/query" | jq -r .status)" = success ] || { echo "$q" && false; }
    done <"$mine/questions"
    kill "${others[0]}"
    wait "${others[0]}" || true
    edge_down "$edge_pid"
}

@test "counts are of all workers, outlive one that is killed, and SIGHUP" {
    start
    ask() { get -o /dev/null -w '%{http_code}\n' -d '{"version":"1.0.0"}' "$(base)/api/patch/version" >>"$mine/codes" || true; }
    for ((i = 0; i < 40; i++)); do ask & done
    for job in $(jobs -p); do [ "$job" = "$edge_pid" ] || wait "$job"; done
    n=$(grep -c 200 "$mine/codes") # a machine that has much to do may be too late with one
    [ "$n" -ge 20 ]
    eventually "$n" 'hotfix_requests_total{route="version",status="200"}'
    [ "$(value hotfix_workers)" = 2 ]
    started=$(value hotfix_start_time_seconds)
    for p in $(workers_of "$edge_pid"); do kill -KILL "$p"; done
    for ((i = 0; i < 400; i++)); do [ "$(value hotfix_worker_starts_total 2>/dev/null || true)" != 4 ] || break; sleep 0.05; done
    [ "$(value hotfix_worker_starts_total)" = 4 ]
    eventually "$n" 'hotfix_requests_total{route="version",status="200"}'
    eventually 2 hotfix_workers
    kill -HUP "$edge_pid"
    for ((i = 0; i < 400; i++)); do ! grep -q 'is in force' "$mine/err" || break; sleep 0.05; done
    eventually 6 hotfix_worker_starts_total
    eventually "$n" 'hotfix_requests_total{route="version",status="200"}'
    [ "$(value hotfix_start_time_seconds)" = "$started" ]
    eventually 0 hotfix_connections
    edge_down "$edge_pid"
}

@test "what is refused is counted by its cause; bytes are those that left" {
    start $'unlimited =\naddress_rate = 1\naddress_burst = 20\nmax_connections = 3'
    get "$(base)$(link)" >/dev/null
    size=$(value 'hotfix_sent_bytes_total{route="download"}')
    [ "$size" -gt 100000 ] && [ "$size" -lt 101000 ]
    printf 'rubbish\r\n\r\n' | timeout 20 python3 -c '
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
s.sendall(sys.stdin.buffer.read())
while s.recv(4096): pass' "$port"
    [ "$(value 'hotfix_refused_total{cause="malformed"}')" = 1 ]
    [ "$(value 'hotfix_requests_total{route="gate",status="400"}')" = 1 ]
    get -o /dev/null -H "X: $(head -c 9000 /dev/zero | tr '\0' x)" "$(base)/health"
    [ "$(value 'hotfix_refused_total{cause="too_large"}')" = 1 ]
    exec 4<>"/dev/tcp/127.0.0.1/$port" 5<>"/dev/tcp/127.0.0.1/$port" 6<>"/dev/tcp/127.0.0.1/$port"
    eventually 3 hotfix_connections
    [ "$(get -o /dev/null -w '%{http_code}' "$(base)/health")" = 503 ]
    [ "$(value 'hotfix_refused_total{cause="max_connections"}')" -ge 1 ]
    exec 4>&- 5>&- 6>&-
    eventually 0 hotfix_connections
    for ((i = 0; i < 200; i++)); do
        [ "$(get -o /dev/null -w '%{http_code}' "$(base)/health")" != 429 ] || break
    done
    [ "$(value 'hotfix_refused_total{cause="address_requests"}')" = 1 ]
    edge_down "$edge_pid"
}

@test "a client tells what became of a patch; hotfix status --edge shows it beside the release" {
    start
    client() {
        "$HOTFIX_BIN/hotfix-client" "$@" --version 1.0.0 --dir "$mine/device" --key "$mine/pub.pem"
    }
    update() { client update --edge "$(base)" --app com.example.shop --channel production --client-id device-1; }
    update
    [ "$(value 'hotfix_reports_total{app="com.example.shop",channel="production",patch="1",result="installed"}')" = 1 ]
    [ "$(value 'hotfix_offers_total{app="com.example.shop",channel="production",patch="1"}')" -ge 1 ]
    client begin
    client confirm
    update
    update
    [ "$(get "$metrics/reports" | jq -c '.patches[] | [.patch, .installed, .confirmed, .failed, .removed]')" = "[1,1,1,0,0]" ]
    report 0000000000000000000000000000000000000000000000000000000000000000 failed >/dev/null
    [ "$(value hotfix_reports_unlisted_total)" = 1 ]
    [ "$(get "$metrics/metrics" | grep -c 0000000000000000000000)" = 0 ]
    run "$HOTFIX_BIN/hotfix" status -c "$mine/hotfix.ini" --edge "$metrics" --json
    [ "$status" = 0 ]
    [ "$(jq -c '.[0].releases[0] | [.patch, .installed, .confirmed, .failed, .removed]' <<<"$output")" = "[1,1,1,0,0]" ]
    run "$HOTFIX_BIN/hotfix" status -c "$mine/hotfix.ini" --edge "$metrics/" --edge "$metrics" # two edges are added up
    [ "$status" = 0 ]
    [[ $output == *"offered installed confirmed  failed removed"* ]]
    [[ $output =~ 1\ +1\.0\.0\ +live.*\ 2\ +2\ +0\ +0 ]]
    run "$HOTFIX_BIN/hotfix" status -c "$mine/hotfix.ini"
    [ "$status" = 0 ]
    [[ $output != *offered* ]]
    run "$HOTFIX_BIN/hotfix" status -c "$mine/hotfix.ini" --edge "$(base)"
    [ "$status" = 1 ]
    [[ $output == *"is that the address of [edge] metrics?"* ]]
    edge_down "$edge_pid"
    run "$HOTFIX_BIN/hotfix" status -c "$mine/hotfix.ini" --edge "$metrics"
    [ "$status" = 1 ]
    run "$HOTFIX_BIN/hotfix" status -c "$mine/hotfix.ini" --edge 127.0.0.1
    [ "$status" = 2 ]
}

@test "log lines are JSON without tokens, queries and client ids" {
    start "log_requests = yes"
    link=$(link)
    get -o /dev/null "$(base)$link?secret=query"
    report "$sha" confirmed >/dev/null
    report "$sha" confirmed >/dev/null
    get -o /dev/null "$(base)/some/path?secret=query"
    curl -sS -m 20 -o /dev/null -X TRACE "$(base)/" || true
    for ((i = 0; i < 400; i++)); do [ "$(grep -c '^{' "$mine/out")" != 6 ] || break; sleep 0.05; done
    grep '^{' "$mine/out" | tee "$mine/lines" | jq -e . >/dev/null
    cat "$mine/lines"
    [ "$(jq -s length "$mine/lines")" = 6 ]
    token=${link##*/}
    for never in "$token" "${token%%.*}" query secret some/path device-1 "$sha"; do
        ! grep -qF -- "$never" "$mine/lines" || { echo "it holds $never" && false; }
    done
    [ "$(jq -r 'select(.report == "confirmed") | .client' "$mine/lines" | sort -u | wc -l)" = 1 ]
    [ "$(jq -r 'select(.report == "confirmed") | .client' "$mine/lines" | head -n 1 | wc -c)" = 17 ]
    [ "$(jq -c 'select(.report == "confirmed") | [.app, .channel, .action, .reason, .patch, .reported]' "$mine/lines" | head -n 1)" = \
        '["com.example.shop","production","install","offered",1,1]' ]
    [ "$(jq -r .route "$mine/lines" | sort | uniq -c | tr -s ' \n' ' ')" = " 1 download 1 gate 1 other 3 version " ]
    edge_down "$edge_pid"
}

@test "a log that nobody reads holds nobody up: lines are dropped and counted" {
    edge_ini "$mine" <<<$'metrics = 127.0.0.1:0\nlog_requests = yes'
    mkfifo "$mine/pipe"
    exec 7<>"$mine/pipe"
    { "$HOTFIX_BIN/hotfix-edge" -c "$mine/hotfix.ini" 3>&- 7>&- & } >"$mine/pipe" 2>"$mine/err"
    edge_pid=$!
    read -r -t 20 -u 7 line
    metrics=http://${line##* }
    read -r -t 20 -u 7 line
    port=${line##*:}
    python3 - "$port" <<'PY'
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
for _ in range(1500):
    s.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
    got = b""
    while b"}" not in got:
        more = s.recv(65536)
        assert more, got
        got += more
PY
    [ "$(value hotfix_log_dropped_total)" -gt 100 ]
    dropped=$(value hotfix_log_dropped_total)
    edge_down "$edge_pid"
    # what has got through are whole lines
    { timeout 5 cat <&7 & } >"$mine/through"
    reader=$!
    exec 7>&-
    wait "$reader" || true
    grep '^{' "$mine/through" | jq -e . >/dev/null
    [ "$(($(grep -c '^{' "$mine/through") + dropped))" = 1500 ]
}
