#!/usr/bin/env python3
"""Talks to a running edge over plain sockets, for edge.bats. usage: edge.py CASE PORT [ARGUMENT...]

Exits 0 when all is as it should be, else says what was not."""
import hashlib
import json
import os
import socket
import ssl
import sys
import threading
import time

DEADLINE = 20.0
HOST = b"Host: localhost\r\n"


def connect(port, rcvbuf=None):
    """Speaks TLS, and trusts only the certificate that EDGE_CA names, when it does."""
    s = socket.socket()
    if rcvbuf:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    s.settimeout(DEADLINE)
    s.connect(("127.0.0.1", int(port)))
    if os.environ.get("EDGE_CA"):
        s = ssl.create_default_context(cafile=os.environ["EDGE_CA"]).wrap_socket(s, server_hostname="localhost")
    return s


class Reader:
    """Reads replies, one after the other, from one connection."""

    def __init__(self, s):
        self.s = s
        self.buf = b""

    def fill(self):
        more = self.s.recv(65536)
        if not more:
            raise EOFError("closed after %r" % self.buf[:200])
        self.buf += more

    def head(self):
        while b"\r\n\r\n" not in self.buf:
            self.fill()
        head, self.buf = self.buf.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        fields = {}
        for line in lines[1:]:
            name, value = line.split(": ", 1)
            assert name.lower() not in fields, "twice: " + name
            fields[name.lower()] = value
        return int(lines[0].split(" ")[1]), fields

    def reply(self, head_only=False):
        status, fields = self.head()
        n = 0 if head_only or status in (100, 304) else int(fields["content-length"])
        while len(self.buf) < n:
            self.fill()
        body, self.buf = self.buf[:n], self.buf[n:]
        return status, fields, body

    def closed(self):
        """1 when the other side ends the connection without a byte more."""
        assert self.buf == b"", "more bytes: %r" % self.buf[:200]
        try:
            return self.s.recv(1) == b""
        except (ConnectionResetError, ssl.SSLError):
            return True


def ask(port, request, head_only=False):
    with connect(port) as s:
        s.sendall(request)
        return Reader(s).reply(head_only)


def healthy(port):
    start = time.monotonic()
    status, _, body = ask(port, b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n")
    assert status == 200 and json.loads(body)["status"] in ("ok", "waiting"), body
    assert time.monotonic() - start < 3, "answered late"


def post(path, body, extra=b""):
    return b"POST %s HTTP/1.1\r\n%sContent-Length: %d\r\n%s\r\n%s" % (path, HOST, len(body), extra, body)


VERSION = b"/api/patch/version"
GOOD = post(VERSION, b'{"version":"1.0.0"}')

REFUSED = [
    ("one byte announced, more sent", b"POST /api/patch/version HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\n\r\n" + b"x" * 60, 400),
    ("two requests in one segment", GOOD + GOOD, 400),
    ("a GET behind a GET", b"GET /health HTTP/1.1\r\n" + HOST + b"\r\nGET /health HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("bare line feeds", b"GET /health HTTP/1.1\nHost: a\n\n", 400),
    ("bare line feeds inside", b"GET /health HTTP/1.1\r\nHost: a\n\nGET /x HTTP/1.1\r\n\r\n", 400),
    ("bare LF and a body that overruns", b"POST /api/patch/version HTTP/1.1\nHost: a\nContent-Length: 1\n\n" + b"x" * 4000, 400),
    ("NUL", b"GET /health HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400),
    ("NUL in the path", b"GET /hea\0lth HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("chunked", b"POST /api/patch/version HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("chunked and a length", b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("GET with a body", b"GET /health HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nhello", 400),
    ("GET with a body to come", b"GET /health HTTP/1.1\r\n" + HOST + b"Content-Length: 40\r\n\r\n", 400),
    ("two lengths", b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 60\r\nContent-Length: 5\r\n\r\nhello", 400),
    ("two equal lengths", b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400),
    ("a signed length", b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: +5\r\n\r\nhello", 400),
    ("two hosts", b"GET /health HTTP/1.1\r\n" + HOST + HOST + b"\r\n", 400),
    ("no host", b"GET /health HTTP/1.1\r\n\r\n", 400),
    ("no host but a hostile", b"GET /health HTTP/1.1\r\nHostile: a\r\n\r\n", 400),
    ("a folded header", b"GET /health HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n", 400),
    ("a whole URL", b"GET http://a/health HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("a TLS hello", bytes.fromhex("16030100a5010000a10303") + bytes(range(150)), 400),
    ("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    ("HTTP/3.0", b"GET / HTTP/3.0\r\n" + HOST + b"\r\n", 505),
    ("TRACE", b"TRACE /health HTTP/1.1\r\n" + HOST + b"\r\n", 501),
    ("POST without a length", b"POST /api/patch/version HTTP/1.1\r\n" + HOST + b"\r\n", 411),
    ("a body over the limit", b"POST /api/patch/version HTTP/1.1\r\n" + HOST + b"Content-Length: 4097\r\n\r\n", 413),
    ("an enormous length", b"POST /api/patch/version HTTP/1.1\r\n" + HOST + b"Content-Length: 99999999999999999999\r\n\r\n", 413),
    ("a long line", b"GET /" + b"a" * 3000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    ("a line without end", b"GET /" + b"a" * 9000, 414),
    ("a head without end", b"GET / HTTP/1.1\r\n" + HOST + b"X-Long: " + b"a" * 64000, 431),
    ("too many headers", b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: y\r\n" % i for i in range(70)) + b"\r\n", 431),
]


def send_all(s, data):
    try:
        s.sendall(data)
    except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
        pass  # answered and closed before all was sent


def refused(port):
    """Each is answered with its status and a close: on a new connection, and on one that was used before."""
    for name, request, want in REFUSED:
        for kept in (False, True):
            with connect(port) as s:
                r = Reader(s)
                if kept:
                    s.sendall(GOOD)
                    assert r.reply()[0] == 200, name
                send_all(s, request)
                status, fields, body = r.reply()
                where = "%s (%s): %d %r" % (name, "kept" if kept else "new", status, body)
                assert status == want, where
                assert fields["connection"] == "close" and fields["content-type"] == "application/json", where
                assert "error" in json.loads(body), where
                assert r.closed(), where
        healthy(port)
        print("ok", name)


def flood(port):
    """A body without end, against a length of 1: the sender is cut off, and others are answered meanwhile."""
    cut = threading.Event()

    def sender(kept):
        with connect(port) as s:
            if kept:
                s.sendall(GOOD)
                assert Reader(s).reply()[0] == 200
            try:
                s.sendall(b"POST /api/patch/version HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\n\r\nxxxx")
                for _ in range(4000):
                    s.sendall(b"x" * 16384)
            except OSError:
                cut.set()

    for kept in (False, True):
        cut.clear()
        t = threading.Thread(target=sender, args=(kept,))
        t.start()
        for _ in range(5):
            healthy(port)
        t.join(DEADLINE)
        assert cut.is_set(), "64 MB were taken"


def pieces(port):
    """Good requests, in whatever pieces they come, on one connection."""
    request = post(VERSION, b'{"version":"1.0.0"}', b"User-Agent: \xe6\xb5\x8b/1\r\nAccept:\r\n")
    with connect(port) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        r = Reader(s)
        for cut in range(1, len(request)):
            s.sendall(request[:cut])
            time.sleep(0.001)  # so that it arrives as two; nothing is wrong when it does not
            s.sendall(request[cut:])
            status, fields, body = r.reply()
            assert status == 200 and json.loads(body)["update"] is True, (cut, status, body)
            assert fields["connection"] == "keep-alive"
        for i in range(len(request)):
            s.sendall(request[i:i + 1])
        assert r.reply()[0] == 200
        s.sendall(b"GET /health HTTP/1.1\r\n" + HOST + b"Cookie: " + b"c" * 7000 + b"\r\n\r\n")
        assert r.reply()[0] == 200
        s.sendall(b"HEAD /health HTTP/1.1\r\n" + HOST + b"\r\n")
        assert r.reply(head_only=True)[0] == 200
        s.sendall(b"GET /health HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        status, fields, _ = r.reply()
        assert status == 200 and fields["connection"] == "close" and r.closed()
    with connect(port) as s:
        r = Reader(s)
        s.sendall(b"GET /health HTTP/1.0\r\n" + HOST + b"\r\n")
        assert r.reply()[0] == 200 and r.closed()
    with connect(port) as s:
        r = Reader(s)
        body = b'{"version":"1.0.0"}'
        s.sendall(b"POST /api/patch/version HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert r.reply()[0] == 100
        s.sendall(body)
        assert r.reply()[0] == 200


def order(port):
    """A request that arrives with the end of another's body is answered after it, and without delay."""
    body = b'{"version":"1.0.0"}'
    with connect(port) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        r = Reader(s)
        for _ in range(20):
            s.sendall(b"POST /api/patch/version HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(body))
            healthy(port)  # by then the head is in
            start = time.monotonic()
            s.sendall(body + b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n")
            assert b'"update"' in r.reply()[2]
            assert b'"status"' in r.reply()[2]
            assert time.monotonic() - start < 0.5, "the second answer came late"
        for _ in range(5 if os.environ.get("EDGE_CA") else 0):  # several records at once are several requests; plain bytes were one piece
            s.sendall(b"POST /api/patch/version HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(body))
            healthy(port)
            start = time.monotonic()
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
            s.sendall(body)
            for _ in range(4):
                s.sendall(b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n")
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
            assert b'"update"' in r.reply()[2]
            for _ in range(4):
                assert b'"status"' in r.reply()[2]
            assert time.monotonic() - start < 0.9, "a later answer came late"


def open_files(pid):
    return len(os.listdir("/proc/%s/fd" % pid))


def unread(port, url, worker):
    """Who asks for more and more without reading gets no more of the worker than one file."""
    before = open_files(worker)
    request = b"GET %s HTTP/1.1\r\n%s\r\n" % (url.encode(), HOST)
    with connect(port, 4096) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(50):
            send_all(s, request)
            healthy(port)
        assert open_files(worker) <= before + 4, open_files(worker)
    until = time.monotonic() + DEADLINE
    while open_files(worker) > before and time.monotonic() < until:
        time.sleep(0.01)
    assert open_files(worker) <= before, "files stay open"


def download(port, url, start=None, end=None):
    """Returns status, fields and the bytes' hash as it goes."""
    with connect(port) as s:
        rng = b"" if start is None else b"Range: bytes=%d-%d\r\n" % (start, end)
        s.sendall(b"GET %s HTTP/1.1\r\n%s%s\r\n" % (url.encode(), HOST, rng))
        r = Reader(s)
        status, fields = r.head()
        left = int(fields["content-length"]) - len(r.buf)
        yield r.buf
        while left > 0:
            more = s.recv(262144)
            assert more, "%d bytes short (status %d)" % (left, status)
            left -= len(more)
            yield more
        assert left == 0, "%d bytes over" % -left


def parallel(port, url, size, sha256, *workers):
    """Eight clients, whole and in ranges, and an idle worker afterwards."""
    size = int(size)
    wrong = []

    def client(number):
        try:
            for whole in (True, False):
                h = hashlib.sha256()
                step = size if whole else (1 << 20) * (number * 3 + 1) + number * 4099
                for at in range(0, size, step):
                    last = min(at + step, size) - 1
                    for piece in download(port, url) if whole else download(port, url, at, last):
                        h.update(piece)
                assert h.hexdigest() == sha256, "client %d: %s" % (number, "whole" if whole else "ranges")
        except Exception as e:  # any is a failure of the test
            wrong.append("client %d: %r" % (number, e))

    threads = [threading.Thread(target=client, args=(i,)) for i in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong, wrong
    idle(*workers)


def ticks(pid):
    with open("/proc/%s/stat" % pid) as f:
        fields = f.read().rsplit(") ", 1)[1].split(" ")
    return int(fields[11]) + int(fields[12])


def idle(*workers):
    before = [ticks(w) for w in workers]
    time.sleep(1)  # the time over which it is measured
    used = [ticks(w) - b for w, b in zip(workers, before)]
    assert max(used) <= 10, "ticks of 10 ms used in one second: %r" % used


def aborted(port, url, worker):
    """Clients that leave in the middle leave nothing behind."""
    before = open_files(worker)
    for i in range(40):
        with connect(port) as s:
            s.sendall(b"GET %s HTTP/1.1\r\n%s\r\n" % (url.encode(), HOST))
            s.recv(1000 * (i % 5 + 1))
    until = time.monotonic() + DEADLINE
    while open_files(worker) > before and time.monotonic() < until:
        time.sleep(0.01)
    assert open_files(worker) <= before, "files stay open"
    healthy(port)
    idle(worker)


def slow(port, url, size, seconds):
    """A reader that takes longer than any time-out for requests still gets its bytes."""
    size, until = int(size), time.monotonic() + float(seconds)
    with connect(port, 65536) as s:
        s.sendall(b"GET %s HTTP/1.1\r\n%s\r\n" % (url.encode(), HOST))
        r = Reader(s)
        _, fields = r.head()
        assert int(fields["content-length"]) == size
        got = len(r.buf)
        while time.monotonic() < until:
            more = s.recv(16384)
            assert more, "cut at %d bytes" % got
            got += len(more)
            time.sleep(0.05)  # this is the slowness
        while got < size:
            more = s.recv(1 << 20)
            assert more, "cut at %d of %d bytes" % (got, size)
            got += len(more)
        # and the connection is good for another request
        r.buf = b""
        s.sendall(b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n")
        assert r.reply()[0] == 200


def stalled_head(port):
    """Half a request gets its time and no more."""
    with connect(port) as s:
        s.sendall(b"GET /health HTTP/1.1\r\n")
        start = time.monotonic()
        status, _, _ = Reader(s).reply()
        assert status == 408 and time.monotonic() - start < 10, status


if __name__ == "__main__":
    case, arguments = sys.argv[1], sys.argv[2:]
    {f.__name__: f for f in (refused, flood, pieces, order, unread, parallel, aborted, slow, stalled_head, healthy)}[case](*arguments)
