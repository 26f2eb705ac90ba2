/* zip.c: see zip.h. The one file that includes libzip's zip.h. */
#include "builder/zip.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <zip.h>

#include "core/escape.h"

#define SHOWN 256

/* 1980-01-01 00:00, the first moment that a zip can name: written as local time without a zone, so it is the same everywhere. */
#define DOS_DATE ((0 << 9) | (1 << 5) | 1)
#define DOS_TIME 0

static int fail_zip(zip_error_t *e, const char *what, const char *path, struct hf_err *err)
{
    char shown[SHOWN];
    int for_now = zip_error_system_type(e) == ZIP_ET_SYS && zip_error_code_system(e) == ENOSPC;

    return hf_fail(err, for_now ? HF_E_AGAIN : HF_E_FAIL, "cannot %s '%s': %s", what,
                   hf_escape(shown, sizeof shown, path, strlen(path)), zip_error_strerror(e));
}

static int add(zip_t *z, const struct hf_zip_entry *entry, struct hf_err *err)
{
    zip_uint32_t mode = S_IFREG | (entry->executable ? 0755u : 0644u);
    zip_source_t *source = zip_source_file(z, entry->path, 0, -1);
    zip_int64_t at;

    if (source == NULL)
        return fail_zip(zip_get_error(z), "read", entry->path, err);
    at = zip_file_add(z, entry->name, source, ZIP_FL_ENC_UTF_8);
    if (at < 0) {
        fail_zip(zip_get_error(z), "add", entry->name, err);
        zip_source_free(source);
        return -1;
    }
    if (zip_set_file_compression(z, (zip_uint64_t)at, ZIP_CM_STORE, 0) < 0 ||
        zip_file_set_dostime(z, (zip_uint64_t)at, DOS_TIME, DOS_DATE, 0) < 0 ||
        zip_file_set_external_attributes(z, (zip_uint64_t)at, 0, ZIP_OPSYS_UNIX, mode << 16) < 0)
        return fail_zip(zip_get_error(z), "add", entry->name, err);
    return 0;
}

int hf_zip_write(const char *path, const struct hf_zip_entry *entries, size_t n, struct hf_err *err)
{
    char shown[SHOWN];
    zip_error_t e;
    zip_t *z;
    int code = 0;

    for (size_t i = 1; i < n; i++)
        if (strcmp(entries[i - 1].name, entries[i].name) >= 0)
            return hf_fail(err, HF_E_INPUT, "'%s' is not in its place in a sorted list, or stands there twice",
                           hf_escape(shown, sizeof shown, entries[i].name, strlen(entries[i].name)));
    z = zip_open(path, ZIP_CREATE | ZIP_EXCL, &code);
    if (z == NULL) {
        zip_error_init_with_code(&e, code);
        fail_zip(&e, "make", path, err);
        zip_error_fini(&e);
        return -1;
    }
    for (size_t i = 0; i < n; i++)
        if (add(z, &entries[i], err) < 0)
            goto out;
    if (zip_close(z) == 0)
        return 0;
    fail_zip(zip_get_error(z), "write", path, err);
out:
    zip_discard(z);
    return -1;
}
