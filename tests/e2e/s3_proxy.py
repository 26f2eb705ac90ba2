#!/usr/bin/env python3
"""s3_proxy.py HOST:PORT DIR: a TCP proxy between hotfix and a real S3 server, that counts requests and breaks some of them.

DIR/port holds its port once it listens. Each request is a line in DIR/log: "METHOD PATH STATUS" ("-" when there was none).
DIR/faults.json is a list of rules, read at each request; the first that fits and is not used up holds:
  {"match": REGEX of "METHOD PATH", "skip": N, "times": N, "do": ACTION, …}; "only": STATUS leaves replies with another status alone
  status       answer "status" with the error "code", without asking the server
  drop         take the request, let the server do it, and reset the connection instead of answering
  cut-request  reset the connection in the middle of the request's body
  head         pass the reply's head on, then reset
  half         pass the head and half of the body on, then reset
  truncate     the same, and then a quiet end; both first run the shell command "run", if there is one
  raw          answer with the text "raw", without asking the server, and close the connection
  edit         pass the reply on with "with" in place of what the regular expression "find" matches in its head
  longer, shorter   announce another length than the body has, then end
  endless      a reply whose headers never end
  kill         end the process in the file "pid" (SIGKILL) before the server is asked, or, with "after", when it has done its work
  slow         pass the request's body on slowly
  date         pass the reply on with the Date in "date"
  run          run the shell command "run" before the server is asked"""
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

UPSTREAM, ROOT = sys.argv[1], sys.argv[2]
LOCK = threading.Lock()
USED = {}


class Gone(Exception):
    pass


def fault(what):
    with LOCK:
        try:
            with open(os.path.join(ROOT, "faults.json")) as f:
                text = f.read()
        except FileNotFoundError:
            return {}
        for i, rule in enumerate(json.loads(text)):
            if not re.search(rule.get("match", ""), what):
                continue
            n = USED[text, i] = USED.get((text, i), 0) + 1
            if rule.get("skip", 0) < n <= rule.get("skip", 0) + rule.get("times", 1):
                return rule
    return {}


def note(what, status):
    with LOCK, open(os.path.join(ROOT, "log"), "a") as f:
        f.write("%s %s\n" % (what, status))


def read_head(s, rest):
    while b"\r\n\r\n" not in rest:
        more = s.recv(65536)
        if not more:
            raise Gone
        rest += more
    head, _, rest = rest.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", rest


def length_of(head):
    m = re.search(rb"\r\ncontent-length:\s*(\d+)", head, re.I)
    return int(m.group(1)) if m else 0


def pump(src, dst, rest, n, pause=0):
    """Passes n bytes on, of which rest has the first. Returns what is left of rest."""
    part, rest = rest[:n], rest[n:]
    dst.sendall(part)
    n -= len(part)
    while n > 0:
        more = src.recv(min(n, 1 << 18))
        if not more:
            raise Gone
        dst.sendall(more)
        n -= len(more)
        time.sleep(pause)
    return rest


def pull(src, rest, n):
    while len(rest) < n:
        more = src.recv(1 << 18)
        if not more:
            raise Gone
        rest += more
    return rest[:n], rest[n:]


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()
    raise Gone


def kill(rule):
    with open(rule["pid"]) as f:
        os.kill(int(f.read()), signal.SIGKILL)


class Upstream:
    def __init__(self):
        host, port = UPSTREAM.rsplit(":", 1)
        self.s = socket.create_connection((host, int(port)))
        self.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""


def answer_by_ourselves(client, rule):
    body = b"<Error><Code>%s</Code><Message>by the test</Message></Error>" % rule.get("code", "").encode()
    client.sendall(b"HTTP/1.1 %d Test\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n"
                   % (rule["status"], len(body)) + body)


def endless(client):
    client.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        client.sendall(b"X-More: " + b"a" * 1000 + b"\r\n")


def relay_reply(client, up, rule, method, note_it):
    what = rule.get("do")
    head, up.rest = read_head(up.s, up.rest)
    while head.startswith(b"HTTP/1.1 100"):
        head, up.rest = read_head(up.s, up.rest)
    status = head.split(b" ")[1].decode()
    if rule.get("only", status) != status:
        what = None
    if what == "date":
        head = re.sub(rb"(?i)(\r\ndate:)[^\r]*", rb"\g<1> " + rule["date"].encode(), head)
    if what == "edit":
        head = re.sub(b"(?i)" + rule["find"].encode(), rule["with"].encode(), head)
    n = 0 if method == "HEAD" or status in ("204", "304") else length_of(head)
    chunked = re.search(rb"\r\ntransfer-encoding:\s*chunked", head, re.I) and method != "HEAD"
    if what == "kill" and rule.get("after"):
        body, up.rest = pull(up.s, up.rest, n)
        note_it(status + " killed")
        kill(rule)
        raise Gone
    if what == "drop":
        pull(up.s, up.rest, n)
        note_it(status + " dropped")
        reset(client)
    if what == "head":
        note_it(status + " head")
        client.sendall(head)
        reset(client)
    if what in ("half", "truncate"):
        body, up.rest = pull(up.s, up.rest, n)
        note_it(status + " " + what)
        client.sendall(head + body[:n // 2])
        if rule.get("run"):
            subprocess.run(rule["run"], shell=True, check=False)
        if what == "half":
            time.sleep(0.05)  # what was sent is to arrive before the reset
            reset(client)
        raise Gone
    if what in ("longer", "shorter"):
        body, up.rest = pull(up.s, up.rest, n)
        other = n + 100 if what == "longer" else max(n - 100, 0)
        note_it(status + " " + what)
        client.sendall(re.sub(rb"(?i)(\r\ncontent-length:\s*)\d+", rb"\g<1>%d" % other, head) + body)
        raise Gone
    note_it(status)
    client.sendall(head)
    if chunked:
        while True:  # to the end of the connection's chunks
            line = b""
            while not line.endswith(b"\r\n"):
                c, up.rest = pull(up.s, up.rest, 1)
                line += c
            client.sendall(line)
            size = int(line.split(b";")[0], 16)
            up.rest = pump(up.s, client, up.rest, size + 2)
            if size == 0:
                return
    up.rest = pump(up.s, client, up.rest, n)


def serve(client):
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    rest, up = b"", None
    try:
        while True:
            head, rest = read_head(client, rest)
            method, path = head.split(b" ")[0].decode(), head.split(b" ")[1].decode()
            what = "%s %s" % (method, path)
            rule = fault(what)
            do = rule.get("do")
            n = length_of(head)
            if do in ("status", "endless", "raw"):
                body, rest = pull(client, rest, n)
                if do == "raw":
                    note(what, "raw")
                    client.sendall(rule["raw"].encode())
                    raise Gone
                if do == "endless":
                    note(what, "endless")
                    endless(client)
                note(what, rule["status"])  # before the answer: who has it may read the log at once
                answer_by_ourselves(client, rule)
                continue
            if do == "cut-request":
                pull(client, rest, n // 2)
                note(what, "- cut")
                reset(client)
            if do == "run":
                subprocess.run(rule["run"], shell=True, check=False)
            if do == "kill" and not rule.get("after"):
                note(what, "- killed")
                kill(rule)
                raise Gone
            up = up or Upstream()
            up.s.sendall(head)
            rest = pump(client, up.s, rest, n, 0.02 if do == "slow" else 0)
            relay_reply(client, up, rule, method, lambda status: note(what, status))
    except (Gone, OSError):
        pass
    finally:
        client.close()
        if up:
            up.s.close()


def main():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    with open(os.path.join(ROOT, "port.new"), "w") as f:
        f.write("%d" % listener.getsockname()[1])
    os.rename(os.path.join(ROOT, "port.new"), os.path.join(ROOT, "port"))
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()


main()
