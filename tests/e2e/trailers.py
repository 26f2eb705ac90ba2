"""Holds our reader of trailers against `git interpret-trailers --parse --no-divider`: the messages of a corpus, and random ones.
usage: trailers.py OUR-READER CORPUS COUNT [SEED]. Prints the seed; a difference is shown with the message and is status 1."""
import os, random, subprocess, sys

reader, corpus, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.SystemRandom().randrange(1 << 32)
rng = random.Random(seed)
print(f"seed {seed}")

LINES = ["fix the cart", "words: of it", "Hotfix-Rollout: 5%", "Hotfix-Rollout : 5%", "hotfix-rollout:5%", "Hotfix-Rollout=5%",
         "Hotfix Rollout: 5%", " Hotfix-Rollout: 5%", "\tfolded", "  more words", "Signed-off-by: Ada <ada@example.com>", "Signed-off-by:x",
         "(cherry picked from commit 0123456789012345678901234567890123456789)", "Change-Id: I0123", "Closes #12", "# a comment",
         "#Hotfix-Rollout: 5%", "", "", "", " ", "\t", "---", "--- a/file", "-------", "Conflicts:", "\tHotPath/a.txt", ": no key",
         "key:", "key :", "key\t:  value  ", "-x: y", "k\u00e9y: value", "Co-authored-by: Bob <bob@example.com>", "\r", "a\rb: c",
         "# ------------------------ >8 ------------------------", "Bug #43: x", "x" * 300 + ": long", "v: " + "y" * 3000,
         "\u00a0: z", "\x0b", "\x0cform: feed"]

def made():
    lines = [rng.choice(LINES) for _ in range(rng.choice([0, 1, 2, 3, 5, 8, 12, 30]))]
    if rng.random() < 0.5:
        lines = ["fix", "", *lines]
    end = rng.choice(["\n", "\n", "\n", "\r\n"])
    return (end.join(lines) + rng.choice(["", end, end + end, "\n \n"])).encode()

messages = [open(os.path.join(corpus, f), "rb").read().split(b"\0")[0] for f in sorted(os.listdir(corpus))]
messages += [made() for _ in range(count)]
ours = subprocess.run([reader, "--each"], input=b"".join(m + b"\0" for m in messages), stdout=subprocess.PIPE, check=True).stdout
ours = ours.split(b"\0")[:-1]
assert len(ours) == len(messages), (len(ours), len(messages))
some = 0
for message, mine in zip(messages, ours):
    git = subprocess.run(["git", "interpret-trailers", "--parse", "--no-divider"], input=message, stdout=subprocess.PIPE, check=True).stdout
    some += git != b""
    if git != mine:
        sys.exit(f"they differ (seed {seed})\nmessage: {message!r}\ngit:     {git!r}\nours:    {mine!r}")
print(f"{len(messages)} messages, {some} of them with trailers")
if some < count // 10:
    sys.exit("too few of the messages have trailers")
