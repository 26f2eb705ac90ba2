#!/usr/bin/env python3
"""every_character.py URL: asks for URL, and for it with each character of its path and query changed, one at a time. Fails unless
the first answer is 200 and all others are refusals."""
import http.client
import sys
import urllib.parse

url = urllib.parse.urlsplit(sys.argv[1])
target = url.path + "?" + url.query
c = http.client.HTTPConnection(url.netloc, timeout=30)


def status(t):
    c.request("GET", t)
    r = c.getresponse()
    r.read()
    return r.status


def other(ch):
    """Another character of the same kind, that is no other spelling of the first."""
    if ch.isdigit():
        return "1" if ch != "1" else "2"
    if ch.isalpha():
        return "b" if ch.lower() != "b" else "c"
    return "x"


assert status(target) == 200, "the link itself does not work"
counts = {}
for i in range(1, len(target)):
    s = status(target[:i] + other(target[i]) + target[i + 1:])
    counts[s] = counts.get(s, 0) + 1
    if s not in (400, 403, 404):
        sys.exit("character %d ('%s') does not matter: %d" % (i, target[i], s))
assert status(target) == 200, "the link itself does not work any more"
print(counts)
