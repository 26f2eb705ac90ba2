#!/usr/bin/env python3
"""s3.py: a publish to a bucket on loopback (a real radosgw), beside the same requests by one curl process.

Run by `make bench-s3`; HOTFIX_BIN names the programs, ROUNDS how many rounds (default 9), WIRE_SO the library that watches.

Row 1: `hotfix publish` of a patch of 16 KiB: from its first request's first byte to its last reply's head, with all that it does in
between: verify, decide, sign. Curl: the same requests (methods, headers, bodies, answers), signed beforehand, one process, one
connection, nothing in between.
Row 2: the PUT of 64 MiB alone, from its first byte to its reply's head, hotfix and curl with the same headers.
Row 3: the most memory that this publish took, above `hotfix --version`.
In turn, from the same state; the OSD keeps objects in memory, and both share the machine's cores with the server."""
import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.path.join(HERE, "../.."))
sys.path.insert(0, os.path.join(TOP, "tests/e2e"))
from s3 import S3  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "9"))
HOTFIX = os.path.join(os.path.abspath(os.environ.get("HOTFIX_BIN", "build/bin")), "hotfix")
APP, BUCKET = "com.example.shop.ios", "bench"
AT = APP + "/production/"


class Server:
    """radosgw, by the script that the tests use."""

    def __init__(self, tmp):
        text = ". tests/e2e/radosgw.bash; radosgw_up \"$1\" && echo \"$RGW_URL\"; exec </dev/null >/dev/null 2>&1"
        env = dict(os.environ, HF_TOP=TOP, BATS_FILE_TMPDIR=tmp)
        self.dir = os.path.join(tmp, "rgw")
        out = os.path.join(tmp, "url")
        with open(out, "w") as f:
            subprocess.run(["bash", "-c", text, "-", self.dir], cwd=TOP, env=env, stdout=f, stdin=subprocess.DEVNULL, check=True)
        self.url = open(out).read().strip()

    def stop(self):
        for name in os.listdir(self.dir):
            if name.endswith(".pid"):
                with open(os.path.join(self.dir, name)) as f:
                    subprocess.run(["kill", "-KILL", f.read().strip()], stderr=subprocess.DEVNULL, check=False)


class Bench:
    def __init__(self, tmp, server):
        self.tmp = tmp
        self.s3 = S3(server.url, "OWNERKEY000000000001", "owner/secret+with=signs")
        self.env = dict(os.environ, AWS_ACCESS_KEY_ID=self.s3.key, AWS_SECRET_ACCESS_KEY=self.s3.secret,
                        GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1", LC_ALL="C.UTF-8", GIT_AUTHOR_NAME="A",
                        GIT_AUTHOR_EMAIL="a@example.com", GIT_COMMITTER_NAME="A", GIT_COMMITTER_EMAIL="a@example.com")
        self.bare = os.path.join(tmp, "shop.git")
        self.s3.do("PUT", BUCKET)
        self.run("git", "init", "-q", "--bare", self.bare)
        self.run(HOTFIX, "init", "--repo", self.bare, "--app", APP, "--include", "**", "--store", "s3://" + BUCKET,
                 "--endpoint", server.url)
        with open(os.path.join(self.bare, "hotfix.ini"), "a") as f:
            f.write("\n[release]\nkeep = 10\n")
        self.n = 0
        for _ in range(12):  # until as many releases are kept as will be
            self.publish(16384)

    def run(self, *argv):
        subprocess.run(argv, env=self.env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def patch(self, size):
        self.n += 1
        path = os.path.join(self.tmp, "patch")
        with open(path, "wb") as f:
            f.write(os.urandom(size))
        return path

    def watched(self, argv):
        """The requests as (method, begin, end, status), and the most memory in KiB."""
        wire = os.path.join(self.tmp, "wire")
        if os.path.exists(wire):
            os.unlink(wire)
        env = dict(self.env, LD_PRELOAD=os.path.abspath(os.environ["WIRE_SO"]), WIRE=wire)
        p = subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = p.stderr.read()
        assert p.wait() == 0, said
        with open(wire) as f:
            lines = [line.split() for line in f]
        memory = [int(e) for m, b, e, s in lines if m == "MEM"]
        return [(m, float(b), float(e), s) for m, b, e, s in lines if m != "MEM"], memory[0]

    def publish(self, size):
        path = self.patch(size)
        git = ["git", "--git-dir", self.bare]
        tree = subprocess.run(git + ["mktree"], input=b"", env=self.env, check=True, stdout=subprocess.PIPE).stdout.decode().strip()
        commit = subprocess.run(git + ["commit-tree", tree, "-m", str(self.n)], env=self.env, check=True,
                                stdout=subprocess.PIPE).stdout.decode().strip()
        return self.watched([HOTFIX, "publish", "-c", os.path.join(self.bare, "hotfix.ini"), "--file", path, "--target", "1.0.0",
                             "--commit", commit, "-q"])

    def ask(self, method, key, body=None, condition=None):
        """One request of curl's command line, as hotfix makes it."""
        data = open(body, "rb").read() if body else b""
        headers = {}
        if body:
            json = key.endswith(".json")
            headers = {"content-md5": __import__("base64").b64encode(hashlib.md5(data).digest()).decode(),
                       "content-type": "application/json" if json else "application/octet-stream",
                       "cache-control": "max-age=10" if key.endswith("manifest.json") else "max-age=31536000, immutable"}
        if condition:
            headers[condition[0]] = condition[1]
        path = "/%s/%s" % (BUCKET, key)
        signed = self.s3.sign(method, path, "", data, headers)
        argv = ["-s", "-o", "/dev/null", "-H", "Expect:"]
        for k, v in signed.items():
            if k != "host":
                argv += ["-H", "%s: %s" % (k, v)]
        if body:
            argv += ["-T", body]
        return argv + ["http://" + self.s3.host + path]

    def curl(self, size):
        """The same requests as a publish's; what they answer is looked at afterwards."""
        patch = self.patch(size)
        digest = hashlib.sha256(open(patch, "rb").read()).hexdigest()
        headers, manifest = self.s3.do("GET", BUCKET, AT + "manifest.json")
        body = os.path.join(self.tmp, "manifest")
        with open(body, "wb") as f:
            f.write(manifest)
        etag, serial = headers["etag"], self.serial()
        asks = [self.ask("GET", AT + "manifest.json"),
                self.ask("PUT", "%s/objects/%s" % (APP, digest), patch),
                self.ask("GET", AT + "manifest.json"),
                self.ask("PUT", AT + "history/%d.json" % serial, body, ("if-none-match", "*")),
                self.ask("PUT", AT + "manifest.json", body, ("if-match", etag)),
                self.ask("GET", AT + "manifest.json"),
                self.ask("PUT", AT + "manifest.json", body, ("if-match", etag.strip('"'))),
                self.ask("PUT", AT + "history/%d.json" % (1000000 + self.n), body, ("if-none-match", "*"))]
        argv = ["curl"]
        for i, a in enumerate(asks):
            argv += (["--next"] if i else []) + a
        return self.watched(argv)

    def serial(self):
        return max(int(k.rsplit("/", 1)[1][:-5]) for k in self.s3.keys(BUCKET, AT + "history/") if int(k.rsplit("/", 1)[1][:-5]) < 1000000)


def whole(requests):
    return requests[-1][2] - requests[0][1]


def between(requests):
    """What passes between a reply and the next request: the program's own work."""
    return sum(b[1] - a[2] for a, b in zip(requests, requests[1:]))


def put(requests):
    return max(e - b for m, b, e, _ in requests if m == "PUT")


def row(name, ours, theirs, unit, scale):
    o, t = statistics.median(ours) * scale, statistics.median(theirs) * scale
    print("%-28s hotfix %8.1f %s (%.1f to %.1f)   curl %8.1f %s (%.1f to %.1f)" % (
        name, o, unit, min(ours) * scale, max(ours) * scale, t, unit, min(theirs) * scale, max(theirs) * scale))
    return o / t


def main():
    tmp = tempfile.mkdtemp(prefix="hotfix-bench.", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    server = Server(tmp)
    try:
        b = Bench(tmp, server)
        small, small_curl, gaps, gaps_curl, big, big_curl, memory = [], [], [], [], [], [], []
        for i in range(ROUNDS):
            ours, _ = b.publish(16384)
            theirs, _ = b.curl(16384)
            assert [r[0] + r[3] for r in ours] == [r[0] + r[3] for r in theirs], (ours, theirs)
            small.append(whole(ours))
            small_curl.append(whole(theirs))
            gaps.append(between(ours))
            gaps_curl.append(between(theirs))
        for i in range(max(5, ROUNDS // 2)):
            ours, rss = b.publish(64 << 20)
            theirs, _ = b.curl(64 << 20)
            big.append(put(ours))
            big_curl.append(put(theirs))
            memory.append(rss)
        print("%d requests each" % len(theirs))
        ratio = row("publish, first to last", small, small_curl, "ms", 1000)
        print("  %.2f times curl's time (at most 1.2)" % ratio)
        row("  of that between requests", gaps, gaps_curl, "ms", 1000)
        ratio = row("PUT of 64 MiB", big, big_curl, "ms", 1000)
        print("  %.2f times curl's throughput (at least 0.9)" % (1 / ratio))
        above = (max(memory) - b.watched([HOTFIX, "--version"])[1]) / 1024
        print("memory of that publish: %.1f MiB above `hotfix --version` (at most 32)" % above)
    finally:
        server.stop()
        shutil.rmtree(tmp, ignore_errors=True)


main()
