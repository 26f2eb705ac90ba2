#!/usr/bin/env bats
# A publisher that is killed between any two of its requests to a real radosgw: the next run completes, nothing comes twice.

load common
load radosgw

setup() {
    proxied_shop
}
teardown() { proxy_down; }

# Kills a publisher at its request K, before the server is asked; or, with "after", at its PUT K, when the server has done it and the
# answer is not there yet. (Behind a GET is the same as before the next one.)
killed_at() { # K [after]
    local k=$1 rule
    : >"$PROXY/log"
    rule='"match": "^", '
    [ -z "$2" ] || rule='"match": "^PUT", "after": true, '
    faults "[{$rule\"skip\": $((k - 1)), \"do\": \"kill\", \"pid\": \"$PWD/pid\"}]"
    # shellcheck disable=SC2016 # the inner shell's own
    sh -c 'echo $$ >pid; exec "$0" retry -q --repo "$1"' "$bin/hotfix" "$bare" >killed.out 2>&1
}

@test "a publisher killed between any two requests: the next run completes, nothing comes twice" {
    # What is not released yet, each time: a push while everything is refused.
    local n=0 k ended after
    for after in "" yes; do
        for ((k = 1; k < 20; k++)); do
            faults '[{"times": 1000, "do": "status", "status": 400, "code": "No"}]'
            fix "killed at $k $after"
            push hotfix/1.0.0
            ended=0
            killed_at $k $after || ended=$?
            faults '[]'
            "$bin/hotfix" retry -q --repo "$bare"
            n=$((n + 1))
            [ "$ended" = 137 ] || break # it had no k-th request: all were tried
        done
        [ $k -ge 4 ]
    done
    # Each fix came out once: as many releases as fixes, as many objects.
    [ $n -ge 11 ]
    released $n gaps
}
