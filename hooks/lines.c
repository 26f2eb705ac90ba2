/* lines.c: see lines.h. */
#include "hooks/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/escape.h"
#include "core/hex.h"

#define LINE_MAX_BYTES (2 * HF_OID_MAX + HF_LINES_MAX_REF + 3) /* two ids, two spaces, a ref, a newline */

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
        return hf_fail(err, HF_E_LIMIT, "a push of more than %u bytes of refs to release; push them in parts",
                       HF_LINES_MAX_BYTES);
    if (n > 0 && memchr(p, '\0', n) != NULL)
        return hf_fail(err, HF_E_INPUT, "the lines of the hook hold a NUL byte");
    for (i = 0; i < n; i++)
        count += p[i] == '\n';
    if (count > HF_LINES_MAX)
        return hf_fail(err, HF_E_LIMIT, "a push of more than %d refs to release; push them in parts", HF_LINES_MAX);
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

struct kept {
    struct hf_buf lines, beside;
    size_t beside_count;
    int cut;
};

static void keep(struct kept *k, int which, const char *text)
{
    if (which == 1)
        hf_buf_fmt(&k->lines, "%s\n", text);
    else if (which == 2 && k->beside_count < HF_LINES_MAX && k->beside.n + strlen(text) < HF_LINES_MAX_BYTES) {
        hf_buf_fmt(&k->beside, "%s\n", text);
        k->beside_count++;
    } else if (which == 2)
        k->cut = 1;
}

/* One line at a time: a NUL byte, or a line that is longer than any that git writes, ends short of its newline. */
static int keep_wanted(struct kept *kept, FILE *in, int (*wanted)(void *arg, const char *ref), void *arg, struct hf_err *err)
{
    char text[LINE_MAX_BYTES + 2];
    struct hf_line l;

    while (fgets(text, sizeof text, in) != NULL) {
        size_t n = strlen(text);

        if (n > 0 && text[n - 1] == '\n')
            text[n - 1] = '\0';
        else if (n == 0 || !feof(in))
            return hf_fail(err, HF_E_INPUT, "not a line of a receive hook: it is too long, or holds a NUL byte");
        if (parse_line(&l, text, err) != 0)
            return -1;
        keep(kept, wanted(arg, l.ref), text);
    }
    if (ferror(in))
        return hf_fail(err, HF_E_FAIL, "cannot read the hook's lines: %s", strerror(errno));
    if (hf_buf_ok(&kept->lines, "the list of pushed refs", err) != 0)
        return -1;
    return hf_buf_ok(&kept->beside, "the list of pushed tags", err);
}

int hf_lines_read(struct hf_lines *out, struct hf_lines *beside, int fd, int (*wanted)(void *arg, const char *ref), void *arg,
                  struct hf_err *err)
{
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0), rc = -1;
    FILE *in = own >= 0 ? fdopen(own, "r") : NULL;
    struct kept kept = {.beside_count = 0};

    memset(out, 0, sizeof *out);
    if (beside != NULL)
        memset(beside, 0, sizeof *beside);
    hf_buf_init(&kept.lines, HF_LINES_MAX_BYTES);
    hf_buf_init(&kept.beside, HF_LINES_MAX_BYTES);
    if (in == NULL)
        hf_fail(err, HF_E_FAIL, "cannot read the hook's lines: %s", strerror(errno));
    else if (keep_wanted(&kept, in, wanted, arg, err) == 0)
        rc = hf_lines_parse(out, kept.lines.p != NULL ? kept.lines.p : "", kept.lines.n, err);
    if (rc == 0 && beside != NULL) {
        rc = hf_lines_parse(beside, kept.beside.p != NULL ? kept.beside.p : "", kept.beside.n, err);
        beside->cut = kept.cut;
    }
    if (in != NULL)
        fclose(in);
    else if (own >= 0)
        close(own);
    hf_buf_free(&kept.lines);
    hf_buf_free(&kept.beside);
    return rc;
}

void hf_lines_clear(struct hf_lines *l)
{
    free(l->text);
    free(l->line);
    memset(l, 0, sizeof *l);
}
