/* lines.c: see lines.h. */
#include "hooks/lines.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/escape.h"
#include "core/hex.h"

int hf_is_zeros(const char *oid)
{
    return oid[0] != '\0' && oid[strspn(oid, "0")] == '\0';
}

/* Copies an object id that ends at `end` into out; 0 when it is none. */
static int take_oid(char out[HF_OID_MAX + 1], const char *s, const char *end)
{
    size_t n = (size_t)(end - s);

    if (n != 40 && n != 64)
        return 0;
    memcpy(out, s, n);
    out[n] = '\0';
    return hf_is_hex(out, n);
}

static int parse_line(struct hf_line *l, char *s, struct hf_err *err)
{
    char shown[80], *sp1 = strchr(s, ' '), *sp2 = sp1 != NULL ? strchr(sp1 + 1, ' ') : NULL;

    if (sp2 == NULL || !take_oid(l->old, s, sp1) || !take_oid(l->new, sp1 + 1, sp2) || strncmp(sp2 + 1, "refs/", 5) != 0 ||
        strlen(sp2 + 1) > HF_LINES_MAX_REF)
        return hf_fail(err, HF_E_INPUT, "not a line of a receive hook: '%s'", hf_escape(shown, sizeof shown, s, strlen(s)));
    l->ref = sp2 + 1;
    return 0;
}

int hf_lines_parse(struct hf_lines *out, const char *p, size_t n, struct hf_err *err)
{
    char *s, *eol;
    size_t count = 0, i;

    memset(out, 0, sizeof *out);
    if (n > HF_LINES_MAX_BYTES)
        return hf_fail(err, HF_E_LIMIT, "a push of more than %u bytes of refs", HF_LINES_MAX_BYTES);
    if (n > 0 && memchr(p, '\0', n) != NULL)
        return hf_fail(err, HF_E_INPUT, "the lines of the hook hold a NUL byte");
    for (i = 0; i < n; i++)
        count += p[i] == '\n';
    if (count > HF_LINES_MAX)
        return hf_fail(err, HF_E_LIMIT, "a push of more than %d refs", HF_LINES_MAX);
    out->text = malloc(n + 1);
    out->line = calloc(count + 1, sizeof *out->line);
    if (out->text == NULL || out->line == NULL)
        return hf_nomem(err);
    if (n > 0)
        memcpy(out->text, p, n);
    out->text[n] = '\0';
    for (s = out->text; *s != '\0'; s = eol != NULL ? eol + 1 : s + strlen(s)) {
        eol = strchr(s, '\n');
        if (eol != NULL)
            *eol = '\0';
        if (parse_line(&out->line[out->count], s, err) != 0)
            return -1;
        out->count++;
    }
    return 0;
}

int hf_lines_read(struct hf_lines *out, int fd, struct hf_err *err)
{
    struct hf_buf b;
    int rc;

    memset(out, 0, sizeof *out);
    hf_buf_init(&b, HF_LINES_MAX_BYTES);
    rc = hf_buf_read_fd(&b, fd, "the hook's lines", err);
    if (rc == 0)
        rc = hf_lines_parse(out, b.p != NULL ? b.p : "", b.n, err);
    hf_buf_free(&b);
    return rc;
}

void hf_lines_clear(struct hf_lines *l)
{
    free(l->text);
    free(l->line);
    memset(l, 0, sizeof *l);
}
