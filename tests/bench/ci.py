#!/usr/bin/env python3
"""ci.py: what the release adds to a CI job, 10 files changed among 100,000: `hotfix ci` in a runner's clone.

Run by `make bench-ci`; HOTFIX_BIN names the programs, ROUNDS how many rounds (default 9).

Ours: `hotfix ci` as the templates call it: the remote is asked for tags and settings, the patch is built, signed and published; a
release of an older commit is in force before. First row: setup, which is ci-templates/install.sh with a tarball on disk.
By hand, what a job does without hotfix: fetch tags, `git diff --name-only | zip`, md5sum, an Ed25519 signature by openssl, and cp of
both into the store. No manifest, no rollout, nobody is kept from publishing the older over the newer.
Both on tmpfs, warm, in turn, each round from the same state."""
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hook import BigShop, CHANGED, FILES  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "9"))
BIN = os.path.abspath(os.environ.get("HOTFIX_BIN", "build/bin"))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
APP = "com.example.shop"
ENV = {"PATH": BIN + ":" + os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8"}
ENV |= {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def run(*argv, cwd, data=None, env=None):
    return subprocess.run(argv, cwd=cwd, env=env or ENV, input=data, check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT).stdout.decode().strip()


def make(folder):
    """A server with two fixes, a runner's whole clone at the second, hotfix.ini on main, and the first fix released."""
    server, job, store = (os.path.join(folder, n) for n in ("server.git", "job", "store"))
    os.mkdir(store, 0o750)
    run("git", "init", "-q", "--bare", "-b", "main", server, cwd=folder)
    run("git", "-C", server, "fast-import", "--quiet", cwd=folder, data=BigShop.history(BigShop))
    run("git", "-C", server, "tag", "v1.0.0", "main", cwd=folder)
    run("git", "-C", server, "gc", "--quiet", cwd=folder)
    run("hotfix", "keygen", "signing.pem", cwd=folder)
    run("git", "clone", "-q", "file://" + server, job, cwd=folder)
    shutil.copy(os.path.join(folder, "signing.pub.pem"), job)
    with open(os.path.join(job, "hotfix.ini"), "w", encoding="utf-8") as f:
        f.write(f"[app]\nid = {APP}\n[channel production]\nrefs = refs/heads/hotfix/*\n[build]\ninclude = HotPath/**\n"
                f"base = refs/tags/v*\n[sign]\nkey = env:KEY\n[trust]\nkeys = file:signing.pub.pem\n[store]\nurl = file://{store}\n")
    run("git", "add", ".", cwd=job)
    run("git", "commit", "-qm", "settings", cwd=job)
    run("git", "push", "-q", "origin", "HEAD:main", cwd=job)
    heads = []
    for word in ("first", "second"):
        for i in range(CHANGED):
            with open(os.path.join(job, BigShop.name(i * 9973)), "a", encoding="utf-8") as f:
                f.write(f"// {word}\n")
        run("git", "commit", "-qam", word, cwd=job)
        run("git", "push", "-q", "origin", "HEAD:refs/heads/hotfix/1.0.0", cwd=job)
        heads.append(run("git", "rev-parse", "HEAD", cwd=job))
        if word == "first":
            ours(folder, heads[0], "1")
    shutil.copytree(store, store + ".kept")
    return heads[1]


def ours(folder, head, number):
    with open(os.path.join(folder, "signing.pem"), encoding="utf-8") as f:
        key = f.read()
    env = ENV | {"KEY": key, "GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b",
                 "GITHUB_RUN_ID": number, "GITHUB_REF": "refs/heads/hotfix/1.0.0", "GITHUB_SHA": head, "TMPDIR": folder}
    start = time.perf_counter()
    said = run("hotfix", "ci", cwd=os.path.join(folder, "job"), env=env)
    seconds = time.perf_counter() - start
    assert f"patch {number} for 1.0.0 is released: 10 files" in said, said
    return seconds


def by_hand(folder, head):
    command = (f"git fetch -q origin '+refs/tags/*:refs/tags/*' && git diff --name-only v1.0.0 {head} -- HotPath | zip -q ../p.zip -@ && "
               "md5sum ../p.zip >../p.md5 && openssl pkeyutl -sign -rawin -inkey ../signing.pem -in ../p.zip -out ../p.sig && "
               "cp ../p.zip ../p.md5 ../p.sig ../store/")
    for name in ("p.zip", "p.md5", "p.sig"):
        if os.path.exists(os.path.join(folder, name)):
            os.unlink(os.path.join(folder, name))
    start = time.perf_counter()
    run("bash", "-ec", command, cwd=os.path.join(folder, "job"))
    return time.perf_counter() - start


def setup(folder, tarball, digest):
    shutil.rmtree(os.path.join(folder, "installed"), ignore_errors=True)
    env = ENV | {"HOTFIX_PINNED_VERSION": "0.1.0", "HOTFIX_PINNED_SHA256": digest, "HOTFIX_INSTALL_DIR": os.path.join(folder, "installed"),
                 "HOTFIX_BASE_URL": "file://" + os.path.dirname(tarball)}
    start = time.perf_counter()
    run("sh", os.path.join(TOP, "ci-templates/install.sh"), cwd=folder, env=env)
    return time.perf_counter() - start


def row(what, seconds, against=None):
    ms = sorted(s * 1000 for s in seconds)
    median = statistics.median(ms)
    ratio = f"{median / against:5.2f}x" if against else ""
    print(f"  {what:<46} {median:7.1f} ms  {f'({ms[0]:.1f} to {ms[-1]:.1f})':<18}{ratio}")
    return median


def main():
    tarball = os.path.join(TOP, "build/dist/hotfix-0.1.0-linux-x86_64.tar.gz")
    folder = tempfile.mkdtemp(prefix="hotfix-bench.", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    times = {"hand": [], "ours": [], "setup": []}
    try:
        head = make(folder)
        digest = run("sha256sum", tarball, cwd=folder)[:64] if os.path.exists(tarball) else None
        for i in range(ROUNDS + 1):    # the first makes it warm
            store = os.path.join(folder, "store")
            shutil.rmtree(store)
            shutil.copytree(store + ".kept", store)
            hand, own = by_hand(folder, head), ours(folder, head, "2")
            if i > 0:
                times["hand"].append(hand)
                times["ours"].append(own)
                if digest:
                    times["setup"].append(setup(folder, tarball, digest))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"what a release adds to a CI job, {CHANGED} files changed among {FILES:,}: median of {ROUNDS} rounds (least to most)")
    against = row("by hand: fetch tags, diff | zip, md5, sign, cp", times["hand"])
    row("hotfix ci", times["ours"], against)
    if times["setup"]:
        row("setup: the tarball checked and unpacked", times["setup"])
    print(f"  load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


if __name__ == "__main__":
    main()
