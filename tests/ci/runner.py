#!/usr/bin/env python3
"""runner.py: the jobs of a workflow, step after step, as GitHub's runner does them; no runner of GitHub's is used.

usage: runner.py WORKFLOW JOB --templates DIR --workspace DIR --temp DIR [--event FILE] [--secret NAME=FILE] [--with ACTION.INPUT=VALUE]
                 [--needs JOB.OUTPUT=VALUE]

What is like GitHub's: composite actions of `hotfix-project/hotfix/ci-templates/...` are read from --templates; inputs and their
defaults; `${{ }}` in with, env, if and outputs (names, strings, == != && || !, success(), always(), failure()); a step's env; the files
GITHUB_OUTPUT, GITHUB_ENV, GITHUB_PATH and GITHUB_STEP_SUMMARY, one for each step; `bash --noprofile --norc -eo pipefail FILE`; the
process starts with GITHUB_* of the event and with nothing else of ours but PATH and HOME; commands of the log are taken, also between
::stop-commands::, which is how the test sees what a hostile line would have done; values of secrets are looked for in the log.
What is not: other actions (`uses:` of somebody else) are skipped, so the workspace must be checked out already.

Prints the log; the last line is JSON: {"status", "outputs", "summary", "annotations", "commands", "leaked"}."""
import argparse
import json
import os
import re
import subprocess
import sys

import yaml

OURS = re.compile(r"hotfix-project/hotfix/ci-templates/(github/[a-z]+)@v[0-9.]+$")
TOKEN = re.compile(r"\s*(==|!=|&&|\|\||!|\(|\)|'(?:[^']|'')*'|[A-Za-z_][A-Za-z0-9_.*-]*|\d+)")


class Expression:
    """The small part of GitHub's expressions that the templates use. An unknown word is an error, not an empty string."""

    def __init__(self, text, contexts):
        self.tokens, at = [], 0
        while at < len(text.rstrip()):
            m = TOKEN.match(text, at)
            if not m:
                raise ValueError(f"cannot read the expression {text!r}")
            self.tokens.append(m.group(1))
            at = m.end()
        self.contexts = contexts

    def value(self):
        v = self.either()
        if self.tokens:
            raise ValueError(f"left over: {self.tokens}")
        return v

    def take(self, *wanted):
        return self.tokens.pop(0) if self.tokens and self.tokens[0] in wanted else None

    def either(self):
        v = self.both()
        while self.take("||"):
            w = self.both()
            v = v if v else w
        return v

    def both(self):
        v = self.equal()
        while self.take("&&"):
            w = self.equal()
            v = w if v else v
        return v

    def equal(self):
        v = self.one()
        op = self.take("==", "!=")
        if op:
            w = self.one()
            return (text_of(v).lower() == text_of(w).lower()) == (op == "==")
        return v

    def one(self):
        if self.take("!"):
            return not self.one()
        if self.take("("):
            v = self.either()
            assert self.take(")")
            return v
        t = self.tokens.pop(0)
        if t.startswith("'"):
            return t[1:-1].replace("''", "'")
        if self.tokens[:2] == ["(", ")"]:
            del self.tokens[:2]
            return self.contexts["functions"][t]
        if t in ("true", "false"):
            return t == "true"
        if t.isdigit():
            return int(t)
        v = self.contexts
        for i, part in enumerate(t.split(".")):
            if i == 0 and part not in v:
                raise ValueError(f"no context {part!r}")
            v = v.get(part) if isinstance(v, dict) else None
        return v


def text_of(v):
    return "" if v is None else "true" if v is True else "false" if v is False else str(v)


def fill(value, contexts):
    """A value with its ${{ }} replaced; one that is nothing but an expression keeps its kind."""
    if not isinstance(value, str):
        return value
    whole = re.fullmatch(r"\$\{\{(.*?)\}\}", value.strip(), re.S)
    if whole:
        return Expression(whole.group(1), contexts).value()
    return re.sub(r"\$\{\{(.*?)\}\}", lambda m: text_of(Expression(m.group(1), contexts).value()), value, flags=re.S)


def wanted(step, contexts):
    condition = step.get("if", "success()")
    if isinstance(condition, bool):
        return condition
    condition = re.sub(r"^\$\{\{(.*)\}\}$", r"\1", str(condition).strip())
    v = Expression(condition, contexts).value()
    return bool(v) and (bool(re.search(r"always\(\)|failure\(\)", condition)) or contexts["functions"]["success"])


def read_pairs(path):
    """NAME=value, and NAME<<END ... END."""
    pairs, lines = {}, open(path, encoding="utf-8").read().split("\n")
    while lines:
        line = lines.pop(0)
        heredoc = re.fullmatch(r"([^=<]+)<<(.+)", line)
        if heredoc:
            body = []
            while lines[0] != heredoc.group(2):
                body.append(lines.pop(0))
            lines.pop(0)
            pairs[heredoc.group(1)] = "\n".join(body)
        elif "=" in line:
            name, value = line.split("=", 1)
            pairs[name] = value
        elif line:
            raise ValueError(f"not a NAME=value line: {line!r}")
    return pairs


class Runner:
    def __init__(self, args):
        self.args, self.log, self.number = args, [], 0
        self.env, self.path, self.summary = {}, [], ""
        self.annotations, self.commands, self.stopped = [], [], None
        self.secrets = {}
        for s in args.secret:
            name, path = s.split("=", 1)
            self.secrets[name] = open(path, encoding="utf-8", newline="").read()

    def base_env(self, github, action):
        files = {}
        self.number += 1
        for name in ("OUTPUT", "ENV", "PATH", "STEP_SUMMARY", "STATE"):
            files["GITHUB_" + name] = os.path.join(self.args.temp, f"{name.lower()}-{self.number}")
            open(files["GITHUB_" + name], "w", encoding="utf-8").close()
        known = ("actor", "base_ref", "event_name", "head_ref", "ref", "ref_name", "repository", "run_id", "run_attempt", "server_url",
                 "sha", "workspace")
        env = {"GITHUB_" + k.upper(): text_of(github.get(k)) for k in known}
        env |= {"GITHUB_ACTIONS": "true", "CI": "true", "RUNNER_TEMP": self.args.temp, "RUNNER_OS": "Linux", "RUNNER_ARCH": "X64",
                "HOME": self.args.temp, "PATH": ":".join(self.path + [os.environ["PATH"]]), "LC_ALL": "C.UTF-8",
                "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", **files}
        env |= {k: v for k, v in os.environ.items() if k.startswith(("ACTIONS_ID_TOKEN", "ASAN_", "LSAN_", "UBSAN_", "GITHUB_SERVER_URL"))}
        if action:
            env["GITHUB_ACTION_PATH"] = action
        return env, files

    def take_line(self, line):
        """What GitHub's runner does with a line of a log."""
        self.log.append(line)
        s = line.lstrip()
        command = re.match(r"::([^ :]+)( [^:]*)?::(.*)", s)
        if self.stopped:
            if s.startswith(f"::{self.stopped}::"):
                self.stopped = None
            return
        if not command:
            old = re.search(r"##\[([a-z-]+)", line)
            if old and not s.startswith("::"):
                self.commands.append(old.group(1))
            return
        if command.group(1) == "stop-commands":
            self.stopped = command.group(3)
        elif command.group(1) in ("error", "warning", "notice"):
            self.annotations.append({"level": command.group(1), "properties": (command.group(2) or "").strip(), "text": command.group(3)})
        else:
            self.commands.append(command.group(1))

    def run(self, step, contexts, env, action):
        base, files = self.base_env(contexts["github"], action)
        script = os.path.join(self.args.temp, f"script-{self.number}.sh")
        if "${{" in step["run"]:
            raise ValueError("an expression inside run")
        with open(script, "w", encoding="utf-8") as f:
            f.write(step["run"])
        assert step.get("shell", "bash") == "bash"
        own = {k: text_of(fill(v, contexts)) for k, v in (step.get("env") or {}).items()}
        folder = os.path.join(self.args.workspace, text_of(fill(step.get("working-directory", "."), contexts)))
        # GitHub runs `bash -e FILE` when no shell is named, and this when it is bash.
        p = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", script], cwd=folder, env=base | self.env | env | own,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=280, check=False)
        self.stopped = None if self.stopped is None else self.stopped
        for line in p.stdout.decode("utf-8", "replace").splitlines():
            self.take_line(line)
        self.env |= read_pairs(files["GITHUB_ENV"])
        self.path = [x for x in open(files["GITHUB_PATH"], encoding="utf-8").read().split("\n") if x] + self.path
        self.summary += open(files["GITHUB_STEP_SUMMARY"], encoding="utf-8").read()
        self.stopped = None
        return p.returncode, read_pairs(files["GITHUB_OUTPUT"])

    def steps(self, steps, contexts, env, action=None):
        """Runs steps; 0 or the status of the one that failed."""
        status, contexts = 0, contexts | {"steps": {}}
        for step in steps:
            contexts["functions"] = {"success": status == 0, "failure": status != 0, "always": True}
            if not wanted(step, contexts):
                continue
            if "uses" in step:
                rc, outputs = self.use(step, contexts, env)
            else:
                rc, outputs = self.run(step, contexts, env, action)
            if "id" in step:
                contexts["steps"][step["id"]] = {"outputs": outputs}
            status = status or rc
        return status, contexts

    def use(self, step, contexts, env):
        m = OURS.match(step["uses"])
        if not m:
            self.log.append(f"(not run here: {step['uses']})")
            return 0, {}
        folder = os.path.join(self.args.templates, m.group(1))
        with open(os.path.join(folder, "action.yml"), encoding="utf-8") as f:
            action = yaml.safe_load(f)
        given = {k: text_of(fill(v, contexts)) for k, v in (step.get("with") or {}).items()}
        for extra in self.args.with_:
            name, value = extra.split("=", 1)
            if name.startswith(os.path.basename(folder) + "."):
                given[name.split(".", 1)[1]] = value
        unknown = set(given) - set(action["inputs"])
        if unknown:
            raise ValueError(f"{step['uses']} has no input {unknown}")
        inputs = {k: given.get(k, text_of(v.get("default"))) for k, v in action["inputs"].items()}
        own = {k: text_of(fill(v, contexts)) for k, v in (step.get("env") or {}).items()}
        inner = contexts | {"inputs": inputs, "github": contexts["github"] | {"action_repository": "hotfix-project/hotfix"}}
        status, inner = self.steps(action["runs"]["steps"], inner, env | own, folder)
        return status, {k: text_of(fill(v["value"], inner)) for k, v in action.get("outputs", {}).items()}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("workflow")
    p.add_argument("job")
    for name in ("--templates", "--workspace", "--temp"):
        p.add_argument(name, required=True)
    p.add_argument("--event")
    p.add_argument("--secret", action="append", default=[])
    p.add_argument("--needs", action="append", default=[])
    p.add_argument("--with", dest="with_", action="append", default=[])
    args = p.parse_args()
    os.makedirs(args.temp, exist_ok=True)
    with open(args.workflow, encoding="utf-8") as f:
        workflow = yaml.safe_load(f)
    github = json.load(open(args.event, encoding="utf-8"))
    job = workflow["jobs"][args.job]
    runner = Runner(args)
    needs = {}
    for n in args.needs:
        name, value = n.split("=", 1)
        one, output = name.split(".")
        needs.setdefault(one, {"outputs": {}})["outputs"][output] = value
    # Secrets are there in a job that names an environment, and never in one of a fork's pull request.
    secrets = runner.secrets if "environment" in job and not github["event_name"].startswith("pull_request") else {}
    contexts = {"github": github, "secrets": secrets, "needs": needs, "inputs": github.get("inputs", {}), "steps": {},
                "runner": {"temp": args.temp}, "functions": {"success": True, "failure": False, "always": True}}
    outputs, status = {}, "skipped"
    if wanted(job, contexts):
        status, contexts = runner.steps(job["steps"], contexts, {})
        outputs = {k: text_of(fill(v, contexts)) for k, v in (job.get("outputs") or {}).items()}
    log = "\n".join(runner.log)
    leaked = [n for n, v in runner.secrets.items() for line in v.split("\n")
              if len(line.strip()) >= 16 and not line.startswith("-----") and line.strip() in log + runner.summary + json.dumps(outputs)]
    print(log)
    print(json.dumps({"status": status, "outputs": outputs, "summary": runner.summary, "annotations": runner.annotations,
                      "commands": runner.commands, "leaked": sorted(set(leaked))}))


if __name__ == "__main__":
    sys.exit(main())
