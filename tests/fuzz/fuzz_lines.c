/* fuzz_lines.c: what git tells a receive hook on stdin. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/escape.h"
#include "core/hex.h"
#include "hooks/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_oid(const char *s)
{
    return hf_is_hex(s, 40) || hf_is_hex(s, 64);
}

static int all(void *arg, const char *ref)
{
    (void)arg;
    (void)ref;
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hf_err err = {HF_OK, ""};
    struct hf_lines l;
    size_t i, n = 0;
    int fd, rc;

    fd = memfd_create("lines", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
        abort();
    rc = hf_lines_read(&l, NULL, fd, all, NULL, &err);
    close(fd);
    if (rc != 0) {
        if (err.code == HF_OK || !hf_utf8_ok(err.msg, strlen(err.msg)) || strchr(err.msg, '\n') != NULL)
            abort();
        hf_lines_clear(&l);
        return 0;
    }
    /* Every byte of the input is in some line. */
    for (i = 0; i < l.count; i++) {
        if (!is_oid(l.line[i].old) || !is_oid(l.line[i].new) || strncmp(l.line[i].ref, "refs/", 5) != 0 ||
            strlen(l.line[i].ref) > HF_LINES_MAX_REF)
            abort();
        n += strlen(l.line[i].old) + strlen(l.line[i].new) + strlen(l.line[i].ref) + 3;
        hf_is_zeros(l.line[i].new);
    }
    if (n != size && n != size + 1)
        abort();
    hf_lines_clear(&l);
    return 0;
}
