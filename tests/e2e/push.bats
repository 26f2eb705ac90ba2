#!/usr/bin/env bats
# From a push to a release, with real pushes.
bats_require_minimum_version 1.5.0
load common

setup() { new_team; }

@test "a push publishes: the manifest names the file, its sums, base and commit" {
    fix two
    push hotfix/1.0.0
    says "success: patch 1 for 1.0.0 (1 file, " "$told"
    [ "$(value 'm["serial"]')" = 1 ]
    [ "$(value 'm["last"]')" = 1 ]
    [ "$(value 'm["releases"][0]["target"]')" = 1.0.0 ]
    [ "$(value 'm["releases"][0]["source"]["commit"]')" = "$(git rev-parse HEAD)" ]
    [ "$(value 'm["releases"][0]["source"]["base"]')" = "$(git rev-parse v1.0.0)" ]
    [ "$(value 'm["releases"][0]["source"]["ref"]')" = refs/heads/hotfix/1.0.0 ]
    object=$(newest_object)
    [ "$(sha256sum <"$object" | cut -d' ' -f1)" = "$(value 'm["releases"][0]["file"]["sha256"]')" ]
    [ "$(md5sum <"$object" | cut -d' ' -f1)" = "$(value 'm["releases"][0]["file"]["md5"]')" ]
    [ "$(stat -c %s "$object")" = "$(value 'm["releases"][0]["file"]["size"]')" ]
}

@test "the zip's files equal git show of the tip, and building twice gives the same bytes" {
    fix two
    fix three b/c.txt
    fix "with space" "a name's.txt"
    push hotfix/1.0.0
    object=$(newest_object)
    unzip -qqt "$object"
    python3 -c 'import sys, zipfile; assert zipfile.ZipFile(sys.argv[1]).testzip() is None' "$object"
    [ "$(unzip -Z1 "$object" | wc -l)" = 3 ]
    unzip -Z1 "$object" | while IFS= read -r f; do
        cmp <(unzip -p "$object" "$f") <(git show "HEAD:$f")
    done
    "$bin/hotfix" build -q -c "$bare/hotfix.ini" -o one.zip v1.0.0 HEAD
    (umask 077 && TZ=Asia/Tokyo "$bin/hotfix" build -q --repo "$bare" -o two.zip v1.0.0 "$(git rev-parse HEAD)")
    cmp one.zip two.zip
    cmp one.zip "$object"
}

@test "a second push is cumulative, with the next number and serial" {
    fix two
    push hotfix/1.0.0
    fix new b.txt
    push hotfix/1.0.0
    says "success: patch 2 for 1.0.0 (2 files, " "$told"
    [ "$(value 'm["serial"]')" = 2 ]
    [ "$(value '[r["patch"] for r in m["releases"]]')" = "[2, 1]" ]
    [ "$(unzip -Z1 "$(newest_object)" | tr '\n' ' ')" = "HotPath/a.txt HotPath/b.txt " ]
    # Every manifest that was in force is kept.
    cmp "$store/$app/production/manifest.json" "$store/$app/production/history/2.json"
    [ -s "$store/$app/production/history/1.json" ]
}

@test "the same bytes again: nothing to publish" {
    fix two
    push hotfix/1.0.0
    git commit -q --allow-empty -m "nothing"
    push hotfix/1.0.0
    says "nothing to publish for 1.0.0: the same bytes are live already, as patch 1 at 100%" "$told"
    [ "$(value 'm["serial"]')" = 1 ]
    # Another rollout is not silently dropped.
    git commit -q --allow-empty -m "a quarter of them"
    push hotfix/1.0.0 -o hotfix.rollout=25%
    says "as patch 1 at 100%, and stay so: \`hotfix rollout 1 25%\`" "$told"
    [ "$(value 'm["serial"]')" = 1 ]
}

@test "a file that include does not admit: nothing to publish" {
    echo changed >README
    git commit -qam readme
    push hotfix/1.0.0
    says "nothing to publish for 1.0.0" "$told"
    [ ! -e "$store/$app/production/manifest.json" ]
}

@test "git revert: a release without a file goes back to the app as shipped" {
    fix two
    push hotfix/1.0.0
    git revert --no-edit HEAD >/dev/null
    push hotfix/1.0.0
    says "success: patch 2 for 1.0.0: nothing differs from the release any more" "$told"
    [ "$(value 'm["releases"][0]["file"]')" = None ]
}

@test "a deleted file cannot be removed by a patch, and the pusher hears it" {
    fix two
    fix old b.txt
    git tag v1.1.0 && git push -q origin v1.1.0
    git rm -q HotPath/b.txt && git commit -qm gone
    fix three
    push hotfix/1.1.0
    says "warning: cannot be removed by a patch: HotPath/b.txt" "$told"
    says "success: patch 1 for 1.1.0 (1 file" "$told"
}

@test "push options set rollout, priority, window and notes" {
    fix two
    push hotfix/1.0.0 -o hotfix.rollout=12.5% -o hotfix.priority=idle -o hotfix.window=02:00-05:00 -o "hotfix.notes=Fixes \"the\" cart" -o ci.skip
    says "success: patch 1" "$told"
    [ "$(value 'm["releases"][0]["rollout"]')" = 1250 ]
    [ "$(value 'm["releases"][0]["priority"]')" = idle ]
    [ "$(value 'm["releases"][0]["window"]')" = 02:00-05:00 ]
    [ "$(value 'm["releases"][0]["notes"]')" = 'Fixes "the" cart' ]
}

@test "hotfix.target names what the branch does not" {
    fix two
    push hotfix/login -o "hotfix.target=>=1.0.0 <1.0.5"
    says "success: patch 1 for >=1.0.0 <1.0.5" "$told"
    fix three
    push hotfix/login2
    says "warning: refs/heads/hotfix/login2 names no version" "$told"
    [ "$(value 'm["serial"]')" = 1 ]
}

@test "a wrong push option: nothing moves" {
    fix two
    for option in hotfix.rollout=250% hotfix.rollout=25 hotfix.rollout= hotfix.rollout hotfix.colour=red; do
        run ! push hotfix/1.0.0 -o "$option"
    done
    run ! push hotfix/1.0.0 -o hotfix.rollout=5% -o hotfix.rollout=6%
    run ! git ls-remote --exit-code origin refs/heads/hotfix/1.0.0
    [ ! -e "$store/$app" ]
}

@test "other refs are none of our business" {
    fix two
    push main
    [ -z "$told" ]
    git tag v9 && git push -q origin v9
    [ ! -e "$store/$app" ]
}

@test "a version without its tag, not strict: refused with what to do, the branch is there" {
    not_strict
    fix two
    git push -q origin HEAD:refs/heads/hotfix/3.0.0 2>/dev/null
    push hotfix/3.0.1
    says "error: " "$told"
    says "hotfix.base" "$told"
    [ ! -e "$store/$app/production/manifest.json" ]
}

@test "another branch's live fix that is not contained is not taken away" {
    fix two
    push hotfix/1.0.0
    git checkout -q v1.0.0
    fix three
    run ! git ls-remote --exit-code origin refs/heads/hotfix/1.0.x
    run ! push "hotfix/1.0.x"
    push "hotfix/1.0.x" || true
    says "error: " "$told"
    says "refs/heads/hotfix/1.0.0" "$told"
    [ "$(value 'm["serial"]')" = 1 ]
    git commit -q --allow-empty -m again
    push "hotfix/1.0.x" -o hotfix.force
    says "success: patch 2 for 1.0.x" "$told"
}

@test "a branch that released another version since still speaks for the first" {
    git tag v2.0.0 && git push -q origin v2.0.0
    sed -i 's|^refs = .*|refs = refs/heads/main refs/heads/hotfix/*|' "$bare/hotfix.ini"
    fix two
    push main -o hotfix.target=1.0.0
    fix three
    push main -o hotfix.target=2.0.0
    git checkout -q v1.0.0
    fix alone b.txt
    push hotfix/1.0.0 || true
    says "error: patch 1 for 1.0.0, from refs/heads/main," "$told"
    run ! git ls-remote --exit-code origin refs/heads/hotfix/1.0.0
    [ "$(value 'm["last"]')" = 2 ]
}

@test "a tag with a message can be what is released" {
    sed -i 's|^refs = .*|refs = refs/tags/hotfix/*|' "$bare/hotfix.ini"
    fix two
    git tag -a -m note hotfix/1.0.0
    run git push origin hotfix/1.0.0
    [ "$status" = 0 ]
    says "success: patch 1 for 1.0.0" "$output"
    [ "$(value 'm["releases"][0]["source"]["commit"]')" = "$(git rev-parse HEAD)" ]
}

@test "a forced push is fine, with a warning" {
    fix two
    push hotfix/1.0.0
    git checkout -q v1.0.0
    fix three
    push hotfix/1.0.0 --force
    says "warning: " "$told"
    says "success: patch 2 for 1.0.0" "$told"
}

@test "the pusher's lines are short and begin with git's words" {
    fix two "$(printf 'x%.0s' $(seq 200))"
    push hotfix/1.0.0
    says "success:" "$told"
    while IFS= read -r line; do
        [ "${#line}" -lt 70 ]
        case $line in "error: "* | "warning: "* | "hint: "* | "success: "* | "  "*) ;; *) false ;; esac
    done <<<"$pushed"
}

@test "the work leaves nothing behind" {
    fix two
    push hotfix/1.0.0
    [ "$(find "$bare/hotfix" -name '.tmp-*' -o -name 'hotfix-*')" = "" ]
    [ "$(stat -c %a "$bare/hotfix")" = 750 ]
    [ "$(stat -c %a "$bare/hotfix/signing.pem")" = 600 ]
    [ "$(stat -c %a "$bare/hotfix/url.key")" = 640 ]
}

@test "no tag: the pusher is told which one, and how the same push is released afterwards" {
    git push -q origin :v1.0.0
    not_strict
    fix two
    push hotfix/1.0.0
    says "git tag v1.0.0 COMMIT && git push origin v1.0.0" "$told"
    git push -q origin v1.0.0 # and that is all: the job that lacked it is tried again
    [ "$(value 'm["releases"][0]["source"]["base"]')" = "$(git rev-parse v1.0.0)" ]
}

@test "no tag, on a branch that init found: from its old tip, and what the patch lacks is said" {
    git init -q --bare ../old.git
    fix two
    git push -q ../old.git HEAD:refs/heads/hotfix/1.0.0
    "$bin/hotfix" init --repo ../old.git --app "$app" --include 'HotPath/**' >/dev/null
    fix new b.txt
    run git push ../old.git HEAD:refs/heads/hotfix/1.0.0
    told=$(sed 's/^remote: //; s/ *$//' <<<"$output" | sed -e ':a' -e 'N' -e '$!ba' -e 's/\n  */ /g')
    says "warning: no tag says what the app '1.0.0' was built from" "$told"
    says "is not in the patch" "$told"
    says "success: patch 1 for 1.0.0 (1 file" "$told"
}

@test "a store that is away: the pusher hears it once" {
    mv "$store" "$store.away"
    : >"$store"
    fix two
    push hotfix/1.0.0
    [ "$(grep -c '^error: not released yet' <<<"$pushed")" = 1 ]
    rm "$store"
    mv "$store.away" "$store"
    "$bin/hotfix" retry --repo "$bare"
    [ "$(value 'm["last"]')" = 1 ]
}

@test "publish: what is wrong with an option is said once, by its name" {
    run -2 "$bin/hotfix" publish --repo "$bare" --target '>1.0' HEAD
    [[ $output = "hotfix: --target '>1.0': '>1.0' can be read in two ways"* ]]
    run -2 "$bin/hotfix" publish --repo "$bare" --target 1.0.0 --rollout 25 HEAD
    [[ $output = "hotfix: --rollout '25': "* ]]
    run -2 "$bin/hotfix" publish --repo "$bare" --target 1.0.0 --file README
    [[ $output = *"--commit is missing"* ]]
}

@test "an option of ours without its prefix is refused when it decides who gets the release, else the pusher is warned" {
    fix two
    run ! push hotfix/1.0.0 -o rollout=25% -o ci.skip
    [ ! -e "$store/$app" ]
    push hotfix/1.0.0 -o force -o ci.skip
    says "warning: the push option force is not hotfix's" "$told"
    says "hotfix.force" "$told"
}

@test "a store that vanished is not begun anew" {
    fix two
    push hotfix/1.0.0
    mv "$store" "$store.unmounted"
    fix three
    push hotfix/1.0.0
    says "error: not released yet for 1.0.0: cannot open the store" "$told"
    [ ! -e "$store" ]
    mv "$store.unmounted" "$store"
    "$bin/hotfix" retry -q --repo "$bare"
    [ "$(value 'm["last"]')" = 2 ]
}

@test "no tag, refused; the next push does not take its fix out of the patch" {
    not_strict
    fix two
    push hotfix/3.0.0
    says "error: not released for 3.0.0" "$told"
    fix three b.txt
    push hotfix/3.0.0
    says "error: not released for 3.0.0" "$told"
    [ ! -e "$store/$app/production/manifest.json" ]
}
