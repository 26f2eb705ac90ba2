# hostile.bash: a team that has a release in force, copied for each test; what is pushed then must not change it.
load common

# In setup_file: versions 1.0.0 to 1.0.9 are tagged, patch 1 for 1.0.0 is live.
make_team() {
    BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR/team
    mkdir "$BATS_TEST_TMPDIR"
    new_team
    local i
    for i in 1 2 3 4 5 6 7 8 9; do git update-ref "refs/tags/v1.0.$i" v1.0.0; done
    git push -q origin --tags
    fix two
    push hotfix/1.0.0
    says "success: patch 1 for 1.0.0" "$told"
}

# In setup: a copy of it, and us in its clone.
copy_team() {
    local team=$BATS_FILE_TMPDIR/team
    cp -a "$team/." "$BATS_TEST_TMPDIR"
    bare=$BATS_TEST_TMPDIR/shop.git
    store=$bare/hotfix/store
    sed -i "s|$team|$BATS_TEST_TMPDIR|" "$bare/hotfix.ini"
    cd "$BATS_TEST_TMPDIR/shop" || return 1
    git remote set-url origin "$bare"
}

# The release in force and all that was ever in force are what they were.
unchanged() {
    diff -r "$BATS_FILE_TMPDIR/team/shop.git/hotfix/store" "$store"
}

# says, of what the pusher was told, wherever its lines were broken: words with a path in them have no length that a test could know.
hears() { says "$(tr -d ' \n' <<<"$1")" "$(tr -d ' \n' <<<"$told")"; }

# What git printed is clean: no control byte but the newline, valid UTF-8, short lines that begin with git's words or with spaces.
clean() {
    local line
    # git pads each line of the server's with spaces, to wipe what a longer line left there.
    ! LC_ALL=C grep -nP '[\x00-\x09\x0b-\x1f\x7f]' "$BATS_TEST_TMPDIR/push.out" || return 1
    iconv -f UTF-8 -t UTF-8 <"$BATS_TEST_TMPDIR/push.out" >/dev/null || return 1
    ! LC_ALL=C.UTF-8 grep -nP '[\x{80}-\x{9f}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2066}-\x{2069}]' "$BATS_TEST_TMPDIR/push.out" || return 1
    while IFS= read -r line; do
        [ "${#line}" -lt 70 ] || { echo "long: $line"; return 1; }
        case $line in
        "error: "* | "warning: "* | "hint: "* | "success: "*) ;;
        "  "*) ! grep -qiE '^ *(error|warning|hint|success)([^a-z0-9]|$)' <<<"$line" || { echo "begins like git: $line"; return 1; } ;;
        *) echo "begins with foreign text: $line"; return 1 ;;
        esac
    done <<<"$pushed"
}

# A commit on top of HEAD whose HotPath has one more entry, one that no work tree need hold. Prints its id.
# with_entry MODE TYPE ID NAME (NAME in printf's escapes)
with_entry() {
    local tree
    # shellcheck disable=SC2059 # the name is meant to be a format
    tree=$({ git ls-tree -z HEAD:HotPath; printf '%s %s %s\t' "$1" "$2" "$3"; printf "$4\0"; } | git mktree -z --missing)
    tree=$({ git ls-tree -z HEAD | grep -zv 'HotPath$'; printf '040000 tree %s\tHotPath\0' "$tree"; } | git mktree -z)
    git commit-tree -p HEAD -m odd "$tree"
}

# Takes the words of a fast-import stream behind "commit" from stdin and prints the id of the commit on top of HEAD.
import() {
    { cat; echo; } | git -c core.compression=1 fast-import --quiet --force
    git rev-parse refs/heads/odd
}

# As root: the team moves to a place that others reach, its bare repository goes to a user who is not root, and "${as[@]}" runs a
# command as that user. Programs come along: the tree that they were built in may be closed. As somebody else: we are that user.
other=61234
move_in() {
    as=(env)
    ground=$BATS_TEST_TMPDIR
    [ "$(id -u)" = 0 ] || return 0
    ground=$(mktemp -d /tmp/hotfix-test-XXXXXX)
    chmod 755 "$ground"
    mkdir "$ground/bin"
    cp "$bin/hotfix" "$bin/pre-receive" "$bin/post-receive" "$ground/bin"
    cp -a "$BATS_TEST_TMPDIR/." "$ground/team"
    sed -i "s|$BATS_TEST_TMPDIR|$ground/team|" "$ground/team/shop.git/hotfix.ini"
    bin=$ground/bin
    BATS_TEST_TMPDIR=$ground/team
    bare=$ground/team/shop.git
    store=$bare/hotfix/store
    ln -sfn "$bin/pre-receive" "$bare/hooks/pre-receive"
    ln -sfn "$bin/post-receive" "$bare/hooks/post-receive"
    cd "$ground/team/shop" || return 1
    git remote set-url origin "$bare"
    chown -R "$other:$other" "$bare"
    as=(setpriv "--reuid=$other" "--regid=$other" --clear-groups env "HOME=$ground/team")
}
move_out() { [ "$(id -u)" != 0 ] || [ -z "${ground:-}" ] || rm -rf "$ground"; }
