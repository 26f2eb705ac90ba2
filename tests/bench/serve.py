#!/usr/bin/env python3
"""serve.py [WORD...]: the edge against what people run today: version checks, downloads, memory, TLS. WORD: only rows whose name has it.

Run by `make bench-edge`; HOTFIX_BIN and HF_TEST_BIN name the programs, HF_EXPRESS the folder with express, ROUNDS (5) and SECONDS
(2) how often and how long. Servers have one worker and run on the first core, wrk on the second; opponent and ours in turn, the first
round not counted; medians, least and most in brackets. "us" is processor time of the server for one answer, which other work on the
machine changes less than the rate.

Opponents: tests/bench/express/server.mjs, which reads and sums the patch for each question, keeps a random token in a Map for a
minute and sends the file; and nginx, one worker, without a log: `return` of the very JSON that the edge gives, and secure_link_md5
with sendfile for files, with the same certificate on TLS. The edge decides, signs a link and writes JSON for each question; a
download checks the link's MAC and opens the file anew, as nginx does."""
import hashlib
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64encode

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
from running import HOST, Edge, children, memory, question, reply, ticks, until  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.path.abspath(os.environ.get("HOTFIX_BIN", "build/bin"))
TOOLS = os.path.abspath(os.environ.get("HF_TEST_BIN", "build/tests"))
EXPRESS = os.path.abspath(os.environ.get("HF_EXPRESS", "build/bench/express"))
ROUNDS = int(os.environ.get("ROUNDS") or "5")
SECONDS = int(os.environ.get("SECONDS") or "2")
CONNECTIONS = 64
SMALL, LARGE = 64 << 10, 4 << 20
SETTINGS = "workers = 1\nurl_ttl = 86400"
SERVER_CPU, LOAD_CPU = "0", "1"

LUA = """wrk.method = "POST"
wrk.body = '{"version":"%s"}'
wrk.headers["Content-Type"] = "application/json"
"""


class Server:
    """Somebody to be measured: where it listens, and whose processor time counts."""

    def __init__(self, name, url, pids):
        self.name, self.url, self.pids = name, url, pids

    def cpu(self):
        return sum(ticks(p) for p in self.pids()) / os.sysconf("SC_CLK_TCK")


def wrk(server, path, version=None, connections=CONNECTIONS, seconds=SECONDS, script=None):
    """One round: answers a second, p99 in ms, processor time for one in microseconds."""
    argv = ["taskset", "-c", LOAD_CPU, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency"]
    if version:
        argv += ["-s", script]
    before = server.cpu()
    said = subprocess.run([*argv, server.url + path], stdout=subprocess.PIPE, check=True, text=True).stdout
    used = server.cpu() - before
    count = int(re.search(r"(\d+) requests in", said).group(1))
    rate = float(re.search(r"Requests/sec: +([\d.]+)", said).group(1))
    number, unit = re.search(r"99% +([\d.]+)(us|ms|s)", said).groups()
    if count == 0 and seconds < 30:  # on a machine that is very busy, a round may be too short for one whole file
        return wrk(server, path, version, connections, seconds * 3, script)
    if "Non-2xx" in said or count == 0 or re.search(r"(connect|read|write) [1-9]", said):
        raise RuntimeError(f"{server.name}: {said}")
    return rate, float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit], used / count * 1e6


def row(name, goal, ours, theirs, connections=CONNECTIONS):
    """Rounds in turn, and a row for each. ours and theirs: (server, path, version, script). No goal: only told."""
    measured = {ours[0].name: [], theirs[0].name: []}
    for i in range(ROUNDS + 1):
        for server, path, version, script in (theirs, ours):
            got = wrk(server, path, version, connections, SECONDS * 2 if "4 MiB" in name or connections > CONNECTIONS else SECONDS, script)
            if i > 0:
                measured[server.name].append(got)
    print(f"{name}:")
    for who, rounds in measured.items():
        rate, late, used = zip(*rounds)
        print(f"  {who:<28} {statistics.median(rate):>9,.0f}/s ({min(rate):,.0f} to {max(rate):,.0f})  p99 {statistics.median(late):.2f} ms"
              f"  {statistics.median(used):.1f} us")
    ratio, spent = (statistics.median(r[i] for r in measured[ours[0].name]) / statistics.median(r[i] for r in measured[theirs[0].name])
                    for i in (0, 2))
    verdict = f", goal {goal}: {'reached' if ratio >= goal else 'MISSED'}" if goal else ""
    print(f"  ratio {ratio:.2f}{verdict}; processor time {spent:.2f} of theirs", flush=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Express:
    def __init__(self, patch):
        self.patch = patch

    def __enter__(self):
        env = {**os.environ, "NODE_ENV": "production"}
        self.p = subprocess.Popen(["taskset", "-c", SERVER_CPU, "node", os.path.join(EXPRESS, "server.mjs"), self.patch],
                                  stdout=subprocess.PIPE, env=env)
        port = self.p.stdout.readline().decode().strip()
        return Server("express", f"http://127.0.0.1:{port}", lambda: [self.p.pid])

    def __exit__(self, *_):
        self.p.terminate()
        self.p.wait()
        self.p.stdout.close()


class Nginx:
    """One worker. answer: what it returns; folder: where the files are."""

    def __init__(self, folder, answer, files, cert=None, key=None):
        self.folder, self.port = folder, free_port()
        self.tls = cert is not None
        tls = f"ssl_certificate {cert}; ssl_certificate_key {key}; ssl_protocols TLSv1.2 TLSv1.3;" if cert else ""
        os.makedirs(folder, exist_ok=True)
        os.chmod(folder, 0o755)
        with open(os.path.join(folder, "nginx.conf"), "w") as f:
            f.write(f"""worker_processes 1;
worker_rlimit_nofile 8192;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_timeout 60; keepalive_requests 1000000000;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d;
  scgi_temp_path {folder}/e; types {{ }} default_type application/octet-stream;
  server {{
    listen 127.0.0.1:{self.port}{' ssl' if cert else ''}; {tls}
    location = /api/patch/version {{ default_type application/json; return 200 '{answer}'; }}
    location /files/ {{ secure_link $arg_md5,$arg_expires; secure_link_md5 "$secure_link_expires$uri secret";
      if ($secure_link = "") {{ return 403; }} if ($secure_link = "0") {{ return 410; }} alias {files}/; }}
  }}
}}
""")

    def __enter__(self):
        self.p = subprocess.Popen(["taskset", "-c", SERVER_CPU, "nginx", "-c", f"{self.folder}/nginx.conf", "-g", "daemon off;"],
                                  stderr=subprocess.DEVNULL)
        until(lambda: len(children(self.p.pid)) == 1)
        return Server("nginx", f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}", lambda: children(self.p.pid))

    def __exit__(self, *_):
        self.p.terminate()
        self.p.wait()

    @staticmethod
    def link(name):
        expires, uri = int(time.time()) + 86400, f"/files/{name}"
        mac = urlsafe_b64encode(hashlib.md5(f"{expires}{uri} secret".encode()).digest()).decode().rstrip("=")
        return f"{uri}?md5={mac}&expires={expires}"


def bench_memory(edge):
    """The one worker with 1,000 connections: resident, and how much of that no other process shares."""
    worker = edge.workers()[0]

    def say(what):
        rss, own = memory(worker)
        print(f"  {what:<28} {rss / 1024:.1f} MiB resident, {own / 1024:.1f} MiB of it its own", flush=True)
        return rss

    print("memory of a worker, plain HTTP:")
    say("as the rounds left it")
    held = []
    for _ in range(1000):
        s = edge.connect()
        s.sendall(question())
        held.append(s)
    for s in held:
        assert reply(s)[0] == 200
    most = say("1,000 idle connections")
    for s in held:
        s.close()
    server = Server("edge", edge.url, edge.workers)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as f:
        f.write(LUA % "1.0.0")
        f.flush()
        wrk(server, "/api/patch/version", "1.0.0", connections=1000, script=f.name)
    most = max(most, say("after 1,000 that ask"))
    link = edge.link("2.0.0").encode()
    held = []
    for _ in range(750):
        s = edge.connect(rcvbuf=4096)
        s.sendall(b"GET %s HTTP/1.1\r\n%s\r\n" % (link, HOST))
        held.append(s)
    for s in held:
        assert s.recv(12) == b"HTTP/1.1 200"
    most = max(most, say("750 downloads under way"))
    for s in held:
        s.close()
    print(f"  most {most / 1024:.1f} MiB, goal 16: {'reached' if most <= 16 << 10 else 'MISSED'}", flush=True)


def bench(folder, wanted):
    def on(name):
        return not wanted or any(w in name for w in wanted)

    script = os.path.join(folder, "ask-%s.lua")
    for version in ("1.0.0", "2.0.0"):
        with open(script % version, "w") as f:
            f.write(LUA % version)
    ask = "/api/patch/version"
    for tls in (False, True):
        mark = ", TLS" if tls else ""
        with Edge(os.path.join(folder, f"edge{mark[2:]}"), BIN, TOOLS, SETTINGS, tls="ecdsa" if tls else "", cpu=SERVER_CPU) as e:
            e.publish({"1.0.0": SMALL, "2.0.0": LARGE}, 2)
            until(lambda: e.check()["serial"] == 2 and e.check("2.0.0")["update"])
            ours = Server("edge", e.url, e.workers)
            os.makedirs(os.path.join(folder, "files"), exist_ok=True)
            for version, size in (("1.0.0", SMALL), ("2.0.0", LARGE)):
                shutil.copyfile(e.patch(version) if size == LARGE else os.path.join(e.folder, f"patch-1.0.0-{SMALL}"),
                                os.path.join(folder, "files", f"{size}.zip"))
            status, answer = e.ask(question())
            for version, size, goal, words in (() if tls else (("1.0.0", SMALL, 20, "64 KiB"), ("2.0.0", LARGE, 300, "4 MiB"))):
                if on("express"):
                    with Express(os.path.join(folder, "files", f"{size}.zip")) as theirs:
                        row(f"express: version check, {words} patch", goal, (ours, ask, version, script % version),
                            (theirs, ask, version, script % version))
            cert = [e.ca, os.path.join(e.folder, "edge.key")] if tls else []
            with Nginx(os.path.join(folder, f"nginx{mark[2:]}"), answer.decode(), os.path.join(folder, "files"), *cert) as theirs:
                if on("nginx"):
                    row("nginx: version check" + mark, None if tls else 0.9, (ours, ask, "1.0.0", script % "1.0.0"), (theirs, ask, "1.0.0", script % "1.0.0"))
                    row("nginx: version check, 1,000 connections" + mark, None, (ours, ask, "1.0.0", script % "1.0.0"),
                        (theirs, ask, "1.0.0", script % "1.0.0"), connections=1000)
                for version, size, goal, words in (("1.0.0", SMALL, 0.9, "64 KiB"), ("2.0.0", LARGE, 1.0, "4 MiB")):
                    if on("download"):
                        row(f"nginx: download, {words}{mark}", None if tls else goal, (ours, e.link(version), None, None),
                            (theirs, Nginx.link(f"{size}.zip"), None, None))
            if on("memory") and not tls:
                bench_memory(e)


def main():
    print(f"median of {ROUNDS} rounds of {SECONDS} s (least to most), {CONNECTIONS} connections; load average {os.getloadavg()[0]:.1f} on"
          f" {os.cpu_count()} processors at the beginning")
    folder = tempfile.mkdtemp(prefix="hotfix-bench.", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    os.chmod(folder, 0o755)
    try:
        bench(folder, sys.argv[1:])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"load average {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
