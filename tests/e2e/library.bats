#!/usr/bin/env bats
# What is in libhotfix-client.a, and what is not: an app links it beside libraries of its own.
bats_require_minimum_version 1.5.0

setup() {
    lib=$HOTFIX_BIN/../lib/libhotfix-client.a
    flags=()
    ! nm "$lib" 2>/dev/null | grep -q __asan_ || flags=("-fsanitize=address,undefined")
}

calls='hf_client_begin hf_client_close hf_client_confirm hf_client_open hf_client_rollback hf_client_status hf_client_update'

@test "the library shows its seven calls and no other name" {
    run -0 nm -g --defined-only --format=just-symbols "$lib"
    echo "$output"
    [ "$(grep -vE '^$|:$|^__(odr_)?asan' <<<"$output" | LC_ALL=C sort | xargs)" = "$calls" ]
    # The header declares the same ones.
    [ "$(grep -oE '\bhf_client_[a-z_]+\(' "$HF_TOP/client/hotfix_client.h" | tr -d '(' | LC_ALL=C sort -u | xargs)" = "$calls" ]
    # And all that it calls by a name of ours is inside.
    run -1 grep -E ' hf_' <<<"$(nm -u "$lib")"
}

# The source files that the library was made of.
members() { readelf -sW "$lib" 2>/dev/null | awk '$4 == "FILE" && $8 ~ /\.c$/ { print $8 }' | LC_ALL=C sort -u; }

@test "the library is made of the client, the HTTP exchange, and the files of core that they need" {
    local all=() others f o
    run members
    echo "$output"
    [ "${#lines[@]}" -gt 25 ]
    for f in "${lines[@]}"; do
        # Of store/ only what makes the exchange may be in it.
        o=$(find "$HF_BUILD"/obj/{client,core} "$HF_BUILD"/obj/store/http*.o -name "${f%.c}.o")
        [[ $o == *.o && $o != *$'\n'* ]] || { echo "no object, or several, for $f: $o"; return 1; }
        all+=("$o")
    done
    for o in "${all[@]}"; do
        [[ $o == */core/* ]] || continue
        # One of its names is wanted by another file.
        mapfile -t others < <(printf '%s\n' "${all[@]}" | grep -vxF "$o")
        comm -12 <(nm -g --defined-only --format=just-symbols "$o" | LC_ALL=C sort) \
            <(nm -u --format=just-symbols "${others[@]}" | LC_ALL=C sort -u) | grep -q '^hf_' ||
            { echo "nothing needs $o: take it out of CLIENT_CORE"; return 1; }
    done
}

@test "neither the library nor hotfix-client reads hotfix.ini, or can be killed by a variable" {
    local f
    for f in "$lib" "$HOTFIX_BIN/hotfix-client"; do
        run -0 strings -a "$f"
        [ "${#lines[@]}" -gt 1000 ]
        run -1 grep -E 'HOTFIX_TEST|ini_parse|libinih' <<<"$output"
    done
    run -1 grep -E '\b(raise|getenv|ini_parse[a-z_]*)(@|$)' <<<"$(nm -u "$lib")"
    # The check is not blind: the hook that tests kill has both.
    strings -a "$HF_TEST_BIN/e2e/post-receive" | grep -q HOTFIX_TEST_KILL_AT
    nm -D "$HF_TEST_BIN/e2e/post-receive" | grep -q ini_parse
}

@test "an app may have names that the library uses inside" {
    cat >"$BATS_TEST_TMPDIR/app.c" <<'C'
#include <hotfix_client.h>
int hf_fail(void);
int hf_fail(void) { return 7; }
int hf_buf_add = 8, hf_random = 9;
int main(void)
{
    struct hf_client_options o = {.size = sizeof o};
    struct hf_client_answer a = {.size = sizeof a};
    struct hf_client *c;
    return hf_client_open(&c, &o, &a) == HF_CLIENT_USAGE && hf_fail() == 7 && hf_buf_add == 8 ? 0 : 1;
}
C
    ${CC:-cc} "${flags[@]}" -I"$HF_TOP/client" -o "$BATS_TEST_TMPDIR/app" "$BATS_TEST_TMPDIR/app.c" "$lib" -lcurl -ljansson -lcrypto
    "$BATS_TEST_TMPDIR/app"
}
