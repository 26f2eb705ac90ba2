/* fuzz_oclog.c: what a generator prints, whatever it prints: the errors come to an end, and their pieces lie in the text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "builder/oclog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(const struct hf_buf *b, const char *p, size_t n)
{
    if (p != NULL && (p < b->p || n > b->n || p + n > b->p + b->n))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char one[] = "/w/files/a.m", two[] = "/w/files/b.m";
    char *const paths[] = {one, two, NULL};
    struct hf_oclog_error e;
    struct hf_err err;
    struct hf_buf b;
    size_t at = 0, last = 0, n = 0;

    hf_buf_init(&b, 1 << 20);
    hf_buf_add(&b, data, size);
    if (b.failed) {
        hf_buf_free(&b);
        return 0;
    }
    hf_oclog_failed(&b);
    while (hf_oclog_next(&e, &b, &at)) {
        inside(&b, e.path, e.path_n);
        inside(&b, e.source, e.source_n);
        if (at < last || at > b.n || n++ > b.n)
            abort();
        last = at;
    }
    hf_oclog_list(&b, "InputFiles:", paths, 2, "/w/files/", &err);
    hf_oclog_list(&b, "References:", paths, 0, "/w/files/", &err);
    hf_buf_free(&b);
    return 0;
}
