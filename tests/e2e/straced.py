"""A program under strace: which calls that change a disk each of its processes makes, and its death before any one of them.

strace counts the calls of each process for itself, and ends the first that comes to the number. To end a forked worker at a number
that its parent reaches too, the worker is stopped at its setsid(), let go by the first strace and taken by a second."""
import collections
import os
import re
import signal
import subprocess
import time

CALLS = ("write,writev,pwrite64,pwritev,pwritev2,ftruncate,copy_file_range,sendfile,fsync,fdatasync,sync_file_range,"
         "rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,mkdir,mkdirat").split(",")
# A leading ? lets strace pass a call that this machine does not have.
SET = ",".join("?" + c for c in CALLS)
DEADLINE = 60


def can_trace():
    return subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def recorder(log):
    """The words to put before a program so that its calls are in the file log."""
    return ["strace", "-f", "-qq", "-e", "trace=" + SET, "-e", "signal=none", "-o", log]


def calls(log):
    """For each process, in order of appearance: how often it made each call."""
    seen = {}
    with open(log, errors="replace") as f:
        for line in f:
            m = re.match(r"(\d+) +(\w+)\(", line)
            if m and m.group(2) in CALLS:
                seen.setdefault(m.group(1), collections.Counter())[m.group(2)] += 1
    return list(seen.values())


def numbered(count):
    """(call, number) of each of one process's calls."""
    return [(call, n) for call in sorted(count) for n in range(1, count[call] + 1)]


def killer(call, n):
    """The words to put before a program so that it is killed before its n-th call of that name."""
    return ["strace", "-f", "-qq", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={n}", "-o", "/dev/null"]


def _until(what, test):
    end = time.monotonic() + DEADLINE
    while not test():
        assert time.monotonic() < end, f"no {what} in {DEADLINE} s"
        time.sleep(0.002)


def _status(pid, key):
    try:
        with open(f"/proc/{pid}/status") as f:
            for line in f:
                if line.startswith(key + ":"):
                    return line.split()[1]
    except (FileNotFoundError, ProcessLookupError):
        pass
    return None


def _stopped(log):
    """The process that the first strace has seen stop."""
    with open(log) as f:
        m = re.search(r"^(\d+) +--- stopped by SIGSTOP ---$", f.read(), re.M)
    return int(m.group(1)) if m else None


def run_worker_killed(argv, call, n, log, **popen):
    """Runs argv and kills the process that it forks before that one's n-th call. Returns what argv said on stderr."""
    # strace -D stands beside the program, so that the program is our child and outlives its first strace.
    open(log, "w").close()
    p = subprocess.Popen(["strace", "-D", "-f", "-qq", "-e", "trace=setsid", "-e", "inject=setsid:signal=STOP", "-o", log,
                          *argv], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                         **{k: v for k, v in popen.items() if k != "input"})
    p.stdin.write(popen.get("input", b""))
    p.stdin.close()
    found = []

    def stopped():
        assert p.poll() is None, "it ended before it forked"
        found.append(_stopped(log))
        return found[-1]
    _until("worker that is stopped", stopped)
    worker = found[-1]
    first = int(_status(p.pid, "TracerPid"))
    os.kill(first, signal.SIGKILL)  # at SIGTERM it would end its program, too
    _until("end of the first strace", lambda: _status(worker, "TracerPid") == "0" and _status(p.pid, "TracerPid") == "0")
    second = subprocess.Popen([*killer(call, n), "-p", str(worker)], stderr=subprocess.DEVNULL)
    _until("second strace", lambda: _status(worker, "TracerPid") not in ("0", None))
    os.kill(worker, signal.SIGCONT)
    said = p.stderr.read()
    p.wait()
    second.wait()
    return said
