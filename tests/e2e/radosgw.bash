# radosgw.bash: a real S3 server for the tests: Ceph's radosgw over one monitor and one OSD that keeps its objects in memory.
# Loaded by *.bats; radosgw_up in setup_file, radosgw_down in teardown_file: it starts in about a second, in a folder of its own,
# on ports that were free a moment ago.
# shellcheck shell=bash

unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy
s3py=${HF_TOP:?run through tests/run}/tests/e2e/s3.py

# Users of the server: who owns the buckets, and one who has only what a bucket's policy gives.
export RGW_OWNER_KEY=OWNERKEY000000000001 RGW_OWNER_SECRET='owner/secret+with=signs'
export RGW_EDGE_KEY=EDGEKEY0000000000001 RGW_EDGE_SECRET=edge-secret

radosgw_missing() {
    local p
    for p in radosgw ceph-mon ceph-osd ceph ceph-authtool monmaptool radosgw-admin; do
        command -v $p >/dev/null || { echo "$p"; return 0; }
    done
    return 1
}

# Skips the whole file, loudly, where Ceph cannot be installed.
radosgw_needed() {
    local p
    ! p=$(radosgw_missing) || skip "no $p here (Debian: radosgw ceph-mon ceph-osd)"
}

free_ports() { # how many
    python3 - "$1" <<'PY'
import socket, sys
all = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in all:
    s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in all])
PY
}

radosgw_conf() { # folder fsid port mon1 mon2
    cat <<INI
[global]
fsid = $2
run dir = $1
admin socket = $1/\$name.asok
pid file = $1/\$name.pid
log file = $1/\$name.log
keyring = $1/keyring
mon initial members = a
mon host = [v2:127.0.0.1:$4,v1:127.0.0.1:$5]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
public network = 127.0.0.0/8
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
mon data = $1/mon
osd data = $1/osd
rgw data = $1/rgw
osd objectstore = memstore
memstore device bytes = 2147483648
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
osd class load list = *
osd class default list = *
paxos propose interval = 0.02
paxos min wait = 0.01
rgw frontends = beast endpoint=127.0.0.1:$3 tcp_nodelay=1
rgw dns name = s3.localhost
rgw enable usage log = false
rgw run sync thread = false
rgw dynamic resharding = false
rgw num control oids = 1
rgw gc max objs = 1
rgw lc max objs = 1
rgw md log max shards = 1
rgw data log num shards = 1
INI
}

# Waits for a command to succeed: wait_until SECONDS COMMAND...
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}

radosgw_osd_up() { ceph osd stat | grep -q '1 up'; }

# The S3 server alone, over the cluster in $RGW_DIR; sets RGW_PID. It can be killed and started again: what it keeps stays.
radosgw_start() {
    { radosgw -f -n client.rgw 2>&1 </dev/null 3>&- & } >>"$RGW_DIR/rgw.out"
    RGW_PID=$!
    echo "$RGW_PID" >"$RGW_DIR/rgw.pid"
    wait_until 30 curl -sS -o /dev/null "$RGW_URL/"
}

radosgw_gone() { ! kill -0 "$(cat "$RGW_DIR/rgw.pid")"; }
radosgw_stop() { # at once: what an OSD has is safe
    kill -KILL "$(cat "$RGW_DIR/rgw.pid")" 2>/dev/null
    wait "$(cat "$RGW_DIR/rgw.pid")" 2>/dev/null || true # it may be another test's child
}

radosgw_cluster() ( # as a daemon needs it: in a folder of its own, without our descriptors
    set -e
    local port mon1 mon2 fsid osd n
    read -r port mon1 mon2 <<<"$(free_ports 3)"
    fsid=$(cat /proc/sys/kernel/random/uuid)
    osd=$(cat /proc/sys/kernel/random/uuid)
    rm -rf "$RGW_DIR"
    mkdir -p "$RGW_DIR/mon" "$RGW_DIR/osd" "$RGW_DIR/rgw"
    radosgw_conf "$RGW_DIR" "$fsid" "$port" "$mon1" "$mon2" >"$RGW_DIR/ceph.conf"
    echo "$port" >"$RGW_DIR/port"
    ceph-authtool --create-keyring "$RGW_DIR/keyring" --gen-key -n mon. --cap mon 'allow *'
    for n in client.admin client.rgw; do
        ceph-authtool "$RGW_DIR/keyring" --gen-key -n $n --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
    done
    ceph-authtool "$RGW_DIR/keyring" --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
    monmaptool --create --addv a "[v2:127.0.0.1:$mon1,v1:127.0.0.1:$mon2]" --fsid "$fsid" "$RGW_DIR/monmap"
    ceph-mon --mkfs -i a --monmap "$RGW_DIR/monmap" --keyring "$RGW_DIR/keyring"
    ceph-mon -i a 3>&-
    n=$(ceph --connect-timeout 20 osd new "$osd")
    ceph-osd -i "$n" --osd-uuid "$osd" --mkfs
    ceph-osd -i "$n" 3>&-
    wait_until 30 radosgw_osd_up
    radosgw-admin -n client.rgw user create --uid=owner --display-name=owner --access-key=$RGW_OWNER_KEY \
        --secret-key="$RGW_OWNER_SECRET"
    radosgw-admin -n client.rgw user create --uid=edge --display-name=edge --access-key=$RGW_EDGE_KEY \
        --secret-key=$RGW_EDGE_SECRET
)

# Starts it all. Sets RGW_DIR RGW_URL RGW_PID and, for our programs, the owner's credentials.
radosgw_up() {
    local try
    export RGW_DIR=${1:-${BATS_FILE_TMPDIR:?}/rgw}
    export CEPH_CONF=$RGW_DIR/ceph.conf
    for try in 1 2 3; do # a port may have been taken meanwhile
        if radosgw_cluster >"$RGW_DIR.log" 2>&1; then
            RGW_URL=http://127.0.0.1:$(cat "$RGW_DIR/port")
            export RGW_URL
            radosgw_start && break
        fi
        radosgw_down
        [ "$try" -lt 3 ] || { tail -n 40 "$RGW_DIR.log" "$RGW_DIR"/rgw.out >&2; return 1; }
    done
    as_owner
}

radosgw_down() {
    local f
    for f in "$RGW_DIR"/*.pid; do
        [ ! -f "$f" ] || kill -KILL "$(cat "$f")" 2>/dev/null
    done
    [ -z "${RGW_PID:-}" ] || wait "$RGW_PID" 2>/dev/null
    return 0
}

as_owner() {
    export AWS_ACCESS_KEY_ID=$RGW_OWNER_KEY AWS_SECRET_ACCESS_KEY=$RGW_OWNER_SECRET
    unset AWS_SESSION_TOKEN AWS_PROFILE
}
as_edge() {
    export AWS_ACCESS_KEY_ID=$RGW_EDGE_KEY AWS_SECRET_ACCESS_KEY=$RGW_EDGE_SECRET
    unset AWS_SESSION_TOKEN AWS_PROFILE
}

# An S3 client that is not ours: s3 mb BUCKET | put BUCKET/KEY FILE | get BUCKET/KEY | head BUCKET/KEY | ls BUCKET[/PREFIX] |
# uploads BUCKET | policy BUCKET FILE | rm BUCKET/KEY
s3() { python3 "$s3py" "${RGW_URL:?}" "$@"; }

# The proxy that counts and breaks requests: sets PROXY (its folder) and PROXY_URL. proxy_down ends it.
proxy_up() {
    PROXY=$BATS_TEST_TMPDIR/proxy
    mkdir -p "$PROXY"
    rm -f "$PROXY/port"
    { python3 "$HF_TOP/tests/e2e/s3_proxy.py" "${RGW_URL#http://}" "$PROXY" 2>&1 3>&- & } >"$PROXY/out"
    PROXY_PID=$!
    wait_until 10 test -s "$PROXY/port"
    PROXY_URL=http://127.0.0.1:$(cat "$PROXY/port")
}
proxy_down() {
    [ -z "${PROXY_PID:-}" ] || { kill "$PROXY_PID" && wait "$PROXY_PID"; } 2>/dev/null || true
}
faults() {
    printf '%s' "$1" >"$PROXY/faults.new"
    mv "$PROXY/faults.new" "$PROXY/faults.json"
}

# A bucket of the test's own, and hotfix's repository on it: new_shop [ENDPOINT]. Sets bucket, and store (for what the bucket holds).
new_shop() {
    bucket=b$(printf '%s' "$BATS_TEST_TMPDIR" | sha256sum | cut -c1-20)
    s3 mb "$bucket"
    new_team --store "s3://$bucket/pre/fix" --endpoint "${1:-$RGW_URL}" || { cat "$BATS_TEST_TMPDIR/init.out" >&2; return 1; }
    ini=$bare/hotfix.ini
    store=$BATS_TEST_TMPDIR/mirror
}

# Copies a manifest of the bucket to where common.bash's manifest() and value() look: mirror [CHANNEL]
mirror() {
    mkdir -p "$store/$app/${1:-production}"
    s3 get "$bucket/pre/fix/$app/${1:-production}/manifest.json" >"$store/$app/${1:-production}/manifest.json"
}

# What is in the bucket besides the manifest and its history: the objects' keys, sorted.
objects() { s3 ls "$bucket/pre/fix/$app/objects/" | sort; }

# As many releases and objects as there were fixes, whatever happened on the way: in_force N. And all of it verifies: released N
# GAPS: numbers that a killed publisher tried are not given again.
in_force() { # N [GAPS]
    mirror
    if [ -n "${2:-}" ]; then
        [ "$(value 'm["serial"] >= '"$1"' and m["last"] >= '"$1"', len(m["releases"])')" = "(True, $(($1 < 11 ? $1 : 11)))" ]
    else
        [ "$(value 'm["serial"], m["last"], len(m["releases"])')" = "($1, $1, $(($1 < 11 ? $1 : 11)))" ] # [release] keep = 10
    fi
    [ "$(objects | wc -l)" = "$1" ]
}
released() {
    in_force "$@"
    run "$bin/hotfix" verify --repo "$bare"
    [ "$status" = 0 ] || { echo "$output"; false; }
}

# One server for the tests of a file, and a shop behind the proxy that breaks things. A file that needs more has its own.
setup_file() {
    radosgw_needed
    radosgw_up
}
teardown_file() { radosgw_down; }
proxied_shop() {
    as_owner
    proxy_up
    new_shop "$PROXY_URL"
    : >"$PROXY/log"
}
