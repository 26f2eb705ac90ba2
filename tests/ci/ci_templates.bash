# ci_templates.bash: what the tests of the templates share; loaded behind common.bash and ci.bash.
# shellcheck shell=bash disable=SC2154,SC2034
templates=${HF_TOP:?}/ci-templates
tools=$HF_TOP/build/ci-tools/node_modules

# The tools of npm; without node 20 there are none, and where CI is set they must be there.
need_node() {
    if ! node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null; then
        skip "no node 20"
    fi
    if [ ! -d "$tools/gitlab-ci-local" ]; then
        [ -z "${CI:-}" ] || { echo "no npm tools in $tools: make ci-tools"; return 1; }
        skip "npm could not fetch the tools"
    fi
}

# A tarball as `make dist` lays it out, of the programs that were just built; the one with its libraries inside is judged by
# `make dist-check`. Its folder's address is in $mirror, its checksum in $tarball_sha256.
tarball() {
    local name=hotfix-0.1.0-linux-x86_64 tree=$BATS_TEST_TMPDIR/tarball
    mkdir -p "$tree/$name/bin" "$tree/$name/libexec/hotfix"
    cp "$bin/hotfix" "$bin/hotfix-client" "$tree/$name/bin/"
    tar -C "$tree" -czf "$tree/$name.tar.gz" "$name"
    mirror=file://$tree
    tarball_sha256=$(sha256sum "$tree/$name.tar.gz" | cut -c1-64)
}

# The event of a push (or what $event says) for the tip of $job: GitHub's context, as JSON. write_event BRANCH
write_event() {
    event=${event:-push} branch=$1 base_ref=${base_ref:-} ref=${ref:-refs/heads/$1} run_id=${run_id:-7} deleted=${deleted:-} \
        sha=${sha:-$(git -C "$job" rev-parse HEAD)} job=$job rollout=${rollout:-} python3 - >"$BATS_TEST_TMPDIR/event.json" <<'PY'
import json, os
e = os.environ
print(json.dumps({
    "event_name": e["event"], "ref": e["ref"], "ref_name": e["branch"], "head_ref": e["branch"] if e["event"] != "push" else "",
    "base_ref": e["base_ref"], "sha": e["sha"], "repository": "team/shop", "server_url": "https://github.com", "run_id": e["run_id"],
    "run_attempt": "1", "actor": "mallory", "workspace": e["job"], "inputs": {"rollout": e["rollout"]} if e["rollout"] else {},
    "event": {"deleted": e["deleted"] == "true", "repository": {"default_branch": "main"}}}))
PY
}

# Runs one job of a workflow on $job; $log is what it printed, $result its JSON: act WORKFLOW JOB BRANCH [runner.py options]
act() {
    local workflow=$1 name=$2 branch=$3
    shift 3
    write_event "$branch"
    env -u HOTFIX_SIGNING_KEY python3 "$HF_TOP/tests/ci/runner.py" "$templates/github/workflows/$workflow" "$name" --templates "$templates" \
        --workspace "$job" --temp "${act_temp:-$(mktemp -d "$BATS_TEST_TMPDIR/temp.XXXXXX")}" --event "$BATS_TEST_TMPDIR/event.json" \
        --secret "HOTFIX_SIGNING_KEY=$BATS_TEST_TMPDIR/signing.pem" --with "setup.base-url=$mirror" \
        --with "setup.sha256=$tarball_sha256" "$@" >"$BATS_TEST_TMPDIR/act.out"
    log=$(sed '$d' "$BATS_TEST_TMPDIR/act.out")
    result=$(tail -n 1 "$BATS_TEST_TMPDIR/act.out")
    cat "$BATS_TEST_TMPDIR/act.out"
    [ "$(told .leaked)" = "[]" ]
    [ "$(told .commands)" = "[]" ]
}
told() { jq -c -r "$1" <<<"$result"; }

# The team's repository with our GitLab component in it, and us on the branch hotfix/1.0.0.
new_component() {
    tarball
    mkdir -p templates/publish
    cp "$templates/gitlab/templates/publish/template.yml" templates/publish/
    pipeline
    echo .gitlab-ci-local >.gitignore
    git add -A && git commit -qm "the pipeline" && git push -q origin main
    git checkout -q -b hotfix/1.0.0
    git tag -f v1.0.0 >/dev/null && git push -q -f origin v1.0.0
}

# The project's own .gitlab-ci.yml, with further inputs: pipeline [LINE...]
pipeline() {
    {
        printf 'include:\n  - local: templates/publish/template.yml\n    inputs:\n'
        printf '      base-url: %s\n      sha256: %s\n' "$mirror" "$tarball_sha256"
        [ $# = 0 ] || printf '      %s\n' "$@"
    } >.gitlab-ci.yml
}

# Runs a job (or the whole pipeline) of the tip of BRANCH: glci BRANCH [options] [JOB]
# What the project's CI/CD variables are besides the key: lines of YAML in $variables.
glci() {
    checkout "$1"
    git -C "$job" checkout -q -B "$1"
    git -C "$job" remote set-head origin main
    git -C "$job" config user.name Ada
    git -C "$job" config user.email ada@example.com
    cat >"$job/.gitlab-ci-local-variables.yml" <<YML
HOTFIX_SIGNING_KEY_FILE:
  type: file
  values:
    "*": |
$(sed 's/^/      /' "$BATS_TEST_TMPDIR/signing.pem")
${variables:-}
YML
    (cd "$job" && env -u HOTFIX_SIGNING_KEY -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY HOME="$BATS_TEST_TMPDIR" node "$tools/.bin/gitlab-ci-local" --shell-executor-no-image \
        --force-shell-executor --shell-isolation --no-artifacts-to-source \
        --ignore-predefined-vars CI_PIPELINE_SOURCE,GITLAB_CI --variable GITLAB_CI=true "${@:2}")
}
