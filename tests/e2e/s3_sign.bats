#!/usr/bin/env bats
# A candidate whose patch lies in a bucket: it comes in pieces, through a file that only the signer can read, and nothing is left of it.

bats_require_minimum_version 1.5.0
load common
load radosgw
load store_call

# A candidate with a patch of SIZE bytes that was built elsewhere; its name is in $id, its patch in ./patch.bin: candidate SIZE
candidate() {
    head -c "$1" /dev/urandom >patch.bin
    id=$("$bin/hotfix" publish -q -c "$ini" --repo "$bare" --target 1.0.0 --unsigned --file patch.bin \
        --commit v1.0.0 2>/dev/null | sed -n 's/^candidate //p')
    [[ $id =~ ^[0-9a-f]{64}$ ]]
    sha=$(sha256sum <patch.bin | cut -d' ' -f1)
    patch=$bucket/pre/fix/$app/production/candidates/$sha
    : >"$PROXY/log"
}
# hotfix sign, with a folder for temporary files of its own; its peak of memory in KiB is in $peak.
sign() {
    mkdir -p tmp
    run --separate-stderr env TMPDIR="$PWD/tmp" python3 -c 'import os, resource, subprocess, sys
r = subprocess.run(sys.argv[1:])
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(r.returncode)' "$bin/hotfix" sign -c "$ini" "$@"
    peak=$(sed -n 's/^peak //p' <<<"$output")
    [ -z "$(ls -A tmp)" ] || { find tmp >&2; return 1; }
}

@test "a patch of 64 MiB is signed within 24 MiB of memory, and a download that breaks off resumes" {
    candidate 67108864
    faults '[{"match": "GET .*candidates/'"$sha"'", "do": "half"}]'
    sign "$id"
    [ "$status" = 0 ] || { echo "$stderr" >&2; false; }
    says "patch 1 for 1.0.0 (hashes compared)" "$output"
    [ "$(asked "GET .*candidates/$sha 206")" = 1 ]
    s3 get "$(objects | sed "s|^|$bucket/|")" | cmp - patch.bin
    # The sanitizers keep a shadow of all memory.
    nm "$bin/hotfix" 2>/dev/null | grep -q __asan_init || [ "$peak" -lt $((24 * 1024)) ] || { echo "$peak KiB" >&2; false; }
    released 1
}

@test "the file that it comes through is the signer's alone, and is gone when the signer was refused" {
    candidate 3000000
    mkdir -p seen
    look="find $PWD/tmp -type f -printf '%m %s ' >$PWD/seen/files; find $PWD/tmp -mindepth 1 -type d -printf '%m ' >$PWD/seen/folders"
    faults '[{"match": "GET .*candidates/'"$sha"'", "do": "half", "run": "'"$look"'"},
             {"match": "GET .*candidates/'"$sha"'", "times": 99, "do": "status", "status": 400, "code": "Odd"}]'
    umask 0
    sign "$id"
    [ "$status" = 1 ]
    says "400 Odd" "$stderr"
    [[ "$(cat seen/files)" == "600 "* ]]
    [ "$(cat seen/folders)" = "700 " ]
    [ -z "$(objects)" ]
}

@test "a patch that is longer, shorter or another one than the candidate says is not signed" {
    candidate 3000000
    cp patch.bin was
    for n in 1 -1 0; do
        case $n in
        1) (cat was; echo) >patch.bin ;;
        -1) head -c 2999999 was >patch.bin ;;
        0) (head -c 2999999 was; printf '\n') >patch.bin ;;
        esac
        s3 put "$patch" patch.bin
        sign "$id"
        [ "$status" = 1 ]
        says "the patch of the candidate was changed after its upload" "$stderr"
        [ -z "$(objects)" ]
    done
    s3 put "$patch" was
    sign "$id"
    [ "$status" = 0 ]
}

@test "a patch over max_size is refused before it is fetched" {
    candidate 3000000
    sed -i 's/^\[build\]/[release]\nmax_size = 1M\n\n[build]/' "$ini"
    sign "$id"
    [ "$status" = 1 ]
    says "[release] max_size allows 1048576" "$stderr"
    [ "$(asked "GET .*candidates/$sha")" = 0 ]
}
