# common.bash: what the end-to-end tests share: a team's repository, set up by the real programs.
# bats' setup() calls new_team; everything lies below BATS_TEST_TMPDIR.

bin=${HOTFIX_BIN:?run through tests/run, which names the programs}
app=com.example.shop.ios

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 LC_ALL=C.UTF-8
export GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.com GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.com

# A bare repository set up by hotfix init ("$@": further options), a clone with version 1.0.0 tagged, and us in it.
new_team() {
    cd "$BATS_TEST_TMPDIR" || return 1
    bare=$BATS_TEST_TMPDIR/shop.git
    store=$bare/hotfix/store
    git init -q --bare "$bare"
    "$bin/hotfix" init --repo "$bare" --app "$app" --include 'HotPath/**' "$@" >init.out
    git init -q -b main shop
    cd shop || return 1
    git remote add origin "$bare"
    mkdir HotPath
    echo one >HotPath/a.txt
    echo other >README
    git add . && git commit -qm shop && git tag v1.0.0 && git push -q origin main v1.0.0
}

# Lets in pushes whose release is known to fail.
not_strict() {
    printf '\n[release]\nstrict = no\n' >>"$bare/hotfix.ini"
}

# Commits a change of a file in HotPath: fix TEXT [FILE]
fix() {
    mkdir -p "$(dirname "HotPath/${2:-a.txt}")"
    echo "$1" >"HotPath/${2:-a.txt}"
    git add -A && git commit -qm "fix: $1"
}

# Pushes the tip to a branch and keeps what the pusher saw in $pushed, and with wrapped lines joined in $told: push BRANCH [git push options]
push() {
    local branch=$1
    shift
    git push "$@" origin "HEAD:refs/heads/$branch" >"$BATS_TEST_TMPDIR/push.out" 2>&1
    local status=$?
    pushed=$(sed -n 's/^remote: //p' "$BATS_TEST_TMPDIR/push.out" | sed 's/ *$//')
    told=$(sed -e ':a' -e 'N' -e '$!ba' -e 's/\n  */ /g' <<<"$pushed")
    return $status
}

# The payload of the manifest in force, as JSON: manifest [CHANNEL]
manifest() {
    python3 - "$store/$app/${1:-production}/manifest.json" <<'EOF'
import base64, json, sys
envelope = json.load(open(sys.argv[1]))
p = envelope["payload"]
sys.stdout.buffer.write(base64.urlsafe_b64decode(p + "=" * (-len(p) % 4)))
EOF
}

# A value of the manifest in force, by a Python expression over m: value 'm["serial"]' [CHANNEL]
value() {
    manifest "${2:-production}" | python3 -c 'import json, sys; m = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"
}

# The newest release's file.
newest_object() {
    echo "$store/$app/$(value 'm["releases"][0]["file"]["key"]')"
}

# Fails with the words that were expected and what came.
says() {
    case $2 in
    *"$1"*) ;;
    *)
        printf 'expected: %s\ngot: %s\n' "$1" "$2" >&2
        return 1
        ;;
    esac
}

# A member of the newest release: newest NAME
newest() { value "m['releases'][0]['$1']"; }

# Waits until a push that runs beside us was told these words: until_told FILE WORDS
until_told() {
    local i
    for ((i = 0; i < 600; i++)); do
        ! grep -qs "$2" "$1" || return 0
        sleep 0.05
    done
    cat "$1"
    return 1
}
