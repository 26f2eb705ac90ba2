#!/usr/bin/env python3
"""What strangers try, one fault of the HTTP server below after the other, for gate.bats. usage: gate.py CASE PORT [ARGUMENT...]

Exits 0 when all is as it should be, else says what was not. edge.py has the requests that are refused by their form."""
import json
import os
import random
import socket
import ssl
import sys
import threading
import time

import edge
from edge import GOOD, HOST, VERSION, Reader, ask, connect, healthy, post, send_all

LENGTHS = [(b"abc", 400), (b"-1", 400), (b"+19", 400), (b"1 9", 400), (b"0x13", 400), (b"19,19", 400), (b"19.0", 400),
           (b"9223372036854775807", 413), (b"18446744073709551616", 413), (b"9" * 20, 413), (b"4294967315", 413)]


def lengths(port):
    """What is no length is refused; what kore would have taken for one, too."""
    for value, want in LENGTHS:
        status, fields, body = ask(port, b"POST %s HTTP/1.1\r\n%sContent-Length: %s\r\n\r\n{\"version\":\"1.0.0\"}" % (VERSION, HOST, value))
        assert (status, fields["connection"]) == (want, "close"), (value, status, body)


def big_body(port):
    """10 MB that are announced: the sender hears 413 and not only that its connection is gone."""
    for announced in (10485760, 5000):
        with connect(port) as s:
            head = b"POST %s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n" % (VERSION, HOST, announced)
            send_all(s, head + b"x" * announced)
            r = Reader(s)
            status, fields, _ = r.reply()
            assert (status, fields["connection"]) == (413, "close") and r.closed(), status


def many_fields(port):
    """Forty headers, the length last: kore drops what stands behind the 24th."""
    body = b'{"version":"1.0.0"}'
    request = b"POST %s HTTP/1.1\r\n%s%sContent-Length: %d\r\n\r\n%s" % (
        VERSION, HOST, b"".join(b"X-%d: y\r\n" % i for i in range(40)), len(body), body)
    status, _, answer = ask(port, request)
    assert status == 200 and json.loads(answer)["update"] is True, (status, answer)


# A request whose rest would be taken for a second one: head, and what follows in a segment of its own.
SMUGGLED = b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n"
PAIRS = [
    ("GET with a length", b"GET /health HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n" % (HOST, len(SMUGGLED)), 400),
    ("HEAD with a length", b"HEAD /health HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n" % (HOST, len(SMUGGLED)), 400),
    ("OPTIONS with a length", b"OPTIONS /health HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n" % (HOST, len(SMUGGLED)), 400),
    ("GET in chunks", b"GET /health HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n" % HOST, 400),
    ("POST in chunks, with a length", b"POST %s HTTP/1.1\r\n%sContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" % (VERSION, HOST), 400),
    ("chunks behind a tab", b"POST %s HTTP/1.1\r\n%sTransfer-Encoding:\tchunked\r\nContent-Length: 4\r\n\r\n" % (VERSION, HOST), 400),
    ("chunks with a space before the colon", b"POST %s HTTP/1.1\r\n%sTransfer-Encoding : chunked\r\nContent-Length: 4\r\n\r\n" % (VERSION, HOST), 400),
    ("a length behind a bare LF", b"POST %s HTTP/1.1\r\n%sX: y\nContent-Length: 400\r\nContent-Length: 4\r\n\r\n" % (VERSION, HOST), 400),
    ("a length behind a NUL", b"POST %s HTTP/1.1\r\n%sX: \0\r\nContent-Length: 400\r\n\r\n" % (VERSION, HOST), 400),
    ("a length behind a bare CR", b"POST %s HTTP/1.1\r\n%sX: y\rContent-Length: 400\r\n\r\n" % (VERSION, HOST), 400),
    ("a folded length", b"POST %s HTTP/1.1\r\n%sContent-Length:\r\n 400\r\n\r\n" % (VERSION, HOST), 400),
]


def smuggling(port):
    """One answer and a close: what follows such a head is never answered."""
    for name, head, want in PAIRS:
        with connect(port) as s:
            send_all(s, head)
            r = Reader(s)
            first = r.reply(head_only=head.startswith(b"HEAD") and want == 200)
            send_all(s, SMUGGLED)
            assert first[0] == want and r.closed(), (name, first)


BODIES = [b"", b" ", b"{", b"}", b"[]", b"1", b"null", b'"version"', b'{"version"}', b'{"version":}', b'{"version":"1.0.0"',
          b'{"version":"1.0.0"}x', b'{"version":"1.0.0",}', b"{'version':'1.0.0'}", b'{"version":1}', b'{"version":["1.0.0"]}',
          b'{"version":"1.0.0","version":"2.0.0"}', b'{"version":"1.0.\0000"}', b'{"version":"1.0.0\\u0000"}', b'{"version":"\xff\xfe"}',
          b'{"version":"\xed\xa0\x80"}', b"[" * 4000, b'{"a":' * 600 + b"1" + b"}" * 600, b'{"version":"' + b"1" * 4000 + b'"}',
          b'{"version":"1.0.0","failed":[' + b'"a",' * 900 + b'"a"]}', b'{"version":1e999999}', b'{"version":"1.0.0","md5":7}']


def bodies(port):
    """Bodies that are no question: 400 in JSON each, and the connection goes on."""
    with connect(port) as s:
        r = Reader(s)
        for body in BODIES:
            s.sendall(post(VERSION, body))
            status, fields, answer = r.reply()
            assert status == 400 and fields["connection"] == "keep-alive" and "error" in json.loads(answer), (body[:60], status, answer)
        s.sendall(post(VERSION, b'{"version":"1.\\u0030.0","\xe8\xae\xbe":1}'))  # and these are good
        status, _, answer = r.reply()
        assert status == 200 and json.loads(answer)["update"] is True, answer


PATHS = [b"/manifest/../../../../etc/passwd", b"/manifest/..%2f..%2fetc/passwd", b"/manifest/%2e%2e/%2e%2e/etc/passwd",
         b"/manifest/com.example.shop/../production", b"/manifest/com.example.shop/production/", b"/manifest/com.example.shop/",
         b"/manifest//production", b"/manifest/com.example.shop/production%00", b"/manifest/com.example.shop%2fproduction",
         b"/manifest/%252e%252e/x", b"/api/patch/download/../../../../etc/passwd", b"/api/patch/download/%2e%2e%2fetc",
         b"/api/patch/download/", b"/api/patch/download", b"//health", b"/health/", b"/./health", b"/objects", b"/%", b"/\\", b"/?",
         b"/manifest/com.example.shop/production;a=b"]


def paths(port):
    """Ways out of the store: 404 each, in JSON."""
    for path in PATHS:
        status, _, body = ask(port, b"GET %s HTTP/1.1\r\n%s\r\n" % (path, HOST))
        assert status == 404 and "error" in json.loads(body), (path, status, body)


def drip(s, data, until):
    """A byte every tenth of a second, until the other side ends it."""
    s.settimeout(0.1)
    got = b""
    for i in range(len(data)):
        try:
            s.send(data[i:i + 1])
        except (OSError, ssl.SSLError):
            pass
        try:
            more = s.recv(4096)
            if not more:
                break
            got += more
        except (TimeoutError, ssl.SSLWantReadError):
            pass
        except (ConnectionResetError, ssl.SSLError):
            break
        assert time.monotonic() < until, "it goes on and on"
    return got


def slow(port, seconds):
    """A head, a body and a silence have their time from the first byte on, and no byte makes it longer."""
    seconds = float(seconds)
    head = b"POST %s HTTP/1.1\r\n%sContent-Length: 2000\r\n\r\n" % (VERSION, HOST)
    starts = [("slow head", b"", b"GET /health HTTP/1.1\r\nX: " + b"y" * 4000), ("slow body", head, b" " * 1990),
              ("stalled head", b"GET /health HTTP/1.1\r\n", None), ("stalled body", head + b"{", None), ("silence", b"", None)]
    told = []

    def one(name, first, rest, kept):
        try:
            with connect(port) as s:
                if kept:
                    s.sendall(GOOD)
                    assert Reader(s).reply()[0] == 200
                start = time.monotonic()
                s.sendall(first)
                if rest is None:
                    s.settimeout(seconds + 8)
                    got = s.recv(4096)
                else:
                    got = drip(s, rest, start + seconds + 8)
                took = time.monotonic() - start
                assert got.startswith(b"HTTP/1.1 408 ") or (name == "silence" and kept and got == b""), got[:80]
                assert seconds - 1.1 < took < seconds + 6, took
        except Exception as e:  # any is a failure of the test
            told.append("%s (%s): %r" % (name, "kept" if kept else "new", e))

    threads = [threading.Thread(target=one, args=(*x, kept)) for x in starts for kept in (False, True)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not told, told
    healthy(port)


def tls_hello(port):
    """A real TLS client on the plain port is told at once what is wrong, and not when its time is over."""
    out = ssl.MemoryBIO()
    try:
        ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello = out.read()
    assert hello[0] == 22, hello[:5]
    status, fields, _ = ask(port, hello)
    assert (status, fields["connection"]) == (400, "close"), status


def noise(port, seed, rounds):
    """Random bytes, alone and woven into a good request: an error and a close, or a close; never silence."""
    dice = random.Random(int(seed))
    for i in range(int(rounds)):
        kind = i % 4
        if kind == 0:
            data = dice.randbytes(dice.randrange(1, 3000))
        elif kind == 1:
            data = bytes(dice.choice(b"GET POST/HTTP.1:\r\n\t\0abc{}\"\\,") for _ in range(dice.randrange(1, 500)))
        else:
            data = bytearray(GOOD)
            for _ in range(dice.randrange(1, 4)):
                data[dice.randrange(len(data))] = dice.randrange(256)
            data = bytes(data)
        with connect(port) as s:
            send_all(s, data)
            try:
                s.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            got = b""
            try:
                while True:
                    more = s.recv(65536)
                    if not more:
                        break
                    got += more
            except ConnectionResetError:
                pass
            assert got == b"" or got.startswith(b"HTTP/1.1 "), (seed, i, data[:80], got[:80])
    healthy(port)


def spread(port):
    """New connections go to all workers, not to the first one until it is full."""
    seen, held, end = set(), [], time.monotonic() + edge.DEADLINE
    while len(seen) < 2:
        assert time.monotonic() < end, "one worker took all connections"
        if len(held) == 400: # the other one had no processor, it may be: once more
            for s in held:
                s.close()
            held = []
        s = connect(port)
        s.sendall(b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n")
        seen.add(json.loads(Reader(s).reply()[2])["worker"])
        held.append(s)
    for s in held:
        s.close()


def busy(port, url, *workers):
    """As many downloads as may be: the next one is told to come again, version checks go on, and then there is room again."""
    request = b"GET %s HTTP/1.1\r\n%s\r\n" % (url.encode(), HOST)
    before = sum(edge.open_files(w) for w in workers)
    first, second, third = (connect(port, 4096) for _ in range(3))
    for s in (first, second):
        s.sendall(request)
        assert Reader(s).head()[0] == 200
    r = Reader(third)
    for _ in range(3):
        third.sendall(request)
        status, fields = r.head()
        assert (status, fields["connection"]) == (503, "keep-alive") and int(fields["retry-after"]) > 0, (status, fields)
        while len(r.buf) < int(fields["content-length"]):
            r.fill()
        assert "error" in json.loads(r.buf)
        r.buf = b""
        third.sendall(GOOD)
        assert r.reply()[0] == 200
    third.sendall(b"HEAD" + request[3:])
    assert r.reply(head_only=True)[0] == 200
    first.close()
    until = time.monotonic() + edge.DEADLINE
    while True:
        third.sendall(request)
        status, fields = r.head()
        if status == 200:
            break
        r.buf = r.buf[int(fields["content-length"]):]
        assert time.monotonic() < until, "the place that is free is not given"
    second.close()
    third.close()
    while sum(edge.open_files(w) for w in workers) > before and time.monotonic() < until:
        time.sleep(0.01)
    assert sum(edge.open_files(w) for w in workers) <= before, "files stay open"


def unread_in_kernel(s):
    """How many bytes the other side of a connection has not read yet."""
    ours, theirs = ("%s:%04X" % ("0100007F", p) for p in (s.getsockname()[1], s.getpeername()[1]))
    with open("/proc/net/tcp") as f:
        for line in f:
            fields = line.split()
            if fields[1] == theirs and fields[2] == ours:
                return int(fields[4].split(":")[1], 16)
    return 0


def deaf(port):
    """Who asks and asks without reading is read no more once his answers do not fit: they are not kept in memory."""
    with connect(port, 4096) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connect(port) as other:
            r = Reader(other)
            head, body = GOOD.split(b"\r\n\r\n")
            for sent in range(1, 10001):
                for piece in (head + b"\r\n\r\n", body):
                    s.sendall(piece)
                    other.sendall(GOOD)  # whose answer says that the piece before was looked at
                    assert r.reply()[0] == 200
                if unread_in_kernel(s) > 0 and sent % 50 == 0:
                    time.sleep(0.05)  # a moment, for what is only late
                    if unread_in_kernel(s) > 0:
                        break
            else:
                raise AssertionError("10,000 questions were read while nobody took the answers")
        r = Reader(s)
        for _ in range(sent):  # and now that he reads, he gets them all
            status, _, body = r.reply()
            if status == 400:  # several have met in one segment by now
                break
            assert status == 200 and json.loads(body)["update"] is True, (status, body)


def greedy(port, url, size):
    """A reader as fast as the worker takes turns with the others: they are answered while its file is on the way."""
    size, got, answered, stop = int(size), [0], [], threading.Event()

    def reader():
        room = bytearray(1 << 20)
        with connect(port, 4 << 20) as s:
            s.sendall(b"GET %s HTTP/1.1\r\n%s\r\n" % (url.encode(), HOST))
            r = Reader(s)
            r.head()
            got[0] = len(r.buf)
            while got[0] < size:
                n = s.recv_into(room)
                assert n, "cut"
                got[0] += n
        stop.set()

    t = threading.Thread(target=reader)
    with connect(port) as s:
        r = Reader(s)
        t.start()
        while not stop.is_set():
            if got[0] > 0:
                at = got[0]
                s.sendall(GOOD)
                assert r.reply()[0] == 200
                answered.append(got[0] - at)
    t.join()
    assert len(answered) > 3 and max(answered) < size // 2, answered


def ranges(port, url, path):
    """Ranges of some megabytes, one after the other on one connection, read as fast as they come: each ends where it should."""
    with open(path, "rb") as f, connect(port) as s:
        r = Reader(s)
        for i in range(12):
            first, n = i * 4099, (3 << 20) + i * 65537
            s.sendall(b"GET %s HTTP/1.1\r\n%sRange: bytes=%d-%d\r\n\r\n" % (url.encode(), HOST, first, first + n - 1))
            status, fields, body = r.reply()
            f.seek(first)
            assert status == 206 and body == f.read(n), (status, fields)
        s.sendall(b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n")
        assert r.reply()[0] == 200


def shorter(port, url, path, *workers):
    """A file that becomes shorter while it is sent is a broken answer, not a wait; and the worker has nothing left to do."""
    size = os.path.getsize(path)
    with connect(port, 65536) as s:
        s.sendall(b"GET %s HTTP/1.1\r\n%s\r\n" % (url.encode(), HOST))
        r = Reader(s)
        assert int(r.head()[1]["content-length"]) == size
        os.truncate(path, 1000)
        got = len(r.buf)
        try:
            while True:
                more = s.recv(1 << 20)
                if not more:
                    break
                got += len(more)
        except (ConnectionResetError, ssl.SSLError):
            pass
        assert got < size, "whole"
    edge.idle(*workers)
    healthy(port)


if __name__ == "__main__":
    case, arguments = sys.argv[1], sys.argv[2:]
    {f.__name__: f for f in (lengths, big_body, many_fields, smuggling, bodies, paths, slow, tls_hello, noise, spread, busy,
                             greedy, shorter, deaf, ranges)}[case](*arguments)
