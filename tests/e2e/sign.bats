#!/usr/bin/env bats
# A release that is built where no signing key is, and signed where one is.
bats_require_minimum_version 1.5.0
load common

# The machine without the key: its hotfix.ini names one that is not there.
setup() {
    new_team
    sed -e 's/^key = .*/key = env:HOTFIX_SIGNING_KEY/' -e "s#^keys = file:hotfix/#keys = file:$bare/hotfix/#" \
        -e "s#^url = .*#url = file://$store#" -e "s#^secret = .*##" "$bare/hotfix.ini" >"$BATS_TEST_TMPDIR/ci.ini"
    fix two
    git push -q origin HEAD:refs/heads/work
}

# Puts a candidate into the store; its name is in $id: candidate [options]
candidate() {
    id=$("$bin/hotfix" publish -q -c "$BATS_TEST_TMPDIR/ci.ini" --target 1.0.0 --ref refs/heads/hotfix/1.0.0 --unsigned \
        "$@" HEAD 2>/dev/null | sed -n 's/^candidate //p')
    [[ $id =~ ^[0-9a-f]{64}$ ]]
    folder=$store/$app/production/candidates
}
sign() { run --separate-stderr "$bin/hotfix" sign --repo "$bare" "$@"; }

@test "a candidate is in no manifest until it is signed; then it is a release like any other" {
    candidate --rollout 25% --notes "mind the gap"
    [ ! -e "$store/$app/production/manifest.json" ]
    [ "$(ls "$store/$app")" = production ]
    sign
    [ "$status" = 0 ]
    [ "${lines[0]}" = "$id" ]
    sign "$id"
    [ "$status" = 0 ]
    says "patch 1 for 1.0.0 at 25% (built again, same bytes)" "$output"
    [ "$(value 'm["releases"][0]["rollout"]')" = 2500 ]
    [ "$(value 'm["releases"][0]["notes"]')" = "mind the gap" ]
    [ "$(value 'm["releases"][0]["source"]["ref"]')" = refs/heads/hotfix/1.0.0 ]
    [ "$(value 'm["releases"][0]["source"]["base"]')" = "$(git rev-parse v1.0.0)" ]
    cmp "$folder/$(value 'm["releases"][0]["file"]["sha256"]')" "$(newest_object)"
    # Once more changes nothing, and it waits no longer.
    sign "$id"
    [ "$status" = 0 ]
    says "was published before" "$output"
    [ "$(value 'm["serial"]')" = 1 ]
    sign
    says "nothing waits" "$output"
    "$bin/hotfix" verify --repo "$bare"
}

@test "the signer sees what a candidate says that it fixes" {
    push hotfix/1.0.0
    "$bin/hotfix" rollback --repo "$bare" 1 --reason "crashes at start"
    fix three b.txt
    git push -q origin HEAD:refs/heads/work
    candidate --over 1 --rollout 5% --window 02:00-05:00
    sign
    says "says that it fixes '1'" "$output"
    says "patch 1 for 1.0.0 was rolled back (crashes at start)" "$output"
    says "window 02:00-05:00" "$output"
    sign --json
    says '"over":"1"' "$output"
    sign "$id"
    says "says that it fixes '1'" "$output"
    says "patch 2 for 1.0.0 at 5% (" "$output"
}

@test "the bytes are those of a push" {
    candidate
    sign --no-rebuild "$id"
    [ "$status" = 0 ]
    says "(hashes compared)" "$output"
    first=$(value 'm["releases"][0]["file"]["sha256"]')
    facts='{k: v for k, v in m["releases"][0].items() if k not in ("job", "salt", "published")}'
    value "$facts" >"$BATS_TEST_TMPDIR/signed"
    rm -rf "${store:?}/$app" "$bare/hotfix/signed"
    push hotfix/1.0.0
    [ "$(value 'm["releases"][0]["file"]["sha256"]')" = "$first" ]
    value "$facts" | diff - "$BATS_TEST_TMPDIR/signed"
}

@test "a candidate that was changed after its upload is not signed" {
    candidate
    chmod u+w "$folder"/*
    cp -r "$folder" "$BATS_TEST_TMPDIR/kept"
    sed -i 's/"rollout":"100%"/"rollout":"010%"/' "$folder/$id.json"
    sign "$id"
    [ "$status" = 1 ]
    says "was changed after its upload" "$stderr"
    [ ! -e "$store/$app/production/manifest.json" ]
    # Its patch.
    cp "$BATS_TEST_TMPDIR/kept/$id.json" "$folder/$id.json"
    sha=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["file"]["sha256"])' "$folder/$id.json")
    printf X | dd of="$folder/$sha" bs=1 seek=50 conv=notrunc status=none
    sign --no-rebuild "$id"
    [ "$status" = 1 ]
    says "was changed after its upload" "$stderr"
    [ ! -e "$store/$app/production/manifest.json" ]
    # Built again the wrong bytes in the store do not matter: nothing of them is used.
    sign "$id"
    [ "$status" = 0 ]
    "$bin/hotfix" verify --repo "$bare"
}

@test "a candidate whose patch is not what the repository gives is not signed" {
    candidate
    other=$BATS_TEST_TMPDIR/other.zip
    "$bin/hotfix" build -q -c "$bare/hotfix.ini" -o "$other" v1.0.0 HEAD
    printf 'more' >>"$other"
    chmod u+w "$folder"/*
    new=$(python3 - "$folder/$id.json" "$other" "$folder" <<'PY'
import hashlib, json, sys
c = json.load(open(sys.argv[1]))
b = open(sys.argv[2], "rb").read()
c["file"].update(size=len(b), md5=hashlib.md5(b).hexdigest(), sha256=hashlib.sha256(b).hexdigest())
text = json.dumps(c, separators=(",", ":")).encode()
name = hashlib.sha256(text).hexdigest()
open(f"{sys.argv[3]}/{name}.json", "wb").write(text)
open(f"{sys.argv[3]}/{c['file']['sha256']}", "wb").write(b)
print(name)
PY
    )
    sign "$new"
    [ "$status" = 1 ]
    says "not the one that was expected" "$stderr"
    [ ! -e "$store/$app/production/manifest.json" ]
    [ ! -e "$store/$app/objects" ]
}

@test "rules hold at the signature: revoked bytes, an older commit over a newer one, an unknown name" {
    candidate
    older=$id
    fix three
    git push -q origin HEAD:refs/heads/work
    candidate
    sign "$id"
    [ "$status" = 0 ]
    sign "$older"
    [ "$status" = 1 ]
    says "an older commit is not published over a newer one" "$stderr"
    "$bin/hotfix" revoke --repo "$bare" 1
    fix two
    fix three
    git push -q origin HEAD:refs/heads/work
    [ "$(value 'm["serial"]')" = 2 ]
    sign "$(printf '0%.0s' {1..64})"
    [ "$status" = 1 ]
    says "there is no candidate" "$stderr"
    sign "${older:0:12}"
    [ "$status" = 2 ]
}

@test "a revert: back to the app as shipped, signed with and without the repository" {
    candidate
    sign "$id"
    [ "$status" = 0 ]
    git revert --no-edit HEAD >/dev/null
    git push -q origin HEAD:refs/heads/work
    candidate
    sign "$id"
    [ "$status" = 0 ]
    [ "$(value 'm["releases"][0]["file"]')" = None ]
}

@test "a patch that was built elsewhere is signed by its hash, on a machine without the repository" {
    printf 'made elsewhere' >patch.bin
    candidate --file patch.bin --commit "$(git rev-parse HEAD)" 2>/dev/null || true
    id=$("$bin/hotfix" publish -q -c "$BATS_TEST_TMPDIR/ci.ini" --target 1.0.0 --unsigned --file patch.bin \
        --commit "$(git rev-parse HEAD)" 2>/dev/null | sed -n 's/^candidate //p')
    cd "$BATS_TEST_TMPDIR"
    run --separate-stderr "$bin/hotfix" sign -c "$bare/hotfix.ini" "$id"
    [ "$status" = 0 ]
    cmp "$(newest_object)" shop/patch.bin
}

@test "a candidate's patch may be as large as a release's" {
    truncate -s 513M patch.bin
    printf '\n[release]\nmax_size = 600M\n' | tee -a "$bare/hotfix.ini" >>"$BATS_TEST_TMPDIR/ci.ini"
    id=$("$bin/hotfix" publish -q -c "$BATS_TEST_TMPDIR/ci.ini" --target 1.0.0 --unsigned --file patch.bin \
        --commit "$(git rev-parse HEAD)" 2>/dev/null | sed -n 's/^candidate //p')
    sign "$id"
    [ "$status" = 0 ]
    [ "$(value 'm["releases"][0]["file"]["size"]')" = 537919488 ]
}
