#!/usr/bin/env python3
"""wire.py: a running edge, plain and over TLS, under requests that are almost right, for TIME seconds (20).

Each conversation is made from a seed and a number, and told by them when it fails: SEED=... CASE=... runs it alone. It is some good
requests on one connection, cut into random pieces, and then, perhaps, one with faults: of a kind that must be refused, or any bytes
changed. What may come back: for each good request its own answer, in order; for a request with a known fault one error and a close;
for any bytes at all, whole replies with known statuses, no more of them than requests could be seen in what was sent. The edge stays
the one that it was: no worker dies, nothing is said, nothing stays open.
Run by `make fuzz-wire`; HOTFIX_BIN and HF_TEST_BIN name the programs. Last line: N passed, N failed, N skipped."""
import json
import os
import random
import re
import socket
import ssl
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
from running import Edge, held, question, until  # noqa: E402

BIN = os.path.abspath(os.environ.get("HOTFIX_BIN", "build/bin"))
TOOLS = os.path.abspath(os.environ.get("HF_TEST_BIN", "build/tests"))
SECONDS = float(os.environ.get("TIME") or "20")
SETTINGS = "workers = 1\nrequest = 1\nkeepalive = 2\nstall = 2"
STATUSES = {100, 200, 206, 304, 400, 403, 404, 405, 408, 411, 413, 414, 416, 417, 429, 431, 501, 503, 505}
CLIENTS = 4


def good(dice, link):
    """A good request, and the statuses that it may get. Also how its answer is told from that of others."""
    fields = ["Host: " + dice.choice(["localhost", "a.example:8080", "[::1]:1", "x"])]
    fields += dice.sample(["User-Agent: okhttp/4", "Accept: */*", "Cookie: " + "c" * dice.randrange(900), "X-A:", "X-B:\ty ",
                           "If-None-Match: \"nothing\"", "Via: 1.1 proxy", "accept-encoding: gzip"], dice.randrange(0, 6))
    kind = dice.randrange(6)
    version = dice.choice(["HTTP/1.1"] * 9 + ["HTTP/1.0"])
    if kind < 3:
        body = json.dumps({"version": dice.choice(["1.0.0", "2.0.0", "x", "", "1.0.0-rc.1"]), "client": "c" * dice.randrange(99)}).encode()
        fields.append(dice.choice(["Content-Length: %d", "content-length:%d", "CONTENT-LENGTH: 00%d"]) % len(body))
        line, want = f"POST /api/patch/version {version}", {200, 400}
    else:
        body, method = b"", dice.choice(["GET", "GET", "HEAD"])
        if kind == 3:
            first = dice.randrange(99999)
            fields += [f"Range: bytes={first}-{first + dice.randrange(500)}"]
            line, want = f"{method} {link} {version}", {200, 206, 403}
        else:
            path = dice.choice(["/health", "/manifest/com.example.shop/production", "/manifest/x/y", "/else?a=b", "/%41"])
            line, want = f"{method} {path} {version}", {200, 404}
    dice.shuffle(fields)
    return ("\r\n".join([line, *fields]) + "\r\n\r\n").encode(), body, want


def faulty(dice, link):
    """A request with a fault that must be refused, whatever else is in it."""
    head, body, _ = good(dice, link)
    line, rest = head.split(b"\r\n", 1)
    where = dice.choice([0, rest.rindex(b"\r\n\r\n") + 2])

    def put(field):
        return line + b"\r\n" + rest[:where] + field + b"\r\n" + rest[where:] + body

    kind = dice.randrange(13)
    if kind == 0:
        return put(b"Transfer-Encoding: " + dice.choice([b"chunked", b"identity", b"gzip, chunked", b"\tchunked", b"x"]))
    if kind == 1:
        return put(b"Host: second.example")
    if kind == 2:
        return put(b"Content-Length: 5\r\nContent-Length: 5")
    if kind == 3:
        return put(b"X: a" + dice.choice([b"\0", b"\n", b"\r", b"\x01", b"\x7f", b"\x1b"]) + b"b")
    if kind == 4:
        return put(b" folded: x")
    if kind == 5:
        return put(dice.choice([b"X : y", b": y", b"no colon", b"X(y): z", b"\xff: y"]))
    if kind == 6:
        return (head + body).replace(b"\r\n", b"\n", dice.randrange(1, 4))
    if kind == 7:
        return line.rsplit(b" ", 1)[0] + dice.choice([b" HTTP/2.0", b" HTTP/1.2", b" http/1.1", b"  HTTP/1.1", b""]) + b"\r\n" + rest + body
    if kind == 8:
        return b"BREW" + head[head.index(b" "):] + body
    if kind == 9:
        return b"POST /api/patch/version HTTP/1.1\r\nHost: a\r\nContent-Length: " + dice.choice(
            [b"-1", b"+1", b"1e3", b"0x1", b"4097", b"99999999999999999999", b"1,1", b"1 1", b""]) + b"\r\n\r\n{"
    if kind == 10:
        return b"GET http://a/health HTTP/1.1\r\nHost: a\r\n\r\n"
    if kind == 11:
        return put(b"\r\n".join(b"X-%d: y" % i for i in range(70)))
    return dice.choice([b"GET", b"HEAD", b"DELETE"]) + b" /health HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"


def changed(dice, link):
    """Any bytes of a request, or of two, changed, doubled, swapped or cut out."""
    data = bytearray(b"".join(b"".join(good(dice, link)[:2]) for _ in range(dice.randrange(1, 3))))
    for _ in range(dice.randrange(1, 8)):
        at, kind = dice.randrange(len(data)), dice.randrange(5)
        end = min(len(data), at + dice.randrange(1, 40))
        if kind == 0:
            data[at] = dice.randrange(256)
        elif kind == 1:
            data[at:at] = dice.randbytes(dice.randrange(1, 9))
        elif kind == 2 and len(data) > 60:
            del data[at:end]
        elif kind == 3:
            data[at:at] = data[at:end] * dice.randrange(1, 60)
        else:
            data[at:at] = dice.choice([b"\r\n", b"\n", b"\r\n\r\n", b"\0", b" ", b":", b"Content-Length: 7\r\n", b"HTTP/1.1", b"%00", b"\t"])
    return bytes(data[:20000])


class Talk:
    """One conversation."""

    def __init__(self, edge, link, seed, number):
        self.edge, self.link, self.dice, self.buf = edge, link, random.Random(f"{seed}.{number}"), b""
        self.sent = b""

    def send(self, data):
        """In pieces; who is cut off has said enough."""
        self.sent += data
        cuts = sorted(self.dice.sample(range(1, len(data)), min(len(data) - 1, self.dice.choice([0, 0, 1, 3]))))
        try:
            for a, b in zip([0, *cuts], [*cuts, len(data)]):
                self.s.sendall(data[a:b])
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            pass

    def fill(self):
        try:
            more = self.s.recv(65536)
        except (ConnectionResetError, ssl.SSLError):
            more = b""
        self.buf += more
        return more

    def reply(self, head_only):
        """Status, and whether the connection stays; None when it has ended instead."""
        while b"\r\n\r\n" not in self.buf:
            if not self.fill():
                assert self.buf == b"", "half a reply: %r" % self.buf[:200]
                return None
        head, self.buf = self.buf.split(b"\r\n\r\n", 1)
        found = re.fullmatch(rb"HTTP/1\.1 (\d\d\d) [A-Za-z ]+((?:\r\n[A-Za-z-]+: [ -~]*)*)", head)
        assert found, "no head: %r" % head[:300]
        status = int(found.group(1))
        assert status in STATUSES, head
        names = re.findall(rb"\r\n([A-Za-z-]+):", found.group(2).lower())
        assert len(names) == len(set(names)), "a field twice: %r" % head
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        assert length or status in (304, 100), "no length: %r" % head
        want = 0 if head_only or not length else int(length.group(1))
        while len(self.buf) < want:
            assert self.fill(), "a body of %d bytes ends at %d" % (want, len(self.buf))
        body, self.buf = self.buf[:want], self.buf[want:]
        if status >= 400 and status != 408 and not head_only:
            assert "error" in json.loads(body), body
        return status, b"connection: close" not in head.lower()

    def over(self):
        """Nothing more comes but the end."""
        assert self.buf == b"" and not self.fill(), "more than was asked for: %r" % self.buf[:300]

    def run(self):
        with self.edge.connect(timeout=15) as self.s:
            for _ in range(self.dice.randrange(0, 4)):
                head, body, want = good(self.dice, self.link)
                self.send(head + body)
                got = self.reply(head.startswith(b"HEAD"))
                assert got and got[0] in want, (got, head)
                if not got[1]:
                    assert b"HTTP/1.0" in head, "closed after %r" % head
                    return self.over()
            kind = self.dice.randrange(3)
            if kind == 0:
                return None
            self.send(faulty(self.dice, self.link) if kind == 1 else changed(self.dice, self.link))
            if kind == 2 and not self.edge.ca:
                try:
                    self.s.shutdown(socket.SHUT_WR)
                except OSError:
                    pass
            return self.judge(kind, self.sent.count(b"\n\r\n") + self.sent.count(b"\n\n") + 1)

    def judge(self, kind, at_most):
        """What came for the last bytes, whose replies may be to HEAD."""
        if kind == 1:
            got = self.reply(False)
            assert got is None or (got[0] >= 400 and not got[1]), "a fault was taken: %r" % (got,)
            return self.over()
        data = self.buf
        while True:
            data, self.buf = self.buf, self.buf
            if not self.fill():
                break
        replies = len(re.findall(rb"HTTP/1\.1 \d\d\d ", self.buf))
        assert replies <= at_most, "%d replies to %d requests" % (replies, at_most)
        assert self.buf == b"" or re.match(rb"HTTP/1\.1 \d\d\d ", self.buf), "no reply: %r" % self.buf[:200]
        return None


def client(edge, seed, numbers, end, state):
    for number in numbers:
        if time.monotonic() > end or state["bad"]:
            return
        talk = Talk(edge, state["link"](edge), seed, number)
        try:
            talk.run()
            state["done"] += 1
        except Exception as e:  # any is a find
            state["bad"].append(f"SEED={seed} CASE={number} ({'TLS' if edge.ca else 'plain'}): {e!r}; sent last: {talk.sent[-300:]!r}")
            return


def main():
    seed = os.environ.get("SEED") or str(int(time.time()))
    alone = os.environ.get("CASE")
    print(f"seed {seed}")
    state = {"bad": [], "done": 0}
    links, lock = {}, threading.Lock()

    def link(edge):
        with lock:
            if time.monotonic() > links.get(edge, (0, ""))[0]:
                links[edge] = (time.monotonic() + 20, edge.link())
            return links[edge][1]

    state["link"] = link
    with tempfile.TemporaryDirectory(prefix="hotfix-wire.") as folder, \
            Edge(os.path.join(folder, "plain"), BIN, TOOLS, SETTINGS, size=100000) as plain, \
            Edge(os.path.join(folder, "tls"), BIN, TOOLS, SETTINGS, tls="ecdsa", size=100000) as tls:
        edges = [plain, tls]
        for e in edges:
            until(lambda: b'"update":true' in e.ask(question())[1])
        before = {e: [(w, held(w)[1]) for w in e.workers()] for e in edges}
        end = time.monotonic() + SECONDS
        if alone:
            threads = [threading.Thread(target=client, args=(e, seed, [int(alone)], end, state)) for e in edges]
        else:
            threads = [threading.Thread(target=client, args=(e, seed, range(i * 10000000, (i + 1) * 10000000), end, state))
                       for i in range(CLIENTS) for e in edges]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        for e in edges:
            name = "TLS" if e.ca else "plain"
            if e.workers() != [w for w, _ in before[e]]:
                state["bad"].append(f"SEED={seed}: {name}: a worker died")
                continue
            for w, fds in before[e]:
                try:
                    until(lambda: held(w)[1] <= fds, 20, f"SEED={seed}: {name}: descriptors stay open")
                except AssertionError as error:
                    state["bad"].append(str(error))
            if e.said():
                state["bad"].append(f"SEED={seed}: {name} said: {e.said()[:500]}")
    for line in state["bad"]:
        print("  FAIL", line)
    print(f"  {state['done']} conversations")
    print(f"{0 if state['bad'] else 1} passed, {1 if state['bad'] else 0} failed, 0 skipped")
    return 1 if state["bad"] or not state["done"] else 0


if __name__ == "__main__":
    sys.exit(main())
