"""Devices, from docs/formats.md alone ("Who gets what", "The client"): what each asks, and what it runs then."""
import calendar
import hashlib
import time

DAY = 24 * 60 * 60
WINDOW = {"1.0.0": ("1.0.0",), "1.0.x": ("1.0.0", "1.0.1"), "1.1.0": ("1.1.0",)}  # of the targets that are used here
PRIORITIES = ("idle", "normal", "mandatory")


def holds_version(target, version):
    return version in WINDOW[target]


def seconds(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def bucket(salt, client):
    return int.from_bytes(hashlib.sha256(f"{salt}:{client}".encode()).digest()[:8], "big") % 10000


def in_rollout(rollout, salt, client):
    if rollout >= 10000:
        return True
    return client is not None and bucket(salt, client) < rollout


def candidate(m, version, client):
    for r in m["releases"]:
        if (r["state"] == "live" and holds_version(r["target"], version) and in_rollout(r["rollout"], r["salt"], client)
                and not (r["file"] and r["file"]["sha256"] in m.get("revoked", []))):
            return r
    return None


def decide(m, version, client, has):
    """has: SHA-256 or None. Returns ("nothing" | "install" | "remove", the release or None)."""
    mine = [r for r in m["releases"] if has and r["file"] and r["file"]["sha256"] == has]
    own = next((r for r in mine if holds_version(r["target"], version)), mine[0] if mine else None)
    c = candidate(m, version, client)
    if c and c["file"] and c["file"]["sha256"] == has:
        return "nothing", c
    if has and (has in m.get("revoked", [])
                or (own and (own["state"] in ("withdrawn", "revoked") or not holds_version(own["target"], version)))):
        return ("install", c) if c and c["file"] else ("remove", c)
    if c is None or (own and c["patch"] < own["patch"]):
        return "nothing", None
    if c["file"] is None:
        return ("remove", c) if has else ("nothing", c)
    return "install", c


class Device:
    def __init__(self, name, version, often, tls, client=True):
        self.name, self.version, self.often, self.tls = name, version, often, tls
        self.client = name if client else None  # an id of nobody counts as none
        self.serial, self.published, self.digest = 0, 0, None
        self.has = None

    def believes(self, m, now):
        """Steps 2 and 3 of "The client": takes the manifest, or not."""
        digest = repr(m)
        published = seconds(m["published"])
        if m["serial"] < self.serial or (m["serial"] == self.serial and digest != self.digest):
            return False
        if self.tls and published > now + DAY:
            return False
        if max(now, published) - DAY >= seconds(m["expires"]):
            return False
        self.serial, self.published, self.digest = m["serial"], published, digest
        return True

    def check(self, m, now):
        if not self.believes(m, now):
            return False
        what, r = decide(m, self.version, self.client, self.has)
        if what == "install":
            self.has = r["file"]["sha256"]
        elif what == "remove":
            self.has = None
        return True


def fleet():
    """Thirty with fixed ids; some ask after each step, some rarely; half over TLS; three tell an id that counts as none."""
    versions = ["1.0.0"] * 14 + ["1.0.1"] * 8 + ["1.1.0"] * 8
    often = (1.0, 0.4, 1.0, 0.15, 0.4)
    return [Device(f"device-{i:02}", v, often[i % 5], i % 2 == 0, i not in (6, 17, 27)) for i, v in enumerate(versions)]
