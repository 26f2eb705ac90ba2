#!/usr/bin/env bats
# The store's own calls on a bucket that is slow, away or lying, on a real radosgw behind a proxy that breaks things: remove.

bats_require_minimum_version 1.5.0
load common
load radosgw
load store_call

@test "remove: an object goes, and one that is not there is no error" {
    echo bytes >bytes
    s3 put "$there" bytes
    s3 put "${there}4" bytes
    store remove "$object"
    worked
    [ "$(s3 ls "$bucket/pre/fix/$app/objects/")" = "pre/fix/${object}4" ]
    store remove "$object"
    worked
    store remove "$app/nowhere/x"
    worked
    # A server that answers 404 for what is not there.
    faults '[{"match": "DELETE", "do": "status", "status": 404, "code": "NoSuchKey"}]'
    store remove "$object"
    worked
    faults '[{"match": "DELETE", "do": "status", "status": 404, "code": "NoSuchBucket"}]'
    store remove "$object"
    failed $CONFIG "s3://$there: there is no bucket '$bucket' on this server"
}

@test "remove: 503, 429, SlowDown, a reset and an answer that never comes are asked again" {
    echo bytes >bytes
    for rule in '"do": "status", "status": 503, "code": "ServiceUnavailable", "times": 2' '"do": "status", "status": 429, "code": ""' \
        '"do": "status", "status": 400, "code": "SlowDown"' '"do": "cut-request"' '"do": "drop"'; do
        s3 put "$there" bytes
        : >"$PROXY/log"
        faults "[{\"match\": \"DELETE\", $rule}]"
        store remove "$object"
        worked
        [ "$(asked DELETE)" -ge 2 ]
        [ -z "$(s3 ls "$bucket/pre/fix/$app/objects/")" ]
    done
}

@test "remove: a server that is away, or refuses to the end, is one clear message" {
    faults '[{"match": "DELETE", "times": 99, "do": "status", "status": 503, "code": "ServiceUnavailable"}]'
    store remove "$object"
    failed $AGAIN "s3://$there: the server cannot answer now (DELETE: 503 ServiceUnavailable, by the test)"
    [ "$(asked DELETE)" = 7 ]
    proxy_down
    store remove "$object"
    failed $AGAIN "s3://$there: no answer (asked 7 times): 127.0.0.1:"
}

@test "remove: without the right to, the message names it, and the object stays" {
    echo bytes >bytes
    s3 put "$there" bytes
    cat >policy.json <<JSON
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam:::user/edge"},
  "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::$bucket/pre/fix/*"}]}
JSON
    s3 policy "$bucket" policy.json
    as_edge
    store remove "$object"
    failed $CONFIG "s3://$there: no permission for the access key '$RGW_EDGE_KEY' to remove objects: it needs s3:DeleteObject"
    [ "$(asked DELETE)" = 1 ]
    as_owner
    s3 get "$there" | cmp - bytes
    sed -i 's/"s3:PutObject"/"s3:PutObject", "s3:DeleteObject"/' policy.json
    s3 policy "$bucket" policy.json
    as_edge
    store remove "$object"
    worked
    as_owner
    [ -z "$(s3 ls "$bucket/pre/fix/$app/objects/")" ]
}

@test "remove: killed before the server is asked, and after it did it: the second call finishes" {
    echo bytes >bytes
    for when in "" ', "after": true'; do
        s3 put "$there" bytes
        faults "[{\"match\": \"DELETE\", \"do\": \"kill\", \"pid\": \"$PWD/pid\"$when}]"
        # shellcheck disable=SC2016 # the inner shell's own
        run sh -c 'echo $$ >pid; exec "$@"' sh "$HF_TEST_BIN/e2e/store" "$ini" remove "$object"
        [ "$status" = 137 ]
        store remove "$object"
        worked
        [ -z "$(s3 ls "$bucket/pre/fix/$app/objects/")" ]
    done
}
