/* test_place.c: where a bucket is: hosts, styles and paths, and what is no place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/place.h"

#define N(a) (sizeof a / sizeof *a)

static void hosts_and_paths(void **state)
{
    static const struct {
        const char *endpoint, *region, *bucket;
        int path_style;
        const char *host, *path; /* of the key "k/1" */
        int https;
    } t[] = {
        {NULL, "us-east-1", "polb", 0, "polb.s3.us-east-1.amazonaws.com", "/k/1", 1},
        {"", "eu-west-3", "polb", 1, "s3.eu-west-3.amazonaws.com", "/polb/k/1", 1},
        {"", "cn-north-1", "polb", 0, "polb.s3.cn-north-1.amazonaws.com.cn", "/k/1", 1},
        {"", "us-east-1", "", 0, "s3.us-east-1.amazonaws.com", "/k/1", 1},
        /* a dot: no certificate of *.host covers it; without TLS it may stay */
        {"", "us-east-1", "a.b.c", 0, "s3.us-east-1.amazonaws.com", "/a.b.c/k/1", 1},
        {"http://s3.localhost:8000", "us-east-1", "a.b.c", 0, "a.b.c.s3.localhost:8000", "/k/1", 0},
        /* not a part of a host's name */
        {"https://storage.example.com", "us-east-1", "Old_Bucket", 0, "storage.example.com", "/Old_Bucket/k/1", 1},
        {"https://storage.example.com", "us-east-1", "-ab", 0, "storage.example.com", "/-ab/k/1", 1},
        {"http://storage.example.com", "us-east-1", "a..b", 0, "storage.example.com", "/a..b/k/1", 0},
        {"http://127.0.0.1:9000", "us-east-1", "polb", 0, "127.0.0.1:9000", "/polb/k/1", 0},
        {"http://[::1]:9000", "us-east-1", "polb", 0, "[::1]:9000", "/polb/k/1", 0},
        {"https://[FD00::1]", "us-east-1", "polb", 0, "[fd00::1]", "/polb/k/1", 1},
        /* the scheme's own port is not said, as by curl */
        {"https://Storage.Example.com:443/", "auto", "polb", 0, "polb.storage.example.com", "/k/1", 1},
        {"http://storage.example.com:80", "auto", "polb", 1, "storage.example.com", "/polb/k/1", 0},
        {"http://storage.example.com:443", "auto", "polb", 1, "storage.example.com:443", "/polb/k/1", 0},
        {"https://storage.example.com:00080", "auto", "polb", 1, "storage.example.com:80", "/polb/k/1", 1},
    };
    struct hf_place place;
    struct hf_err err;
    struct hf_buf path;
    size_t i;

    (void)state;
    for (i = 0; i < N(t); i++) {
        if (hf_place_set(&place, t[i].endpoint, t[i].region, t[i].bucket, t[i].path_style, &err) != 0)
            fail_msg("%s", err.msg);
        assert_string_equal(place.host, t[i].host);
        assert_string_equal(place.region, t[i].region);
        assert_int_equal(place.https, t[i].https);
        hf_buf_init(&path, 100);
        hf_place_path(&path, &place, "k/1");
        assert_string_equal(path.p, t[i].path);
        hf_buf_free(&path);
    }
}

static void what_is_no_place_is_refused(void **state)
{
    static const struct {
        const char *endpoint, *region, *bucket, *words;
    } t[] = {
        {"storage.example.com", "r", "polb", "begins with https:// or http://"},
        {"ftp://storage.example.com", "r", "polb", "begins with https:// or http://"},
        {"https://", "r", "polb", "does not name a host"},
        {"https://u@h", "r", "polb", "behind the host"},
        {"https://[::1", "r", "polb", "does not name a host"},
        {"https://[]", "r", "polb", "does not name a host"},
        {"https://h:", "r", "polb", "no port"},
        {"https://h:0", "r", "polb", "no port"},
        {"https://h:65536", "r", "polb", "no port"},
        {"https://h:123456", "r", "polb", "no port"},
        {"https://h/path", "r", "polb", "behind the host"},
        {"https://h?x", "r", "polb", "behind the host"},
        {"https://h\r\nx: y", "r", "polb", "behind the host"},
        {NULL, "", "polb", "the region"},
        {NULL, "us east", "polb", "the region"},
        {NULL, "a/b", "polb", "the region"},
        {NULL, "r", "a/b", "the bucket"},
        {NULL, "r", "a b", "the bucket"},
        {NULL, "r", "0123456789012345678901234567890123456789012345678901234567890123", "the bucket"},
        {NULL, "01234567890123456789012345678901234567890123456789012345678901234", "polb", "the region"},
    };
    struct hf_place place;
    struct hf_err err;
    size_t i;

    (void)state;
    for (i = 0; i < N(t); i++) {
        memset(&err, 0, sizeof err);
        assert_int_equal(hf_place_set(&place, t[i].endpoint, t[i].region, t[i].bucket, 0, &err), -1);
        assert_int_equal(err.code, HF_E_CONFIG);
        if (strstr(err.msg, t[i].words) == NULL)
            fail_msg("'%s' is not in '%s'", t[i].words, err.msg);
        assert_null(strchr(err.msg, '\r'));
    }
}

/* Every byte: those of RFC 3986 stay, all others are upper-case hex. */
static void encoding(void **state)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    struct hf_buf b;
    char right[4], c;
    int i, slash;

    (void)state;
    for (slash = 0; slash < 2; slash++) {
        for (i = 0; i < 256; i++) {
            c = (char)i;
            hf_buf_init(&b, 10);
            hf_uri_encode(&b, &c, 1, slash);
            if (i != 0 && (strchr(plain, i) != NULL || (slash && c == '/')))
                snprintf(right, sizeof right, "%c", c);
            else
                snprintf(right, sizeof right, "%%%02X", (unsigned)i);
            assert_string_equal(b.p, right);
            hf_buf_free(&b);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_and_paths),
        cmocka_unit_test(what_is_no_place_is_refused),
        cmocka_unit_test(encoding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
