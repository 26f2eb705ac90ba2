"""The order in which one release's files reach the disk, from strace's log: a kill cannot show what a power cut would.

usage: order.py BIN FOLDER

A file gets its name only when its bytes are on disk (fsync of the file, then rename or link), and nothing is built on the name
before that is, too (fsync of the folder)."""
import os
import re
import shutil
import sys

from shop import APP, Shop

shop = Shop(*sys.argv[1:3]).make()
hotfix = os.path.join(os.path.realpath(shop.bare), "hotfix")
TRACED = ("openat,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,rmdir,mkdir,mkdirat,"
          "clone,clone3,fork,vfork,execve,setsid,exit_group")


def full(folder, name):
    """The path of a name in an *at() call: 5</a/b>, "c"."""
    return name if name.startswith("/") else os.path.join(folder, name)


def events(log):
    """(process, what, path or paths) in the order in which the calls returned, with whole paths."""
    half = {}
    with open(log, errors="replace") as f:
        for line in f:
            pid, rest = line.split(None, 1)
            rest = rest.strip()
            if rest.endswith("<unfinished ...>"):
                half[pid] = rest[:-len("<unfinished ...>")].rstrip()
                continue
            m = re.match(r"<\.\.\. \w+ resumed>(.*)", rest)
            if m:
                rest = half.pop(pid) + m.group(1)
            m = re.match(r"(\w+)\((.*)\) += (-?\d+)(<.*>)?", rest)
            if not m or int(m.group(3)) < 0:
                continue
            call, args, made = m.group(1), m.group(2), m.group(4)
            at = re.findall(r'(?:\d+|AT_FDCWD)<([^<>]*)>, "([^"]*)"', args)
            fd = re.match(r"\d+<([^<>]*)>", args)
            if call == "openat":
                if "O_CREAT" in args:
                    yield pid, "create", made.strip("<>")
            elif call in ("write", "pwrite64", "fsync", "fdatasync"):
                yield pid, "write" if "write" in call else "fsync", fd.group(1) if fd else ""
            elif call in ("renameat", "renameat2"):
                yield pid, "rename", tuple(full(*a) for a in at)
            elif call == "linkat":
                yield pid, "link", tuple(full(*a) for a in at)
            elif call in ("unlinkat", "mkdirat"):
                yield pid, call[:-2], full(*at[0])
            elif call in ("rename", "link", "unlink", "mkdir", "rmdir"):
                names = tuple(re.findall(r'"([^"]*)"', args))
                yield pid, call, names if len(names) > 1 else names[0]
            else:
                yield pid, call, ""


def is_temporary(path):
    return os.path.basename(path).startswith(".tmp-")


def is_work(path):
    """In the private folder of a build, which nobody reads after a crash."""
    return re.search(r"/hotfix/hotfix-\w{6}(/|$)", path) is not None


def names_in_order(log):
    """Checks each file's way to its name; returns the names with where in the log they were given and were on disk, and all events."""
    all_events = [e for e in events(log)]
    ours = [(i, e) for i, e in enumerate(all_events) if e[1] in ("write", "fsync", "rename", "link", "unlink", "mkdir", "create")
            and any(p.startswith(hotfix) and not is_work(p) for p in ((e[2],) if isinstance(e[2], str) else e[2]))]
    synced, written, given = {}, {}, []
    for k, (i, (pid, what, path)) in enumerate(ours):
        if what == "write":
            written[path] = i
            assert not is_temporary(path) or path not in synced, f"{path} is written to after its fsync"
        elif what == "fsync":
            synced[path] = i
        elif what in ("rename", "link"):
            source, name = path
            assert is_temporary(source), f"{name} did not come from a temporary file"
            assert source in written, f"{name} has no bytes"
            assert source in synced, f"{name} got its name before its bytes were on disk"
            assert os.path.dirname(source) == os.path.dirname(name)
            # The next thing that this process does with the disk is to put the name there; behind a link, first the other name goes.
            after = [e for _, e in ours[k + 1:] if e[0] == pid]
            if what == "link":
                assert after and after[0][1:] == ("unlink", source), f"{name}: its temporary name stays"
                after = after[1:]
            assert after and after[0][1:] == ("fsync", os.path.dirname(name)), f"{name}: then comes {after[:1]}, not its folder's fsync"
            on_disk = next(j for j, e in ours[k + 1:] if e == after[0])
            given.append((name, i, on_disk))
        elif what == "create" and not is_temporary(path):
            assert re.search(r"/(\.lock|production\.lock|lock-[0-9a-f]{16}|log\.jsonl)$", path), f"{path} is written in place"
    return given, all_events


def folders_in_order(all_events):
    """A new folder is on disk, and its name in the folder above, before anything is put into it."""
    for i, (pid, what, path) in enumerate(all_events):
        if what != "mkdir" or not path.startswith(hotfix) or is_work(path):
            continue
        after = [e[1:] for e in all_events[i + 1:] if e[0] == pid][:2]
        assert after == [("fsync", path), ("fsync", os.path.dirname(path))], f"{path}: then comes {after}"


def one(names, pattern):
    found = [n for n in names if re.search(pattern, n[0])]
    assert len(found) == 1, (pattern, names)
    return found[0]


def release(patch):
    log = os.path.join(shop.folder, f"log.{patch}")
    # A sanitizer that looks for leaks is a tracer, too, and there can be only one.
    asan = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    hook = shop.hook(ASAN_OPTIONS=asan, before=["strace", "-f", "-y", "-qq", "-s", "1", "-e", "signal=none", "-o", log, "-e",
                             "trace=" + ",".join("?" + c for c in TRACED.split(","))])
    assert f"success: patch {patch}".encode() in hook.stderr, hook.stderr
    names, all_events = names_in_order(log)
    folders_in_order(all_events)
    channel = re.escape(f"{hotfix}/store/{APP}/production/")
    job = one(names, r"/spool/\d{17}-[0-9a-f]{32}\.json$")
    item = one(names, r"/objects/[0-9a-f]{64}$")
    manifest = one(names, channel + r"manifest\.json$")
    newer = one(names, channel + rf"history/{patch}\.json$")
    assert item[2] < manifest[1], "the manifest named an object that was not on disk"
    assert manifest[2] < newer[1], "a history was written of what was not in force"
    # Nothing of the work may begin before the job is on disk: no worker, no tool, no folder of a build.
    work = [i for i, (_, what, path) in enumerate(all_events) if what in ("clone", "clone3", "fork", "vfork", "setsid") or
            (what == "mkdir" and is_work(path))]
    assert work and job[2] < min(work), "work began before the job was on disk"
    gone = [i for i, e in enumerate(all_events) if e[1:] == ("unlink", job[0])]
    assert len(gone) == 1 and manifest[2] < gone[0], "the job was gone before its release was on disk"
    memory = [n for n in names if n[0].startswith(f"{hotfix}/signed/{APP}/")]
    assert len(memory) == 2 and memory[0][2] < manifest[1] < manifest[2] < memory[1][1], "what is tried was not on disk before it was put"
    assert len(names) == 6, names


before = shop.keep()
release(2)
# And the first release of a channel, with all the folders that it makes.
shop.back(before)
shutil.rmtree(f"{hotfix}/signed")
for top, folders, files in os.walk(shop.store, topdown=False):
    for f in files:
        os.unlink(os.path.join(top, f))
    for f in folders:
        os.rmdir(os.path.join(top, f))
release(1)
print("# two releases")
