"""What people said, and the one sentence: no device ever runs bytes that a person held back from it and has not released since.

Bytes are contents of files: an item is (path, content) where it differs from the app as shipped. Of each item and device it is
known whether a person rolled it back (`out`), paused it (`paused`) or left the device out of a rollout (`limited`), and has not
released it since; of a patch's bytes, whether they were rolled back or revoked. Shipped content that a fix replaced is held back
as well: a device that had the fix loses it only when a person reverted it, rolled it back or forced it.

This speaks of people's words and of contents. It does not repeat the publisher's rules, and asks for less than they do: what it
finds is wrong, what it does not find may be."""
import json

from devices import decide, holds_version, in_rollout


class Broken(Exception):
    """The sentence does not hold."""


class Said:
    def __init__(self, devices, shipped):
        self.devices, self.shipped = devices, shipped
        self.out, self.paused, self.limited = {}, {}, {}  # item → devices that it is held back from
        self.percent = {}  # item → device → the rollout at which it was rolled back
        self.claimed = set()  # items that were rolled back, and that a person said to be good again since
        self.known = {}  # item → devices that it was ever released for
        self.taken = {}  # item → devices that a person took it back from
        self.replaced = {}  # item → items that a later release has at its path: reverting one of them reverts it too
        self.out_bytes, self.rolled, self.revoked = {}, set(), set()  # SHA-256 → devices; SHA-256s
        self.items = {}  # SHA-256 → items
        self.whence = {}  # item → words

    def of(self, target):
        return [d for d in self.devices if holds_version(target, d.version)]

    def items_of(self, files):
        """files: path → content of a commit."""
        return frozenset((p, c) for p, c in files.items() if self.shipped.get(p) != c)

    def contents(self, r):
        return self.items.get(r["file"]["sha256"], frozenset()) if r["file"] else frozenset()

    def elsewhere(self, m, d):
        """Items that releases offer to a device as things are now."""
        items = set()
        for r in m["releases"]:
            if r["state"] == "live" and r["file"] and holds_version(r["target"], d.version) and in_rollout(
                    r["rollout"], r["salt"], d.client):
                items |= self.contents(r)
        return items

    @staticmethod
    def drop(held, items, devices):
        for x in items:
            if x in held:
                held[x] -= set(devices)

    def all_clear(self, m, r):
        """r is live at 100 % by a person's word: what older releases for its versions held back, nobody waits for any more."""
        newer = set()
        for other in m["releases"]:
            if other["patch"] > r["patch"]:
                newer |= self.contents(other)
        for held in (self.paused, self.limited):
            self.drop(held, [x for x in held if x not in newer], self.of(r["target"]))

    def was_there(self, x, history):
        """The item, or one that took its place, is in a commit's ancestry."""
        seen, todo = set(), [x]
        while todo:
            y = todo.pop()
            if y[1] in history.get(y[0], ()):
                return True
            if y not in seen:
                seen.add(y)
                todo += self.replaced.get(y, ())
        return False

    # A push, once its release is in the manifest m.
    def pushed(self, m, r, files, history, options):
        """files: of its commit; history: path → contents that its ancestry had there; options: what the pusher said."""
        items = self.items_of(files)
        devices = self.of(r["target"])
        sha = r["file"]["sha256"] if r["file"] else None
        if sha:
            self.items[sha] = items
        within = [d for d in devices if in_rollout(r["rollout"], r["salt"], d.client)]
        same = options.get("force") and sha in self.rolled
        if "over" in options or same:
            # A claim about the commit: good for all devices that the rolled-back release was for.
            for x in items:
                good = [d for d in within if "rollout" in options or r["rollout"] <= self.percent.get(x, {}).get(d, 10000)]
                self.drop(self.out, [x], good + [d for d in self.devices if d not in devices])
                self.drop(self.limited, [x], good)
            self.claimed |= items
        if same:
            self.drop(self.out_bytes, [sha], devices)  # who never left these bytes has them by this release now
        if "rollout" in options:
            self.drop(self.out, items & self.claimed, within)
            for x in items:
                new = set(devices) - set(within) - self.known.get(x, set())
                self.drop(self.limited, [x], within)
                self.limited.setdefault(x, set()).update(new)
        for x in items:
            self.known.setdefault(x, set()).update(within)
            self.whence.setdefault(x, f"patch {r['patch']}")
        if "live" in options:
            self.drop(self.paused, items, devices)
        if r["rollout"] == 10000 and r["state"] == "live" and ("live" in options or "rollout" in options):
            self.all_clear(m, r)
        self.drop(self.taken, items, within)
        for x in set(self.known) - items:
            self.replaced.setdefault(x, set()).update(y for y in items if y[0] == x[0])
            if options.get("force") or (files.get(x[0]) == self.shipped[x[0]] and self.was_there(x, history)):
                self.taken.setdefault(x, set()).update(devices)

    # Verbs, once they were done; m: the manifest behind them, r: the release as it was before.
    def moot(self, m, r):
        """A newer release for the same versions goes to every device: nobody gets this one any more."""
        return any(o["patch"] > r["patch"] and o["target"] == r["target"] and o["state"] == "live" and o["rollout"] == 10000
                   for o in m["releases"])

    def hold(self, held, m, r, devices):
        for d in devices:
            for x in self.contents(r) - self.elsewhere(m, d):
                held.setdefault(x, set()).add(d)

    def pause(self, m, r):
        if not self.moot(m, r):
            self.hold(self.paused, m, r, self.of(r["target"]))

    def resume(self, m, r):
        devices = self.of(r["target"])
        self.drop(self.paused, self.contents(r), devices)
        self.drop(self.out, self.contents(r), devices)
        if r["rollout"] == 10000:
            self.all_clear(m, r)

    def rollout(self, m, r, percent):
        devices = self.of(r["target"])
        within = [d for d in devices if in_rollout(percent, r["salt"], d.client)]
        self.drop(self.limited, self.contents(r), within)
        self.drop(self.out, self.contents(r), within)
        for x in self.contents(r):
            self.known.setdefault(x, set()).update(within)
        if not self.moot(m, r):
            self.hold(self.limited, m, r, [d for d in devices if d not in within])
        if percent == 10000 and r["state"] == "live":
            self.all_clear(m, r)

    def rollback(self, m, r):
        devices, sha = self.of(r["target"]), r["file"]["sha256"] if r["file"] else None
        self.hold(self.out, m, r, devices)
        self.claimed -= self.contents(r)
        self.drop(self.paused, self.contents(r), devices)
        for x in self.contents(r):
            self.percent.setdefault(x, {}).update((d, r["rollout"]) for d in devices)
        if sha:
            self.rolled.add(sha)
            same = [o["target"] for o in m["releases"] if o["state"] in ("live", "paused") and o["file"] and o["file"]["sha256"] == sha]
            self.out_bytes.setdefault(sha, set()).update(d for d in devices if not any(holds_version(t, d.version) for t in same))

    def revoke(self, m, before, r):
        for o in before["releases"]:
            if o["file"] and r["file"] and o["file"]["sha256"] == r["file"]["sha256"]:
                self.rollback(m, o)
        if r["file"]:
            self.revoked.add(r["file"]["sha256"])

    # The sentence.
    def judge(self, d, had, current):
        """After a device asked. had: what it ran before. current: what it asked is what people made, or newer than all of it."""
        if not current:
            return
        runs = self.items.get(d.has, frozenset())
        if d.has in self.revoked:
            raise Broken(f"{d.name} ({d.version}) runs revoked bytes {d.has[:12]}")
        if d in self.out_bytes.get(d.has, ()):
            raise Broken(f"{d.name} ({d.version}) runs bytes that were rolled back: {d.has[:12]}")
        if d.has == had:
            return  # it keeps a patch that was not itself rolled back
        for x in sorted(runs):
            if d in self.out.get(x, ()):
                raise Broken(f"{d.name} ({d.version}) got {x}, of {self.whence.get(x)}, which was rolled back")
        before = self.items.get(had, frozenset())
        for x in sorted(runs - before):
            for held, word in ((self.paused, "is paused"), (self.limited, "is for other devices of a rollout")):
                if d in held.get(x, ()):
                    raise Broken(f"{d.name} ({d.version}) got {x}, of {self.whence.get(x)}, which {word}")
        if had in self.rolled or had in self.revoked:
            return
        paths = {p for p, _ in runs}
        for x in sorted(before):
            if x[0] not in paths and d not in self.taken.get(x, ()) and d not in self.out.get(x, ()):
                raise Broken(f"{d.name} ({d.version}) lost the fix {x}, of {self.whence.get(x)}, and nobody took it back")


def explained(shop, m, d):
    """Our reading of the rules and the program's, of one device."""
    ask = ["explain", "--repo", shop.bare, "--json", "--version", d.version, "--client", d.client or "(null)"]
    _, text = shop.hotfix(*ask, *(["--have", d.has] if d.has else []))
    a = json.loads(text[text.index("["):])[0]
    what, r = decide(m, d.version, d.client, d.has)
    want = (what, r["patch"] if what == "install" else None)
    if (a["action"], a["patch"]) != want:
        raise Broken(f"hotfix explain says {a['action']} {a['patch']} for {d.name}, the rules say {want}")
