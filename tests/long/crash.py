#!/usr/bin/env python3
"""crash.py [WORD...]: every program that changes a disk, killed before each call that does (write, fsync, rename, link, unlink, mkdir).

Run by `make check-crash`; HOTFIX_BIN names the programs. WORD: only scenarios whose name has it. After each kill the old release is
whole; then `hotfix retry`, or the same command again, and the new one is there, once, with one number. A device that was killed
starts with a whole patch or none, and the next update mends it. Last line: N passed, N failed, N skipped; a kill is one."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
import straced  # noqa: E402
from shop import APP, REF, Shop  # noqa: E402

BIN = os.path.abspath(os.environ.get("HOTFIX_BIN", "build/bin"))


class Tally:
    def __init__(self, words):
        self.words, self.passed, self.failed, self.start = words, 0, 0, time.monotonic()

    def kills(self, name, argv_calls, kill, judge):
        """For each call: kill(call, n), then judge(what it returned). argv_calls: a Counter."""
        todo, bad = straced.numbered(argv_calls), 0
        for i, (call, n) in enumerate(todo, 1):
            where = f"{name}: killed before {call} number {n}"
            try:
                judge(kill(call, n))
                self.passed += 1
            except (AssertionError, OSError, ValueError, LookupError) as e:
                print(f"not ok {where}: {type(e).__name__}: {e}", flush=True)
                self.failed += 1
                bad += 1
            if sys.stderr.isatty():
                print(f"\r{name}: {i} of {len(todo)}", end="", file=sys.stderr, flush=True)
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)
        print(f"{'ok' if not bad else 'not ok'}  {time.monotonic() - self.start:6.1f} s  {name}: {len(todo)} kills, {bad} failed", flush=True)

    def wanted(self, name):
        return not self.words or any(w in name for w in self.words)


def record(shop, name, run):
    """The calls of each process of run(words to put before the program)."""
    log = os.path.join(shop.folder, "log." + re.sub(r"\W+", "-", name))
    run(straced.recorder(log))
    return straced.calls(log)


def old_or_new(shop):
    assert shop.in_force() in [(1, 1, [shop.old]), (2, 2, [shop.new, shop.old])], f"in force: {shop.in_force()}"


def push(tally, shop):
    """The hook, and the worker that it forks."""
    before = shop.keep()

    def retried(hook_said):
        old_or_new(shop)
        assert hook_said is None or not shop.jobs() or b"error: " in hook_said, f"the pusher was told: {hook_said}"
        r = shop.retry()
        assert r.returncode == 0, r.stdout.decode()
        shop.is_new_once()

    processes = record(shop, "push", lambda words: shop.hook(before=words))
    shop.is_new_once()
    assert len(processes) == 2, processes

    def kill_hook(call, n):
        shop.back(before)
        # strace ends all that come to the number; those of the worker have their own turn. It ends with the last process.
        shop.hook(before=straced.killer(call, n))

    def kill_worker(call, n):
        shop.back(before)
        return straced.run_worker_killed(shop.hook_argv(), call, n, os.path.join(shop.folder, "first"), cwd=shop.bare,
                                         env={**shop.env, "GIT_DIR": "."}, input=shop.line)

    tally.kills("post-receive", processes[0], kill_hook, retried)
    tally.kills("its worker", processes[1], kill_worker, retried)
    shop.back(before)


def first(tally, shop):
    """The first release of a channel, with all the folders that it makes; a reader in the group must get into each."""
    before = shop.keep()
    shutil.rmtree(os.path.join(shop.store, APP))
    shutil.rmtree(os.path.join(shop.bare, "hotfix/signed"), ignore_errors=True)  # else an emptied store is refused
    empty = shop.keep()
    processes = record(shop, "first", lambda words: shop.hook(before=words))

    def kill(call, n):
        shop.back(empty)
        return straced.run_worker_killed(shop.hook_argv(), call, n, os.path.join(shop.folder, "first"), cwd=shop.bare,
                                         env={**shop.env, "GIT_DIR": "."}, input=shop.line)

    def judge(_):
        if os.path.exists(shop.path("production/manifest.json")):
            assert shop.in_force() == (1, 1, [shop.new]), f"in force: {shop.in_force()}"
        r = shop.retry()
        assert r.returncode == 0 and not shop.jobs(), r.stdout.decode()
        serial = shop.is_in_force([shop.new])
        assert serial <= 2, f"one kill used up {serial - 1} serials"
        assert os.path.getsize(shop.path(f"production/history/{serial}.json")) > 0
        for top, _folders, _files in os.walk(os.path.join(shop.store, APP)):
            assert os.stat(top).st_mode & 0o7777 == 0o2750, f"{top} has mode {os.stat(top).st_mode:o}"
        status, words = shop.verify()
        assert status == 0, words

    tally.kills("its worker, first release", processes[1], kill, judge)
    shop.back(before)


def retry(tally, shop):
    """With a job that waits, and with a tip that no hook has seen."""
    before = shop.keep()
    for name, waits in (("retry, a job waits", True), ("retry, a tip is found", False)):
        shop.back(before)
        if waits:
            os.rename(shop.store, shop.store + ".away")
            open(shop.store, "w").close()
            shop.hook()
            os.unlink(shop.store)
            os.rename(shop.store + ".away", shop.store)
            assert len(shop.jobs()) == 1
        start = shop.keep()
        argv = ("retry", "-q", "--repo", shop.bare)

        def kill(call, n):
            shop.back(start)
            shop.hotfix(*argv, before=straced.killer(call, n))

        def judge(_):
            old_or_new(shop)
            r = shop.retry()
            assert r.returncode == 0, r.stdout.decode()
            shop.is_new_once()

        processes = record(shop, name, lambda words: shop.hotfix(*argv, before=words))
        shop.is_new_once()
        assert len(processes) == 1, processes
        tally.kills(name, processes[0], kill, judge)
    shop.back(before)


def verbs(tally, shop):
    """What changes one manifest: the old one or the new one is in force, and the same command again ends in the new one.
    Whoever was killed between remembering its serial (and patch number) and putting the manifest has used them up, and no others."""
    before = shop.keep()
    shop.hook()
    shop.is_new_once()
    two = shop.keep()
    shop.hotfix("pause", "--repo", shop.bare, "2")
    paused = shop.keep()
    patch = os.path.join(shop.folder, "built.zip")
    with open(patch, "wb") as f:
        f.write(b"built elsewhere")

    def state(*words):
        return lambda m: [r["state"] for r in m["releases"]] == list(words)

    def is_newest(m):
        return len(m["releases"]) == 2 and m["releases"][0]["patch"] == m["last"] == m["serial"]

    table = [
        ("rollout", two, ["2", "25%"], lambda m: m["releases"][0]["rollout"] == 2500),
        ("pause", two, ["2"], state("paused", "live")),
        ("resume", paused, ["2"], state("live", "live")),
        ("rollback", two, ["2"], state("withdrawn", "live")),
        ("revoke", two, ["2"], lambda m: state("revoked", "live")(m) and m["revoked"] == [m["releases"][0]["file"]["sha256"]]),
        ("refresh", two, ["--force"], state("live", "live")),
        ("publish", before, ["--target", "1.0.0", "--ref", REF, shop.new], is_newest),
        ("publish", before, ["--target", "1.0.0", "--file", patch, "--commit", shop.new],
         lambda m: is_newest(m) and m["releases"][0]["file"]["size"] == 15),
    ]
    for verb, start, argv, reached in table:
        name = f"{verb} {' '.join(a for a in argv if len(a) < 40 and '/' not in a)}"
        if not tally.wanted(name):
            continue
        full = (verb, "--repo", shop.bare, *argv)
        shop.back(start)
        old = shop.manifest_bytes()
        serial = shop.manifest()["serial"]

        def kill(call, n):
            shop.back(start)
            shop.hotfix(*full, before=straced.killer(call, n))

        def judge(_):
            m = shop.manifest()
            done = shop.manifest_bytes() != old
            assert m["serial"] == serial + done and (not done or reached(m)), f"in force: {m}"
            r = shop.hotfix(*full)
            # Who does it by hand says it again; a second time it is either done anew under its own serial, or "nothing to do".
            again = shop.manifest()
            assert r.returncode == 0 and reached(again), r.stdout.decode()
            assert again["serial"] <= serial + 1 + (not done or verb == "refresh"), f"{verb} made serial {again['serial']}"
            assert os.path.getsize(shop.path(f"production/history/{again['serial']}.json")) > 0, "history lacks a manifest"
            status, words = shop.verify()
            assert status == 0, words

        processes = record(shop, name, lambda words: shop.hotfix(*full, before=words))
        assert reached(shop.manifest()) and shop.manifest()["serial"] == serial + 1, name
        tally.kills(name, processes[0], kill, judge)
    shop.back(before)


class Device:
    """A device's folder, and the real edge that it asks."""

    def __init__(self, shop):
        self.shop, self.folder = shop, os.path.join(shop.folder, "device")
        ini = os.path.join(shop.folder, "edge.ini")
        with open(os.path.join(shop.bare, "hotfix.ini")) as f, open(ini, "w") as out:
            out.write(f.read().replace("listen = 127.0.0.1:3001", "listen = 127.0.0.1:0"))
        self.log = open(os.path.join(shop.folder, "edge.log"), "w+")
        self.edge = subprocess.Popen([shop.program("hotfix-edge"), "-c", ini], stdout=self.log, stderr=subprocess.STDOUT)
        self.url = self.wait_for_edge()

    def wait_for_edge(self):
        end = time.monotonic() + 30
        while time.monotonic() < end and self.edge.poll() is None:
            with open(self.log.name) as f:
                m = re.search(r"listening on (127\.0\.0\.1:\d+)", f.read())
            if m:
                return "http://" + m.group(1)
            time.sleep(0.02)
        raise SystemExit("the edge did not start")

    def stop(self):
        self.edge.terminate()
        self.edge.wait()
        self.log.close()

    def client(self, command, before=()):
        key = os.path.join(self.shop.bare, "hotfix/signing.pub.pem")
        return subprocess.run([*before, self.shop.program("hotfix-client"), command, "--edge", self.url, "--app", APP, "--channel",
                               "production", "--version", "1.0.0", "--client-id", "device-1", "--dir", self.folder, "--key", key],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.shop.env)

    def update_to(self, file):
        """Updates until the device runs this file (None: none): an edge sees a new manifest within a second or two."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            r = self.client("update")
            if self.starts() == file:
                assert r.returncode == 0, r.stderr.decode()
                return
            time.sleep(0.05)
        raise AssertionError(f"the device runs {self.starts()}, not {file}: {r.stderr.decode()}")

    def starts(self):
        """What the app would run: the SHA-256 of whole bytes, or None."""
        r = self.client("begin")
        assert r.returncode == 0, r.stderr.decode()
        self.client("confirm")
        path = r.stdout.decode().strip()
        if not path:
            return None
        return subprocess.run(["sha256sum", path], stdout=subprocess.PIPE, check=True).stdout.decode().split()[0]

    def keep(self, name):
        to = f"{self.folder}.{name}"
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.folder, to, symlinks=True)
        return to

    def back(self, kept):
        shutil.rmtree(self.folder, ignore_errors=True)
        if kept:
            shutil.copytree(kept, self.folder, symlinks=True)


def device(tally, shop):
    before = shop.keep()
    shop.hook()
    shop.is_new_once()
    two, one = [r["file"]["sha256"] for r in shop.manifest()["releases"]]
    two_in_force = shop.keep()
    shop.back(before)
    d = Device(shop)
    try:
        d.update_to(one)
        has_one = d.keep("one")
        scenario(tally, d, "client, first install", None, (None, one), one)
        # The edge's store: the manifest goes in as a publisher puts it, last and by rename.
        shutil.copytree(os.path.join(two_in_force, "store"), shop.store, symlinks=True, dirs_exist_ok=True)
        d.update_to(two)
        has_two = d.keep("two")
        scenario(tally, d, "client, one replaces another", has_one, (one, two), two)
        for command, ends in (("begin", (two,)), ("confirm", (two,)), ("rollback", (one, two))):
            scenario(tally, d, f"client {command}", has_two, ends, None, command)
        assert shop.hotfix("rollback", "--repo", shop.bare, "2").returncode == 0
        d.back(has_two)
        d.update_to(one)
        scenario(tally, d, "client, a patch is taken away", has_two, (one, two), one)
    finally:
        d.stop()
        shop.back(before)


def scenario(tally, d, name, kept, may_start, mended, command="update"):
    """Killed in the command, the device starts with one of may_start; and after an update, with `mended` (None: whatever it had)."""
    if not tally.wanted(name):
        return

    def kill(call, n):
        d.back(kept)
        d.client(command, before=straced.killer(call, n))

    def judge(_):
        found = d.starts()
        assert found in may_start, f"it starts with {found}"
        if mended:
            r = d.client("update")
            assert r.returncode == 0 and d.starts() == mended, r.stderr.decode()

    d.back(kept)
    tally.kills(name, record(d.shop, name, lambda words: d.client(command, before=words))[0], kill, judge)


def main():
    tally = Tally(sys.argv[1:])
    if not straced.can_trace():
        print("strace cannot trace here: a container without ptrace?\n0 passed, 0 failed, 1 skipped")
        return 1
    folder = tempfile.mkdtemp(prefix="hotfix-crash.")
    try:
        shop = Shop(BIN, folder).make()
        for f in (push, first, retry, verbs, device):
            if f in (verbs, device) or tally.wanted(f.__name__):
                f(tally, shop)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{tally.passed} passed, {tally.failed} failed, 0 skipped")
    return 0 if tally.passed and not tally.failed else 1


if __name__ == "__main__":
    sys.exit(main())
