/* content.c: see content.h. */
#include "builder/content.h"

#include <string.h>

#define LFS_POINTER_MAX 1024          /* git-lfs: docs/spec.md */
#define ANNEX_POINTER_MAX (32 * 1024) /* git-annex takes no longer blob for one */

static int begins(const void *p, size_t n, const char *with, size_t with_n)
{
    return n >= with_n && memcmp(p, with, with_n) == 0;
}

#define BEGINS(p, n, text) begins(p, n, text, sizeof(text) - 1)

/* "Salted__" in base64: its last character holds four bits of the next byte, which may be anything. */
static int is_salted_base64(const char *p, size_t n)
{
    return n > 10 && BEGINS(p, n, "U2FsdGVkX1") && strchr("89+/", p[10]) != NULL && p[10] != '\0';
}

const char *hf_content_fault(const void *p, size_t n)
{
    if (n <= LFS_POINTER_MAX && (BEGINS(p, n, "version https://git-lfs.github.com/spec/") ||
                                 BEGINS(p, n, "version https://hawser.github.com/spec/")))
        return "is a pointer of Git LFS, not the file itself";
    if (n <= ANNEX_POINTER_MAX && (BEGINS(p, n, "/annex/objects/") || BEGINS(p, n, "\\annex\\objects\\")))
        return "is a pointer of git-annex, not the file itself";
    if (BEGINS(p, n, "\0GITCRYPT\0"))
        return "is encrypted by git-crypt: devices would get the ciphertext";
    if (BEGINS(p, n, "Salted__") || is_salted_base64(p, n))
        return "is encrypted by openssl, as transcrypt does it: devices would get the ciphertext";
    return NULL;
}

int hf_content_crlf(const void *p, size_t n, int automatic)
{
    const unsigned char *s = p;
    int changes = 0;

    for (size_t i = 0; i < n; i++) {
        if (automatic && (s[i] == '\0' || s[i] == '\r'))
            return 0;
        changes |= s[i] == '\n' && (i == 0 || s[i - 1] != '\r');
    }
    return changes;
}

int hf_content_ident(const void *p, size_t n)
{
    const char *s = p, *end = s + n;

    if (n == 0)
        return 0;
    while ((s = memmem(s, (size_t)(end - s), "$Id", 3)) != NULL) {
        s += 3;
        if (s < end && (*s == '$' || *s == ':'))
            return 1;
    }
    return 0;
}
