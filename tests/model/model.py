#!/usr/bin/env python3
"""model.py: random sequences of what people do to a shop's releases, by the real programs, and after each step the one sentence:
no device ever runs bytes that a person held back from it and has not released since (said.py).

Speaks TAP. HOTFIX_BIN names the programs. N sequences (default 100) of SEED (default 1; `random`), each of 10 steps; JOBS processes.
A sequence that fails is run again without each of its steps, until none can be left out, and printed: REPLAY='[…]' runs one.
GIT=1: every push is a real `git push`; else one sequence in 25 is. FIRST=1: stops at the first that fails, and does not shrink it.
Stores are emptied and set back only where the publisher has a memory (`hotfix accept` is there); FORGET=1 does so, and takes the
memory away before each command: the model must go red."""
import json
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time

import shop as shops
from devices import WINDOW, fleet
from said import Broken, Said, explained

STEPS = 10
ROLLOUTS = ("5%", "25%", "50%", "100%")
COMMITS = ("fix",) * 6 + ("empty",) * 2 + ("revert",) * 2 + ("pick",) * 3 + ("pick_on",) * 2 + ("reset",) * 2 + (
    "squash", "rebase", "replace", "replace", "delete")
VERBS = ("rollback",) * 5 + ("pause",) * 3 + ("resume",) * 2 + ("rollout",) * 2 + ("revoke",) * 2 + ("refresh",)


def invent(rng, stores):
    """A step, as plain data: numbers in it are taken modulo what there is when it is done."""
    what = rng.random()
    clock = rng.random() < 0.04
    if what < 0.56:
        step = {"do": "push", "branch": rng.choice((0, 0, 0, 1, 1, 2)), "commit": rng.choice(COMMITS), "path": rng.randrange(3),
                "k": rng.randrange(100)}
        for option, chance in (("over", 0.25), ("live", 0.08), ("force", 0.08)):
            if rng.random() < chance:
                step[option] = 1
        if rng.random() < 0.3:
            step["rollout"] = rng.choice(ROLLOUTS)
    elif what < 0.90:
        step = {"do": rng.choice(VERBS), "k": rng.choice((0, 0, 0, 1, 2, 3)), "rollout": rng.choice(ROLLOUTS)}
    elif what < 0.92:
        step = {"do": "delete", "branch": rng.randrange(3)}
    else:
        step = {"do": rng.choice(("restore", "restore", "empty")) if stores else "refresh", "k": rng.randrange(100)}
    if clock:
        step["clock"] = 1
    return step


def sequence(rng, stores):
    """Ten steps. The right store comes back one to four steps after another took its place."""
    steps, right = [], 0
    while len(steps) < STEPS:
        right -= 1
        steps.append({"do": "right"} if right == 0 else invent(rng, stores))
        if steps[-1]["do"] in ("restore", "empty") and right <= 0:
            right = rng.randrange(2, 6)
    return steps


class Run:
    """One sequence."""

    def __init__(self, template, base, folder, programs, git):
        self.shop = shops.Shop(template, base, folder, programs, git)
        self.devices = fleet()
        self.said = Said(self.devices, self.shop.files[base])
        self.pending = {}  # (ref, commit) → what was said with its pushes
        self.seen = 0  # the highest patch number
        self.made = None  # the newest manifest that a publisher made
        self.items = []  # every item that was ever pushed, newest last
        self.told = []

    # The commit of a push.
    def files_of(self, step):
        """What is committed, on which parents; or a commit that is there."""
        shop, said = self.shop, self.said
        tip = shop.tips.get(shops.BRANCHES[step["branch"]], shop.base)
        path, kind = shops.PATHS[step["path"]], step["commit"]
        now, base = dict(shop.files[tip]), dict(shop.files[shop.base])
        fresh = {path: f"fix {shop.count + 1}\n"}
        held = [x for x in self.items if said.out.get(x) or said.paused.get(x) or said.limited.get(x)] or self.items
        if kind == "reset":
            all_commits = list(shop.files)
            return all_commits[step["k"] % len(all_commits)], None, None
        if kind in ("pick", "pick_on") and held:
            x = held[-1 - step["k"] % len(held)]
            return None, {**(base if kind == "pick" else now), x[0]: x[1]}, [shop.base if kind == "pick" else tip]
        if kind == "empty":
            return None, now, [tip]
        if kind == "revert":
            return None, {**now, path: base[path]}, [tip]
        if kind == "delete":
            now.pop(path, None)
            return None, now, [tip]
        if kind == "squash":
            return None, now, [shop.base]
        if kind == "rebase":
            return None, {**now, **fresh}, [shop.base]
        if kind == "replace" and self.items:
            return None, {**now, self.items[-1 - step["k"] % len(self.items)][0]: fresh[path]}, [tip]
        return None, {**now, **fresh}, [tip]

    def push(self, step):
        shop, branch = self.shop, shops.BRANCHES[step["branch"]]
        new, files, parents = self.files_of(step)
        if new is None:
            new = shop.commit(files, parents)
        if new == shop.tips.get(branch):
            return "nothing to push"
        options = {k: step[k] for k in ("live", "force", "rollout") if k in step}
        m = shop.manifest()
        out = [r["patch"] for r in (m or {"releases": []})["releases"]
               if r["state"] in ("withdrawn", "revoked") and set(WINDOW[r["target"]]) & set(WINDOW[branch[7:]])]
        if "over" in step and out:
            options["over"] = max(out)
        words = [k if k in ("live", "force") else f"{k}={v}" for k, v in options.items()]
        moved, told = shop.push(branch, new, words, step.get("clock"))
        if moved:
            self.pending.setdefault(("refs/heads/" + branch, new), {}).update(options)
            for x in self.said.items_of(shop.files[new]):
                if x not in self.items:
                    self.items.append(x)
        return f"{branch} {new[:12]} {' '.join(words)}\n{told}"

    def verb(self, step):
        verb, before = step["do"], self.shop.manifest()
        if verb == "refresh":
            return self.shop.hotfix("refresh", "--repo", self.shop.bare, clock=step.get("clock"))[1]
        wanted = {"resume": ("paused",), "pause": ("live",), "rollout": ("live", "paused")}.get(verb, ("live", "paused", "withdrawn"))
        those = [r for r in (before or {"releases": []})["releases"] if r["state"] in wanted]
        if not those:
            return "no release for this"
        r = those[step["k"] % len(those)]
        words = [verb, "--repo", self.shop.bare, str(r["patch"])] + ([step["rollout"]] if verb == "rollout" else [])
        status, told = self.shop.hotfix(*words, clock=step.get("clock"))
        if status == 0:
            m = self.shop.manifest()
            after = next((o for o in m["releases"] if o["patch"] == r["patch"]), r)
            if verb == "rollout":
                self.said.rollout(m, after, int(step["rollout"][:-1]) * 100)
            elif verb == "revoke":
                self.said.revoke(m, before, r)
            elif not (verb == "rollback" and r["state"] == "withdrawn"):
                getattr(self.said, verb)(m, r if verb == "rollback" else after)
        return f"{verb} {r['patch']}\n{told}"

    def store(self, step):
        serials = self.shop.serials()
        if step["do"] == "restore" and len(serials) > 1:
            self.shop.restore(serials[step["k"] % (len(serials) - 1)])
            return "an old manifest is put back"
        if step["do"] == "empty" and serials:
            self.shop.empty()
            return "the store is empty"
        if step["do"] == "right" and self.shop.away:
            self.shop.put_right()
            return "the right store is back"
        return "nothing to do to the store"

    def listen(self):
        """What was released by this step, as people said it."""
        m = self.shop.manifest()
        new = [r for r in (m or {"releases": []})["releases"] if r["patch"] > self.seen]
        for r in sorted(new, key=lambda r: r["patch"]):
            self.seen = r["patch"]
            commit = r["source"]["commit"]
            history = {}
            for c in self.shop.ancestry(commit):
                for p, text in self.shop.files[c].items():
                    history.setdefault(p, set()).add(text)
            self.said.pushed(m, r, self.shop.files[commit], history, self.pending.get((r["source"]["ref"], commit), {}))
        return m

    def check(self, rng, m, served):
        """Devices ask; one of them is served old manifests."""
        now = time.time()
        for i, d in enumerate(self.devices):
            if rng.random() >= d.often or m is None:
                continue
            mine, had = m, d.has
            if i == 9 and self.shop.serials():
                mine = self.shop.manifest(f"history/{rng.choice(self.shop.serials())}.json")
            d.check(mine, now)
            self.said.judge(d, had, served if mine is m else d.serial >= m["serial"] and served)

    def step(self, step, rng):
        before = self.shop.manifest()
        if step["do"] == "push":
            told = self.push(step)
        elif step["do"] == "delete":
            branch = shops.BRANCHES[step["branch"]]
            told = self.shop.push(branch, shops.ZEROS, [], step.get("clock"))[1] if branch in self.shop.tips else "no branch"
        elif step["do"] in ("restore", "empty", "right"):
            told = self.store(step)
        else:
            told = self.verb(step)
        self.told.append(f"{json.dumps(step)}: {told}")
        m = self.listen()
        if step["do"] in ("restore", "empty"):
            self.made = None  # what lies there now is nobody's word; until a publisher signs upon it
        elif step["do"] == "right" or m != before:
            self.made = m
        self.check(rng, m, m is not None and m == self.made)


def run(job):
    """One sequence. Returns (steps, None), or (steps, why it failed and what was done)."""
    steps, seed, git, template, base, programs = job
    folder = tempfile.mkdtemp(prefix="model.", dir=os.path.dirname(template))
    try:
        rng, r = random.Random(f"{seed}:devices"), Run(template, base, folder, programs, git)
        try:
            for step in steps:
                r.step(step, rng)
            m = r.shop.manifest()
            if m is not None and m == r.made and r.shop.away is None:
                explained(r.shop, m, rng.choice(r.devices))
        except Broken as e:
            return steps, f"{e}\n" + "\n".join(r.told)
        return steps, None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def shrink(job):
    """Leaves out steps while it still fails: salts are drawn anew each time, so each is tried thrice."""
    steps, rest = list(job[0]), job[1:]
    why, i = None, 0
    while i < len(steps):
        fewer = steps[:i] + steps[i + 1:]
        for _ in range(3):
            found = run((fewer, *rest))[1]
            if found:
                why, steps = found, fewer
                break
        else:
            i += 1
    return steps, why


def main():
    n, seed = int(os.environ.get("N") or 100), os.environ.get("SEED") or "1"
    seed = str(random.SystemRandom().randrange(10 ** 9)) if seed == "random" else seed
    programs = os.path.abspath(os.environ.get("HOTFIX_BIN", "build/bin"))
    top = tempfile.mkdtemp(prefix="hotfix-model.")
    jobs = int(os.environ.get("JOBS") or 2 * os.cpu_count())  # they wait for the disk half of the time
    stop = os.environ.get("FIRST")
    start, failed, done = time.monotonic(), 0, 0
    try:
        template = os.path.join(top, "template")
        os.mkdir(template)
        base = shops.make_template(template, programs)
        more = (template, base, programs)
        stores = bool(os.environ.get("FORGET")) or shops.has_memory(programs)
        if os.environ.get("REPLAY"):
            work = [(json.loads(os.environ["REPLAY"]), seed, bool(os.environ.get("GIT")), *more)]
        else:
            work = []
            for i in range(n):
                rng = random.Random(f"{seed}:{i}")
                work.append((sequence(rng, stores), f"{seed}:{i}", bool(os.environ.get("GIT")) or i % 25 == 0, *more))
        print(f"# SEED={seed} N={len(work)}", flush=True)
        with multiprocessing.Pool(min(jobs, len(work))) as pool:
            for i, (steps, why) in enumerate(pool.imap(run, work)):
                done += 1
                if why is None:
                    continue
                failed += 1
                if failed <= 3 and not stop:
                    steps, again = shrink(work[i])
                    why = again or why
                print(f"not ok {failed} - sequence {i} of SEED={seed}: {why.splitlines()[0]}")
                print("".join(f"#   {line}\n" for line in why.splitlines()[1:]), end="")
                print(f"#   REPLAY='{json.dumps(steps)}' SEED='{work[i][1]}' tests/model/model.py", flush=True)
                if stop:
                    pool.terminate()
                    break
    finally:
        shutil.rmtree(top, ignore_errors=True)
    if not failed:
        print(f"ok 1 - no device runs what a person held back from it: {done} sequences of {STEPS} steps")
    print(f"1..{max(failed, 1)}")
    print(f"# {done} sequences in {time.monotonic() - start:.1f} s, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
