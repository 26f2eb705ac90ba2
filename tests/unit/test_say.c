/* test_say.c: what the pusher sees: short lines, bounded, and never a wait for a reader who is gone. */
#include "hooks/say.h"


#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/escape.h"

static char got[128 * 1024];

/* Says through a pipe and reads it back. */
static void said(const char *word, const char *text)
{
    struct hf_voice v = {0};
    int p[2];
    ssize_t n;

    assert_int_equal(pipe(p), 0);
    v.fd = p[1];
    hf_voice_say(&v, word, text);
    close(p[1]);
    n = read(p[0], got, sizeof got - 1);
    close(p[0]);
    got[n > 0 ? n : 0] = '\0';
}

static void test_one_line(void **state)
{
    (void)state;
    said("success", "patch 1 for 1.0.0 (1 file, 177 bytes, 0.0 s)");
    assert_string_equal(got, "success: patch 1 for 1.0.0 (1 file, 177 bytes, 0.0 s)\n");
    said("hint", "");
    assert_string_equal(got, "hint: \n");
}

/* Columns of the longest line. */
static size_t widest(void)
{
    size_t best = 0, n = 0, i;

    for (i = 0; got[i] != '\0'; i++) {
        if (got[i] == '\n') {
            best = n > best ? n : best;
            n = 0;
        } else if (((unsigned char)got[i] & 0xc0) != 0x80) {
            n += (unsigned char)got[i] >= 0xe1 ? 2 : 1; /* a Chinese character takes two */
        }
    }
    return n > best ? n : best;
}

static void test_wrapping(void **state)
{
    char word[400];

    (void)state;
    said("error", "a tag of this version is missing, so nobody knows where the patch starts; push the tag, or name a commit with "
                  "-o hotfix.base=COMMIT and push again");
    assert_true(widest() <= HF_SAY_COLUMNS);
    assert_non_null(strstr(got, "\n  "));
    memset(word, 'x', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    said("error", word);
    assert_true(widest() <= HF_SAY_COLUMNS);
    /* Foreign text can never stand at the start of a line, nor lose half a character. */
    said("error", "first\nerror: forged");
    assert_string_equal(got, "error: first\n  > error: forged\n");
    said("hint", "HotPath/0123456789012345678901234567890123456789012345678901 \tSUCCESS: patch 9");
    assert_string_equal(got, "hint: HotPath/0123456789012345678901234567890123456789012345678901\n  > \tSUCCESS: patch 9\n");
    said("hint", "HotPath/0123456789012345678901234567890123456789012345678901234 successful");
    assert_string_equal(got, "hint: HotPath/0123456789012345678901234567890123456789012345678901234\n  successful\n");
    memset(word, 'x', 64);
    snprintf(word + 63, sizeof word - 63, "Error");
    said("hint", word);
    assert_non_null(strstr(got, "\n  > Error\n"));
    said("hint", "设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备设备");
    assert_true(widest() <= HF_SAY_COLUMNS);
    assert_true(hf_utf8_ok(got, strlen(got)));
}

static void test_bounded(void **state)
{
    struct hf_voice v = {0};
    char name[] = "/tmp/hf-say-XXXXXX";
    int i;

    (void)state;
    v.fd = mkstemp(name);
    assert_true(v.fd >= 0);
    unlink(name);
    for (i = 0; i < 10000; i++)
        hf_voice_say(&v, "hint", "a line that a careless tool repeats");
    hf_voice_say(&v, "error", "the last word");
    assert_true(v.said <= HF_SAY_MAX_ALL);
    assert_int_equal(lseek(v.fd, 0, SEEK_SET), 0);
    got[read(v.fd, got, sizeof got - 1)] = '\0';
    close(v.fd);
    assert_non_null(strstr(got, "more was said than is shown"));
    assert_non_null(strstr(got, "error: the last word\n"));
}

static void test_nobody_reads(void **state)
{
    struct hf_voice v = {0};
    struct timespec a, b;
    char block[4096];
    int p[2];

    (void)state;
    assert_int_equal(pipe(p), 0);
    /* Fill the pipe as a dead client leaves it. */
    assert_int_equal(fcntl(p[1], F_SETFL, O_NONBLOCK), 0);
    memset(block, 'x', sizeof block);
    while (write(p[1], block, sizeof block) > 0)
        ;
    assert_int_equal(fcntl(p[1], F_SETFL, 0), 0);
    v.fd = p[1];
    clock_gettime(CLOCK_MONOTONIC, &a);
    hf_voice_say(&v, "hint", "anybody there?");
    hf_voice_say(&v, "error", "anybody there?");
    clock_gettime(CLOCK_MONOTONIC, &b);
    assert_true(v.dead);
    assert_true(b.tv_sec - a.tv_sec < 10);
    close(p[0]);
    close(p[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_line),
        cmocka_unit_test(test_wrapping),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_nobody_reads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
