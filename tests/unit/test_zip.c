/* test_zip.c: other people's tools read the zip, and its bytes depend on its files alone. */
#include "tests/unit/shell.h"

#include <sys/stat.h>

#include "builder/zip.h"

static void make(const char *path)
{
    char a[512], b[512], c[512];
    const struct hf_zip_entry entries[] = {
        { "-a 'b\".m", a, 0 },
        { "bin/run", b, 1 },
        { "补丁/空", c, 0 },
    };
    struct hf_err err;

    snprintf(a, sizeof a, "%s/a", top);
    snprintf(b, sizeof b, "%s/b", top);
    snprintf(c, sizeof c, "%s/c", top);
    if (hf_zip_write(path, entries, 3, &err) < 0)
        fail_msg("%s", err.msg);
}

static void others_read_it(void **state)
{
    (void)state;
    sh("echo hello > a; seq 100000 > b; : > c");
    make(in_top("x.zip"));
    sh("unzip -tqq x.zip");
    sh("mkdir out && cd out && unzip -qq ../x.zip && "
       "cmp ../b bin/run && cmp ../a \"./-a 'b\\\".m\" && test -x bin/run && test ! -s 补丁/空");
    assert_string_equal(sh("python3 -c \"\nimport zipfile\nfor i in zipfile.ZipFile('x.zip').infolist():\n"
                           " print(ascii(i.filename), i.date_time, i.compress_type, oct(i.external_attr >> 16), i.extra, "
                           "i.flag_bits, i.create_system)\""),
                        "'-a \\'b\".m' (1980, 1, 1, 0, 0, 0) 0 0o100644 b'' 0 3\n"
                        "'bin/run' (1980, 1, 1, 0, 0, 0) 0 0o100755 b'' 0 3\n"
                        "'\\u8865\\u4e01/\\u7a7a' (1980, 1, 1, 0, 0, 0) 0 0o100644 b'' 2048 3");
    /* Python shows the central directory's extra fields only; the local headers hold none either when the sizes add up:
     * 22 at the end, 46 + 30 for each entry, its name twice, its bytes. */
    assert_string_equal(sh("stat -c %%s x.zip"), sh("echo $(( 22 + 3*76 + 2*(8+7+10) + $(cat a b c | wc -c) ))"));
}

/* Another time zone, umask, locale, moment, modification time, folder. */
static void same_bytes(void **state)
{
    mode_t was = umask(0);

    (void)state;
    sh("echo hello > a; seq 100000 > b; : > c; touch -d 2001-01-01 a");
    setenv("TZ", "Pacific/Auckland", 1);
    make(in_top("one.zip"));
    umask(077);
    sh("touch -d 2031-07-07 a; mkdir -p elsewhere; chmod 777 a");
    setenv("TZ", "America/Sao_Paulo", 1);
    make(in_top("elsewhere/two.zip"));
    unsetenv("TZ");
    umask(was);
    sh("cmp one.zip elsewhere/two.zip");
}

static void refused(void **state)
{
    const struct hf_zip_entry twice[] = { { "a", "/dev/null", 0 }, { "a", "/dev/null", 0 } };
    const struct hf_zip_entry unsorted[] = { { "b", "/dev/null", 0 }, { "a\n", "/dev/null", 0 } };
    const struct hf_zip_entry missing[] = { { "a", "/nowhere/x", 0 } };
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_zip_write(in_top("bad.zip"), twice, 2, &err), -1);
    assert_int_equal(err.code, HF_E_INPUT);
    assert_int_equal(hf_zip_write(in_top("bad.zip"), unsorted, 2, &err), -1);
    assert_string_equal(err.msg, "'a\\x0a' is not in its place in a sorted list, or stands there twice");
    assert_int_equal(hf_zip_write(in_top("bad.zip"), missing, 1, &err), -1);
    assert_non_null(strstr(err.msg, "No such file"));
    sh("test ! -e bad.zip; : > there.zip");
    assert_int_equal(hf_zip_write(in_top("there.zip"), missing, 0, &err), -1);
    assert_non_null(strstr(err.msg, "exists"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others_read_it),
        cmocka_unit_test(same_bytes),
        cmocka_unit_test(refused),
    };

    return cmocka_run_group_tests(tests, make_top, remove_top);
}
