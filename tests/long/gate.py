#!/usr/bin/env python3
"""gate.py [WORD...]: takes each answer to a fault of the server below out of the edge, and sees its test go red.

Run by `make check-gate`, some ten minutes. WORD: only answers whose name has it. Works on a copy of the tree in $BUILD/gate. An
answer that can be taken out without any test noticing is a failure here: either the test or the answer is missing something.
Four system calls that the sandbox allows are not here: libc makes mremap, sysinfo, gettid and tgkill when it likes (large blocks,
qsort, abort), and no test can make it.
Last line: N passed, N failed, N skipped; an answer is one."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
TREE = os.path.join(os.path.abspath(os.environ.get("BUILD", "build")), "gate")

HEAD, GATE, SEND, APP, TLS, MK = "edge/head.c", "edge/gate.c", "edge/sendfile.c", "edge/app.c", "edge/tls.c", "edge/edge.mk"
# What is taken out, where, the text and what stands in its place, the file and the name of the tests that go red; what else is.
ANSWERS = [
    ("the gate as a whole", GATE, "if (cb == http_header_recv) {", "if (0 && cb == http_header_recv) {", "edge", "4xx and a close"),
    ("more bytes than announced (the hang)", HEAD, "if (behind > w->out->body)", "if (0)", "edge", "body without end"),
    ("more bytes than announced (pipelined)", HEAD, "if (behind > w->out->body)", "if (0)", "edge", "4xx and a close"),
    ("bare LF", HEAD, 'return bad(out, 400, "line feed without carriage return");', "continue;", "edge", "4xx and a close"),
    ("bare CR", HEAD, 'return bad(out, 400, "carriage return without line feed");', "continue;", "gate", "two meanings"),
    ("NUL and control bytes", HEAD, 'return bad(out, 400, "control byte in the request");', "continue;", "edge", "4xx and a close"),
    ("Transfer-Encoding", HEAD, "if (f == F_TRANSFER)\n", "if (f == F_TRANSFER)\n        return HF_HEAD_GOOD;\n    if (0)\n", "gate",
     "two meanings"),
    ("a body on GET", HEAD, "if (w->out->body > 0 && !may)", "if (0)", "gate", "two meanings"),
    ("spaces in a header's name", HEAD, 'return bad(w->out, 400, "malformed header name");', "continue;", "gate", "two meanings"),
    ("headers that stand twice", HEAD, 'return bad(w->out, 400, "a header that may stand once stands twice");',
     "return HF_HEAD_GOOD;", "edge", "4xx and a close"),
    ("Host", HEAD, 'return bad(w->out, 400, "Host required");\n    if (v->n >', "return HF_HEAD_GOOD;\n    if (v->n >", "edge",
     "4xx and a close"),
    ("digits of a length", HEAD, "if (!is_digit(v->p[i]))", "if (0)", "gate", "lengths that are none"),
    ("a length that overflows", HEAD, "if (w->out->body <= HF_HEAD_MAX_BODY)", "if (1)", "gate", "lengths that are none"),
    ("bodies over the limit", HEAD, "if (w->out->body > HF_HEAD_MAX_BODY)", "if (0)", "edge", "4xx and a close",
     (GATE, "if (head.body > http_body_max)", "if (0)")),  # the limit of hotfix.ini is looked at there
    ("heads over the limit", HEAD, "if (n >= HF_HEAD_MAX_BYTES)", "if (0)", "edge", "4xx and a close"),
    ("too many headers", HEAD, "if (++count > HF_HEAD_MAX_FIELDS)", "if (++count > 10000)", "edge", "4xx and a close"),
    ("fields that are not used are dropped", HEAD, "to = rewrite(&w, first);", "to = last + 2;", "gate", "forty headers"),
    ("long targets", HEAD, "if (end - target > HF_HEAD_MAX_TARGET)", "if (0)", "edge", "4xx and a close"),
    ("methods that the server answers by itself", HEAD, "if ((!may && !known)", "if ((0)", "edge", "4xx and a close"),
    ("POST without a length", HEAD, "if (v->p == NULL && may)", "if (0)", "edge", "4xx and a close"),
    ("a head on a kept connection has its time", GATE, "if (c->http_timeout == 0) {", "if (0) {", "gate", "slow and stalled"),
    ("one request at a time", GATE, "if (cb != http_header_recv) {\n        __real_net_recv_reset(c, len, cb);",
     "if (1) {\n        __real_net_recv_reset(c, cb == http_header_recv ? FIRST_READ : len, cb == http_header_recv ? gate : cb);",
     "gate", "without reading"),
    ("a request that waited is looked at at once", GATE, "if (http_request_count != before && !waking) {", "if (0) {", "tls", "gate holds over TLS"),
    ("a timer, without which no time is ever over", APP, "kore_timer_add(tick, TICK_MS, NULL, 0);", "(void)tick;", "edge",
     "ended with 408"),
    ("sendfile: kore's own", MK, " kore_platform_sendfile ", " ", "gate", "takes turns"),
    ("sendfile: the end of a file that became shorter", SEND, "return sent > 0 ? KORE_RESULT_OK : KORE_RESULT_ERROR;",
     "return KORE_RESULT_OK;", "gate", "becomes shorter"),
    ("sendfile: a stalled reader's time", SEND, "    c->idle_timer.length = hf_sendfile_stall;\n", "", "gate", "longer than every time"),
    ("sendfile: turns", SEND, "#define SHARE (1024 * 1024)", "#define SHARE (1024 * 1024 * 1024)", "gate", "takes turns"),
    ("files are closed", SEND, "    close(ref->fd);\n", "", "edge", "clients that leave"),
    ("the cap of downloads", APP, "call.busy = hf_sendfile_count() >= max_downloads;", "call.busy = 0;", "gate", "Retry-After"),
    ("the cap counts what has ended", SEND, "    count--;\n", "", "gate", "Retry-After"),
    ("connections go to all workers", APP, "worker_accept_threshold = 1;", "worker_accept_threshold = 16;", "gate", "all workers"),
    ("TLS: the context in the worker", APP, "if (tls != NULL)\n        hf_tls_serve", "if (0)\n        hf_tls_serve", "gate", "over TLS"),
    ("TLS: a handshake has its time", APP, "    hf_tls_drop_slow(now, ", "    if (0)\n        hf_tls_drop_slow(now, ", "tls",
     "does not go on"),
    ("TLS: the end of a file that became shorter", TLS, "return n < 0 && errno == EINTR ? KORE_RESULT_OK : KORE_RESULT_ERROR;",
     "return KORE_RESULT_OK;", "gate", "over TLS"),
] + [(f"sandbox: {name}", APP, f"    KORE_SYSCALL_ALLOW({name}),\n", "", file, test) for name, file, test in [
    ("newfstatat", "edge", "behind its link"), ("pread64", "tls", "1.2 and 1.3"), ("openat2", "edge", "behind its link")]]


def run(argv, limit, **more):
    """Runs it in a session of its own, all of which ends with it. Returns whether it ended well, and what it said."""
    with tempfile.TemporaryFile() as said:
        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True, **more)
        try:
            status = p.wait(limit)
        except subprocess.TimeoutExpired:
            status = -1
        try:
            os.killpg(p.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        p.wait()
        said.seek(0)
        return status == 0, said.read().decode("utf-8", "replace")


def make():
    env = {k: v for k, v in os.environ.items() if k != "BUILD" and not k.startswith("MAKE") and k != "MFLAGS"}
    ok, said = run(["make", "-j2", "--no-print-directory", "build/bin/hotfix-edge", "build/tests/e2e/mkstore"], 900, cwd=TREE, env=env)
    assert ok, said[-3000:]


def tests(file, name):
    """Runs the tests whose names have these words. Returns whether they passed, and which did not."""
    with tempfile.TemporaryDirectory(prefix="hotfix-gate.") as folder:
        env = {**os.environ, "HF_TOP": TREE, "HOTFIX_BIN": f"{TREE}/build/bin", "HF_TEST_BIN": f"{TREE}/build/tests", "TMPDIR": folder,
               "HOME": folder, "LC_ALL": "C.UTF-8"}
        env.pop("BATS_TEST_FILENAME", None)
        ok, said = run(["bats", "--tap", "-f", re.escape(name), f"tests/e2e/{file}.bats"], 150, cwd=TREE, env=env)
        assert not ok or re.search(r"(?m)^ok 1 ", said), f"no test of {file}.bats is named like '{name}'"
        return ok, re.findall(r"(?m)^not ok \d+ (.*)", said)


def main():
    words = sys.argv[1:]
    shutil.rmtree(TREE, ignore_errors=True)
    os.makedirs(TREE)
    for name in subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=TOP, stdout=subprocess.PIPE, check=True,
                               text=True).stdout.split("\n"):
        if name and os.path.isfile(os.path.join(TOP, name)):
            os.makedirs(os.path.dirname(os.path.join(TREE, name)), exist_ok=True)
            shutil.copy2(os.path.join(TOP, name), os.path.join(TREE, name), follow_symlinks=False)
    make()
    passed, failed = 0, 0
    answers = [a for a in ANSWERS if not words or any(w in a[0] for w in words)]
    for file, test in sorted({a[4:6] for a in answers}):
        ok, red = tests(file, test)
        assert ok, f"{file}.bats is red as it is: {'; '.join(red)}"
    for name, path, old, new, file, test, *more in answers:
        start, texts = time.monotonic(), {}
        for where, was, becomes in [(path, old, new), *more]:
            with open(os.path.join(TREE, where)) as f:
                texts[where] = f.read()
            assert texts[where].count(was) == 1, f"{name}: '{was}' stands {texts[where].count(was)} times in {where}"
            with open(os.path.join(TREE, where), "w") as f:
                f.write(texts[where].replace(was, becomes))
        try:
            make()
            ok, red = tests(file, test)
        finally:
            for where, text in texts.items():
                with open(os.path.join(TREE, where), "w") as f:
                    f.write(text)
        passed, failed = passed + (not ok), failed + ok
        print(f"  {'FAIL' if ok else 'ok  '}  {name}: {file}.bats is {'still green' if ok else 'red: ' + '; '.join(red)[:70]}"
              f" ({time.monotonic() - start:.0f} s)", flush=True)
    make()
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
