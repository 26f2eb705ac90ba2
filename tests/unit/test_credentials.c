/* test_credentials.c: the files of AWS's tools in all the looseness that they have, and the replies of those who give out keys.
 * Where keys come from, as a whole, is tests/e2e/credentials.bats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/credentials_in.h"

#define N(a) (sizeof a / sizeof *a)

static struct hf_profile profile;
static struct hf_aws_keys keys;
static struct hf_err err;

static void read_profile(const char *text, int config, const char *name)
{
    memset(&profile, 0, sizeof profile);
    if (hf_profile_parse(&profile, text, strlen(text), config, name, "f", &err) != 0)
        fail_msg("%s", err.msg);
}

/* Each is a file of somebody that AWS's own tools read. */
static void files_as_they_are(void **state)
{
    static const struct {
        const char *text;
        int config;
        const char *name, *id, *secret;
    } t[] = {
        {"[default]\naws_access_key_id = A\naws_secret_access_key = s/+=\n", 0, "default", "A", "s/+="},
        {"\xef\xbb\xbf[default]\r\naws_access_key_id=A\r\naws_secret_access_key=s\r\n", 0, "default", "A", "s"},
        {"[default]\nAWS_Access_Key_ID\t=\tA  \naws_secret_access_key=s", 0, "default", "A", "s"},
        {"# c\n; c\n\n  # c\n[default] ; c\naws_access_key_id = A # c\naws_secret_access_key = s#t;u ;c\n", 0, "default", "A", "s#t;u"},
        {"[ default ]\n  aws_access_key_id = A\n\taws_secret_access_key = s\n", 0, "default", "A", "s"},
        {"[a]\naws_access_key_id = X\n[b]\naws_access_key_id = A\naws_secret_access_key = s\n[c]\naws_access_key_id = Y\n", 0, "b", "A", "s"},
        {"[a]\naws_access_key_id = X\naws_secret_access_key = s\n[a]\naws_access_key_id = A\n", 0, "a", "A", "s"},
        {"[profile b]\naws_access_key_id = A\naws_secret_access_key = s\n[b]\naws_access_key_id = X\n", 1, "b", "A", "s"},
        {"[profile   \"b c\"]\naws_access_key_id = A\naws_secret_access_key = s\n", 1, "b c", "A", "s"},
        {"[default]\naws_access_key_id = A\naws_secret_access_key = s\n", 1, "default", "A", "s"},
        {"[profile default]\naws_access_key_id = A\naws_secret_access_key = s\n", 1, "default", "A", "s"},
        /* what is below a key without a value is that key's own */
        {"[default]\naws_access_key_id = A\ns3 =\n  aws_access_key_id = X\n\n  other = 1\naws_secret_access_key = s\n", 1, "default", "A", "s"},
        {"[default]\naws_access_key_id =\naws_access_key_id = A\naws_secret_access_key = s\n", 0, "default", "A", "s"},
        /* nobody else's section is judged */
        {"nonsense\n[x\n[services y]\nz\n\x01\n[default]\naws_access_key_id = A\naws_secret_access_key = s\n[v]\n\xff\xfe=\n", 0,
         "default", "A", "s"},
        {"[default]\nregion = r\n", 0, "default", "", ""},
        {"", 0, "default", "", ""},
        {"[defaults]\naws_access_key_id = X\n", 0, "default", "", ""},
        {"[Default]\naws_access_key_id = X\n", 0, "default", "", ""},
        {"[profilex]\naws_access_key_id = X\n", 1, "x", "", ""},
    };
    size_t i;

    (void)state;
    for (i = 0; i < N(t); i++) {
        read_profile(t[i].text, t[i].config, t[i].name);
        if (strcmp(profile.id, t[i].id) != 0 || strcmp(profile.secret, t[i].secret) != 0)
            fail_msg("%s\ngives '%s' '%s'", t[i].text, profile.id, profile.secret);
    }
}

static void other_keys_of_a_profile(void **state)
{
    (void)state;
    read_profile("[profile x]\nregion = eu-west-1\nendpoint_url=https://h:1\naws_session_token = tok\nrole_arn = arn:r\n"
                 "role_session_name = n\nweb_identity_token_file = /a b\nsource_profile = y\ncredential_process = /bin/x\noutput = json\n",
                 1, "x");
    assert_int_equal(profile.found, 1);
    assert_string_equal(profile.region, "eu-west-1");
    assert_string_equal(profile.endpoint, "https://h:1");
    assert_string_equal(profile.token, "tok");
    assert_string_equal(profile.role, "arn:r");
    assert_string_equal(profile.session, "n");
    assert_string_equal(profile.token_file, "/a b");
    assert_string_equal(profile.assume, "source_profile");
    assert_string_equal(profile.foreign, "credential_process");
    read_profile("[y]\n", 0, "x");
    assert_int_equal(profile.found, 0);
}

/* The second file goes over the first, key by key. */
static void two_files(void **state)
{
    static const char config[] = "[default]\nregion = r\naws_access_key_id = A\naws_secret_access_key = s\n";
    static const char shared[] = "[default]\naws_access_key_id = B\n";

    (void)state;
    memset(&profile, 0, sizeof profile);
    assert_int_equal(hf_profile_parse(&profile, config, strlen(config), 1, "default", "f", &err), 0);
    assert_int_equal(hf_profile_parse(&profile, shared, strlen(shared), 0, "default", "f", &err), 0);
    assert_string_equal(profile.id, "B");
    assert_string_equal(profile.secret, "s");
    assert_string_equal(profile.region, "r");
}

static void bad_files_are_refused_with_their_line(void **state)
{
    static char token[HF_AWS_TOKEN_MAX + 64], line[HF_PROFILE_MAX_LINE + 64];
    static const char nul[] = "[default]\naws_secret_access_key = SE\0CRET\n";
    struct {
        const char *text, *words;
        size_t n;
    } t[] = {
        {"[default]\nSECRET\n", "f:2: neither a [section], nor 'name = value', nor a comment", 0},
        {"[default]\naws_secret_access_key = SE\x01RET\n", "f:2: the value holds a control byte", 0},
        {nul, "f:2: the value holds a control byte", sizeof nul - 1},
        {token, "f:2: the value is longer than any that is good", 0},
        {line, "f:3: the line is too long", 0},
    };
    size_t i;

    (void)state;
    strcpy(token, "[default]\naws_session_token = ");
    memset(token + strlen(token), 't', HF_AWS_TOKEN_MAX + 1);
    strcpy(line, "[other]\n\nx = ");
    memset(line + strlen(line), 'x', HF_PROFILE_MAX_LINE);
    for (i = 0; i < N(t); i++) {
        memset(&err, 0, sizeof err);
        memset(&profile, 0, sizeof profile);
        assert_int_equal(hf_profile_parse(&profile, t[i].text, t[i].n > 0 ? t[i].n : strlen(t[i].text), 0, "default", "f", &err), -1);
        assert_string_equal(err.msg, t[i].words);
        assert_int_equal(err.code, HF_E_CONFIG);
    }
}

static void times(void **state)
{
    static const struct {
        const char *text;
        int64_t t; /* -1: refused */
    } t[] = {
        {"2026-11-22T06:05:00Z", 1795327500}, {"2026-11-22T06:05:00.999Z", 1795327500}, {"2026-11-22T06:05:00.123456789Z", 1795327500},
        {"2026-11-22T06:05:00+00:00", 1795327500}, {"2026-11-22T06:05:00.5+00:00", 1795327500}, {"2026-11-22T06:05:00+01:00", -1},
        {"2026-11-22T06:05:00", -1}, {"2026-11-22T06:05:00ZZ", -1}, {"2026-11-22 06:05:00Z", -1}, {"2026-13-22T06:05:00Z", -1},
        {"", -1}, {"2026-11-22T06:05:0", -1}, {"2026-11-22T06:05:00.00000000000000000000000Z", -1}, {"1795327500", -1},
    };
    int64_t v;
    size_t i;

    (void)state;
    for (i = 0; i < N(t); i++) {
        memset(&err, 0, sizeof err);
        v = -1;
        assert_int_equal(hf_reply_time(&v, t[i].text, &err), t[i].t < 0 ? -1 : 0);
        if (t[i].t >= 0)
            assert_int_equal(v, t[i].t);
        else
            assert_int_equal(err.code, HF_E_INPUT);
    }
}

#define STS_HEAD "<AssumeRoleWithWebIdentityResponse xmlns='u'><AssumeRoleWithWebIdentityResult><Credentials>"
#define STS_TAIL "</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
#define STS_ID "<AccessKeyId>A</AccessKeyId>"
#define STS_SECRET "<SecretAccessKey>s</SecretAccessKey>"
#define STS_TOKEN "<SessionToken>t</SessionToken>"
#define STS_UNTIL "<Expiration>2026-11-22T06:05:00.123Z</Expiration>"

static void replies_of_sts(void **state)
{
    static const char good[] = STS_HEAD STS_UNTIL STS_TOKEN STS_SECRET STS_ID STS_TAIL;
    static const struct {
        const char *text, *words;
    } bad[] = {
        {STS_HEAD STS_SECRET STS_TOKEN STS_UNTIL STS_TAIL, "not complete"},
        {STS_HEAD STS_ID STS_TOKEN STS_UNTIL STS_TAIL, "not complete"},
        {STS_HEAD STS_ID STS_SECRET STS_UNTIL STS_TAIL, "not complete"},
        {STS_HEAD STS_ID STS_SECRET "<SessionToken/>" STS_UNTIL STS_TAIL, "not complete"},
        {STS_HEAD STS_ID STS_SECRET STS_TOKEN STS_TAIL, "not complete"},
        {STS_HEAD STS_ID STS_SECRET STS_TOKEN "<Expiration>soon</Expiration>" STS_TAIL, "the time"},
        {STS_HEAD STS_ID STS_SECRET "<SessionToken>a b</SessionToken>" STS_UNTIL STS_TAIL, "the session token"},
        {"<AssumeRoleResponse>" STS_ID "</AssumeRoleResponse>", "holds no credentials"},
        {"<AssumeRoleWithWebIdentityResponse/>", "holds no credentials"},
        {"<x><AssumeRoleWithWebIdentityResult><Credentials>" STS_ID STS_SECRET STS_TOKEN STS_UNTIL
         "</Credentials></AssumeRoleWithWebIdentityResult></x>", "holds no credentials"},
        {"{}", "invalid XML"},
        {"", "empty"},
    };
    size_t i;

    (void)state;
    assert_int_equal(hf_reply_sts(&keys, good, strlen(good), "STS", &err), 0);
    assert_string_equal(keys.id, "A");
    assert_string_equal(keys.secret, "s");
    assert_string_equal(keys.token, "t");
    assert_int_equal(keys.expires, 1795327500);
    for (i = 0; i < N(bad); i++) {
        memset(&err, 0, sizeof err);
        assert_int_equal(hf_reply_sts(&keys, bad[i].text, strlen(bad[i].text), "STS", &err), -1);
        assert_int_equal(err.code, HF_E_INPUT);
        assert_memory_equal(err.msg, "STS: ", 5);
        if (strstr(err.msg, bad[i].words) == NULL)
            fail_msg("'%s' is not in '%s'", bad[i].words, err.msg);
        assert_string_equal(keys.id, "");
        assert_string_equal(keys.secret, "");
    }
}

static void replies_in_json(void **state)
{
    static const char *const good[] = {
        "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"Token\":\"t\",\"Expiration\":\"2026-11-22T06:05:00Z\"}",
        "{\"Code\":\"Success\",\"Type\":\"x\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\","
        "\"Expiration\":\"2026-11-22T06:05:00Z\"}",
    };
    static const char endless[] = "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\"}";
    size_t i;

    (void)state;
    for (i = 0; i < N(good); i++) {
        assert_int_equal(hf_reply_json(&keys, good[i], strlen(good[i]), "w", &err), 0);
        assert_string_equal(keys.id, "A");
        assert_string_equal(keys.secret, "s");
        assert_string_equal(keys.token, "t");
        assert_int_equal(keys.expires, 1795327500);
    }
    assert_int_equal(hf_reply_json(&keys, endless, strlen(endless), "w", &err), 0);
    assert_int_equal(keys.expires, 0);
    assert_string_equal(keys.token, "");
}

static void words_of_errors(void **state)
{
    static const struct {
        const char *text, *words;
    } t[] = {
        {"<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>", "NoSuchKey: gone"},
        {"<ErrorResponse><Error><Code>C</Code><Message/></Error></ErrorResponse>", "C"},
        {"<Error><Message>only\nwords</Message></Error>", "only\\x0awords"},
        {"{\"code\":\"c\",\"message\":\"m\"}", "c: m"},
        {"{\"message\":7}", ""},
        {"<html><br></html>", ""},
        {"oops", ""},
        {"", ""},
    };
    char out[100];
    size_t i;

    (void)state;
    for (i = 0; i < N(t); i++)
        assert_string_equal(hf_reply_words(out, sizeof out, t[i].text, strlen(t[i].text)), t[i].words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_as_they_are),   cmocka_unit_test(other_keys_of_a_profile),
        cmocka_unit_test(two_files),           cmocka_unit_test(bad_files_are_refused_with_their_line),
        cmocka_unit_test(times),               cmocka_unit_test(replies_of_sts),
        cmocka_unit_test(replies_in_json),     cmocka_unit_test(words_of_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
