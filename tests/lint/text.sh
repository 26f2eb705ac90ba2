#!/bin/bash
# What .editorconfig asks for, and what no file should say. usage: tests/lint/text.sh [TREE]
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"

bad=0
report() { # what is wrong, how to mend it; the places on stdin
    local places
    places=$(cat)
    if [ -n "$places" ]; then
        printf '%s. %s\n%s\n' "$1" "$2" "$places"
        bad=1
    fi
}

mapfile -t files < <(
    if [ -e .git ]; then git ls-files --cached --others --exclude-standard; else find . -type f -not -path './build/*' -printf '%P\n'; fi |
        grep -vE '^tests/(data|fuzz/corpus)/|package-lock\.json$' | while read -r f; do [ -f "$f" ] && echo "$f"; done | LC_ALL=C sort
)
mapfile -t code < <(printf '%s\n' "${files[@]}" | grep -E '\.[ch]$')

search() { grep -nHIP "$@" || true; }

report "Tabs, or blanks at a line's end, or CR" "Spaces in code; see .editorconfig." \
    < <(search '[ \t\r]+$' "${files[@]}"; [ ${#code[@]} = 0 ] || search '\t' "${code[@]}")
mapfile -t product < <(printf '%s\n' "${code[@]}" | grep -v '^tests/') # the tests' tables are laid out by hand
report "Over 130 columns" "Break the line." < <([ ${#product[@]} = 0 ] || LC_ALL=C.UTF-8 search '^.{131,}' "${product[@]}")
report "No newline at the end" "Add one." \
    < <(for f in "${files[@]}"; do [ ! -s "$f" ] || [ -z "$(tail -c 1 "$f" | tr -d '\n\0')" ] || echo "$f"; done)
report "Open work outside TODO.md" "Do it, or write it into TODO.md with its reason." \
    < <(printf '%s\n' "${files[@]}" | grep -vE '^(TODO\.md|tests/lint/text\.sh)$' | tr '\n' '\0' | xargs -0r grep -nHIwE 'TODO|FIXME|XXX|HACK' | grep -v 'TODO\.md' || true)
report "The path of one person's machine" "Take it from a variable, or from where the file lies." \
    < <(printf '%s\n' "${files[@]}" | grep -vE '^tests/lint/text\.sh$' | tr '\n' '\0' | xargs -0r grep -nHIE '(^|[^A-Za-z0-9_.}$/-])/(root|work|Users)/[A-Za-z]' || true)
# `cmd >file &` lets the shell go on before the file is there; `{ cmd & } >file` makes it first. A pipe needs the other way: # a pipe
mapfile -t shell < <(printf '%s\n' "${files[@]}" | grep -E '^(tests/.*\.(bats|bash|sh)|tests/(demo|[a-z]+/[a-z]+)|\.ci/run)$' | grep -v '/house\.bats$' || true)
report "A background command whose output file may not be there when it is read" "Write { command & } >FILE." \
    < <([ ${#shell[@]} = 0 ] || awk '
        FNR == 1 { line = "" }
        /\\$/ { line = line substr($0, 1, length($0) - 1); next }
        {
            line = line $0
            if (line ~ /[^&|<>]&[ \t]*($|#|[a-z_]+=\$!|done)/ && line !~ /& # a pipe$/) {
                sub(/[^&|<>]&[ \t]*($|#.*|[a-z_]+=\$!.*|done.*)$/, "", line)
                sub(/^.*(; |\{ )/, "", line)
                gsub(/>>?[ ]*"?\/dev\/null/, "", line)
                if (line ~ /(^|[ \t])[0-9]?>>?[ ]*["$A-Za-z.\/]/)
                    print FILENAME ":" FNR ": " $0
            }
            line = ""
        }' "${shell[@]}")
# docs/threats.md says in which test an answer is seen: a file, and perhaps words of a test's name in quotes or backticks.
if [ -f docs/threats.md ]; then
    report "A test that docs/threats.md names is not there" "Name the one that shows it, or say that there is none." < <(
        # shellcheck disable=SC2016 # backticks of the text
        grep -noE 'tests/[A-Za-z0-9_./-]*[A-Za-z0-9_](\.[a-z]+)?( "[^"]+"| `[a-z0-9_]+`)?' docs/threats.md |
            while IFS= read -r found; do
                place=${found#*:} path=${found#*:}
                path=${path%% *}
                words=${place#"$path"}
                words=${words# ?} words=${words%?}
                [ -e "$path" ] && { [ -z "$words" ] || grep -qF -- "$words" "$path"; } || echo "docs/threats.md:$found"
            done
    )
fi
exit "$bad"
