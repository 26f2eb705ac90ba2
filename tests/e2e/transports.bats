#!/usr/bin/env bats
# Pushes over ssh (a real sshd) and over smart HTTP (git's own http-backend), to a repository of another user's, whose hooks find a
# umask of 0077 and no environment; and what the pusher's terminal gets, byte for byte.
bats_require_minimum_version 1.5.0
load hostile

setup_file() { make_team; }
setup() {
    copy_team
    move_in
}
teardown() {
    [ -z "${server:-}" ] || kill "$server" 2>/dev/null || true
    move_out
}

# Starts a server, and sets port: listen COMMAND...
listen() {
    local i
    { "$@" 3>&- & } >"$ground/port" 2>"$ground/server.err"
    server=$!
    for ((i = 0; i < 400; i++)); do
        read -r port <"$ground/port" && return 0
        kill -0 "$server" 2>/dev/null || break
        sleep 0.05
    done
    cat "$ground/server.err"
    return 1
}

# Pushes in a terminal; what the server said is judged, and its words, with wrapped lines joined, are in $told. pushes URL COMMIT:REF...
pushes() {
    local url=$1 status=0
    shift
    python3 "$HF_TOP/tests/e2e/terminal.py" ../raw git push "$url" "$@" || status=$?
    pushed=$(python3 "$HF_TOP/tests/e2e/terminal.py" --judge ../raw) || { cat -v ../raw; return 1; }
    told=$(sed -e ':a' -e 'N' -e '$!ba' -e 's/\n  */ /g' <<<"$pushed")
    return $status
}

# The modes that a web server of the same group needs, whatever umask a push came with; the owner is the repository's.
modes() {
    find "$store" -type d ! -perm 2750 -o -type f ! -perm 0640 -o ! -user "$(stat -c %u "$bare")" >../odd
    cat ../odd
    [ ! -s ../odd ]
    [ "$(find "$store" -type f | wc -l)" -ge 5 ]
    [ "$(find "$bare/hotfix/spool" -type d ! -perm 0700 | wc -l)" = 0 ]
}

# The same story over either way in.
tell_story() { # URL
    fix 1 "补丁/热修复-这是一个很长的文件名-这是一个很长的文件名-这是一个很长的文件名.txt"
    # A colon cannot be in a name of a patch; what is left out is told as well.
    echo 2 >"0123456789012345678901234567890123456789012345678901 error: forged"
    fix 2 "0123456789012345678901234567890123456789012345678901 error forged"
    git commit -q --allow-empty -m "release

Hotfix-Notes: notes of the tip"
    pushes "$1" HEAD:hotfix/1.0.0 -o hotfix.rollout=25%
    says "success: patch 2 for 1.0.0 at 25% (3 files, " "$told"
    says "HotPath/补丁/热修复" "$told"
    [ "$(grep -c "$(printf '\033')" ../raw)" -gt 0 ] # it was a terminal: git coloured our words
    [ "$(value 'm["releases"][0]["source"]["commit"]')" = "$(git rev-parse HEAD)" ]
    [ "$(value 'm["releases"][0]["rollout"]')" = 2500 ]
    [ "$(value 'm["releases"][0]["notes"]')" = "notes of the tip" ]
    modes
    cp "$store/$app/production/manifest.json" ../before
    odd=$(with_entry 100644 blob "$(git hash-object -w README)" '\033[2J\nerror: forged \342\200\256txt.exe')
    status=0
    pushes "$1" "$odd:refs/heads/hotfix/1.0.1" || status=$?
    [ "$status" != 0 ]
    says "error: 'HotPath/\\x1b[2J\\x0aerror: forged \\xe2\\x80\\xaetxt.exe' cannot be in a patch" "$told"
    status=0
    pushes "$1" HEAD:refs/heads/hotfix/1.0.2 -o "hotfix.rollout=$(printf '\033[31m250%%')" || status=$?
    [ "$status" != 0 ]
    says "error: push option rollout '\\x1b[31m250%'" "$told"
    cmp ../before "$store/$app/production/manifest.json"
}

@test "over ssh" {
    user=$(id -un)
    inside=(env)
    mkdir "$ground/ssh" && chmod 755 "$ground/ssh"
    if [ "$(id -u)" = 0 ]; then
        # A user with a shell, whom only this sshd sees, in a mount namespace of its own.
        user=hotfix-test
        { cat /etc/passwd; echo "$user:x:$other:$other::$ground/team:/bin/sh"; } >"$ground/ssh/passwd"
        # shellcheck disable=SC2016 # it is for the shell inside
        inside=(unshare -m sh -c 'mount --bind "$0" /etc/passwd && mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec "$@"' "$ground/ssh/passwd")
        "${inside[@]}" true
    fi
    ssh-keygen -q -t ed25519 -N '' -f "$ground/ssh/host"
    ssh-keygen -q -t ed25519 -N '' -f "$ground/ssh/id"
    # The empty environment: of what sshd gives, nothing is left.
    printf 'restrict,command="umask 0077; eval \\"exec env -i $SSH_ORIGINAL_COMMAND\\"" %s\n' "$(cat "$ground/ssh/id.pub")" >"$ground/ssh/keys"
    chmod 644 "$ground/ssh/keys"
    cat >"$ground/ssh/sshd_config" <<CONFIG
HostKey $ground/ssh/host
AuthorizedKeysFile $ground/ssh/keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PidFile none
CONFIG
    listen "${inside[@]}" python3 "$HF_TOP/tests/e2e/listen.py" ssh "$ground/ssh/sshd_config"
    printf '[127.0.0.1]:%s %s\n' "$port" "$(cat "$ground/ssh/host.pub")" >"$ground/ssh/known"
    export GIT_SSH_COMMAND="ssh -F none -p $port -i $ground/ssh/id -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile=$ground/ssh/known"
    tell_story "ssh://$user@127.0.0.1$bare"
}

@test "over smart HTTP" {
    export NO_PROXY=127.0.0.1
    listen "${as[@]}" python3 "$HF_TOP/tests/e2e/listen.py" http "$(dirname "$bare")"
    tell_story "http://127.0.0.1:$port/shop.git"
}
