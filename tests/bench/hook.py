#!/usr/bin/env python3
"""hook.py: the time from the start of the post-receive hook to the new manifest, 10 files changed among 100,000.

Run by `make bench`; HOTFIX_BIN names the programs, ROUNDS how many rounds (default 15).

Ours: the hook as git runs it (its line on stdin, GIT_DIR=.), with one release in force before; the clock starts before the process
is made, and stops when the rename of manifest.json is seen (inotify). Second row: until the hook has ended, which is what the pusher
waits for. In that time the fix is on disk as a job, built, signed, and published with its history.
By hand: `git diff --name-only TAG TIP | zip -q patch.zip -@ && md5sum patch.zip` by sh, in a tree that is checked out and clean; the
clock stops when sh has ended. Nothing is signed, and nobody is served.
Both on tmpfs, warm, in turn, each round from the same state."""
import ctypes
import os
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
from shop import APP, REF, Shop  # noqa: E402

FILES, CHANGED = 100000, 10
ROUNDS = int(os.environ.get("ROUNDS", "15"))
BIN = os.path.abspath(os.environ.get("HOTFIX_BIN", "build/bin"))
IN_MOVED_TO = 0x80


class BigShop(Shop):
    """HotPath/ with 100 x 10 folders of 100 files, packed as `git gc` leaves it."""

    def make(self):
        self.run("git", "init", "-q", "--bare", "-b", "main", self.bare)
        self.run("git", "-C", self.bare, "fast-import", "--quiet", input=self.history())
        self.run("git", "-C", self.bare, "tag", "v1.0.0", "main")
        self.run("git", "-C", self.bare, "gc", "--quiet")
        self.run(self.program("hotfix"), "init", "--repo", self.bare, "--app", APP, "--include", "HotPath/**")
        self.run("git", "clone", "-q", self.bare, self.tree)
        self.old = self.change("first")
        self.git("push", "-q", "origin", "HEAD:" + REF)
        assert self.in_force() == (1, 1, [self.old])
        self.new = self.change("second")
        self.git("push", "-q", "origin", "HEAD:refs/heads/work")
        self.git("update-ref", REF, self.new, at=self.bare)
        self.line = f"{self.old} {self.new} {REF}\n".encode()
        names = self.git("diff", "--name-only", "v1.0.0", self.new).split()
        assert len(names) == CHANGED, names
        return self

    @staticmethod
    def name(i):
        return f"HotPath/m{i // 1000:02d}/f{i // 100 % 10}/x{i % 100:02d}.js"

    def history(self):
        parts = ["commit refs/heads/main\ncommitter Ada <ada@example.com> 1700000000 +0000\ndata 4\nbase\n"]
        for i in range(FILES):
            text = f"// file {i}\n" + "function f() { return 1; }\n" * 20
            parts.append(f"M 100644 inline {self.name(i)}\ndata {len(text)}\n{text}\n")
        return "".join(parts).encode()

    def change(self, word):
        for i in range(CHANGED):
            with open(os.path.join(self.tree, self.name(i * 9973)), "a") as f:
                f.write(f"// {word}\n")
        self.git("commit", "-qam", word)
        return self.git("rev-parse", "HEAD")


class Watch:
    """Waits for a name to be renamed into a folder."""

    def __init__(self, folder, name):
        self.name = name.encode()
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.inotify_init1(os.O_CLOEXEC)
        if self.fd < 0 or libc.inotify_add_watch(self.fd, folder.encode(), IN_MOVED_TO) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def wait(self):
        while True:
            data = os.read(self.fd, 4096)
            while data:
                _, _, _, n = struct.unpack_from("iIII", data)
                if data[16:16 + n].rstrip(b"\0") == self.name:
                    os.close(self.fd)
                    return
                data = data[16 + n:]


def cpu():
    """Seconds of processor time of all that has been run and waited for."""
    u = resource.getrusage(resource.RUSAGE_CHILDREN)
    return u.ru_utime + u.ru_stime


def ours(shop, kept):
    shop.back(kept)
    watch = Watch(shop.path("production"), "manifest.json")
    before = cpu()
    start = time.perf_counter()
    p = subprocess.Popen(shop.hook_argv(), cwd=shop.bare, env={**shop.env, "GIT_DIR": "."}, stdin=subprocess.PIPE,
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    p.stdin.write(shop.line)
    p.stdin.close()
    watch.wait()
    seen = time.perf_counter()
    said = p.stderr.read()
    p.wait()
    ended = time.perf_counter()
    assert b"success: patch 2 for 1.0.0 (10 files" in said, said
    return seen - start, ended - start, cpu() - before


def by_hand(shop):
    patch = os.path.join(shop.tree, "patch.zip")
    if os.path.exists(patch):
        os.unlink(patch)
    command = f"git diff --name-only v1.0.0 {shop.new} | zip -q patch.zip -@ && md5sum patch.zip"
    before = cpu()
    start = time.perf_counter()
    p = subprocess.Popen(["sh", "-c", command], cwd=shop.tree, env=shop.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    said = p.stdout.read()
    p.wait()
    ended = time.perf_counter()
    assert p.returncode == 0 and said.endswith(b"  patch.zip\n"), said
    return ended - start, cpu() - before


def row(what, seconds, against=None):
    """Prints one row; returns its median. against: the rows' first."""
    ms = sorted(s * 1000 for s in seconds)
    median = statistics.median(ms)
    ratio = f"{median / against:5.2f}x" if against else ""
    print(f"  {what:<46} {median:7.2f} ms  {f'({ms[0]:.2f} to {ms[-1]:.2f})':<18}{ratio}")
    return median


def main():
    folder = tempfile.mkdtemp(prefix="hotfix-bench.", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    try:
        shop = BigShop(BIN, folder).make()
        kept = shop.keep()
        rounds = []
        for i in range(ROUNDS + 2):    # the first two make it warm
            rounds.append((*by_hand(shop), *ours(shop, kept)))
        hand, hand_cpu, seen, ended, ours_cpu = zip(*rounds[2:])
        shop.is_new_once()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"first hook line to visible manifest, {CHANGED} files changed among {FILES:,}: median of {ROUNDS} rounds (least to most)")
    against = row("by hand: git diff | zip && md5sum", hand)
    row("hook, until the manifest is visible", seen, against)
    row("hook, until it has ended", ended, against)
    against = row("by hand, processor time", hand_cpu)
    row("hook, processor time until it has ended", ours_cpu, against)
    print(f"  goal: visible in 1.00x or less; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


if __name__ == "__main__":
    main()
