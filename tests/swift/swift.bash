# swift.bash: OpenStack Swift with its s3api as a second S3 server: other people's code, stricter than radosgw in some things (it
# looks at the region), and without preconditions. Five processes in a folder of their own, on ports that were free a moment ago.
# shellcheck shell=bash

swift_missing() {
    local p
    for p in swift-proxy-server swift-account-server swift-container-server swift-object-server memcached; do
        command -v $p >/dev/null || { echo "$p"; return 0; }
    done
    return 1
}

swift_server() { # kind port
    cat <<INI
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $2
swift_dir = $SWIFT_DIR
devices = $SWIFT_DIR/devices
mount_check = false
workers = 0
user = $(id -un)
log_name = $1
fallocate_reserve = 0
[pipeline:main]
pipeline = $1-server
[app:$1-server]
use = egg:swift#$1
INI
}

swift_proxy() { # port memcached's port
    cat <<INI
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $1
swift_dir = $SWIFT_DIR
workers = 0
user = $(id -un)
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck proxy-logging cache listing_formats bulk s3api tempauth copy slo dlo versioned_writes symlink proxy-logging proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:$2
INI
    local f
    for f in catch_errors gatekeeper healthcheck listing_formats bulk copy slo dlo versioned_writes symlink; do
        printf '[filter:%s]\nuse = egg:swift#%s\n' "$f" "$f"
    done
    printf '[filter:proxy-logging]\nuse = egg:swift#proxy_logging\n'
}

swift_rings() { # account's port, container's, object's
    /usr/bin/python3 - "$SWIFT_DIR" "$@" <<'PY'
import sys
from swift.common.ring import RingBuilder
for name, port in zip(["account", "container", "object"], sys.argv[2:]):
    b = RingBuilder(4, 1, 0)
    b.add_dev({"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": int(port), "device": "d", "weight": 1.0,
               "replication_ip": "127.0.0.1", "replication_port": int(port), "meta": ""})
    b.rebalance()
    b.get_ring().save("%s/%s.ring.gz" % (sys.argv[1], name))
PY
}

# Sets SWIFT_DIR RGW_URL (what s3 of radosgw.bash asks) and the credentials.
swift_up() {
    local proxy memcached account container object kind
    export SWIFT_DIR=${BATS_FILE_TMPDIR:?}/swift
    mkdir -p "$SWIFT_DIR/devices/d" "$SWIFT_DIR/run"
    read -r proxy memcached account container object <<<"$(free_ports 5)"
    printf '[swift-hash]\nswift_hash_path_suffix = s\nswift_hash_path_prefix = p\n[storage-policy:0]\nname = p0\ndefault = yes\n' \
        >"$SWIFT_DIR/swift.conf"
    swift_rings "$account" "$container" "$object"
    swift_server account "$account" >"$SWIFT_DIR/account.conf"
    swift_server container "$container" >"$SWIFT_DIR/container.conf"
    swift_server object "$object" >"$SWIFT_DIR/object.conf"
    swift_proxy "$proxy" "$memcached" >"$SWIFT_DIR/proxy.conf"
    { memcached -l 127.0.0.1 -p "$memcached" -U 0 -u "$(id -un)" 2>&1 </dev/null 3>&- & } >"$SWIFT_DIR/memcached.out"
    echo $! >"$SWIFT_DIR/memcached.pid"
    for kind in account container object proxy; do
        { swift-$kind-server "$SWIFT_DIR/$kind.conf" 2>&1 </dev/null 3>&- & } >"$SWIFT_DIR/$kind.out"
        echo $! >"$SWIFT_DIR/$kind.pid"
    done
    export RGW_URL=http://127.0.0.1:$proxy AWS_ACCESS_KEY_ID=test:tester AWS_SECRET_ACCESS_KEY=testing
    # The proxy answers before those behind it do.
    wait_until 60 s3 mb ready || { tail -n 20 "$SWIFT_DIR"/*.out >&2; return 1; }
}

swift_down() {
    local f
    for f in "$SWIFT_DIR"/*.pid; do
        [ ! -f "$f" ] || kill -KILL "$(cat "$f")" 2>/dev/null
    done
    return 0
}
