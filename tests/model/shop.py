"""A team's bare repository with the real hooks and the real `hotfix`, driven without git: objects are written here, and a push is
pre-receive, the ref's file, post-receive, with the stdin and the environment that git gives them. With `git` set, each push is a
real `git push` instead."""
import base64
import hashlib
import json
import os
import shutil
import subprocess
import time
import zlib

APP = "com.example.shop.ios"
BRANCHES = ("hotfix/1.0.0", "hotfix/1.0.x", "hotfix/1.1.0")
PATHS = ("a.txt", "b.txt", "c.txt")
TAGS = {"hotfix/1.0.0": "v1.0.0", "hotfix/1.0.x": "v1.0.0", "hotfix/1.1.0": "v1.1.0"}
ZEROS = "0" * 40
AHEAD = ("faketime", "-f", "+1500d")


def environment():
    keep = {k: v for k, v in os.environ.items() if k in ("PATH", "TMPDIR", "HOME") or k.startswith(("ASAN_", "LSAN_", "UBSAN_"))}
    return {**keep, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class Objects:
    """Writes loose objects into a repository."""

    def __init__(self, repo):
        self.folder = os.path.join(repo, "objects")

    def put(self, kind, data):
        whole = b"%s %d\0" % (kind, len(data)) + data
        oid = hashlib.sha1(whole).hexdigest()
        path = os.path.join(self.folder, oid[:2], oid[2:])
        if not os.path.exists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(zlib.compress(whole, 1))
        return oid

    def tree(self, files):
        """files: name → text, all below HotPath, beside a README."""
        inner = b"".join(b"100644 %s\0" % n.encode() + bytes.fromhex(self.put(b"blob", files[n].encode())) for n in sorted(files))
        readme = self.put(b"blob", b"the shop\n")
        outer = b"40000 HotPath\0" + bytes.fromhex(self.put(b"tree", inner)) if files else b""
        return self.put(b"tree", outer + b"100644 README\0" + bytes.fromhex(readme))

    def commit(self, files, parents, message, at):
        who = b"Ada <ada@example.com> %d +0000" % at
        text = b"tree %s\n" % self.tree(files).encode() + b"".join(b"parent %s\n" % p.encode() for p in parents)
        return self.put(b"commit", text + b"author " + who + b"\ncommitter " + who + b"\n\n" + message.encode() + b"\n")


def make_template(folder, programs):
    """What every sequence begins with; made once."""
    bare, env = os.path.join(folder, "shop.git"), environment()
    quiet = {"env": env, "check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", bare], **quiet)
    subprocess.run([os.path.join(programs, "hotfix"), "init", "--repo", bare, "--app", APP, "--include", "HotPath/**"], **quiet)
    base = Objects(bare).commit({p: f"{p} as shipped\n" for p in PATHS}, [], "the shop", int(time.time()) - 3600)
    for ref in ("heads/main", "tags/v1.0.0", "tags/v1.1.0"):
        with open(os.path.join(bare, "refs", ref), "w") as f:
            f.write(base + "\n")
    return base


def has_memory(programs):
    """Whether a publisher remembers what it signed: the command for looking at what it refuses then is there."""
    return subprocess.run([os.path.join(programs, "hotfix"), "accept", "--help"], env=environment(), stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


class Shop:
    def __init__(self, template, base, folder, programs, git):
        self.bare, self.programs, self.git, self.base = os.path.join(folder, "shop.git"), programs, git, base
        shutil.copytree(os.path.join(template, "shop.git"), self.bare, symlinks=True)
        ini = os.path.join(self.bare, "hotfix.ini")
        with open(ini) as f:
            text = f.read()
        with open(ini, "w") as f:
            f.write(text.replace(template, folder))
        self.store = os.path.join(self.bare, "hotfix/store")
        self.env = environment()
        self.source = self.bare
        if git:
            self.source = os.path.join(folder, "work.git")
            shutil.copytree(os.path.join(template, "shop.git"), self.source, symlinks=True)
            shutil.rmtree(os.path.join(self.source, "hooks"))
        self.objects = Objects(self.source)
        self.files = {base: {p: f"{p} as shipped\n" for p in PATHS}}  # of each commit
        self.parents = {base: []}
        self.tips = {}
        self.count = 0
        self.away = None  # a copy of the store that a person would call the right one, while another lies in its place

    def commit(self, files, parents):
        self.count += 1
        oid = self.objects.commit(files, parents, f"commit {self.count}", int(time.time()))
        self.files[oid], self.parents[oid] = dict(files), list(parents)
        return oid

    def ancestry(self, oid):
        seen, todo = set(), [oid]
        while todo:
            c = todo.pop()
            if c not in seen:
                seen.add(c)
                todo += self.parents[c]
        return seen

    def run(self, argv, clock, **more):
        argv = [os.path.join(self.programs, argv[0]), *argv[1:]] if argv[0] != "git" else argv
        if os.environ.get("FORGET"):
            shutil.rmtree(os.path.join(self.bare, "hotfix/signed"), ignore_errors=True)
        r = subprocess.run([*(AHEAD if clock else ()), *argv], cwd=self.bare, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
        return r.returncode, r.stdout.decode("utf-8", "replace")

    def ref_path(self, branch):
        return os.path.join(self.bare, "refs/heads", branch)

    def push(self, branch, new, options, clock):
        """Returns whether the ref moved, and what the pusher saw. new: ZEROS deletes the branch."""
        ref, old = "refs/heads/" + branch, self.tips.get(branch, ZEROS)
        if self.git:
            argv = ["git", "-C", self.source, "push", "-f", *(f"-ohotfix.{o}" for o in options), self.bare,
                    f"{'' if new == ZEROS else new}:{ref}"]
            status, said = self.run(argv, clock, env=self.env, stdin=subprocess.DEVNULL)
        else:
            env = {**self.env, "GIT_DIR": ".", "GIT_PUSH_OPTION_COUNT": str(len(options)),
                   **{f"GIT_PUSH_OPTION_{i}": "hotfix." + o for i, o in enumerate(options)}}
            line = f"{old} {new} {ref}\n".encode()
            status, said = self.run(["pre-receive"], clock, env=env, input=line)
            if status == 0:
                self.move(branch, new)
                said += self.run(["post-receive"], clock, env=env, input=line)[1]
        if status == 0:
            self.tips.pop(branch, None) if new == ZEROS else self.tips.update({branch: new})
        return status == 0, said

    def move(self, branch, new):
        if new == ZEROS:
            os.unlink(self.ref_path(branch))
            return
        os.makedirs(os.path.dirname(self.ref_path(branch)), exist_ok=True)
        with open(self.ref_path(branch), "w") as f:
            f.write(new + "\n")

    def hotfix(self, *argv, clock=False):
        return self.run(["hotfix", *argv], clock, env=self.env, stdin=subprocess.DEVNULL)

    def path(self, name):
        return os.path.join(self.store, APP, "production", name)

    def manifest(self, name="manifest.json"):
        """The payload that lies in the store, or None."""
        try:
            with open(self.path(name), "rb") as f:
                text = json.load(f)["payload"]
        except FileNotFoundError:
            return None
        return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))

    def serials(self):
        try:
            return sorted(int(n[:-5]) for n in os.listdir(self.path("history")) if n.endswith(".json"))
        except FileNotFoundError:
            return []

    # What happens to stores: the right one is kept aside, and comes back.
    def set_aside(self):
        if self.away is None:
            self.away = self.store + ".right"
            shutil.copytree(self.store, self.away, symlinks=True)

    def restore(self, serial):
        """An old manifest is put back into the store."""
        self.set_aside()
        shutil.copyfile(self.path(f"history/{serial}.json"), self.path("manifest.json"))

    def empty(self):
        """The store is there, and nothing is in it."""
        self.set_aside()
        for name in os.listdir(self.store):
            shutil.rmtree(os.path.join(self.store, name), ignore_errors=True)

    def put_right(self):
        shutil.rmtree(self.store)
        os.rename(self.away, self.store)
        self.away = None
