#!/usr/bin/env bats
# Where the keys of a bucket come from. STS, a container's endpoint and an instance's metadata are a stub of the tests'
# (stub_aws.py) that speaks the replies that AWS documents: AWS itself is not here. The files and the environment are real.

bats_require_minimum_version 1.5.0

setup() {
    local v
    for v in "${!AWS_@}"; do unset "$v"; done
    export AWS_EC2_METADATA_DISABLED=true HOME=$BATS_TEST_TMPDIR/home
    mkdir -p "$HOME/.aws"
    stub_pid=
    now=1795327500     # 2026-11-22T06:05:00Z
    until=1795348800   # what the stub's keys are good until
}

teardown() {
    [ -z "$stub_pid" ] || kill "$stub_pid" 2>/dev/null || true
    wait
}

# Starts the stub; $stub is its URL.
start_stub() {
    local port=
    asked=$BATS_TEST_TMPDIR/asked
    mkfifo "$BATS_TEST_TMPDIR/port"
    python3 "$HF_TOP/tests/e2e/stub_aws.py" "$asked" >"$BATS_TEST_TMPDIR/port" 3>&- & # a pipe
    stub_pid=$!
    read -r -t 20 port <"$BATS_TEST_TMPDIR/port"
    stub=http://127.0.0.1:$port
}

find_keys() { run --separate-stderr "$HF_TEST_BIN/e2e/credentials" "$@"; }

# The output holds these words.
says() {
    [[ $output == *"$1"* ]] || { printf 'expected: %s\ngot: %s\n' "$1" "$output" >&2; return 1; }
}
never_says() { [[ $output != *"$1"* ]] || { printf 'not expected: %s\ngot: %s\n' "$1" "$output" >&2; return 1; }; }

container() { export AWS_CONTAINER_CREDENTIALS_FULL_URI=$stub/$1/container; }
instance() { export AWS_EC2_METADATA_DISABLED=false AWS_EC2_METADATA_SERVICE_ENDPOINT=$stub/$1; }
web() {
    printf 'jwt.%s\n' to-ken >"$BATS_TEST_TMPDIR/token"
    export AWS_WEB_IDENTITY_TOKEN_FILE=$BATS_TEST_TMPDIR/token AWS_ROLE_ARN=arn:aws:iam::123456789012:role/Demo AWS_ENDPOINT_URL_STS=$stub/$1
}

@test "the environment comes first, with a token and a time where there are some" {
    printf '[default]\naws_access_key_id = FILE\naws_secret_access_key = s\n' >"$HOME/.aws/credentials"
    export AWS_ACCESS_KEY_ID=AKIDENV AWS_SECRET_ACCESS_KEY=s/+=
    find_keys get:$now next
    [ "$output" = "source: environment
AKIDENV s/+= '' until 0 (environment)
next 0" ]
    export AWS_SESSION_TOKEN=tok AWS_CREDENTIAL_EXPIRATION=2026-11-22T12:00:00+00:00
    find_keys get:$now next get:$until
    says "AKIDENV s/+= 'tok' until $until (environment)
next $((until - 300))"
    says "error 7: the credentials (environment) have expired; or this machine's clock is wrong"
}

@test "half of the environment is an error, and no other source is asked instead" {
    printf '[default]\naws_access_key_id = FILE\naws_secret_access_key = s\n' >"$HOME/.aws/credentials"
    AWS_ACCESS_KEY_ID=a find_keys get:$now
    [ "$output" = "error 3: AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not" ]
    AWS_SECRET_ACCESS_KEY=SECRET find_keys get:$now
    [ "$output" = "error 3: AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not" ]
    AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY='SECRET with a blank' find_keys get:$now
    says "error 3: environment: the secret access key is not"
    never_says SECRET
}

@test "a profile: ~/.aws, AWS_PROFILE, files elsewhere, and [store] profile alone before the environment" {
    cat >"$HOME/.aws/credentials" <<INI
[default]
aws_access_key_id = DEFAULT
aws_secret_access_key = s1
[work]
aws_access_key_id=WORK
aws_secret_access_key=s2
aws_session_token=t2
INI
    printf '[profile in-config]\naws_access_key_id = CONFIG\naws_secret_access_key = s3\n' >"$HOME/.aws/config"
    find_keys get:$now next
    [ "$output" = "source: profile 'default' in ~/.aws/credentials
DEFAULT s1 '' until 0 (profile 'default' in ~/.aws/credentials)
next $((now + 300))" ]
    AWS_PROFILE=work find_keys get:$now
    says "WORK s2 't2' until 0 (profile 'work' in ~/.aws/credentials)"
    AWS_PROFILE=in-config find_keys get:$now
    says "CONFIG s3 '' until 0 (profile 'in-config' in ~/.aws/config)"
    AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b find_keys -p work get:$now
    says "WORK s2"
    mv "$HOME/.aws/credentials" "$BATS_TEST_TMPDIR/elsewhere"
    AWS_SHARED_CREDENTIALS_FILE=$BATS_TEST_TMPDIR/elsewhere find_keys get:$now
    says "profile 'default' in $BATS_TEST_TMPDIR/elsewhere"
    AWS_PROFILE=nobody find_keys get:$now
    [ "$output" = "error 3: the profile 'nobody' is neither in ~/.aws/credentials nor in ~/.aws/config" ]
}

@test "keys that are changed in the file are seen within five minutes, or when the store refuses the old ones" {
    printf '[default]\naws_access_key_id = ONE\naws_secret_access_key = s\n' >"$HOME/.aws/credentials"
    find_keys get:$now 'sh:sed -i s/ONE/TWO/ ~/.aws/credentials' get:$((now + 299)) get:$((now + 300)) \
        'sh:sed -i s/TWO/THREE/ ~/.aws/credentials' get:$((now + 301)) forget get:$((now + 301)) \
        'sh:mv ~/.aws/credentials ~/.aws/gone' get:$((now + 601)) forget get:$((now + 602))
    [ "$(sed -n 's/ s .*//p' <<<"$output" | tr '\n' ' ')" = "ONE ONE TWO TWO THREE THREE " ] || { echo "$output"; return 1; }
    says "error 3: the profile 'default' is neither in ~/.aws/credentials nor in ~/.aws/config"
}

@test "ways that are not ours to go are named, and nothing else is tried" {
    export AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/x
    printf '[default]\nsso_session = corp\n' >"$HOME/.aws/config"
    find_keys get:$now
    says "error 3: profile 'default' in ~/.aws/config gets its keys by sso_session, which is not supported: run"
    printf '[default]\nrole_arn = arn:aws:iam::1:role/R\nsource_profile = base\naws_access_key_id = A\naws_secret_access_key = s\n' \
        >"$HOME/.aws/config"
    find_keys get:$now
    says "takes a role by source_profile, which is not supported"
    printf '[default]\naws_access_key_id = A\n' >"$HOME/.aws/config"
    find_keys get:$now
    [ "$output" = "error 3: profile 'default' in ~/.aws/config has no aws_secret_access_key" ]
    printf '[default]\naws_access_key_id = A\naws_secret_access_key = s\n' >"$HOME/.aws/credentials"
    chmod 666 "$HOME/.aws/credentials"
    find_keys get:$now
    [ "$output" = "error 3: everybody may write '~/.aws/credentials': take that right away with chmod o-w" ]
}

@test "region and endpoint: hotfix.ini, the environment, the profile, us-east-1" {
    find_keys settings
    [ "$output" = "region 'us-east-1', endpoint ''" ]
    printf '[default]\nregion = eu-north-1\nendpoint_url = https://p.example\n[profile w]\nregion = eu-west-2\n' >"$HOME/.aws/config"
    find_keys settings
    [ "$output" = "region 'eu-north-1', endpoint 'https://p.example'" ]
    find_keys -p w settings
    [ "$output" = "region 'eu-west-2', endpoint ''" ]
    export AWS_DEFAULT_REGION=eu-west-3 AWS_ENDPOINT_URL=https://all.example
    find_keys settings
    [ "$output" = "region 'eu-west-3', endpoint 'https://all.example'" ]
    export AWS_REGION=eu-west-1 AWS_ENDPOINT_URL_S3=https://s3.example
    find_keys settings
    [ "$output" = "region 'eu-west-1', endpoint 'https://s3.example'" ]
    find_keys settings:auto:https://ini.example
    [ "$output" = "region 'auto', endpoint 'https://ini.example'" ]
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true find_keys settings
    [ "$output" = "region 'eu-west-1', endpoint ''" ]
}

@test "web identity: an unsigned question to STS, asked again before the keys end" {
    start_stub
    web ok
    find_keys get:$now get:$((until - 301)) next
    [ "$output" = "source: web identity, role arn:aws:iam::123456789012:role/Demo
ASIASTUB stub/secret+= 'stubtoken/+=' until $until (web identity, role arn:aws:iam::123456789012:role/Demo)
ASIASTUB stub/secret+= 'stubtoken/+=' until $until (web identity, role arn:aws:iam::123456789012:role/Demo)
next $((until - 300))" ]
    [ "$(cat "$asked")" = "POST /ok/ Content-Type=application/x-www-form-urlencoded; charset=utf-8 Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2FDemo&RoleSessionName=hotfix&WebIdentityToken=jwt.to-ken" ]
    AWS_ROLE_SESSION_NAME=a+b find_keys get:$now get:$((until - 300)) get:$((until - 241)) get:$((until - 240))
    [ "$(grep -c ASIASTUB <<<"$output")" = 4 ]
    # The stub's keys never last longer: asked again a minute later, not with each get.
    [ "$(grep -c 'RoleSessionName=a%2Bb' "$asked")" = 3 ]
    unset AWS_WEB_IDENTITY_TOKEN_FILE AWS_ROLE_ARN
    printf '[default]\nrole_arn = arn:r\nweb_identity_token_file = %s\n' "$BATS_TEST_TMPDIR/token" >"$HOME/.aws/config"
    find_keys get:$now
    says "ASIASTUB stub/secret+= 'stubtoken/+=' until $until (web identity, role arn:r)"
}

@test "web identity: what STS says against it, and hostile answers" {
    start_stub
    web sts-error
    find_keys get:$now
    says 'error 3: STS gives no credentials: ExpiredTokenException: Token expired: current date/time 1479 must be before the expiration date/time 1478\xe2\x80\xae, HTTP status 400'
    web html
    find_keys get:$now
    says "error 4: STS: invalid XML in line 1"
    web bomb
    find_keys get:$now
    says "error 4: STS: a DOCTYPE, which no reply has"
    web types
    find_keys get:$now
    says "error 4: STS: invalid XML"
    web huge
    find_keys get:$now
    says "over the limit of 65536 bytes"
    web elsewhere
    find_keys get:$now
    says "error 3: STS gives no credentials: HTTP status 302"
    [ "$(grep -c '/ok/' "$asked")" = 0 ]
    web ok
    : >"$BATS_TEST_TMPDIR/token"
    find_keys get:$now
    says "error 3: the web identity's token (AWS_WEB_IDENTITY_TOKEN_FILE): the file holds no token"
    unset AWS_ROLE_ARN
    find_keys get:$now
    [ "$output" = "error 3: AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not" ]
}

@test "a container's endpoint: with the token of a file or of the environment" {
    start_stub
    container ok
    find_keys get:$now
    says "source: container endpoint
ASIASTUB stub/secret+= 'stubtoken/+=' until $until (container endpoint)"
    AWS_CONTAINER_AUTHORIZATION_TOKEN='Basic abc' find_keys get:$now
    echo file-token >"$BATS_TEST_TMPDIR/auth"
    AWS_CONTAINER_AUTHORIZATION_TOKEN=other AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=$BATS_TEST_TMPDIR/auth find_keys get:$now
    [ "$(sed 's/ *$//' "$asked")" = "GET /ok/container
GET /ok/container Authorization=Basic abc
GET /ok/container Authorization=file-token" ]
    AWS_CONTAINER_AUTHORIZATION_TOKEN=$'a\r\nX: y' find_keys get:$now
    says "error 3: AWS_CONTAINER_AUTHORIZATION_TOKEN holds a line's end"
    [ "$(wc -l <"$asked")" = 3 ]
    # A proxy never sees it.
    http_proxy=http://127.0.0.1:1 all_proxy=http://127.0.0.1:1 find_keys get:$now
    says ASIASTUB
}

@test "a container's endpoint is this machine's, or https" {
    local url
    for url in http://example.com/x http://169.254.170.3/ http://127.0.0.1.example.com/ http://localhost@example.com/ \
        http://10.0.0.1/ ftp://localhost/ 'http://local host/' http://127.0.0.1x/ 'http://[::2]/' https:// 'http://[::1].example.com/' \
        'http://[::1' http://localhost:80x/ http://localhost.example.com http://169.254.170.2:80@example.com/ 'http://localhost#/'; do
        AWS_CONTAINER_CREDENTIALS_FULL_URI=$url find_keys get:$now
        says "error 3: AWS_CONTAINER_CREDENTIALS_FULL_URI"
    done
    for url in 'http://LOCALHOST:1/x' 'http://127.9.9.9:1?x' 'http://[::1]:1' http://localhost:1; do
        AWS_CONTAINER_CREDENTIALS_FULL_URI=$url find_keys get:$now
        says "error 10: the container's endpoint: "
    done
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=example.com/ find_keys get:$now
    says "error 3: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not a path"
}

@test "an instance's metadata, version 2: a token, the role's name, the keys" {
    start_stub
    instance ok
    find_keys get:$now
    [ "$output" = "source: instance metadata
ASIASTUB stub/secret+= 'stubtoken/+=' until $until (instance metadata, role 'Demo')" ]
    [ "$(sed 's/ *$//' "$asked")" = "PUT /ok/latest/api/token X-aws-ec2-metadata-token-ttl-seconds=21600
GET /ok/latest/meta-data/iam/security-credentials/ X-aws-ec2-metadata-token=AQAEstub==
GET /ok/latest/meta-data/iam/security-credentials/Demo X-aws-ec2-metadata-token=AQAEstub==" ]
    instance norole
    find_keys get:$now
    says "error 3: the instance's metadata: the instance has no role: give it an instance profile"
    instance badrole
    find_keys get:$now
    says "error 4: the instance's metadata: what stands in the list of roles is no name of one"
    [ "$(grep -c user-data "$asked")" = 0 ]
    instance failed
    find_keys get:$now
    says "error 3: the instance's metadata gives no credentials: AssumeRoleUnauthorizedAccess: EC2 cannot assume the role Demo."
}

@test "nobody at the metadata's address: no credentials, and what to do" {
    export AWS_EC2_METADATA_DISABLED=false AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:1
    find_keys get:$now
    says "error 3: no credentials for the store, neither in the environment nor in ~/.aws nor of this machine: the instance's metadata: 127.0.0.1:1: "
    AWS_EC2_METADATA_DISABLED=TRUE find_keys get:$now
    says "error 3: no credentials for the store: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write a profile"
}

@test "hostile answers of a container's endpoint are refused in a sentence without their bytes" {
    local fault words
    start_stub
    while read -r fault words; do
        container "$fault"
        find_keys get:$now
        says "$words" || { echo "($fault)" >&2; return 1; }
        never_says $'\e'
        never_says SECRET
        [ "$status" = 1 ]
    done <<'TABLE'
html error 4: the container's endpoint: invalid JSON
empty error 4: the container's endpoint: empty, not a JSON object
array error 4: the container's endpoint: not a JSON object
cut error 4: the container's endpoint: invalid JSON
types error 4: the container's endpoint: AccessKeyId is not a string
twice error 4: the container's endpoint: invalid JSON
deep error 4: the container's endpoint: JSON nested deeper than 16
long error 5: the container's endpoint: Token is longer than 8192 bytes
blank error 4: the container's endpoint: the secret access key is not
when error 4: the container's endpoint: the time at which the credentials end is none
past error 7: the credentials (container endpoint) have expired
denied error 3: the container's endpoint gives no credentials: AccessDenied: not yours\x1b[31m, HTTP status 403
broken error 10: the container's endpoint gives no credentials: HTTP status 500
elsewhere error 3: the container's endpoint gives no credentials: HTTP status 302
huge over the limit of 65536 bytes
TABLE
    [ "$(grep -c '^GET /ok/' "$asked")" = 0 ]
    [ "$(grep -c broken "$asked")" = 3 ]
}

@test "a source that is away for a moment is asked again; one that is away for longer costs nothing while the keys are good" {
    start_stub
    container once
    find_keys get:$now
    says "ASIASTUB"
    [ "$(wc -l <"$asked")" = 2 ]
    container short
    # In the last five minutes it is asked again, each minute; its new keys are taken.
    find_keys get:$now get:$((until - 301)) get:$((until - 300)) get:$((until - 299)) get:$((until - 239)) forget get:$((until - 238))
    [ "$(sed -n 's/^ASIA\([0-9]*\) .*/\1/p' <<<"$output" | tr '\n' ' ')" = "1 1 2 2 3 4 " ] || { echo "$output"; return 1; }
    find_keys get:$now "sh:kill $stub_pid" get:$((until - 300)) get:$((until - 1)) get:$until get:$((until + 1))
    [ "$(grep -c '^ASIA5 ' <<<"$output")" = 3 ] || { echo "$output"; return 1; }
    [ "$(grep -c '^error 10: the container' <<<"$output")" = 2 ]
}

@test "a server that never answers is left after its time" {
    start_stub
    container silent
    find_keys get:$now
    says "error 10: the container's endpoint: 127.0.0.1:"
    [ "$(wc -l <"$asked")" = 1 ]
}
