#!/usr/bin/env bats
# Set-ups that are broken and push options that are wrong, through a real push: clear words, and the release in force stands.
bats_require_minimum_version 1.5.0
load hostile

setup_file() { make_team; }
setup() { copy_team; }

# The last line of hotfix.ini, which a test adds.
last_line() { wc -l <"$bare/hotfix.ini"; }

# A push to a set-up that is broken: the repository takes it, the pusher and the operator hear where the fault is.
broken_ini() { # words
    fix "$RANDOM"
    push hotfix/1.0.0
    hears "$1"
    says "warning: " "$told"
    says "error: " "$told"
    says "hint: your push is in the repository, but not released; \`hotfix retry\` on the server finds it" "$told"
    clean
    [ "$(git -C "$bare" rev-parse refs/heads/hotfix/1.0.0)" = "$(git rev-parse HEAD)" ]
    unchanged
    run "$bin/hotfix" status --repo "$bare"
    [ "$status" = 2 ]
    says "$1" "$output"
    run "$bin/hotfix" retry --repo "$bare"
    [ "$status" = 2 ]
    unchanged
}

@test "a hotfix.ini that is wrong, or gone: the push goes in, nothing is released, and behind the mending retry does" {
    cp "$bare/hotfix.ini" ../good.ini
    echo "colour = red" >>"$bare/hotfix.ini"
    broken_ini "$bare/hotfix.ini:$(last_line): unknown key 'colour'"

    cp ../good.ini "$bare/hotfix.ini"
    grep '^listen' ../good.ini >>"$bare/hotfix.ini"
    broken_ini "$bare/hotfix.ini:$(last_line): "

    cp ../good.ini "$bare/hotfix.ini"
    printf 'public_url = %01100d\n' 1 >>"$bare/hotfix.ini"
    broken_ini "$bare/hotfix.ini:$(last_line): the line is over the limit of "

    cp ../good.ini "$bare/hotfix.ini"
    printf 'public_url = http\0://x\n' >>"$bare/hotfix.ini"
    broken_ini "$bare/hotfix.ini:$(last_line): the line holds a NUL byte"

    rm "$bare/hotfix.ini"
    broken_ini "$bare/hotfix.ini"

    # Parameters that were said once and could not be kept do not become a release to everybody.
    fix last
    before=$(git -C "$bare" rev-parse refs/heads/hotfix/1.0.0)
    run ! push hotfix/1.0.0 -o hotfix.rollout=5%
    push hotfix/1.0.0 -o hotfix.rollout=5% || true
    says "error: your push options could not be kept: " "$told"
    hears "$bare/hotfix.ini"
    clean
    [ "$(git -C "$bare" rev-parse refs/heads/hotfix/1.0.0)" = "$before" ]

    cp ../good.ini "$bare/hotfix.ini"
    run --separate-stderr "$bin/hotfix" retry --repo "$bare"
    [ "$status" = 0 ]
    [ "$output" = "patch 2 for 1.0.0 from ${before:0:12}" ]
    [ "$(value 'm["serial"]')" = 2 ]
}

# A push with options that is refused before anything moves: refused_options WORDS OPTION...
refused_options() {
    local words=$1 options
    shift
    mapfile -d '' options < <(printf -- '-o\0%s\0' "$@")
    if push hotfix/1.0.1 "${options[@]}"; then
        echo "went through: ${*:1:3}" >&2
        return 1
    fi
    says "error: $words" "$told"
    says "hint: nothing was pushed; mend it and push again" "$told"
    clean
}

@test "push options: each fault is named, and nothing moves" {
    fix three
    refused_options "push option rollout '250%': " hotfix.rollout=250%
    says "100" "$told"
    refused_options "push option rollout '25': " hotfix.rollout=25
    says "25%" "$told"
    refused_options "push option rollout '': " hotfix.rollout=
    refused_options "push option hotfix.rollout needs a value: -o hotfix.rollout=..." hotfix.rollout
    refused_options "push option hotfix.rollout is given twice" hotfix.rollout=5% hotfix.rollout=5%
    refused_options "push option 'hotfix.colour=red' is unknown; under hotfix. there are: rollout priority window notes over target base" \
        hotfix.colour=red
    refused_options "push option 'hotfix.\\x1b[31mred\\xff' is unknown" "hotfix.$(printf '\033[31mred\377')"
    refused_options "push option notes 'a\\x1b[2Jb': not printable" "hotfix.notes=$(printf 'a\033[2Jb')"
    refused_options "push option target 'latest': " hotfix.target=latest
    refused_options "push option base '--upload-pack=x': name a tag, a branch or a commit" hotfix.base=--upload-pack=x
    run ! git ls-remote --exit-code origin refs/heads/hotfix/1.0.1
    unchanged
}

@test "push options: 10,000 of them, and so many bytes that no hook can be executed" {
    fix three
    mapfile -t many < <(seq -f 'ci.x=%g' 10000)
    refused_options "more than 256 push options" "${many[@]}"
    # On the command line they have no room; a configuration file has.
    awk 'BEGIN { print "[push]"; for (i = 0; i < 10000; i++) printf "pushOption = %0250d\n", i }' >>.git/config
    run ! push hotfix/1.0.1
    push hotfix/1.0.1 || true
    says "pre-receive hook declined" "$(cat ../push.out)"
    says "Argument list too long" "$(cat ../push.out)"
    git config --remove-section push
    run ! git ls-remote --exit-code origin refs/heads/hotfix/1.0.1
    unchanged
    # As many as are allowed, and long ones of other people's, are fine.
    mapfile -t many < <(seq -f '--push-option=ci.x=%0500g' 255)
    push hotfix/1.0.1 "${many[@]}" -o hotfix.rollout=5%
    says "success: patch 2 for 1.0.1 at 5%" "$told"
}

@test "a SHA-256 repository: init and push say what hotfix needs, and the push goes in" {
    git init -q --bare --object-format=sha256 ../other.git
    run "$bin/hotfix" init --repo ../other.git --app "$app" --include 'HotPath/**'
    [ "$status" = 1 ]
    says "other.git' is a SHA-256 repository; hotfix needs SHA-1, git's default" "$output"
    [ ! -e ../other.git/hotfix ] && [ ! -e ../other.git/hotfix.ini ]
    cp -P "$bare"/hooks/*-receive ../other.git/hooks/
    git init -q --object-format=sha256 ../other && cd ../other
    git remote add origin ../other.git
    git commit -q --allow-empty -m one
    push hotfix/1.0.0
    hears "error: '$BATS_TEST_TMPDIR/other.git' is a SHA-256 repository; hotfix needs SHA-1"
    clean
    git ls-remote --exit-code origin refs/heads/hotfix/1.0.0
    [ ! -e ../other.git/hotfix ]
}

@test "a repository that belongs to another user: not touched; with what the message says, it works" {
    [ "$(id -u)" = 0 ] || skip "only root can give a repository away"
    chown -R 65534 "$bare"
    printf '[safe]\n\tdirectory = *\n' >../git-only
    # git itself is told to trust it, hotfix is not.
    fix three
    GIT_CONFIG_GLOBAL=$BATS_TEST_TMPDIR/git-only push hotfix/1.0.0
    hears "warning: the repository '$bare' belongs to another user"
    hears "error: the repository '$bare' belongs to another user"
    hears "if you trust it: git config --global --add safe.directory '$bare'"
    clean
    unchanged
    for verb in init status check retry; do
        run "$bin/hotfix" $verb --repo "$bare"
        [ "$status" -ne 0 ]
        says "belongs to another user" "$output"
        says "if you trust it: git config --global --add safe.directory '$bare'" "$output"
    done
    export HOME=$BATS_TEST_TMPDIR/home
    mkdir "$HOME"
    env -u GIT_CONFIG_GLOBAL git config --global --add safe.directory "$bare"
    run --separate-stderr "$bin/hotfix" retry --repo "$bare"
    [ "$status" = 0 ]
    says "patch 2 for 1.0.0" "$output"
}

@test "a spool that is no folder: a push goes in and is found later; one with options is refused" {
    mv "$bare/hotfix/spool" "$bare/hotfix/away"
    : >"$bare/hotfix/spool"
    fix three
    push hotfix/1.0.0
    says "error: " "$told"
    says "spool" "$told"
    says "hint: your push is in the repository, but not released; \`hotfix retry\` on the server finds it" "$told"
    clean
    unchanged
    fix four
    run ! push hotfix/1.0.0 -o hotfix.rollout=5%
    push hotfix/1.0.0 -o hotfix.rollout=5% || true
    says "error: your push options could not be kept: " "$told"
    clean
    rm "$bare/hotfix/spool"
    mv "$bare/hotfix/away" "$bare/hotfix/spool"
    run --separate-stderr "$bin/hotfix" retry --repo "$bare"
    [ "$status" = 0 ]
    [ "$output" = "patch 2 for 1.0.0 from $(git rev-parse --short=12 HEAD~1)" ]
}

teardown() { move_out; }

@test "a spool, and a job, without the permissions: said in words, nothing lost" {
    fix three && fix four b.txt
    move_in
    [ "$(id -u)" != 0 ] || chown -R "$other" "$BATS_TEST_TMPDIR"
    git() { "${as[@]}" git "$@"; }
    chmod 500 "$bare/hotfix/spool"
    push hotfix/1.0.0
    says "error: " "$told"
    says "Permission denied" "$told"
    says "hint: your push is in the repository, but not released" "$told"
    clean
    unchanged
    run ! push hotfix/1.0.1 -o hotfix.rollout=5%
    push hotfix/1.0.1 -o hotfix.rollout=5% || true
    says "error: your push options could not be kept: no job can be written into the spool: Permission denied" "$told"
    clean
    chmod 700 "$bare/hotfix/spool"

    # A store that is away leaves a job behind; closed to us, it is spoken of and left alone.
    chmod 000 "$store"
    push hotfix/1.0.1 -o hotfix.rollout=5%
    says "error: not released yet for 1.0.1" "$told"
    chmod 2750 "$store"
    job=$(find "$bare/hotfix/spool" -maxdepth 1 -name '*.json')
    chmod 000 "$job"
    run "${as[@]}" "$bin/hotfix" retry --repo "$bare"
    says "cannot be read and is left alone" "$output"
    [ -e "$job" ]
    chmod 600 "$job"
    run "${as[@]}" "$bin/hotfix" retry --repo "$bare"
    [ "$status" = 0 ]
    [ ! -e "$job" ]
    [ "$(value '{r["target"]: r["rollout"] for r in m["releases"]}["1.0.1"]')" = 500 ]
}

@test "a worker that is killed is told to the pusher, and its job is not lost" {
    fix three
    exec 8>"$bare/hotfix/spool/lock-$(printf %s refs/heads/hotfix/1.0.0 | sha256sum | cut -c1-16)"
    flock 8
    { git push origin HEAD:refs/heads/hotfix/1.0.0 2>&1 8>&- & } >../push.out
    pusher=$!
    # The hook's child in the bare repository is the worker: it waits for the lock.
    worker=
    for ((i = 0; i < 400 && ${#worker} == 0; i++)); do
        for p in /proc/[0-9]*; do
            [ "$(readlink "$p/cwd" 2>/dev/null)" = "$bare" ] && [ "$(readlink "$p/exe")" = "$(readlink -f "$bin/post-receive")" ] || continue
            parent=$(sed -n 's/^PPid:\t//p' "$p/status" 2>/dev/null) || continue
            [ "$(readlink "/proc/$parent/exe")" != "$(readlink -f "$bin/post-receive")" ] || worker=${p#/proc/}
        done
        sleep 0.05
    done
    kill -9 "$worker"
    wait $pusher
    says "error: not known to be released: the process that worked on it was" "$(cat ../push.out)"
    says "nothing is lost" "$(cat ../push.out)"
    unchanged
    flock -u 8
    run --separate-stderr "$bin/hotfix" retry --repo "$bare"
    [ "$status" = 0 ]
    says "patch 2 for 1.0.0" "$output"
}
