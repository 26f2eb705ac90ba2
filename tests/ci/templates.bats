#!/usr/bin/env bats
# What is said about the templates in several places must be one thing: inputs and their tables, copies of the installer, README's
# blocks, pinned actions; and every script in them passes shellcheck.
bats_require_minimum_version 1.5.0
load ../e2e/common

setup() {
    templates=$HF_TOP/ci-templates
}

# Python with yaml, and both templates read.
judge() {
    cd "$templates" || return 1
    python3 - "$@" <<PY
import glob, re, sys, yaml
def read(path):
    return yaml.safe_load(open(path, encoding="utf-8"))
actions = {n: read(f"github/{n}/action.yml") for n in ("setup", "publish")}
workflows = {f: read(f) for f in glob.glob("github/workflows/*.yml")}
spec, jobs = yaml.safe_load_all(open("gitlab/templates/publish/template.yml", encoding="utf-8"))
docs = open("../docs/ci.md", encoding="utf-8").read()
component = open("gitlab/README.md", encoding="utf-8").read()
def table(heading, text=docs):
    """The names in the first column of the table below a heading."""
    part = text.split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0]
    return [m for m in re.findall(r"^\| \`([a-z0-9-]+)\` \|", part, re.M)]
def steps(node):
    if isinstance(node, dict):
        if "run" in node:
            yield node
        for v in node.values():
            yield from steps(v)
    elif isinstance(node, list):
        for v in node:
            yield from steps(v)
$(cat)
PY
}

@test "the tables of inputs and outputs in docs/ci.md and the component's README are those of the actions and of the component" {
    judge <<'PY'
for name in ("setup", "publish"):
    want, have = list(actions[name]["inputs"]), table(f"### Inputs of {name}")
    assert want == have, (name, set(want) ^ set(have), have)
want, have = list(actions["publish"]["outputs"]), table("### Outputs of publish")
assert want == have, (want, have)
want = list(spec["spec"]["inputs"])
for have in (table("### Inputs of the component"), table("## Inputs", component)):
    assert want == have, (set(want) ^ set(have), have)
PY
}

@test "every with: names inputs that the action has, and every input of an action is used" {
    judge <<'PY'
count = 0
for path, w in workflows.items():
    for job in w["jobs"].values():
        for step in job["steps"]:
            m = re.match(r"hotfix-project/hotfix/ci-templates/github/([a-z]+)@v", step.get("uses", ""))
            if m:
                unknown = set(step.get("with") or {}) - set(actions[m.group(1)]["inputs"])
                assert not unknown, (path, unknown)
                count += 1
assert count >= 5
for name, a in actions.items():
    text = open(f"github/{name}/action.yml", encoding="utf-8").read()
    for i in a["inputs"]:
        assert f"inputs.{i} " in text, f"the input {i} of {name} is never used"
text = open("gitlab/templates/publish/template.yml", encoding="utf-8").read()
for i, v in spec["spec"]["inputs"].items():
    assert f"inputs.{i} ]]" in text, f"the input {i} of the component is never used"
    assert "description" in v, i
for i in re.findall(r"\$\[\[ inputs\.([a-z-]+) \]\]", text):
    assert i in spec["spec"]["inputs"], f"there is no input {i}"
PY
}

@test "no expression stands inside run, every step names its shell, every other action is pinned by its commit" {
    judge <<'PY'
for path, node in [*actions.items(), *workflows.items()]:
    for s in steps(node):
        assert "${{" not in s["run"], (path, "an expression inside run")
        assert s.get("shell") == "bash", (path, "a step without shell: bash")
    text = open(f"github/{path}/action.yml" if path in actions else path, encoding="utf-8").read()
    for uses in re.findall(r"uses: (\S+)(.*)", text):
        ours = uses[0].startswith("hotfix-project/hotfix/ci-templates/")
        assert ours or (re.search(r"@[0-9a-f]{40}$", uses[0]) and re.search(r"# v\d", uses[1])), (path, uses)
for path, w in workflows.items():
    assert w["permissions"] == {}, path
    for name, job in w["jobs"].items():
        assert set(job["permissions"]) <= {"contents", "id-token"} and job["permissions"]["contents"] == "read", (path, name)
        assert "timeout-minutes" in job, (path, name)
        secret = "secrets." in str(job)
        assert secret == ("environment" in job), (path, name, "secrets and a protected environment go together")
        if secret:
            assert job["concurrency"]["cancel-in-progress"] is False, (path, name)
PY
}

@test "the component holds a copy of the installer, and nothing of a push decides what it installs or which settings count" {
    judge <<'PY'
body = jobs[".$[[ inputs.job-prefix ]]-job"]["before_script"]
installer = open("install.sh", encoding="utf-8").read().split("\n", 1)[1]
assert body[1] == installer, "ci-templates/install.sh and its copy in template.yml differ"
for name in ("HOTFIX_VERSION", "HOTFIX_SHA256", "HOTFIX_BASE_URL", "HOTFIX_INSTALL_DIR", "HOTFIX_CONFIG_REF", "HOTFIX_CONFIG"):
    assert re.search(rf"(^|\s){name}=", body[0]), f"{name} could come with a push"
PY
}

@test "the pinned version and checksum are the same in the action and in the component" {
    action=$(sed -nE "s/^ *PINNED_(VERSION|SHA256): '(.*)'/\2/p" "$templates/github/setup/action.yml")
    component=$(sed -nE "s/^ *HOTFIX_PINNED_(VERSION|SHA256)='(.*)'/\2/p" "$templates/gitlab/templates/publish/template.yml")
    [ "$action" = "$component" ]
    [ "$(head -n 1 <<<"$action")" = "$("$bin/hotfix" --version | cut -d' ' -f2)" ]
    grep -q "@v$(head -n 1 <<<"$action")$" "$templates/github/workflows/hotfix.yml"
}

@test "README's blocks are the files that the tests run" {
    cd "$HF_TOP"
    python3 - <<'PY'
import re
blocks = re.findall(r"```yaml\n(.*?)```", open("README.md", encoding="utf-8").read(), re.S)
def code(path):
    return open(path, encoding="utf-8").read()
assert code("ci-templates/github/workflows/hotfix.yml") in blocks, "README's workflow is not ci-templates/github/workflows/hotfix.yml"
assert code("ci-templates/gitlab/example.gitlab-ci.yml") in blocks, "README's include is not ci-templates/gitlab/example.gitlab-ci.yml"
PY
}

@test "shellcheck finds nothing in any run: or script:" {
    judge <<'PY'
import os
out = os.environ["BATS_TEST_TMPDIR"] + "/scripts"
os.mkdir(out)
n = 0
for path, node in [*actions.items(), *workflows.items()]:
    for s in steps(node):
        n += 1
        open(f"{out}/{n}.sh", "w").write("#!/bin/bash\n" + s["run"])
for job in jobs.values():
    for key in ("before_script", "script"):
        if key in job:
            n += 1
            text = "\n".join(job[key])
            # Inputs are put in before a shell sees them.
            open(f"{out}/{n}.sh", "w").write("#!/bin/bash\n# shellcheck disable=SC2050,SC2078,SC2157,SC2034\n" +
                                             re.sub(r"\$\[\[.*?\]\]", "x", text) + "\n")
assert n >= 6, n
PY
    if ! command -v shellcheck >/dev/null; then
        [ -z "${CI:-}" ] || { echo "shellcheck is missing"; return 1; }
        skip "no shellcheck"
    fi
    shellcheck "$BATS_TEST_TMPDIR"/scripts/*.sh "$templates"/*.sh
}
