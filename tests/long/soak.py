#!/usr/bin/env python3
"""soak.py: an edge under mixed load for TIME seconds (60), plain and over TLS: honest clients among aborting, slow, stalled and
malformed ones, while new manifests come. Run by `make soak`; HOTFIX_BIN and HF_TEST_BIN name the programs.

The load comes in rounds. After each one everybody has left, and what the workers hold is looked at: resident memory, descriptors and
maps are flat after the first third, no worker died, nothing was said on standard error, and no honest client saw an error.
Last line: N passed, N failed, N skipped."""
import hashlib
import multiprocessing
import os
import random
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
import edge as requests  # noqa: E402
from running import HOST, Edge, held, question, reply, until  # noqa: E402

BIN = os.path.abspath(os.environ.get("HOTFIX_BIN", "build/bin"))
TOOLS = os.path.abspath(os.environ.get("HF_TEST_BIN", "build/tests"))
SECONDS = int(os.environ.get("TIME") or "60")
ROUNDS = max(6, min(60, SECONDS // 10))
SIZE = 1500000
REQUEST = 4
SETTINGS = f"workers = 2\nrequest = {REQUEST}\nkeepalive = 5\nstall = 2\ndownloads = 100"
RSS_SLACK = 1024  # KiB by which a worker may differ: the allocator's own ways
MAP_SLACK = 6


class Load:
    """The clients of one round, in one process. Counts by name; "wrong" is what an honest client may never see."""

    def __init__(self, edge, seed, seconds):
        self.edge, self.dice, self.end = edge, random.Random(seed), time.monotonic() + seconds
        self.count, self.wrong, self.lock = {}, [], threading.Lock()

    def saw(self, what, n=1):
        with self.lock:
            self.count[what] = self.count.get(what, 0) + n

    def on(self):
        return time.monotonic() < self.end

    def honest(self, what, step):
        while self.on():
            try:
                step()
            except Exception as e:  # any is what it may never see
                with self.lock:
                    self.wrong.append(f"{what}: {e!r}")
                return

    def checks(self):
        with self.edge.connect() as s:
            for _ in range(200):
                s.sendall(question())
                status, body = reply(s)
                assert status == 200 and b'"url"' in body, (status, body)
                self.saw("version checks")
                if not self.on():
                    return

    def downloads(self):
        a, b = sorted(self.dice.sample(range(SIZE), 2))
        ranged = self.dice.random() < 0.5
        link = self.edge.link().encode()
        began = time.monotonic()
        with self.edge.connect() as s:
            s.sendall(b"GET %s HTTP/1.1\r\n%s%s\r\n" % (link, HOST, b"Range: bytes=%d-%d\r\n" % (a, b) if ranged else b""))
            asked = time.monotonic() - began
            status, body = reply(s)
        if status == 408 and asked >= REQUEST:  # this process did not run meanwhile, and the edge is right
            self.saw("late requests")
            return
        want = self.edge.bytes[a:b + 1] if ranged else self.edge.bytes
        assert status == (206 if ranged else 200) and hashlib.sha256(body).digest() == hashlib.sha256(want).digest(), \
            f"{status}, {len(body)} bytes; asked after {asked:.3f} s, answered after {time.monotonic() - began:.3f} s"
        self.saw("downloads")

    def hostile(self, what, step):
        while self.on():
            try:
                step()
                self.saw(what)
            except (OSError, EOFError, ValueError, AssertionError):
                self.saw(what)

    def aborting(self):
        with self.edge.connect(rcvbuf=8192) as s:
            s.sendall(b"GET %s HTTP/1.1\r\n%s\r\n" % (self.edge.link().encode(), HOST))
            s.recv(self.dice.randrange(1, 50000))

    def malformed(self):
        with self.edge.connect() as s:
            kind = self.dice.randrange(3)
            if kind == 0:
                s.sendall(self.dice.choice(requests.REFUSED)[1])
            elif kind == 1:
                s.sendall(self.dice.randbytes(self.dice.randrange(1, 4000)))
            else:
                s.sendall(question()[:self.dice.randrange(1, 90)])
                return
            while s.recv(65536):
                pass

    def slow(self):
        with self.edge.connect() as s:
            s.settimeout(0.05)
            for b in b"POST /api/patch/version HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n" + b" " * 90:
                s.send(bytes([b]))
                try:
                    if not s.recv(4096) or not self.on():
                        return
                except TimeoutError:
                    pass

    def stalled(self):
        with self.edge.connect(rcvbuf=4096) as s:
            s.sendall(b"GET %s HTTP/1.1\r\n%s\r\n" % (self.edge.link().encode(), HOST))
            time.sleep(min(4, max(0, self.end - time.monotonic())))  # this is what it does

    def unspoken(self):
        """Plain words to TLS, a TLS hello to the plain port, and connections that say nothing."""
        with self.edge.connect(plain=True) as s:
            s.sendall(question() if self.edge.ca else bytes.fromhex("16030100a5010000a10303") + bytes(100))
            s.recv(4096)

    def run(self):
        work = [(self.honest, "version checks", self.checks)] * 2 + [(self.honest, "downloads", self.downloads)] * 2 + \
            [(self.hostile, "aborted downloads", self.aborting)] * 2 + [(self.hostile, "malformed requests", self.malformed)] * 2 + \
            [(self.hostile, "slow requests", self.slow)] * 2 + [(self.hostile, "stalled readers", self.stalled)] * 2 + \
            [(self.hostile, "other protocols", self.unspoken)]
        threads = [threading.Thread(target=f, args=(name, step)) for f, name, step in work]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        return self.count, self.wrong


def one(edge, seed, seconds, out):
    out.put(Load(edge, seed, seconds).run())


def quiet(edges, first):
    """Everybody has left: what each worker holds."""
    now = {}
    for name, e in edges.items():
        for w in e.workers():
            if first is not None:
                until(lambda: held(w)[1] <= first[name, w][1], 20, f"{name}: worker {w} keeps descriptors: {held(w)[1]}")
            now[name, w] = held(w)
    return now


def judge(rows):
    """What is not flat, from the second third on."""
    said = []
    settled = rows[len(rows) // 3:]
    for key in rows[0]:
        rss, fds, maps = zip(*(r[key] for r in settled))
        warm = max(r[key][0] for r in rows[:len(rows) // 3 + 1])
        if rss[-1] > warm + RSS_SLACK:
            said.append(f"{key[0]}, worker {key[1]}: memory grows: {warm} KiB warm, {rss[-1]} KiB in the end")
        if fds[-1] > rows[0][key][1]:
            said.append(f"{key[0]}, worker {key[1]}: descriptors: {rows[0][key][1]}, then {fds[-1]}")
        if maps[-1] > maps[0] + MAP_SLACK:
            said.append(f"{key[0]}, worker {key[1]}: maps: {maps[0]}, then {maps[-1]}")
    return said


def main():
    seed = int(os.environ.get("SEED") or time.time())
    print(f"seed {seed}, {SECONDS} s in {ROUNDS} rounds")
    said, total, rows = [], {}, []
    with tempfile.TemporaryDirectory(prefix="hotfix-soak.") as folder, \
            Edge(os.path.join(folder, "plain"), BIN, TOOLS, SETTINGS, size=SIZE) as plain, \
            Edge(os.path.join(folder, "tls"), BIN, TOOLS, SETTINGS, tls="ecdsa", size=SIZE) as tls:
        edges = {"plain": plain, "TLS": tls}
        began = {name: e.workers() for name, e in edges.items()}
        for e in edges.values():
            with open(e.patch(), "rb") as f:
                e.bytes = f.read()
            until(lambda: b'"update":true' in e.ask(question())[1])
        start = quiet(edges, None)
        for i in range(ROUNDS):
            out = multiprocessing.Queue()
            workers = [multiprocessing.Process(target=one, args=(e, f"{seed}.{i}.{name}", SECONDS / ROUNDS, out))
                       for name, e in edges.items()]
            for w in workers:
                w.start()
            for serial, e in enumerate(edges.values()):
                e.publish({"1.0.0": SIZE, "9.9.9": 1000 + i}, 2 + i)
            for _ in workers:
                count, wrong = out.get(timeout=SECONDS / ROUNDS + 120)
                said += wrong
                for what, n in count.items():
                    total[what] = total.get(what, 0) + n
            for w in workers:
                w.join()
            now = {name: e.workers() for name, e in edges.items()}
            if now != began:
                said.append(f"workers died: {began}, now {now}")
                break
            try:
                rows.append(quiet(edges, start))
            except AssertionError as e:
                said.append(str(e))
            if said:
                break
        said += judge(rows) if rows and not said else []
        for name, e in edges.items():
            if e.said():
                said.append(f"{name} said: {e.said()[:500]}")
    print("  " + ", ".join(f"{n} {what}" for what, n in sorted(total.items())))
    for key in rows[0] if rows else []:
        print(f"  {key[0]}, worker {key[1]}: KiB, descriptors, maps: after one round {rows[0][key]}, a third {rows[len(rows) // 3][key]},"
              f" in the end {rows[-1][key]}")
    for line in said[:20]:
        print("  FAIL", line)
    print(f"{0 if said else 1} passed, {1 if said else 0} failed, 0 skipped")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
