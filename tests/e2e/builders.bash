# builders.bash: a team that builds with tools; loaded behind common.bash.
# shellcheck shell=bash disable=SC2154

# PatchGenerator: the real one where HOTFIX_PATCHGENERATOR names it, else the stand-in. generator [FAULT]: one with a fault.
stand_in=$HF_TEST_BIN/e2e/patchgenerator
generator() {
    local at=$BATS_TEST_TMPDIR/tools/PatchGenerator${1:+-$1}
    mkdir -p "$(dirname "$at")"
    if [ -z "${1:-}" ] && [ -n "${HOTFIX_PATCHGENERATOR:-}" ]; then
        cp "$HOTFIX_PATCHGENERATOR" "$at"
    else
        cp "$stand_in" "$at"
    fi
    echo "$at"
}

# Replaces a key's value in a section of the team's hotfix.ini, or adds it: ini SECTION KEY VALUE
ini() {
    python3 - "$bare/hotfix.ini" "$@" <<'EOF'
import re, sys
path, section, key, value = sys.argv[1:]
lines = open(path).read().split("\n")
head = f"[{section}]"
if head not in lines:
    lines += ["", head]
begin = lines.index(head)
end = next((i for i in range(begin + 1, len(lines)) if lines[i].startswith("[")), len(lines))
kept = [l for l in lines[begin + 1:end] if not re.match(rf"{key}\s*=", l)]
lines[begin:end] = [head, f"{key} = {value}"] + kept
open(path, "w").write("\n".join(lines))
EOF
}

# A class in Objective-C: oc NAME TEXT > file
oc() { printf '#import <UIKit/UIKit.h>\n@implementation %s\n- (NSString *)title\n{\n    return @"%s";\n}\n@end\n' "$1" "$2"; }

# A team whose production channel is built by OCRunner, with version 1.0.0 tagged and declarations in Scripts.bundle.
new_oc_team() {
    new_team --include '**/*.m'
    ini build builder ocrunner
    ini ocrunner generator "$(generator "${1:-}")"
    ini ocrunner refs Scripts.bundle
    mkdir -p Scripts.bundle
    printf 'double CACurrentMediaTime(void);\ntypedef struct CGPoint { double x; double y; } CGPoint;\n' >Scripts.bundle/UIKitRefrences
    printf 'void dispatch_async(id queue, id block);\n' >Scripts.bundle/GCDRefrences
    oc Cart one >HotPath/Cart.m
    oc Pay one >HotPath/Pay.m
    git add . && git commit -qm 'the app' && git tag -f v1.0.0 >/dev/null && git push -qf origin main v1.0.0
}

# Commits a change to a class and pushes it to hotfix/1.0.0: fix_oc NAME TEXT
fix_oc() {
    oc "$1" "$2" >"HotPath/$1.m"
    git add -A && git commit -qm "fix $1"
}

# The push was refused a release, and nothing of it is to be seen: no_release WORDS
no_release() {
    says "error: not released for 1.0.0: " "$told"
    says "$1" "$told"
    [ ! -e "$store/$app/production/manifest.json" ]
    [ ! -d "$store/$app/objects" ] || [ -z "$(ls -A "$store/$app/objects")" ]
}

# A builder that works until the file $tools/go is there, and fails for a file with the word bad.
slow_tool() {
    tools=$BATS_TEST_TMPDIR/tools
    mkdir "$tools"
    printf '#!/bin/sh\nwhile [ ! -e "%s/go" ]; do sleep 0.05; done\n! grep -q bad "$2" && cat "$2" >"$1"\n' "$tools" >"$tools/slow"
    chmod +x "$tools/slow"
    ini build builder command
    ini build readable "$tools"
    ini command argv "$tools/slow {output} {files}"
}
