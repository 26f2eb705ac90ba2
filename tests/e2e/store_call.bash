# store_call.bash: calls of store/store.h on a real radosgw behind the proxy that breaks things, by tests/e2e/store.c. Loaded after
# common and radosgw by s3_verbs.bats and s3_fetch.bats.
# shellcheck shell=bash

setup() {
    proxied_shop
    object=$app/objects/0123
    there=$bucket/pre/fix/$object
}
teardown() { proxy_down; }

# A call, with what it printed in $output and its error in $stderr: store VERB KEY...
store() {
    local verb=$1
    shift
    run --separate-stderr "${HF_TEST_BIN:?}/e2e/store" "$ini" "$verb" "$@"
}
worked() { [ "$status" = 0 ] || { echo "$stderr" >&2; return 1; }; }
failed() { # CODE WORDS
    [ "$status" = 1 ]
    says "$1: " "$stderr"
    says "$2" "$stderr"
}
asked() { grep -c "$1" "$PROXY/log" || true; } # a regular expression of "METHOD PATH STATUS"

# core/err.h
export FAIL=1 CONFIG=3 LIMIT=5 NOTFOUND=8 AGAIN=10
