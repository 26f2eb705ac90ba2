#!/usr/bin/env bats
# A device that reads the manifest from a public place: with an edge for links only, and alone. The edge is the real one; what
# stands for the CDN is Python's file server.

load common
load edge

setup() {
    new_team
    cdn=$BATS_TEST_TMPDIR/cdn
    mkdir -p "$cdn/$app/production"
    # shellcheck disable=SC2016 # Python's
    { python3 -u -c 'import functools, http.server as h, sys
class H(h.SimpleHTTPRequestHandler):
    def log_message(self, *a): print(self.command, self.path, file=sys.stderr)
s = h.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(H, directory=sys.argv[1]))
print(s.server_port, flush=True)
s.serve_forever()' "$cdn" 3>&- & } >cdn.port 2>cdn.log
    cdn_pid=$!
    for ((i = 0; i < 2000; i++)); do read -r port <cdn.port && break; sleep 0.01; done # false until the line is whole
    cdn_url=http://127.0.0.1:${port:?}
    fix two
    push hotfix/1.0.0
    cp "$store/$app/production/manifest.json" "$cdn/$app/production/"
}
teardown() {
    kill "$cdn_pid" ${edge_pid:+"$edge_pid"} 2>/dev/null || true
    wait "$cdn_pid" ${edge_pid:+"$edge_pid"} 2>/dev/null || true
}

ask() {
    "$bin/hotfix-client" update --app "$app" --channel production --version 1.0.0 --client-id c1 \
        --dir "$BATS_TEST_TMPDIR/device" --key "$bare/hotfix/signing.pub.pem" "$@"
}
has() { unzip -p "$BATS_TEST_TMPDIR"/device/current/* HotPath/a.txt | grep -qx "$1"; }

@test "with an edge, the manifest comes from the store, and only the link from the edge" {
    sed -i 's/^listen = .*/listen = 127.0.0.1:0/' "$bare/hotfix.ini"
    cp "$bare/hotfix.ini" "$BATS_TEST_TMPDIR/hotfix.ini"
    edge_up "$BATS_TEST_TMPDIR"
    ask --store "$cdn_url" --edge "http://127.0.0.1:$port"
    has two
    grep -q "GET /$app/production/manifest.json" cdn.log
    [ "$(grep -c objects cdn.log)" = 0 ]
    run ask --store "$cdn_url/" --edge "http://127.0.0.1:$port"
    [ "$status" = 0 ]
}

@test "alone, the file comes from the store too; where it is not, the words say so" {
    run ask --store "$cdn_url"
    [ "$status" = 1 ]
    says "the store does not give the patch: HTTP status 404" "$output"
    mkdir -p "$cdn/$app/objects"
    cp "$(newest_object)" "$cdn/$app/objects/"
    run ask --store "$cdn_url" --verbose
    [ "$status" = 0 ]
    [[ $output != *"the edge"* ]] # there is none to be told what became of it
    has two
    run ask --store "$cdn_url/elsewhere"
    says "the store has no such app and channel, or does not let everybody read it" "$output"
    run ask --store ftp://x
    [ "$status" = 2 ]
    says "the store's address must begin with https:// or http://" "$output"
    run ask
    [ "$status" = 2 ]
    says "the edge is missing" "$output"
}
