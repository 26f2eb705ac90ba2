#!/usr/bin/env python3
"""What clients see while an edge ends, is reloaded, or breaks, for life.bats. usage: life.py CASE ARGUMENT...

Exits 0 when all is as it should be, else says what was not. A case that needs something done to the edge in its midst writes a
line on standard output and waits for one on standard input."""
import hashlib
import os
import signal
import socket
import sys
import threading
import time

import edge
from edge import DEADLINE, HOST, Reader, connect

HEALTH = b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n"


def until(what, seconds=DEADLINE):
    """Waits for an event."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def refused(port):
    try:
        with socket.create_connection(("127.0.0.1", int(port)), 5):
            return False
    except (ConnectionRefusedError, ConnectionResetError):
        return True


def begin_download(port, url):
    """Asks for a file and takes a little of it. The rest waits."""
    s = connect(port, 65536)
    s.sendall(b"GET %s HTTP/1.1\r\n%s\r\n" % (url.encode(), HOST))
    r = Reader(s)
    status, fields = r.head()
    assert status == 200, status
    return s, r, int(fields["content-length"])


def finish(s, r, size, sha):
    h, got = hashlib.sha256(r.buf), len(r.buf)
    while got < size:
        more = s.recv(1 << 20)
        assert more, "cut at %d of %d bytes" % (got, size)
        h.update(more)
        got += len(more)
    r.buf = b""
    assert h.hexdigest() == sha, "other bytes"


def gone(pid):
    try:
        with open("/proc/%s/stat" % pid) as f:
            return f.read().rsplit(") ", 1)[1].startswith("Z")
    except FileNotFoundError:
        return True


def drain(port, url, sha, pid):
    """SIGTERM: who connects is refused, who waits is let go, who downloads gets all of it, and then it ends."""
    s, r, size = begin_download(port, url)
    idle = connect(port)
    ri = Reader(idle)
    idle.sendall(HEALTH)
    assert ri.reply()[0] == 200
    os.kill(int(pid), signal.SIGTERM)
    assert ri.closed()
    until(lambda: refused(port))
    assert not gone(pid)
    finish(s, r, size, sha)
    assert r.closed()
    until(lambda: gone(pid))


def drain_answers(port, url, pid):
    """A request that comes during the drain, on a connection whose answer is on its way, is not cut off."""
    s, r, size = begin_download(port, url)
    busy = connect(port)
    busy.sendall(HEALTH[:20])
    edge.healthy(port)
    os.kill(int(pid), signal.SIGTERM)
    until(lambda: refused(port))
    busy.sendall(HEALTH[20:])
    rb = Reader(busy)
    status, fields, _ = rb.reply()
    assert status == 200 and fields["connection"] == "close", (status, fields)
    assert rb.closed()
    s.close()
    until(lambda: gone(pid))


def twice(port, url, pid):
    """A second SIGTERM ends it at once, whoever downloads."""
    s, _, _ = begin_download(port, url)
    os.kill(int(pid), signal.SIGTERM)
    until(lambda: refused(port))
    assert not gone(pid)
    os.kill(int(pid), signal.SIGTERM)
    until(lambda: gone(pid), 5)
    s.close()


def cut(port, url, pid, seconds):
    """The drain has its time, and no more."""
    s, _, _ = begin_download(port, url)
    start = time.monotonic()
    os.kill(int(pid), signal.SIGTERM)
    until(lambda: gone(pid))
    took = time.monotonic() - start
    assert float(seconds) - 0.2 <= took < float(seconds) + 4, took
    s.close()


def reload(port, url, sha, pid, log):
    """SIGHUP under load: nobody is refused or dropped, and a download of the old generation is whole."""
    stop, wrong, done = threading.Event(), [], [0, 0]

    def fresh():
        while not stop.is_set():
            try:
                edge.healthy(port)
                done[0] += 1
            except Exception as e:  # any is a failure of the test
                wrong.append("new connection: %r" % e)

    def kept():
        s = None
        while not stop.is_set():
            try:
                s = s or connect(port)
                r = Reader(s)
                s.sendall(HEALTH)
                status, fields, _ = r.reply()
                assert status == 200
                done[1] += 1
                if fields["connection"] == "close":
                    s.close()
                    s = None
            except Exception as e:  # any is a failure of the test
                wrong.append("kept connection: %r" % e)
                s = None

    threads = [threading.Thread(target=t) for t in (fresh, fresh, kept, kept)]
    s, r, size = begin_download(port, url)
    for t in threads:
        t.start()
    with open(log) as f:
        for i in range(3):
            os.kill(int(pid), signal.SIGHUP)
            until(lambda: f.seek(0) == 0 and f.read().count("is in force") > i)
    mine = sum(done)
    until(lambda: sum(done) > mine + 100)
    stop.set()
    for t in threads:
        t.join()
    finish(s, r, size, sha)
    assert r.closed() or True
    assert not wrong, wrong[:5]


def steady(port, url, size, seconds):
    """A reader that is slow, but goes on, longer than any time-out."""
    edge.slow(port, url, size, seconds)


def stalled(port, url, seconds, *workers):
    """A reader that takes nothing is let go after its time: the file and the connection are closed."""
    def held():
        return sum(edge.open_files(w) for w in workers)

    before = held()
    s, _, _ = begin_download(port, url)
    assert held() == before + 2
    start = time.monotonic()
    until(lambda: held() == before)
    took = time.monotonic() - start
    assert took >= float(seconds) - 0.5, took
    s.close()


def outage(port, pid, *workers):
    """While kore is away, who connects waits; nobody is refused."""
    os.kill(int(pid), signal.SIGKILL)
    until(lambda: all(gone(w) for w in workers))
    edge.ask(port, HEALTH)


def tracer_of(pid):
    with open("/proc/%s/status" % pid) as f:
        return int(next(line for line in f if line.startswith("TracerPid:")).split()[1])


def paused(port, worker, seconds):
    """A worker that did not run for longer than a head may take blames no client for it."""
    with connect(port) as s:
        s.sendall(HEALTH[:20])
        edge.ask(port, HEALTH)  # asked behind it, so the worker has seen both
        # Who traces it (`make trace`) would let it go on.
        stopped = [p for p in (tracer_of(worker), int(worker)) if p]
        for p in stopped:
            os.kill(p, signal.SIGSTOP)
        time.sleep(float(seconds))  # this is what happens to it
        for p in stopped:
            os.kill(p, signal.SIGCONT)
        for _ in range(3):  # now it has looked for who took too long
            edge.ask(port, HEALTH)
        s.sendall(HEALTH[20:])
        status, _ = Reader(s).head()
        assert status == 200, status


def answers(port, seconds):
    """Answers come throughout."""
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        edge.healthy(port)


def manager(path, log):
    """Stands in for a service manager: writes what it is told, a line a datagram, to a file."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s, open(log, "w", buffering=1) as f:
        s.bind(path)
        s.settimeout(60)
        while True:
            text = s.recv(4096).decode()
            f.write(text.replace("\n", " ") + "\n")
            if "STOPPING=1" in text:
                return


if __name__ == "__main__":
    case, arguments = sys.argv[1], sys.argv[2:]
    {f.__name__: f for f in (drain, drain_answers, twice, cut, reload, steady, stalled, outage, paused, answers, manager)}[case](*arguments)
