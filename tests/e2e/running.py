"""An edge of its own for programs in Python: a store, keys, hotfix.ini, and the running hotfix-edge; and what its workers hold."""
import json
import os
import re
import select
import signal
import socket
import ssl
import subprocess
import time

APP = "com.example.shop"
HOST = b"Host: localhost\r\n"


class Edge:
    """with Edge(folder, bin, tools, "workers = 1", tls="ecdsa") as e: ... e.port, e.link(), e.workers()"""

    def __init__(self, folder, bin_dir, tools, settings="", tls="", size=1 << 20, cpu=None):
        self.folder, self.bin, self.tools, self.cpu = folder, bin_dir, tools, cpu
        self.ca = os.path.join(folder, "edge.crt") if tls else None
        self.version, self.process = "1.0.0", None
        os.makedirs(folder, exist_ok=True)
        self.tool("keys", folder)
        if tls:
            self.certificate(tls)
            settings += f"\ntls_cert = {folder}/edge.crt\ntls_key = {folder}/edge.key"
        self.publish({"1.0.0": size}, 1)
        self.path = os.path.join(folder, "hotfix.ini")
        with open(self.path, "w") as f:
            f.write(f"[app]\nid = {APP}\n[channel production]\n[trust]\nkeys = file:{folder}/pub.pem\n"
                    f"[store]\nurl = file://{folder}/store\n[edge]\nlisten = 127.0.0.1:0\nsecret = file:{folder}/url.key\n{settings}\n")

    def tool(self, *args):
        subprocess.run([os.path.join(self.tools, "e2e/mkstore"), *args], check=True)

    def certificate(self, kind):
        new = {"rsa": ["rsa:2048"], "ecdsa": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]}[kind]
        subprocess.run(["openssl", "req", "-x509", "-newkey", *new, "-nodes", "-days", "2", "-subj", "/CN=edge", "-addext",
                        "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", os.path.join(self.folder, "edge.key"),
                        "-out", self.ca], check=True, stderr=subprocess.DEVNULL)

    def publish(self, sizes, serial):
        """A release for each version, of so many random bytes. The files stay as they are when they are there."""
        releases = []
        for i, (version, size) in enumerate(sizes.items(), 1):
            path = os.path.join(self.folder, f"patch-{version}-{size}")
            if not os.path.exists(path):
                with open(path, "wb") as f:
                    for left in range(size, 0, -(1 << 20)):
                        f.write(os.urandom(min(left, 1 << 20)))
            releases.insert(0, f"{i},live,{version},10000,normal,{path}")
        self.tool("put", self.folder, APP, "production", str(serial), "864000", *releases)

    def patch(self, version="1.0.0"):
        """The file of a version."""
        name = next(n for n in os.listdir(self.folder) if n.startswith(f"patch-{version}-"))
        return os.path.join(self.folder, name)

    def __enter__(self):
        argv = [os.path.join(self.bin, "hotfix-edge"), "-c", self.path]
        if self.cpu is not None:
            argv = ["taskset", "-c", str(self.cpu), *argv]
        self.log = open(os.path.join(self.folder, "edge.err"), "w")
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log)
        ready, _, _ = select.select([self.process.stdout], [], [], 30)
        line = self.process.stdout.readline().decode() if ready else ""
        found = re.search(r"listening on 127\.0\.0\.1:(\d+)", line)
        if not found:
            self.__exit__()
            raise RuntimeError(f"the edge did not start: {line}{self.said()}")
        self.port = int(found.group(1))
        self.url = f"http{'s' if self.ca else ''}://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.status = self.process.wait()
        self.process.stdout.close()
        self.log.close()
        self.process = None

    def said(self):
        """What it wrote on standard error, but for a warning that only means that tests run as root."""
        with open(os.path.join(self.folder, "edge.err")) as f:
            return "".join(line for line in f if "belongs to root" not in line)

    def workers(self):
        return [w for g in children(self.process.pid) for w in children(g)]

    def connect(self, rcvbuf=None, timeout=20, plain=False):
        s = socket.socket()
        if rcvbuf:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        s.settimeout(timeout)
        s.connect(("127.0.0.1", self.port))
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.ca and not plain:
            s = ssl.create_default_context(cafile=self.ca).wrap_socket(s, server_hostname="localhost")
        return s

    def ask(self, request):
        """One request on a connection of its own: status and body."""
        with self.connect() as s:
            s.sendall(request)
            return reply(s)

    def check(self, version="1.0.0"):
        status, body = self.ask(question(version))
        assert status == 200, (status, body)
        return json.loads(body)

    def link(self, version="1.0.0"):
        return self.check(version)["url"]


def question(version="1.0.0", close=False):
    """A version check as bytes."""
    body = b'{"version":"%s"}' % version.encode()
    return b"POST /api/patch/version HTTP/1.1\r\n%s%sContent-Length: %d\r\n\r\n%s" % (
        HOST, b"Connection: close\r\n" if close else b"", len(body), body)


def reply(s):
    """Reads one reply to its end: status and body."""
    got = b""
    while b"\r\n\r\n" not in got:
        more = s.recv(65536)
        if not more:
            raise EOFError("closed after %r" % got[:200])
        got += more
    head, got = got.split(b"\r\n\r\n", 1)
    found = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    length = int(found.group(1)) if found else 0
    while len(got) < length:
        more = s.recv(65536)
        if not more:
            raise EOFError("%d of %d bytes" % (len(got), length))
        got += more
    return int(head.split(b" ")[1]), got


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [int(p) for p in f.read().split()]
    except FileNotFoundError:
        return []


def memory(pid):
    """Resident KiB of a process, and how much of that is its own."""
    with open(f"/proc/{pid}/smaps_rollup") as f:
        rows = dict(re.findall(r"(?m)^(\w+): +(\d+) kB", f.read()))
    return int(rows["Rss"]), int(rows["Private_Clean"]) + int(rows["Private_Dirty"])


def held(pid):
    """What a process holds: resident KiB, descriptors, maps."""
    with open(f"/proc/{pid}/maps") as f:
        maps = sum(1 for _ in f)
    return memory(pid)[0], len(os.listdir(f"/proc/{pid}/fd")), maps


def ticks(pid):
    """Hundredths of a second of processor time."""
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(") ", 1)[1].split(" ")
    return int(fields[11]) + int(fields[12])


def until(what, seconds=20, why="waited in vain"):
    """Waits for an event."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, why
        time.sleep(0.01)
