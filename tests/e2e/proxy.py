#!/usr/bin/env python3
"""The PROXY protocol, byte by byte, for proxy.bats. usage: proxy.py PORT. Over TLS when EDGE_CA is set."""
import json
import os
import socket
import ssl
import sys

from edge import DEADLINE, HOST, Reader

MARK = b"\r\n\r\n\0\r\nQUIT\n"
HEALTH = b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n"
V2 = MARK + b"\x21\x11\0\x10" + bytes([192, 0, 2, 7, 127, 0, 0, 1]) + b"\xc3\x50\x01\xbb" + b"\4\0\1x"
GOOD = [
    (b"PROXY TCP4 192.0.2.7 127.0.0.1 50000 443\r\n", "192.0.2.7"),
    (b"PROXY TCP6 2001:db8::7 ::1 50000 443\r\n", "2001:db8::7"),
    (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
    (V2, "192.0.2.7"),
    (MARK + b"\x20\0\0\0", "127.0.0.1"),
]
BAD = [b"PROXY TCP4 192.0.2.7 127.0.0.1 50000\r\n", b"PROXY " + b"x" * 200, MARK + b"\x21\x11\xff\xff", HEALTH, b"\x16\x03\x01"]


def connect(port, source="127.0.0.1"):
    s = socket.create_connection(("127.0.0.1", port), DEADLINE, (source, 0))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def secure(s):
    if os.environ.get("EDGE_CA"):
        return ssl.create_default_context(cafile=os.environ["EDGE_CA"]).wrap_socket(s, server_hostname="127.0.0.1")
    return s


def address(s):
    r = Reader(s)
    for _ in range(2):  # of the connection, so of the second request too; and what a client says is not heard
        s.sendall(HEALTH.replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: 198.51.100.1\r\n\r\n"))
        status, _, body = r.reply()
        assert status == 200, status
    return json.loads(body)["address"]


def main(port):
    for header, want in GOOD:
        for pieces in (False, True):
            with connect(port) as s:
                for b in [header[i:i + 1] for i in range(len(header))] if pieces else [header]:
                    s.sendall(b)
                got = address(secure(s))
                assert got == want, (header, got)
    if not os.environ.get("EDGE_CA"):  # with the request in the same segment
        with connect(port) as s:
            s.sendall(V2 + HEALTH)
            assert json.loads(Reader(s).reply()[2])["address"] == "192.0.2.7"
    for header in BAD:
        with connect(port) as s:
            s.sendall(header)
            try:
                assert s.recv(100) == b"", header
            except ConnectionResetError:
                pass
    with connect(port, "127.0.0.5") as s:  # who is not trusted is served as it is
        assert address(secure(s)) == "127.0.0.5"
    with connect(port, "127.0.0.5") as s:
        s.sendall(GOOD[0][0] + HEALTH)
        try:
            answer = s.recv(100)
        except ConnectionResetError:
            answer = b""
        assert answer[9:12] == b"400" or (os.environ.get("EDGE_CA") and b"HTTP" not in answer), answer


main(int(sys.argv[1]))
