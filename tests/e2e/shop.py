"""A team's repository for tests that stop or starve what publishes from it.

Patch 1 was released from OLD; then hotfix/1.0.0 moved to NEW, which no hook has seen: the hook's line for that is `line`. What a
test does to the folder hotfix/ of the bare repository, back() undoes."""
import base64
import hashlib
import json
import os
import shutil
import subprocess

APP = "com.example.shop.ios"
REF = "refs/heads/hotfix/1.0.0"


class Shop:
    def __init__(self, bin_dir, folder):
        self.bin, self.folder = bin_dir, folder
        self.bare = os.path.join(folder, "shop.git")
        self.tree = os.path.join(folder, "shop")
        self.spool = os.path.join(self.bare, "hotfix/spool")
        self.store = os.path.join(self.bare, "hotfix/store")
        self.env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8"}
        for who in ("AUTHOR", "COMMITTER"):
            self.env[f"GIT_{who}_NAME"], self.env[f"GIT_{who}_EMAIL"] = "Ada", "ada@example.com"
        self.kept = 0

    def make(self):
        self.run("git", "init", "-q", "--bare", self.bare)
        self.run(self.program("hotfix"), "init", "--repo", self.bare, "--app", APP, "--include", "HotPath/**")
        self.run("git", "init", "-q", "-b", "main", self.tree)
        os.mkdir(os.path.join(self.tree, "HotPath"))
        self.commit("one")
        self.git("tag", "v1.0.0")
        self.git("push", "-q", self.bare, "main", "v1.0.0")
        self.old = self.commit("two")
        self.git("push", "-q", self.bare, "HEAD:" + REF)
        assert self.in_force() == (1, 1, [self.old])
        self.new = self.commit("three")
        self.git("push", "-q", self.bare, "HEAD:refs/heads/work")
        self.git("update-ref", REF, self.new, at=self.bare)
        self.line = f"{self.old} {self.new} {REF}\n".encode()
        return self

    def program(self, name):
        return os.path.join(self.bin, name)

    def run(self, *argv, **more):
        return subprocess.run(argv, env=self.env, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more).stdout

    def git(self, *argv, at=None):
        return self.run("git", "-C", at or self.tree, *argv).decode().strip()

    def commit(self, text):
        with open(os.path.join(self.tree, "HotPath/a.txt"), "w") as f:
            f.write(text + "\n")
        self.git("add", ".")
        self.git("commit", "-qm", text)
        return self.git("rev-parse", "HEAD")

    def keep(self):
        """What hotfix/ holds now; for back()."""
        self.kept += 1
        to = os.path.join(self.folder, f"kept.{self.kept}")
        shutil.copytree(os.path.join(self.bare, "hotfix"), to, symlinks=True)
        return to

    def back(self, kept):
        shutil.rmtree(os.path.join(self.bare, "hotfix"), ignore_errors=True)
        shutil.copytree(kept, os.path.join(self.bare, "hotfix"), symlinks=True)

    def hook_argv(self):
        return [self.program("post-receive")]

    def hook(self, before=(), **env):
        """The hook as git runs it, with words put before it (strace ...). What the pusher saw is .stderr."""
        return subprocess.run([*before, *self.hook_argv()], cwd=self.bare, input=self.line, env={**self.env, "GIT_DIR": ".", **env},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def hotfix(self, *argv, before=()):
        return subprocess.run([*before, self.program("hotfix"), *argv], cwd=self.bare, env=self.env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)

    def retry(self):
        return self.hotfix("retry", "-q", "--repo", self.bare)

    def path(self, *parts):
        return os.path.join(self.store, APP, *parts)

    def manifest_bytes(self):
        with open(self.path("production/manifest.json"), "rb") as f:
            return f.read()

    def manifest(self):
        """The manifest in force; fails unless each file that it names is there with its bytes."""
        p = json.loads(self.manifest_bytes())["payload"]
        m = json.loads(base64.urlsafe_b64decode(p + "=" * (-len(p) % 4)))
        for r in m["releases"]:
            if r["file"] is not None:
                with open(self.path(r["file"]["key"]), "rb") as f:
                    assert hashlib.sha256(f.read()).hexdigest() == r["file"]["sha256"], "an object is not whole"
        return m

    def in_force(self):
        """Serial, highest number, and the commits of the releases."""
        m = self.manifest()
        return m["serial"], m["last"], [r["source"]["commit"] for r in m["releases"]]

    def jobs(self):
        return [f for f in os.listdir(self.spool) if f.endswith(".json")]

    def leftovers(self):
        """Temporary files, and folders of builds."""
        found = []
        for top, folders, files in os.walk(os.path.join(self.bare, "hotfix")):
            found += [os.path.join(top, f) for f in files if f.startswith(".tmp-")]
            found += [os.path.join(top, f) for f in folders if f.startswith("hotfix-")]
        return found

    def verify(self):
        """A stranger's judgement: the exit status, and the words."""
        r = self.hotfix("verify", "--repo", self.bare)
        return r.returncode, r.stdout.decode()

    def is_in_force(self, commits):
        """Fails unless releases of these commits are in force, each once; returns the serial."""
        serial, last, there = self.in_force()
        assert there == commits and serial >= len(commits) and last >= len(commits), (serial, last, there)
        return serial

    def is_new_once(self):
        """Fails unless NEW is in force once, nothing waits, and history has it. Numbers that a killed publisher tried are not given again."""
        last_serial = self.is_in_force([self.new, self.old])
        assert not self.jobs(), "a job is left"
        for serial in (1, last_serial):
            assert os.path.getsize(self.path(f"production/history/{serial}.json")) > 0, "history lacks a manifest"
        status, words = self.verify()
        assert status == 0, words
