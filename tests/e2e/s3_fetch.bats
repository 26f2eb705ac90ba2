#!/usr/bin/env bats
# An object of a bucket that is copied into a file, and for its digests alone, while the bucket is slow, away or lying: time may be
# lost, and the bytes of two versions are never mixed.

bats_require_minimum_version 1.5.0
load common
load radosgw
load store_call

# Puts an object of N bytes, with what it is in ./bytes, and its size and digest in $is.
object_of() {
    head -c "$1" /dev/urandom >bytes
    s3 put "$there" bytes
    is="$1 $(sha256sum <bytes | cut -d' ' -f1)"
}
fetch() { store fetch "$object" copy "${1:-999999999}"; }
fetched() { # it worked, and all bytes are those of ./bytes
    worked
    [ "$output" = "$is" ]
    cmp bytes copy
}
nothing_left() { [ -f copy ] && [ ! -s copy ]; } # the file that was to be written is empty

@test "an object comes whole, with its size and digest, in place of what the file had" {
    object_of 3000000
    head -c 4000000 /dev/zero >copy
    fetch
    fetched
    [ "$(asked GET)" = 1 ]
    object_of 0
    fetch
    fetched
    store sums "$object"
    [ "$output" = "$is" ]
}

@test "the limit is that of the caller, and holds before a byte is written" {
    object_of 3000
    fetch 3000
    fetched
    fetch 2999
    failed $LIMIT "$object has 3000 bytes; at most 2999 are allowed"
    nothing_left
    [ "$(asked GET)" = 2 ] # and it is not asked again
    fetch 0
    failed $LIMIT "at most 0 are allowed"
}

@test "not there, not allowed, refused" {
    fetch
    failed $NOTFOUND "is not there"
    nothing_left
    object_of 3000
    cat >policy.json <<JSON
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam:::user/edge"},
  "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::$bucket", "Condition": {"StringLike": {"s3:prefix": "pre/fix/*"}}}]}
JSON
    s3 policy "$bucket" policy.json
    as_edge
    : >"$PROXY/log"
    fetch
    failed $CONFIG "s3://$there: no permission for the access key '$RGW_EDGE_KEY'"
    nothing_left
    [ "$(asked 'GET .*objects/0123 ')" = 1 ]
    store fetch "$app/objects/other" copy 9 # who may list is told that it is not there, although the GET says 403
    failed $NOTFOUND "is not there"
    as_owner
    faults '[{"match": "GET", "times": 9, "do": "status", "status": 400, "code": "Odd"}]'
    : >"$PROXY/log"
    fetch
    failed $FAIL "400 Odd"
    [ "$(asked GET)" = 1 ]
}

@test "503, 429, SlowDown and credentials that ended are asked again; to the end they are one clear message" {
    object_of 3000
    for rule in '"status": 503, "code": "ServiceUnavailable", "times": 2' '"status": 429, "code": ""' \
        '"status": 400, "code": "SlowDown"' '"status": 400, "code": "ExpiredToken"'; do
        faults "[{\"match\": \"GET\", \"do\": \"status\", $rule}]"
        fetch
        fetched
    done
    faults '[{"match": "GET", "times": 99, "do": "status", "status": 503, "code": "ServiceUnavailable"}]'
    : >"$PROXY/log"
    fetch
    failed $AGAIN "s3://$there: the server cannot answer now (GET: 503 ServiceUnavailable, by the test)"
    nothing_left
    [ "$(asked GET)" = 7 ]
    faults '[{"match": "GET", "times": 99, "do": "status", "status": 400, "code": "ExpiredToken"}]'
    : >"$PROXY/log"
    fetch
    [ "$(asked GET)" = 2 ] # once more with what their source has now
    failed $AGAIN "the credentials of '$RGW_OWNER_KEY' have expired"
    proxy_down
    fetch
    failed $AGAIN "s3://$there: no answer (asked 7 times): 127.0.0.1:"
    nothing_left
}

@test "a reset before the reply, behind its head, in its body, and a body that ends early: it resumes" {
    object_of 3000000
    for action in drop head endless half truncate; do
        : >"$PROXY/log"
        faults '[{"match": "GET", "do": "'$action'"}]'
        fetch
        fetched
        case $action in
        half | truncate) [ "$(asked 'GET .* 206')" = 1 ] ;;
        *) [ "$(asked 'GET .* 200$')" = 1 ] ;;
        esac
        faults '[{"match": "GET", "do": "'$action'"}, {"match": ""}]'
        store sums "$object"
        [ "$output" = "$is" ]
    done
}

@test "a connection that breaks again and again is given up, and nothing is left of it" {
    object_of 300000
    faults '[{"match": "GET", "times": 99, "do": "half"}]'
    fetch
    failed $AGAIN "s3://$there: the download broke off at "
    says " of 300000 bytes (asked 7 times): 127.0.0.1:" "$stderr"
    nothing_left
    # As often as it makes progress it goes on: more than seven times here.
    object_of 40000000
    faults '[{"match": "GET", "times": 8, "do": "half"}]'
    : >"$PROXY/log"
    fetch
    fetched
    [ "$(asked 'GET .* 206')" = 8 ]
}

@test "an object that is replaced meanwhile: the copy starts over, and is the new one whole" {
    object_of 3000000
    head -c 1000000 /dev/urandom >newer # less than was there when it was replaced
    replace="python3 $s3py $RGW_URL put $there $PWD/newer"
    for call in fetch "store sums $object"; do
        s3 put "$there" bytes
        : >"$PROXY/log"
        faults '[{"match": "GET", "do": "half", "run": "'"$replace"'", "for": "'"$call"'"}]'
        $call
        worked
        [ "$output" = "1000000 $(sha256sum <newer | cut -d' ' -f1)" ]
        [ "$(asked 'GET .* 412')" = 1 ]
    done
    cmp newer copy
    # Again and again.
    faults '[{"match": "GET", "times": 99, "do": "half", "only": "200", "run": "head -c 3000000 /dev/urandom >'"$PWD"'/newer; '"$replace"'"}]'
    fetch
    failed $AGAIN "s3://$there was replaced again and again while it was being fetched (asked 7 times)"
    nothing_left
    # Removed.
    faults '[{"match": "GET", "do": "half", "run": "python3 '"$s3py $RGW_URL rm $there"'"}]'
    fetch
    failed $NOTFOUND "is not there"
    nothing_left
}

@test "a server that does not keep If-Match, sends another part, or all of it: only what continues is taken" {
    object_of 3000000
    for edit in '"find": "\\r\\netag:[^\\r]*", "with": "\\r\\nETag: \"another\""' \
        '"find": "bytes 1500000-", "with": "bytes 1500001-"' '"find": "/3000000\\r", "with": "/3000001\\r"' \
        '"find": "\\r\\ncontent-range:[^\\r]*", "with": ""'; do
        : >"$PROXY/log"
        faults '[{"match": "GET", "do": "half"}, {"match": "GET", "do": "edit", '"$edit"'}]'
        fetch
        fetched
        [ "$(asked 'GET .* 206')" = 1 ]
        [ "$(asked 'GET .* 200')" = 2 ]
    done
    # A part that says nothing of its length, and is longer or shorter than what lacks: no byte behind the end is written.
    head -c 30 /dev/zero | tr '\0' a >bytes
    s3 put "$there" bytes
    is="30 $(sha256sum <bytes | cut -d' ' -f1)"
    etag=$(md5sum <bytes | cut -d' ' -f1)
    rest='HTTP/1.1 206 Partial\r\nETag: \"'$etag'\"\r\nContent-Range: bytes 15-29/30\r\n'
    for n in 10 16 4000; do
        faults '[{"match": "GET", "do": "half"}, {"match": "GET", "do": "raw", "raw": "'"$rest"'Transfer-Encoding: chunked\r\n\r\n'"$(
            printf '%x\\r\\n%0*d\\r\\n0' "$n" "$n" 0)"'\r\n\r\n"}]'
        run --separate-stderr bash -c "ulimit -f 1; \"\$@\"" sh "$HF_TEST_BIN/e2e/store" "$ini" fetch "$object" copy 30
        case $n in
        10) worked ;; # the last five bytes come by a third request
        *) fetched ;;
        esac
    done
    # All of it in answer to a range.
    faults '[{"match": "GET", "do": "half"}, {"match": "GET", "do": "raw",
              "raw": "HTTP/1.1 200 OK\r\nETag: \"x\"\r\nContent-Length: 5\r\n\r\nwhole"}]'
    fetch
    worked
    [ "$(cat copy)" = whole ]
    [ "$output" = "5 $(printf whole | sha256sum | cut -d' ' -f1)" ]
}

@test "without an ETag that promises the same bytes, it starts from the beginning" {
    object_of 3000000
    for etag in '' '\\r\\nETag: W/\\"weak\\"'; do
        : >"$PROXY/log"
        faults '[{"match": "GET", "do": "raw", "raw": "HTTP/1.1 200 OK'"${etag//\\\\/\\}"'\r\nContent-Length: 3000000\r\n\r\nsome"}]'
        fetch
        fetched
        [ "$(asked GET)" = 2 ] # without a question whether it is still that one
    done
    # A part that nobody asked for.
    faults '[{"match": "GET", "do": "raw", "raw": "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsome"},
             {"match": "GET", "do": "raw", "raw": "HTTP/1.1 206 Partial\r\nContent-Range: bytes 4-7/8\r\nContent-Length: 4\r\n\r\nMIX!"}]'
    fetch
    fetched
}

@test "a length that is wrong: more is asked for, less is seen by the digest, none is not enough" {
    object_of 3000
    faults '[{"match": "GET", "do": "longer"}]'
    fetch
    fetched
    faults '[{"match": "GET", "times": 99, "do": "longer"}]'
    fetch
    failed $AGAIN "s3://$there: the download broke off at 3000 of 3100 bytes (asked 7 times): "
    nothing_left
    faults '[{"match": "GET", "do": "shorter"}]'
    fetch
    worked
    [ "$output" = "2900 $(head -c 2900 bytes | sha256sum | cut -d' ' -f1)" ]
    faults '[{"match": "GET", "times": 99, "do": "raw", "raw": "HTTP/1.1 200 OK\r\nETag: \"x\"\r\n\r\nbytes"}]'
    fetch
    failed $AGAIN "the server does not say how long pre/fix/$object is"
    nothing_left
}

@test "a full disk: said at once, the server is not asked again, and nothing is left" {
    object_of 3000000
    ini=$ini object=$object small=$PWD/small
    mkdir small
    alone() {
        if [ "$(id -u)" = 0 ]; then unshare --mount "$@"; else unshare --map-root-user --mount "$@"; fi
    }
    alone mount -t tmpfs -o size=64k tmpfs small 2>/dev/null || skip "no tmpfs can be mounted here"
    # shellcheck disable=SC2016 # the inner shell's own
    run --separate-stderr alone sh -c 'mount -t tmpfs -o size=1m tmpfs "$1" && { "$2" "$3" fetch "$4" "$1/copy" 9999999; echo $?; wc -c <"$1/copy"; }' \
        sh "$small" "$HF_TEST_BIN/e2e/store" "$ini" "$object"
    [ "$output" = $'1\n0' ]
    says "$AGAIN: cannot write what is fetched from the store: No space left on device" "$stderr"
    [ "$(asked GET)" = 1 ]
    # A limit of the process.
    : >"$PROXY/log"
    run --separate-stderr bash -c "trap '' XFSZ; ulimit -f 1000; \"\$@\"" sh "$HF_TEST_BIN/e2e/store" "$ini" fetch "$object" copy 9999999
    failed $FAIL "cannot write what is fetched from the store: File too large"
    nothing_left
    [ "$(asked GET)" = 1 ]
}
