/* lines.c: see lines.h. */
#include "hooks/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* l->ref points into s. */
static int parse_line(struct hf_line *l, char *s, struct hf_err *err)
{
    char shown[80], *sp1 = strchr(s, ' '), *sp2 = sp1 != NULL ? strchr(sp1 + 1, ' ') : NULL;

    if (sp2 == NULL || !take_oid(l->old, s, sp1) || !take_oid(l->new, sp1 + 1, sp2) || strncmp(sp2 + 1, "refs/", 5) != 0 ||
        strlen(sp2 + 1) > HF_LINES_MAX_REF)
        return hf_fail(err, HF_E_INPUT, "not a line of a receive hook: '%s'", hf_escape(shown, sizeof shown, s, strlen(s)));
    l->ref = sp2 + 1;
    return 0;
}

/* HF_E_LIMIT, or HF_E_NOMEM. */
static int keep(struct hf_lines *to, const struct hf_line *l, size_t bytes, struct hf_err *err)
{
    struct hf_line *more;

    if (to->count == HF_LINES_MAX)
        return hf_fail(err, HF_E_LIMIT, "a push of more than %d refs to release; push them in parts", HF_LINES_MAX);
    if (to->bytes + bytes > HF_LINES_MAX_BYTES)
        return hf_fail(err, HF_E_LIMIT, "a push of more than %u bytes of refs to release; push them in parts",
                       HF_LINES_MAX_BYTES);
    if (to->count == to->room) {
        more = reallocarray(to->line, to->room * 2 + 16, sizeof *more);
        if (more == NULL)
            return hf_nomem(err);
        to->line = more;
        to->room = to->room * 2 + 16;
    }
    to->line[to->count] = *l;
    to->line[to->count].ref = strdup(l->ref);
    if (to->line[to->count].ref == NULL)
        return hf_nomem(err);
    to->count++;
    to->bytes += bytes;
    return 0;
}

/* The next line without its newline, which the last one may lack. 1; 0 at the end. */
static int next_line(char text[LINE_MAX_BYTES + 1], FILE *in, struct hf_err *err)
{
    size_t n = 0;
    int c;

    while ((c = getc_unlocked(in)) != EOF && c != '\n') {
        if (c == '\0' || n == LINE_MAX_BYTES)
            return hf_fail(err, HF_E_INPUT, "not a line of a receive hook: it is too long, or holds a NUL byte");
        text[n++] = (char)c;
    }
    text[n] = '\0';
    if (ferror(in))
        return hf_fail(err, HF_E_FAIL, "cannot read the hook's lines: %s", strerror(errno));
    return n > 0 || c == '\n';
}

static int read_lines(struct hf_lines *out, struct hf_lines *beside, FILE *in, int (*wanted)(void *arg, const char *ref),
                      void *arg, struct hf_err *err)
{
    char text[LINE_MAX_BYTES + 1];
    struct hf_line l;
    int more, which;

    while ((more = next_line(text, in, err)) == 1) {
        size_t n = strlen(text) + 1;

        if (parse_line(&l, text, err) != 0)
            return -1;
        which = wanted(arg, l.ref);
        if (which == 1 && keep(out, &l, n, err) != 0)
            return -1;
        if (which == 2 && beside != NULL && !beside->cut && keep(beside, &l, n, err) != 0) {
            if (err->code != HF_E_LIMIT)
                return -1;
            beside->cut = 1;
        }
    }
    return more;
}

int hf_lines_read(struct hf_lines *out, struct hf_lines *beside, int fd, int (*wanted)(void *arg, const char *ref), void *arg,
                  struct hf_err *err)
{
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0), rc;
    FILE *in = own >= 0 ? fdopen(own, "r") : NULL;

    memset(out, 0, sizeof *out);
    if (beside != NULL)
        memset(beside, 0, sizeof *beside);
    if (in == NULL) {
        hf_fail(err, HF_E_FAIL, "cannot read the hook's lines: %s", strerror(errno));
        if (own >= 0)
            close(own);
        return -1;
    }
    rc = read_lines(out, beside, in, wanted, arg, err);
    fclose(in);
    return rc;
}

void hf_lines_clear(struct hf_lines *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->line[i].ref);
    free(l->line);
    memset(l, 0, sizeof *l);
}
