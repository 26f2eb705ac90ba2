#!/usr/bin/env bats
# A tool that tries to get out: nothing that it tries comes off, and the person who pushed reads what it was.
bats_require_minimum_version 1.5.0
load common
load builders

escapee=$HF_TEST_BIN/e2e/escapee

# A team whose builder is the escapee, which ends well only when its attempt comes off.
setup() {
    new_team
    ini build builder command
    mkdir "$BATS_TEST_TMPDIR/tools"
    cp "$escapee" "$BATS_TEST_TMPDIR/tools/escapee"
    # shellcheck disable=SC2016
    key=$bare/hotfix/signing.pem
    n=0
}

need_landlock() { "$escapee" --landlock || skip "this kernel has no Landlock"; }

# attempt NAME [ARGUMENT]: pushes a fix that the escapee builds.
attempt() {
    ini command argv "$BATS_TEST_TMPDIR/tools/escapee $1 {output} ${2:--} {files}"
    n=$((n + 1))
    fix "$n"
    push "hotfix/1.0.0" --force
}

# It did not come off: caught WORDS NAME [ARGUMENT]
caught() {
    local words=$1
    shift
    attempt "$@"
    told=$(tr -d ' \n' <<<"$told") # a long path is broken where the line ends
    says "error:notreleasedfor1.0.0:" "$told"
    says "$(tr -d ' ' <<<"$words")" "$told"
    [ ! -e "$store/$app/production/manifest.json" ]
}

@test "it cannot read the signing key, the spool, the store, or what the hook was given" {
    need_landlock
    caught "escapee ended with status 1: cannot read $key: Permission denied" read "$key"
    says "escapeerunsinacage" "$told"
    caught "cannot list $bare/hotfix/spool: Permission denied" list "$bare/hotfix/spool"
    caught "cannot list $bare/hotfix: Permission denied" list "$bare/hotfix"
    caught "cannot read $bare/HEAD: Permission denied" read "$bare/HEAD"
    caught "Permission denied" list /etc
    caught "Permission denied" read /etc/shadow
    caught "Permission denied" read-parent
}

@test "it cannot write outside its folder, not even into what it was given" {
    need_landlock
    before=$(stat -c '%a %s %Y' "$key")
    for what in write remove empty; do
        caught "cannot $what $key: Permission denied" "$what" "$key"
    done
    caught "cannot write $BATS_TEST_TMPDIR/new: Permission denied" write "$BATS_TEST_TMPDIR/new"
    caught "cannot write ../new: Permission denied" write ../new
    caught "cannot write ../files/HotPath/a.txt: Permission denied" write ../files/HotPath/a.txt
    caught "cannot remove ../files/HotPath/a.txt: Permission denied" remove ../files/HotPath/a.txt
    caught "cannot write /dev/shm/hotfix: Permission denied" write /dev/shm/hotfix
    [ "$(stat -c '%a %s %Y' "$key")" = "$before" ]
    [ ! -e "$BATS_TEST_TMPDIR/new" ]
}

@test "it cannot make what is secret readable" {
    caught "cannot open-up $key" open-up "$key"
    [ "$(stat -c %a "$key")" = 600 ]
}

@test "it has no network, and no other process" {
    caught "cannot socket -: Permission denied" socket
    caught "cannot trace -: Operation not permitted" trace
    caught "cannot kill -: Operation not permitted" kill
    caught "cannot starve -: Operation not permitted" starve
    caught "cannot leave -: Operation not permitted" leave
    caught "cannot new-user -: Operation not permitted" new-user
}

# The number that the escapee told of what it left is nobody's any more.
grandchild_is_gone() {
    pid=$(grep -o 'grandchild [0-9]*' <<<"$told" | head -1 | tr -dc 0-9)
    [ -n "$pid" ] && [ ! -e "/proc/$pid" ]
}

@test "nothing goes on behind the time limit, or behind its end" {
    ini build timeout 1
    caught "escapee did not end within 1 s and was stopped" breed-and-wait
    says "escapeeleft1processbehind:stopped" "$told"
    ini build timeout 60
    attempt breed
    says "success: patch 1" "$told"
    says "warning: escapee left 1 process behind: stopped" "$told"
    grandchild_is_gone
}

@test "another process prints after the end: it is stopped, and so are its words" {
    attempt print-late
    says "success: patch 1" "$told"
    says "warning: escapee left 1 process behind: stopped" "$told"
    # The first 12 and the last 4 lines of what a tool prints are told, however many it came to.
    [ "$(grep -c 'late words' <<<"$told")" -le 16 ]
}

@test "it cannot fill the disk, with many files or with one" {
    ini build room 16
    caught "escapee filled its folder with more than [build] room allows, 16 MiB or 200000 files, and was stopped" fill
    caught "escapee filled its folder with more than [build] room allows, 16 MiB or 200000 files" fill 17
    caught "escapee filled its folder with more than [build] room allows, 16 MiB or 200000 files, and was stopped" fill-unseen
    caught "escapee wrote a file of more than 16777216 bytes and was stopped" one-file
    [ "$(du -sm "$bare" | cut -f1)" -lt 8 ]
    attempt fill 8
    says "success: patch 1" "$told"
}

@test "it prints 1 GB: the last of it is told, and how much was dropped" {
    attempt print-much
    says "success: patch 1" "$told"
    says "warning: escapee printed 1073479680 bytes more than are kept" "$told"
    [ "$(wc -c <"$BATS_TEST_TMPDIR/push.out")" -lt 16384 ]
}

@test "terminal escapes reach the pusher as text" {
    attempt print-escapes
    says "success: patch 1" "$told"
    says 'escapee: \x1b]0;title\x07\x1b[2J' "$told"
    run ! grep -q '^error: forged' <<<"$pushed"
    run ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2\x9b|\xe2\x80\xae' <(sed 's/\x1b\[K//g' "$BATS_TEST_TMPDIR/push.out")
}

@test "a kernel without Landlock: required waits and says what lacks, preferred builds and says it too" {
    ini command argv "$BATS_TEST_TMPDIR/tools/escapee read {output} $key {files}"
    fix two
    git push -q origin HEAD:refs/heads/topic
    commit=$(git rev-parse HEAD)
    old() { run "$escapee" --without-landlock "$bin/hotfix" "$@" --repo "$bare"; }
    old build v1.0.0 "$commit"
    [ "$status" = 2 ]
    says "escapee was not run, because nothing would keep it from the keys and the network: Linux " "$output"
    says "offers no Landlock (it was switched off: 'landlock' must stand in the boot parameter lsm=)" "$output"
    says "[build] sandbox = preferred runs it all the same" "$output"
    old check
    [ "$status" = 1 ]
    says "error: [build] sandbox: Linux " "$output"
    ini build sandbox preferred
    old check
    [ "$status" = 0 ]
    says "warning: [build] sandbox: Linux " "$output"
    old build v1.0.0 "$commit"
    [ "$status" = 0 ]
    says "escapee runs without its cage, and can read what hotfix can: Linux " "$output"
    # What seccomp holds stays held.
    ini command argv "$BATS_TEST_TMPDIR/tools/escapee socket {output} {files}"
    old build v1.0.0 "$commit"
    says "cannot socket" "$output"
    # A builder that runs no tool needs no cage.
    ini build sandbox required
    ini build builder archive
    old build v1.0.0 "$commit"
    [ "$status" = 0 ]
}

@test "readable: a folder more, but never one that holds a key" {
    need_landlock
    mkdir "$BATS_TEST_TMPDIR/kit"
    echo x >"$BATS_TEST_TMPDIR/kit/lib"
    caught "Permission denied" read "$BATS_TEST_TMPDIR/kit/lib"
    ini build readable "$BATS_TEST_TMPDIR/kit"
    attempt read "$BATS_TEST_TMPDIR/kit/lib"
    says "success: patch 1" "$told"
    ln -s "$bare" "$BATS_TEST_TMPDIR/there"
    ini build readable "$BATS_TEST_TMPDIR/kit $BATS_TEST_TMPDIR/there/hotfix"
    attempt read "$key"
    says "lies in '" "$told"
    says "which every tool may read: put it elsewhere" "$told"
    run "$bin/hotfix" check --repo "$bare"
    [ "$status" = 1 ]
    says "which every tool may read" "$output"
}
