"""Kills the post-receive hook before and after each step that changes a disk, and then runs `hotfix retry`.

usage: crash.py BIN FOLDER"""
import os
import sys

from shop import Shop

shop = Shop(*sys.argv[1:3]).make()
# The hook that is installed has no step to stop at; this one does.
shop.hook_argv = lambda: [os.path.join(os.environ["HF_TEST_BIN"], "e2e/post-receive")]
before = shop.keep()
steps = os.path.join(shop.folder, "steps")
assert shop.hook(HOTFIX_TEST_STEPS=steps).returncode == 0
shop.is_new_once()
with open(steps) as f:
    names = [s.strip() for s in f]
assert len(names) > 30, names
for n, name in enumerate(names, 1):
    where = f"killed at step {name}"
    shop.back(before)
    hook = shop.hook(HOTFIX_TEST_KILL_AT=str(n))
    assert shop.in_force() in [(1, 1, [shop.old]), (2, 2, [shop.new, shop.old])], where
    # The worker was killed, not the hook itself: the pusher must not take silence for success.
    if hook.returncode == 0 and shop.jobs():
        assert b"error: not known to be released" in hook.stderr, (where, hook.stderr)
    assert shop.retry().returncode == 0, where
    shop.is_new_once()
print(f"# {len(names)} steps")
