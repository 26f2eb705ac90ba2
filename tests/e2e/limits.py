#!/usr/bin/env python3
"""Talks to an edge with small limits, from several addresses of loopback, for limits.bats. usage: limits.py CASE PORT [PID]

Exits 0 when all is as it should be, else says what was not."""
import json
import os
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from edge import HOST, Reader  # noqa: E402

DEADLINE = 20.0
HEALTH = b"GET /health HTTP/1.1\r\n" + HOST


def connect(port, source):
    s = socket.socket()
    s.settimeout(DEADLINE)
    s.bind((source, 0))
    s.connect(("127.0.0.1", int(port)))
    return s


def ask(s, more=b""):
    """The status of one request, or of what was said before it could be made."""
    try:
        s.sendall(HEALTH + more + b"\r\n")
    except (BrokenPipeError, ConnectionResetError):
        pass
    status, fields, body = Reader(s).reply()
    if status != 200:
        assert "error" in json.loads(body) and fields["cache-control"] == "no-store", (fields, body)
        assert int(fields["retry-after"]) >= 1, fields
        assert fields["connection"] == "close", fields
        assert fields["date"].endswith("GMT"), fields
    return status


def served(port, source, more=b""):
    """A connection that is served, and kept."""
    s = connect(port, source)
    assert ask(s, more) == 200
    return s


def eventually(what):
    end = time.time() + DEADLINE
    while not what():
        assert time.time() < end, "never came"
        time.sleep(0.02)


def is_served(port, source):
    with connect(port, source) as s:
        return ask(s) == 200


def connections(port):
    """address_connections = 3"""
    held = [served(port, "127.0.0.2") for _ in range(3)]
    for _ in range(20):
        assert not is_served(port, "127.0.0.2")
    assert all(ask(s) == 200 for s in held)
    other = [served(port, "127.0.0.3") for _ in range(3)]
    held.pop().close()
    eventually(lambda: is_served(port, "127.0.0.2"))
    assert all(ask(s) == 200 for s in held + other)


def all_together(port):
    """max_connections = 4"""
    held = [served(port, "127.0.0.%d" % i) for i in range(2, 6)]
    with connect(port, "127.0.0.9") as s:
        assert ask(s) == 503
    held.pop().close()
    eventually(lambda: is_served(port, "127.0.0.9"))


def until_refused(once):
    """Asks until the answer is 429: five times at once, and once a second more however slow this machine is."""
    begin, n = time.time(), 0
    while once(n) == 200:
        n += 1
        assert n <= 5 + (time.time() - begin) + 1, "%d in %.1f s" % (n, time.time() - begin)
    assert n >= 5, n


def requests(port):
    """address_rate = 1, address_burst = 5; over both workers, on kept connections and on new ones."""
    until_refused(lambda n: ask(connect(port, "127.0.0.2")))
    s = connect(port, "127.0.0.3")
    until_refused(lambda n: ask(s))
    body = b"POST /api/patch/version HTTP/1.1\r\n" + HOST + b"Content-Length: 4000\r\n\r\n"
    end = time.time() + DEADLINE
    while True:  # its body is not waited for
        while ask(connect(port, "127.0.0.4")) == 200:
            pass
        with connect(port, "127.0.0.4") as s:
            s.settimeout(1)
            s.sendall(body)
            try:
                status, fields, _ = Reader(s).reply()
                break
            except socket.timeout:
                assert time.time() < end
    assert status == 429 and 1 <= int(fields["retry-after"]) <= 2, (status, fields)

    def nonsense(n):  # it counts as well
        with connect(port, "127.0.0.5") as s:
            s.sendall(b"rubbish\r\n\r\n")
            status = Reader(s).reply()[0]
        return 200 if status == 400 else status

    until_refused(nonsense)
    assert is_served(port, "127.0.0.6")


def forwarded(port):
    """address_rate = 1, address_burst = 5, address_connections = 3, trusted_proxies = 127.0.0.1"""

    def through(n, what, source="127.0.0.1"):
        with connect(port, source) as s:
            return ask(s, b"X-Forwarded-For: " + what + b"\r\n")

    proxy = [served(port, "127.0.0.1") for _ in range(10)]
    for i in range(30):
        assert ask(proxy[i % 10]) == 200  # the proxy's own questions
    until_refused(lambda n: through(n, b"192.0.2.7"))
    assert ask(proxy[0], b"X-Forwarded-For: 192.0.2.8\r\n") == 200
    until_refused(lambda n: through(n, b"2001:db8::%x" % n))
    assert ask(proxy[0], b"X-Forwarded-For: 2001:db8:0:1::1\r\n") == 200
    # who is no trusted proxy is counted as what it is
    until_refused(lambda n: through(n, b"192.0.2.%d" % (100 + n % 100), "127.0.0.2"))


def proxy_protocol(port):
    """address_connections = 3, trusted_proxies = 127.0.0.1, proxy_protocol = yes"""

    def through(client):
        s = connect(port, "127.0.0.1")
        s.sendall(b"PROXY TCP4 %s 127.0.0.1 1000 80\r\n" % client)
        return s

    held = [through(b"192.0.2.7") for _ in range(3)]
    assert all(ask(s) == 200 for s in held)
    assert ask(through(b"192.0.2.7")) == 429
    assert all(ask(through(b"192.0.2.%d" % i)) == 200 for i in range(20, 40))
    held.pop().close()
    eventually(lambda: ask(through(b"192.0.2.7")) == 200)


def killed(port, pids):
    """address_connections = 3: what a worker held that was killed may be opened again."""
    held = [served(port, "127.0.0.2") for _ in range(3)]
    assert not is_served(port, "127.0.0.2")
    for pid in pids:
        os.kill(int(pid), signal.SIGKILL)
    for s in held:
        assert s.recv(1) == b""

    held = []

    def again():
        s = connect(port, "127.0.0.2")
        try:
            if ask(s) == 200:
                held.append(s)
        except (ConnectionResetError, EOFError):
            pass
        return len(held) == 3

    eventually(again)
    assert not is_served(port, "127.0.0.2")


def unlimited(port):
    """What holds by itself: many requests, and many connections, from loopback."""
    held = [served(port, "127.0.0.1") for _ in range(300)]
    for _ in range(5):
        assert all(ask(s) == 200 for s in held)


def sizes(port):
    """max_head = 1024, max_body = 1024"""

    def status(head, body=b""):
        with connect(port, "127.0.0.1") as s:
            s.sendall(head + b"\r\n" + body)
            return Reader(s).reply()[0]

    assert status(HEALTH + b"X: %s\r\n" % (b"x" * 900)) == 200
    assert status(HEALTH + b"X: %s\r\n" % (b"x" * 1000)) == 431
    assert status(HEALTH + b"X: %s\r\n" % (b"x" * 1990)) == 431
    post = b"POST /api/patch/version HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n"
    question = b'{"version":"1.0.0","client":"%s"}'
    assert status(post % 1024, (question % b"x").ljust(1024)) == 200
    assert status(post % 1025, (question % b"x").ljust(1025)) == 413


if __name__ == "__main__":
    case, port = sys.argv[1], sys.argv[2]
    if case == "killed":
        killed(port, sys.argv[3:])
    else:
        {f.__name__: f for f in (connections, all_together, requests, forwarded, proxy_protocol, unlimited, sizes)}[case](port)
