# ci.bash: a team whose git server is somebody else's, and the jobs that its CI runs; loaded behind common.bash.
# shellcheck shell=bash disable=SC2154,SC2034

# A bare repository without any hook of ours, a clone of it with hotfix.ini on main and version 1.0.0 tagged, a store, a key; us in
# the clone. The store and the key are on this machine: file:// and env:.
new_ci_team() {
    cd "$BATS_TEST_TMPDIR" || return 1
    server=$BATS_TEST_TMPDIR/server.git
    store=$BATS_TEST_TMPDIR/store
    mkdir -m 0750 "$store"
    git init -q --bare -b main "$server"
    git -C "$server" config uploadpack.allowAnySHA1InWant true
    "$bin/hotfix" keygen signing.pem >/dev/null
    HOTFIX_SIGNING_KEY=$(cat signing.pem)
    export HOTFIX_SIGNING_KEY
    git init -q -b main shop
    cd shop || return 1
    git remote add origin "$server"
    mkdir HotPath
    echo one >HotPath/a.txt
    echo other >README
    cp ../signing.pub.pem hotfix.pub.pem
    cat >hotfix.ini <<INI
[app]
id = $app
[channel production]
refs = refs/heads/hotfix/*
[build]
builder = archive
include = HotPath/**
base = refs/tags/v*
[sign]
key = env:HOTFIX_SIGNING_KEY
[trust]
keys = file:hotfix.pub.pem
[store]
url = file://$store
INI
    git add . && git commit -qm shop && git tag v1.0.0 && git push -q origin main v1.0.0
}

# Pushes the tip to a branch: pushed BRANCH [git push options]
pushed() { git push -q "${@:2}" origin "HEAD:refs/heads/$1"; }

# A runner's clone of one commit, in $job: as actions/checkout makes it, with all of its history, or the last commit alone.
# checkout BRANCH [DEPTH]
checkout() {
    job=$(mktemp -d "$BATS_TEST_TMPDIR/job.XXXXXX")
    git init -q "$job"
    git -C "$job" remote add origin "file://$server"
    if [ -n "${2:-}" ]; then
        git -C "$job" fetch -q --no-tags --depth="$2" origin "+refs/heads/$1:refs/remotes/origin/$1"
    else
        git -C "$job" fetch -q origin '+refs/heads/*:refs/remotes/origin/*' '+refs/tags/*:refs/tags/*'
    fi
    git -C "$job" checkout -q --detach "refs/remotes/origin/$1"
}

# The environment of a GitHub job for the tip of $job, pushed to BRANCH: github BRANCH COMMAND...
# Changed by: event, run_id, ref, base_ref, sha, job_out (a folder for what the job writes).
github() {
    local branch=$1 out=${job_out:-$BATS_TEST_TMPDIR/out}
    shift
    mkdir -p "$out"
    : >"$out/output"
    : >"$out/summary"
    (
        cd "$job" || exit 1
        env GITHUB_ACTIONS=true GITHUB_EVENT_NAME="${event:-push}" GITHUB_SERVER_URL=https://github.com \
            GITHUB_REPOSITORY=team/shop GITHUB_RUN_ID="${run_id:-7}" GITHUB_REF="${ref:-refs/heads/$branch}" GITHUB_REF_NAME="$branch" \
            GITHUB_BASE_REF="${base_ref:-}" GITHUB_HEAD_REF="${head_ref:-}" GITHUB_SHA="${sha:-$(git rev-parse HEAD)}" \
            GITHUB_OUTPUT="$out/output" GITHUB_STEP_SUMMARY="$out/summary" GITHUB_WORKSPACE="$job" \
            HOTFIX_DEFAULT_BRANCH=main "$@"
    )
}

# The same of a GitLab job.
gitlab() {
    local branch=$1 out=${job_out:-$BATS_TEST_TMPDIR/out}
    shift
    mkdir -p "$out"
    : >"$out/output"
    (
        cd "$job" || exit 1
        env GITLAB_CI=true CI_SERVER_URL=https://gitlab.example.com CI_PROJECT_PATH=team/shop CI_PIPELINE_ID="${run_id:-7}" \
            CI_JOB_URL=https://gitlab.example.com/team/shop/-/jobs/70 CI_COMMIT_SHA="$(git rev-parse HEAD)" CI_COMMIT_REF_NAME="$branch" \
            CI_COMMIT_BRANCH="$branch" CI_DEFAULT_BRANCH=main HOTFIX_DOTENV="$out/output" "$@"
    )
}

# What the last job wrote.
output_of() { sed -n "s/^$1=//p" "$BATS_TEST_TMPDIR/out/output"; }
summary() { cat "$BATS_TEST_TMPDIR/out/summary"; }

# No line of a log is a command to GitHub's runner but those that we mean.
no_commands() {
    python3 - "$1" <<'PY'
import re, sys
stopped = None
for line in sys.argv[1].splitlines():
    s = line.lstrip()
    m = re.match(r"::([^ :]+)", s)
    if not m:
        if stopped is None and "##[" in line and not s.startswith("::"):
            sys.exit(f"a command of the old kind: {line!r}")
        continue
    if stopped:
        if s == f"::{stopped}::":
            stopped = None
        continue
    if m.group(1) == "stop-commands":
        stopped = s.split("::")[2]
    elif m.group(1) not in ("error", "warning", "notice"):
        sys.exit(f"the runner takes this for a command: {line!r}")
if stopped:
    sys.exit("commands were never allowed again")
PY
}

# The annotations of a log.
annotations() { grep -cE '^::(error|warning) ' <<<"$1" || true; }

# Runs the job of the tip of BRANCH in a clone of its own: ci BRANCH [options]
ci() {
    checkout "$1"
    again "$@"
}
# The same once more, in the clone that is there.
again() {
    run github "$1" "$bin/hotfix" ci "${@:2}"
    no_commands "$output"
    secretless
}
# Nothing of the key is ever in the log or in what the job leaves behind.
secretless() {
    local line
    while read -r line; do
        [[ $line == -----* ]] || [[ $output$(cat "$BATS_TEST_TMPDIR/out/"* 2>/dev/null) != *"$line"* ]]
    done <"$BATS_TEST_TMPDIR/signing.pem"
}
# The manifest in force, as it is; to see that nothing changed.
sum_in_force() { sha256sum "$store/$app/production/manifest.json" | cut -c1-64; }
# It ended with one annotation of an error, and these words in it.
one_error() {
    echo "$output"
    [ "$status" != 0 ]
    [ "$(grep -c '^::error ' <<<"$output")" = 1 ]
    says "$1" "$(grep '^::error ' <<<"$output")"
    says "published=false" "$(cat "$BATS_TEST_TMPDIR/out/output")"
}
