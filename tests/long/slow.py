#!/usr/bin/env python3
"""slow.py [MIB [KIB_A_SECOND]]: a file over a slow link arrives whole, plain and over TLS at once, with the settings that hold when
hotfix.ini says nothing. 100 MiB at 64 KiB/s, which is the default, take 27 minutes.

Run by `make check-slow`; HOTFIX_BIN and HF_TEST_BIN name the programs. The link: a receiver with a small buffer, which takes so many
bytes a second and no more. Last line: N passed, N failed, N skipped."""
import hashlib
import os
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
from running import HOST, Edge  # noqa: E402

BIN = os.path.abspath(os.environ.get("HOTFIX_BIN", "build/bin"))
TOOLS = os.path.abspath(os.environ.get("HF_TEST_BIN", "build/tests"))
STEP = 0.1


def fetch(edge, rate, size, told, name):
    start = time.monotonic()
    try:
        with edge.connect(rcvbuf=65536, timeout=60) as s:
            s.sendall(b"GET %s HTTP/1.1\r\n%s\r\n" % (edge.link().encode(), HOST))
            got, head, sums = 0, b"", hashlib.sha256()
            while b"\r\n\r\n" not in head:
                head += s.recv(1)
            while got < size:
                more = s.recv(min(size - got, max(1, int(rate * (time.monotonic() - start + STEP)) - got)))
                assert more, f"cut at {got} of {size} bytes"
                sums.update(more)
                got += len(more)
                time.sleep(max(0.0, got / rate - (time.monotonic() - start)))  # the slowness
            s.settimeout(0.2)
            try:
                assert s.recv(1) == b"never", "more bytes, or an end"
            except TimeoutError:
                pass
        with open(edge.patch(), "rb") as f:
            assert hashlib.file_digest(f, "sha256").digest() == sums.digest(), "other bytes"
        told[name] = f"ok    {name}: {size} bytes in {time.monotonic() - start:.0f} s"
    except Exception as e:  # any is a failure of the proof
        told[name] = f"FAIL  {name}: after {time.monotonic() - start:.0f} s: {e!r}"


def main():
    size = int(float(sys.argv[1] if len(sys.argv) > 1 else "100") * (1 << 20))
    rate = float(sys.argv[2] if len(sys.argv) > 2 else "64") * 1024
    told = {}
    with tempfile.TemporaryDirectory(prefix="hotfix-slow.") as folder:
        with Edge(os.path.join(folder, "plain"), BIN, TOOLS, size=size) as plain, \
                Edge(os.path.join(folder, "tls"), BIN, TOOLS, tls="ecdsa", size=size) as tls:
            threads = [threading.Thread(target=fetch, args=(e, rate, size, told, name))
                       for e, name in ((plain, "plain"), (tls, "TLS"))]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
    for line in told.values():
        print(" ", line)
    bad = sum(line.startswith("FAIL") for line in told.values())
    print(f"{len(told) - bad} passed, {bad} failed, 0 skipped")
    return 1 if bad or len(told) != 2 else 0


if __name__ == "__main__":
    sys.exit(main())
