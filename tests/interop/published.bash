# Sourced by the tests of this folder: something that was really published, to show to other people's programs.

app=com.example.shop.ios

# A bare repository with the hooks in place, a file store, an app with a release tag, and a fix that was pushed.
# Sets $bare, $store, $work, $manifest and $key.
publish_a_fix() {
    bare=$BATS_FILE_TMPDIR/app.git
    store=$BATS_FILE_TMPDIR/store
    work=$BATS_FILE_TMPDIR/work
    manifest=$store/$app/production/manifest.json
    key=$bare/hotfix/signing.pub.pem
    [ ! -f "$manifest" ] || return 0
    git init -q --bare "$bare"
    "$HOTFIX_BIN/hotfix" init --repo "$bare" --app "$app" --store "file://$store" --builder archive --include 'HotPath/**'
    git init -q -b main "$work"
    git -C "$work" config user.name Dev
    git -C "$work" config user.email dev@example.com
    mkdir -p "$work/HotPath/Ünïcode dir"
    echo one >"$work/HotPath/a.m"
    echo one >"$work/HotPath/Ünïcode dir/b c.m"
    echo one >"$work/other.m"
    git -C "$work" add -A
    git -C "$work" commit -q -m 'Version 1.0.0'
    git -C "$work" tag v1.0.0
    echo two >"$work/HotPath/a.m"
    head -c 200000 /dev/urandom >"$work/HotPath/Ünïcode dir/b c.m"
    echo two >"$work/other.m"
    git -C "$work" commit -q -a -m 'Fix the price'
    git -C "$work" push -q "$bare" main v1.0.0
    git -C "$work" push "$bare" HEAD:refs/heads/hotfix/1.0.0
    [ -f "$manifest" ]
}

# The patch that the manifest names, by another reader's eyes: sets $patch.
find_patch() {
    local name
    name=$(python3 - "$manifest" <<'PY'
import base64, json, sys
jws = json.load(open(sys.argv[1]))
payload = jws["payload"]
print(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["releases"][0]["file"]["key"])
PY
    )
    patch=$store/$app/$name
    [ -f "$patch" ]
}
