#!/bin/bash
# Holds the rooms apart: which file may include what. usage: tests/lint/layers.sh [TREE]
# The rules are ARCHITECTURE.md's; a library's header is included by the one file that is named for it, here.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"

rooms='core builder store publisher hooks edge client'
bad=0

wrong() {
    echo "$1:$2: $3"
    echo "    $4"
    bad=1
}

kore='edge/(app|forgive|gate|sendfile|tls|peer|life)\.[ch]' # the glue: what includes one of these headers sees kore too

# What a library's header means: the files (a regular expression) that may include it.
home_of() {
    case $1 in
    ini.h) echo 'core/(config|ini)\.c' ;;
    jansson.h) echo 'core/json\.[ch]' ;;
    openssl/*) echo 'core/(digest|key|sign)\.c|builder/packkey\.c|edge/tls\.c' ;;
    git2.h | git2/*) echo 'builder/git\.c' ;;
    utf8proc.h) echo 'builder/names\.c' ;;
    zip.h) echo 'builder/zip\.c' ;;
    zstd.h | divsufsort*.h) echo '(builder/delta|client/apply)\.c' ;;
    curl/*) echo 'store/(http\.c|http_many\.c|http_in\.h|curl_load\.c)' ;;
    expat.h) echo 'store/xml\.c' ;;
    kore/*) echo "$kore" ;;
    esac
}

# The C library and the kernel: everywhere.
libc='assert|ctype|dirent|endian|errno|fcntl|fnmatch|ftw|getopt|glob|grp|inttypes|libgen|limits|locale|math|netdb|poll|pthread|pwd'
libc="$libc|dlfcn|sched|semaphore|setjmp|signal|spawn|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string"
libc="$libc|strings|syslog|termios|threads|time|uchar|unistd|wchar"
libc="($libc)\.h|(sys|linux|netinet|arpa|net|asm)/.*\.h"

# The rooms whose headers a room may include besides its own and core's.
neighbours_of() {
    case $1 in
    publisher) echo '(builder|store)/.*' ;;
    hooks) echo 'publisher/.*' ;;
    edge) echo 'store/.*' ;;
    client) echo 'store/http\.h' ;;
    *) echo '-' ;;
    esac
}

matches() { [[ $1 =~ ^($2)$ ]]; }

library() { # file line header
    local home
    home=$(home_of "$3")
    if [ -n "$home" ]; then
        matches "$1" "$home" || wrong "$1" "$2" "includes <$3>, which belongs to ${home//\\/} alone" \
            "Ask for what is needed through that file's own header."
    elif ! matches "$3" "$libc"; then
        wrong "$1" "$2" "includes <$3>, which no rule knows" \
            "A new library gets one file of its own: name it in tests/lint/layers.sh, ARCHITECTURE.md and tests/packages/build."
    fi
}

ours() { # file line header
    local room=${1%%/*} other=${3%%/*}
    if [ "$3" = "$other" ] || [ ! -f "$3" ]; then
        wrong "$1" "$2" "includes \"$3\", which is no path from the top of the tree" "Write \"room/file.h\"."
    elif [ "$3" = core/sign.h ]; then
        matches "$1" 'core/sign\.c|publisher/.*' || wrong "$1" "$2" 'includes "core/sign.h", which the publisher alone may' \
            "Who only verifies needs core/key.h and core/jws.h."
    elif matches "$3" "$kore" && ! matches "$1" "$kore"; then
        wrong "$1" "$2" "includes \"$3\", and kore with it" "What is not glue asks for plain C: bytes, numbers, functions."
    elif [ "$other" != "$room" ] && [ "$other" != core ] && ! matches "$3" "$(neighbours_of "$room")"; then
        wrong "$1" "$2" "includes \"$3\": $room does not look into $other" \
            "Move what both need to core, or pass it in from the program that knows both (rules: ARCHITECTURE.md)."
    fi
}

for room in $rooms; do
    [ -d "$room" ] || continue
    while IFS=: read -r file line text; do
        if [[ $text =~ \<([^\>]+)\> ]]; then
            library "$file" "$line" "${BASH_REMATCH[1]}"
        elif [[ $text =~ \"([^\"]+)\" ]]; then
            ours "$file" "$line" "${BASH_REMATCH[1]}"
        else
            wrong "$file" "$line" "an #include that cannot be read" "Name the header literally."
        fi
    done < <(find "$room" -name '*.[ch]' | LC_ALL=C sort | xargs -r grep -nHE '^[[:space:]]*#[[:space:]]*include')
done

# The header that is installed stands alone.
if [ -f client/hotfix_client.h ] && grep -nE '#[[:space:]]*include[[:space:]]*"' client/hotfix_client.h; then
    wrong client/hotfix_client.h 1 "is installed by itself, so it includes no header of ours" "Declare what it needs, opaque."
fi
exit "$bad"
