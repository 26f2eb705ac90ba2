#!/usr/bin/env bats
# docs/embed.c, built as its head says, against the library and the header that are installed, does what it says.
load client

setup() { device_setup; }
teardown() { device_teardown; }

@test "the example that embeds the library builds from the installed header alone, and works" {
    local lib=$HOTFIX_BIN/../lib/libhotfix-client.a flags=()
    ! nm "$lib" 2>/dev/null | grep -q __asan_ || flags=("-fsanitize=address,undefined")
    mkdir "$T/include"
    cp "$HF_TOP/client/hotfix_client.h" "$T/include"
    ${CC:-cc} -std=c11 -Wall -Wextra -Werror "${flags[@]}" -I"$T/include" -o "$T/embed" "$HF_TOP/docs/embed.c" "$lib" \
        -lcurl -ljansson -lcrypto
    offer --serial 1 "$(release 1 one)"
    run "$T/embed" "$DIR" 1.0.0 "$EDGE" <"$T/pub.pem"
    echo "$output"
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "run as shipped" ]
    [ "${lines[1]}" = "patch 1 is for the next start (normal)" ]
    for _ in 1 2 3; do
        run "$T/embed" "$DIR" 1.0.0 "$EDGE" <"$T/pub.pem"
        [ "$output" = "run $DIR/patches/$(sha "$T/one")/fix.zip" ]
    done
}

@test "without libcurl the library needs nothing but libc, libcrypto and jansson" {
    local f o
    mkdir "$T/o"
    for f in $(readelf -sW "$HOTFIX_BIN/../lib/libhotfix-client.a" | awk '$4 == "FILE" && $8 ~ /\.c$/ { print $8 }' | sort -u); do
        o=$f
        f=$(find "$HF_TOP"/{client,core} -name "$f")
        [ -n "$f" ] || continue # of the room store: the exchanges by libcurl
        ${CC:-cc} -std=c11 -D_GNU_SOURCE -DHF_NO_CURL -DHF_VERSION='"test"' -I"$HF_TOP" -c "$f" -o "$T/o/${o%.c}.o"
    done
    ar rcs "$T/libhotfix-client.a" "$T"/o/*.o
    ${CC:-cc} -I"$HF_TOP/client" -o "$T/embed" "$HF_TOP/docs/embed.c" "$T/libhotfix-client.a" -ljansson -lcrypto
    run "$T/embed" "$DIR" 1.0.0 "$EDGE" <"$T/pub.pem"
    [ "$status" -eq 1 ]
    [[ $output == *"options.transport must be given"* ]]
}
