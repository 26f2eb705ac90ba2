/* occheck.h: what OCRunner's generator cannot read, or reads and drops, found before it runs. It is a warning, no judgement: the
 * text is read as C is, roughly. Pure. */
#ifndef HF_OCCHECK_H
#define HF_OCCHECK_H

#include <stddef.h>

/* Called once for each kind of thing, at its first place. words: static. Not 0 ends the reading. */
typedef int hf_occheck_fn(void *arg, unsigned long line, const char *words);

/* path decides by its end what kind of file it is. Returns 1 when a comment is never closed, which makes the generator wait for
 * ever, else 0. */
int hf_occheck(const char *path, const void *p, size_t n, hf_occheck_fn *f, void *arg);

#endif
