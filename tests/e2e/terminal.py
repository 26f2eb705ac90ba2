#!/usr/bin/env python3
"""What a person sees who pushes in a terminal of 80 columns.

terminal.py FILE COMMAND...   runs the command in one, and keeps the raw bytes that the terminal got
terminal.py --judge FILE      judges them, and prints the words of the server, a line each

Of escapes only those are allowed that git's own client makes: colours, and "wipe the rest of the line". The server's lines are
shorter than 70 columns, begin with one of git's words or with spaces, and hold no control character."""
import fcntl
import os
import pty
import re
import struct
import sys
import termios
import unicodedata

OWN = re.compile(rb"\x1b\[K|\x1b\[[0-9;]*m")
WORDS = ("error: ", "warning: ", "hint: ", "success: ")
# What git's own server says about its work, when the client shows progress.
PROGRESS = re.compile(r"(Resolving deltas|Unpacking objects|Checking connectivity|Checking objects):")


def run(path, argv):
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execvp(argv[0], argv)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with open(path, "wb") as out:
        while True:
            try:
                block = os.read(fd, 65536)
            except OSError:
                break
            if not block:
                break
            out.write(block)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def columns(s):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in s)


def judge(path):
    text = OWN.sub(b"", open(path, "rb").read()).decode("utf-8")
    faults = 0
    for line in re.split(r"[\r\n]+", text):
        if not line.startswith("remote: "):
            continue
        said = line[len("remote: "):].rstrip(" ")
        if not said or PROGRESS.match(said):
            continue
        fault = None
        if columns(said) >= 70:
            fault = "has %d columns" % columns(said)
        elif any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cn") for c in said):
            fault = "holds a character that nobody sees"
        elif not said.startswith(WORDS) and not said.startswith("  "):
            fault = "begins with neither a word of git's nor spaces"
        elif said.startswith(" ") and re.match(r"(error|warning|hint|success)\b", said.strip(), re.I):
            fault = "would be coloured as if git said it"
        print(said)
        if fault:
            print("%r %s" % (said, fault), file=sys.stderr)
            faults += 1
    return 1 if faults else 0


sys.exit(judge(sys.argv[2]) if sys.argv[1] == "--judge" else run(sys.argv[1], sys.argv[2:]))
