#!/usr/bin/env python3
"""plants.py [WORD...]: plants faults into the publisher, one at a time, in a copy of the tree (build/model-plants), and wants the model
to go red for each. Run by `make check-model-plants`; with --look (lint) it only sees that each can be planted. WORD: only plants whose
name has it. N: sequences until one is given up (default 1500). Last line: N passed, N failed, N skipped."""
import os
import re
import shutil
import subprocess
import sys
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
TREE = os.path.join(TOP, "build/model-plants")
STATES = "publisher/patchstate.c"

# What is planted, and each edit: file, what stands there once, what takes its place.
PLANTS = [
    ("inheritance of a rollout", [("publisher/takeover.c", "rollout_default ? s->held.rollout : s->later.rollout;",
                                   "rollout_default ? NULL : s->later.rollout;")]),
    ("inheritance of a pause", [("publisher/takeover.c", "live ? s->later.pause : s->held.pause;", "live ? s->later.pause : NULL;")]),
    ("over what was rolled back", [("publisher/over.c", "r->source.files == 0 || hf_content_reverted(c))",
                                    "r->source.files == 0 || hf_content_reverted(c) || c != NULL)")]),
    ("a fix that is lost", [("publisher/lost.c", "if (tip->changes == NULL || tip->repo == NULL)", "if (tip != NULL)")]),
    ("the publisher's memory", []),  # the model takes it away before each command
    ("a clock that is years ahead", [("publisher/clock.c", "    if (c->force)\n", "    if (c != NULL)\n")]),
    ("revoked bytes", [(STATES, f"[{was}] = {{CHANGE, HF_REVOKED, NULL}}", f"[{was}] = {{CHANGE, HF_WITHDRAWN, NULL}}")
                       for was in ("HF_LIVE", "HF_PAUSED", "HF_WITHDRAWN")]
     + [(STATES, "HF_ACT_REVOKE && revoke(m, r, e, err) != 0", "HF_ACT_REVOKE && e == NULL && revoke(m, r, e, err) != 0")]),
    ("the same bytes", [("publisher/over.c", "if (same && !j->ask->params->force && !published_since(j, r))",
                         "if (same && !j->ask->params->force && !published_since(j, r) && j == NULL)")]),
]


def copy():
    shutil.rmtree(TREE, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=TOP, stdout=subprocess.PIPE, check=True, text=True)
    for name in listed.stdout.split("\n"):
        if name and os.path.isfile(os.path.join(TOP, name)):
            os.makedirs(os.path.dirname(os.path.join(TREE, name)), exist_ok=True)
            shutil.copy2(os.path.join(TOP, name), os.path.join(TREE, name), follow_symlinks=False)


def make():
    env = {k: v for k, v in os.environ.items() if k != "BUILD" and not k.startswith("MAKE") and k != "MFLAGS"}
    programs = [f"build/bin/{p}" for p in ("hotfix", "pre-receive", "post-receive")]
    r = subprocess.run(["make", "-j2", "--no-print-directory", *programs], cwd=TREE, env=env, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert r.returncode == 0, r.stdout.decode()[-3000:]


def model(n, **more):
    """Whether it is green, and its first words when it is not."""
    env = {**os.environ, "HOTFIX_BIN": os.path.join(TREE, "build/bin"), "N": str(n), "FIRST": "1", **more}
    r = subprocess.run([sys.executable, os.path.join(TREE, "tests/model/model.py")], env=env, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    found = re.search(r"(?m)^not ok \d+ - (.*)", r.stdout)
    assert found or r.returncode == 0, r.stdout[-3000:]
    return found is None, found.group(1) if found else ""


def find(tree, where, was):
    """The text of a file in which a fault is planted: what it takes the place of stands there once."""
    with open(os.path.join(tree, where)) as f:
        text = f.read()
    assert text.count(was) == 1, f"'{was}' stands {text.count(was)} times in {where}: mend tests/model/plants.py"
    return text


def plant(edits):
    """Edits the copy; what undoes it."""
    texts = {}
    for where, was, becomes in edits:
        text = find(TREE, where, was)
        texts.setdefault(where, text)
        with open(os.path.join(TREE, where), "w") as f:
            f.write(text.replace(was, becomes))
    return texts


def main():
    words, n = sys.argv[1:], int(os.environ.get("N") or 1500)
    if words == ["--look"]:
        for _, edits in PLANTS:
            for where, was, _ in edits:
                find(TOP, where, was)
        return 0
    copy()
    make()
    green, red = model(100)
    assert green, f"the model is red as the tree is: {red}"
    passed, failed = 0, 0
    for name, edits in PLANTS:
        if words and not any(w in name for w in words):
            continue
        start = time.monotonic()
        texts = plant(edits)
        try:
            make()
            green, red = model(n, **({} if edits else {"FORGET": "1"}))
        finally:
            for where, text in texts.items():
                with open(os.path.join(TREE, where), "w") as f:
                    f.write(text)
        passed, failed = passed + (not green), failed + green
        print(f"  {'FAIL' if green else 'ok  '}  {name}: {'still green' if green else 'red: ' + red} ({time.monotonic() - start:.0f} s)",
              flush=True)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
