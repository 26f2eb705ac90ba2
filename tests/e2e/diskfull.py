"""Releases onto a disk that is full: the hook is given a little more room each time, until it publishes.

usage: diskfull.py BIN FOLDER
FOLDER must be in a mount namespace of its own: small tmpfs are mounted in it. Room is counted in pages, then in files. Each time the
old release is whole, the pusher is told, nothing temporary stays, and with room again `hotfix retry` publishes once."""
import json
import os
import re
import shutil
import subprocess
import sys

from shop import Shop

PAGE = os.sysconf("SC_PAGE_SIZE")
ROOM = 4 << 20      # of the small disk, of which all but a little is filled
MAX_STEPS = 80


class Disk:
    """A small tmpfs in the place of a folder, with what the folder holds."""

    def __init__(self, folder):
        self.folder = folder
        self.ballast = os.path.join(folder, "ballast")
        away = folder + ".away"
        os.rename(folder, away)
        os.mkdir(folder)
        # noswap is not known everywhere; what is mounted here is small.
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM},nr_inodes=400,mode=700", "tmpfs", folder], check=True)
        shutil.copytree(away, folder, symlinks=True, dirs_exist_ok=True)
        shutil.rmtree(away)

    def leave(self, kind, n):
        """Fills it up to n pages, or n files."""
        os.mkdir(self.ballast)
        if kind == "pages":
            free = os.statvfs(self.folder).f_bavail
            with open(os.path.join(self.ballast, "f"), "wb") as f:
                f.write(bytes((free - n) * PAGE))
            assert os.statvfs(self.folder).f_bavail == n
        else:
            for i in range(os.statvfs(self.folder).f_ffree - n):
                open(os.path.join(self.ballast, str(i)), "w").close()
            assert os.statvfs(self.folder).f_ffree == n

    def make_room(self):
        shutil.rmtree(self.ballast)

    def end(self):
        subprocess.run(["umount", self.folder], check=True)


def push_onto(shop, disk, kind, n):
    """One push with n free. 1 when it published."""
    where = f"{disk.folder} with {n} {kind} free"
    old = shop.manifest_bytes()
    disk.leave(kind, n)
    hook = shop.hook()
    told = hook.stderr.decode()
    assert hook.returncode == 0, (where, told)
    published = "success: patch 2" in told
    if published:
        assert shop.in_force() == (2, 2, [shop.new, shop.old]), where
    else:
        assert shop.manifest_bytes() == old, f"{where}: the old release has changed"
        assert shop.in_force() == (1, 1, [shop.old]), where
        words = re.sub(r"\n +", " ", told)
        assert re.search(r"^error: .*No space left on device", words, re.M), f"{where}: the pusher was told: {told}"
        assert len(re.findall("^error: ", words, re.M)) == 1, f"{where}: told twice: {told}"
        assert "hotfix retry" in words, f"{where}: no word about what to do: {told}"
    assert not shop.leftovers(), f"{where}: {shop.leftovers()} stay"
    status, words = shop.verify()
    assert status == 0, (where, words)
    with open(os.path.join(shop.bare, "hotfix/log.jsonl")) as f:
        for line in f:
            assert line.endswith("\n") and json.loads(line), f"{where}: half a line in the log"
    # Once more with the disk as full as before: nothing piles up.
    if not published:
        shop.retry()
        assert not shop.leftovers(), f"{where}: after a retry {shop.leftovers()} stay"
        assert shop.manifest_bytes() == old or shop.in_force()[0] == 2, where
    disk.make_room()
    retry = shop.retry()
    assert retry.returncode == 0, (where, retry.stdout)
    # In force, but with no room to be kept in history as well: the next publisher, whoever it is, finds it there and does that.
    if published and not os.path.exists(shop.path("production/history/2.json")):
        assert shop.hotfix("refresh", "--force", "--repo", shop.bare).returncode == 0, where
        assert os.path.getsize(shop.path("production/history/2.json")) > 0, where
        assert shop.in_force() == (3, 2, [shop.new, shop.old]), where
    else:
        shop.is_new_once()
    return published


def until_it_publishes(shop, before, place, kind):
    for n in range(MAX_STEPS):
        shop.back(before)
        disk = Disk(os.path.join(shop.bare, place))
        try:
            if push_onto(shop, disk, kind, n):
                return n
        finally:
            disk.end()
    raise AssertionError(f"{place}: {MAX_STEPS} {kind} are not enough")


shop = Shop(*sys.argv[1:3]).make()
# The log's next line goes over the end of its page: a disk that is full then takes only a part of it.
log = os.path.join(shop.bare, "hotfix/log.jsonl")
with open(log, "a") as f:
    f.write('{"time":"2026-11-22T06:05:00Z","message":"' + "x" * (PAGE - os.path.getsize(log) - 100) + '"}\n')
before = shop.keep()
for place in ("hotfix/store", "hotfix/spool", "hotfix"):
    for kind in ("pages", "files"):
        print(f"# {place}: {until_it_publishes(shop, before, place, kind)} {kind} are enough", flush=True)
