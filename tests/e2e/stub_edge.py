#!/usr/bin/env python3
"""stub_edge.py ROOT: a stub of the edge, for its faults only; the real edge has end-to-end tests of its own.

ROOT/manifest.json and ROOT/objects/<sha256> are served. ROOT/faults.json, read at each request, says what goes wrong:
  manifest: {"status": N, "endless": true, "etag": "…", "stall": true, "redirect": "URL"}
  link:     {"refuse": "WORDS", "status": N, "url": "…", "endless": true}
  expire:   how many downloads from now on get 403
  cut:      [N, …] the download that takes it breaks off after N bytes of body
  report:   {"drop": true} or {"status": 503} for what a device tells of its patches
  flip:     offset of a byte to change; whole: ignore Range; endless: more bytes than were asked for; weak: no strong tag
  gone:     status of each download; redirect: where a download leads; shift: answer another range
Each request is one line in ROOT/log: METHOD PATH RANGE STATUS. The port is in ROOT/port once it listens."""
import hashlib
import http.server
import json
import os
import socketserver
import sys
import threading

ROOT = sys.argv[1]
LOCK = threading.Lock()
SECRET = {"links": 0}


def read(name, default=b""):
    try:
        with open(os.path.join(ROOT, name), "rb") as f:
            return f.read()
    except FileNotFoundError:
        return default


def faults():
    return json.loads(read("faults.json", b"{}") or b"{}")


def take(name):
    """One of the faults that are used up: a count, or a list's first."""
    with LOCK:
        f = faults()
        v = f.get(name)
        if not v:
            return None
        f[name] = v[1:] if isinstance(v, list) else v - 1
        with open(os.path.join(ROOT, "faults.new"), "w") as out:
            json.dump(f, out)
        os.rename(os.path.join(ROOT, "faults.new"), os.path.join(ROOT, "faults.json"))
        return v[0] if isinstance(v, list) else v


class Edge(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "stub-edge"

    def log_message(self, *args):
        pass

    def note(self, status):
        line = "%s %s %s %d\n" % (self.command, self.path, self.headers.get("Range", "-"), status)
        with LOCK, open(os.path.join(ROOT, "log"), "a") as f:
            f.write(line)

    def reply(self, status, body=b"", headers=(), length=None):
        self.note(status)
        self.send_response(status)
        for k, v in headers:
            self.send_header(k, v)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def endless(self, status, headers=()):
        self.note(status)
        self.send_response(status)
        for k, v in headers:
            self.send_header(k, v)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            for _ in range(100 * 16):
                self.wfile.write(b"x" * 65536)
        except OSError:
            with LOCK, open(os.path.join(ROOT, "log"), "a") as f:
                f.write("hung up\n")

    def json(self, status, value):
        self.reply(status, json.dumps(value).encode(), [("Content-Type", "application/json"), ("Cache-Control", "no-store")])

    def do_GET(self):
        f = faults()
        path = self.path[len("/prefix"):] if self.path.startswith("/prefix/") else self.path
        if path.startswith("/manifest/"):
            return self.manifest(f.get("manifest", {}))
        if path.startswith("/api/patch/download/"):
            return self.download(f)
        return self.plain()

    def plain(self):
        """What the tests of store/http.c ask for."""
        if self.path == "/hello":
            return self.reply(200, b"hello\n", [("ETag", '"h1"'), ("X", "y")])
        if self.path == "/redirect":
            return self.reply(302, b"", [("Location", "/hello")])
        if self.path == "/endless":
            return self.endless(200)
        if self.path == "/long":
            return self.reply(200, b"", length=10**12)
        if self.path == "/cut":
            self.reply(200, b"half", length=8)
            self.close_connection = True
            return None
        if self.path == "/head":
            return self.reply(200, b"x", [("X-%d" % i, "y" * 1000) for i in range(40)])
        if self.path == "/stall":
            self.reply(200, b"a", length=1000)
            self.wfile.flush()
            self.rfile.read(1)  # until the client hangs up
            return None
        return self.reply(404, b"{}")

    def manifest(self, f):
        if f.get("redirect"):
            return self.reply(302, b"", [("Location", f["redirect"])])
        if f.get("endless"):
            return self.endless(200)
        if f.get("status"):
            return self.json(f["status"], {"error": "no\u001b[31m manifest"})
        body = read("manifest.json")
        tag = f.get("etag") or '"%s"' % hashlib.sha256(body).hexdigest()
        if self.headers.get("If-None-Match") == tag:
            self.note(304)
            self.send_response(304)
            self.send_header("ETag", tag)
            self.end_headers()
            return None
        return self.reply(200, body, [("ETag", tag)])

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/echo":
            return self.reply(200, body, [("X-Type", self.headers.get("Content-Type", "-"))])
        f = faults().get("link", {})
        if b'"report"' in body:
            return self.report(json.loads(body), faults().get("report", {}))
        with LOCK, open(os.path.join(ROOT, "asked"), "wb") as out:
            out.write(body)
        if f.get("endless"):
            return self.endless(200)
        if f.get("status"):
            return self.json(f["status"], {"error": "away"})
        ask = json.loads(body)
        if f.get("refuse"):
            return self.json(200, {"update": False, "message": f["refuse"]})
        SECRET["links"] += 1
        url = f.get("url") or "/api/patch/download/%d.%s" % (SECRET["links"], ask["object"])
        return self.json(200, {"update": True, "version": ask["version"], "url": url, "sha256": "not to be believed", "size": 1})

    def report(self, ask, f):
        """What became of a patch: a line in ROOT/told, and nothing in ROOT/log."""
        if f.get("drop"):
            self.close_connection = True
            return None
        status = f.get("status", 200)
        with LOCK, open(os.path.join(ROOT, "told"), "a") as out:
            out.write("%d %s %s\n" % (status, ask["report"]["result"], ask["report"]["sha256"]))
        body = b'{"update":false,"message":"x"}'
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    do_PUT = do_POST

    def do_DELETE(self):
        self.reply(204)

    def do_HEAD(self):
        self.note(200)
        self.send_response(200)
        self.send_header("Content-Length", "12345")
        self.end_headers()

    def download(self, f):
        if f.get("redirect"):
            return self.reply(302, b"", [("Location", f["redirect"])])
        if f.get("gone"):
            return self.json(f["gone"], {"error": "gone"})
        if take("expire"):
            return self.json(403, {"error": "Link expired"})
        body = bytearray(read("objects/" + self.path.rsplit(".", 1)[1]))
        tag = '"%s"' % hashlib.sha256(bytes(body)).hexdigest()
        if "flip" in f:
            body[f["flip"]] ^= 1
        if f.get("weak"):
            tag = "W/" + tag
        if f.get("endless"):
            return self.endless(200, [("ETag", tag)])
        start, status, headers = 0, 200, [("ETag", tag)]
        asked = self.headers.get("Range")
        if asked and not f.get("whole") and self.headers.get("If-Range") == tag:
            start, status = int(asked[len("bytes="):].rstrip("-")), 206
            if start >= len(body):
                return self.reply(416, b"", [("Content-Range", "bytes */%d" % len(body))])
            start -= 1 if f.get("shift") else 0
            headers.append(("Content-Range", "bytes %d-%d/%d" % (start, len(body) - 1, len(body))))
        part = bytes(body[start:])
        cut = take("cut")
        if cut is None:
            return self.reply(status, part, headers)
        self.reply(status, part[:cut], headers, length=len(part))
        self.close_connection = True
        return None


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a client that hangs up is what the tests are about


server = Server(("127.0.0.1", 0), Edge)
with open(os.path.join(ROOT, "port.new"), "w") as f:
    f.write("%d\n" % server.server_address[1])
os.rename(os.path.join(ROOT, "port.new"), os.path.join(ROOT, "port"))
server.serve_forever()
