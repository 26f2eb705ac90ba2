#!/bin/bash
# A file fits a head, a function fits a screen. usage: tests/lint/size.sh [TREE]
# Aim for 400 lines and 70; over these limits it fails. A test may be longer, and its main() is a list, and not counted.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"

file_max=450
test_max=800
function_max=80
bad=0

mapfile -t files < <(find core builder store publisher hooks edge client tests -name '*.c' -not -path '*/corpus/*' 2>/dev/null | LC_ALL=C sort)
[ ${#files[@]} -gt 0 ] || { echo "no C file here"; exit 1; }

long=$(wc -l "${files[@]}" | awk -v file="$file_max" -v test="$test_max" '
    { max = $2 ~ /^tests\// ? test : file }
    $2 != "total" && $1 > max { print $2 ": " $1 " lines (at most " max ")" }')
if [ -n "$long" ]; then
    echo "$long"
    echo "    Does it hold two things? Give the second one a file and a header of its own."
    bad=1
fi

# A line of ctags' answer: name, file, line;", line:N, end:N.
tags=$(ctags --languages=C --kinds-C=f --fields=ne --excmd=number -f - "${files[@]}")
[ -n "$tags" ] || { echo "ctags finds no function: is it universal-ctags?"; exit 1; }
long=$(awk -F'\t' -v max="$function_max" '
    /^!/ { next }
    { start = end = 0
      for (i = 4; i <= NF; i++) { if ($i ~ /^line:/) start = substr($i, 6); if ($i ~ /^end:/) end = substr($i, 5) }
      if (end - start + 1 > max && !($1 == "main" && $2 ~ /^tests\//))
          print $2 ":" start ": " $1 " has " end - start + 1 " lines (at most " max ")" }' <<<"$tags")
if [ -n "$long" ]; then
    echo "$long"
    echo "    Name a part of it, and make that a function."
    bad=1
fi
exit "$bad"
