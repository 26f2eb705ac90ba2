/* content.h: what the bytes of a blob say about it: that they are not the file, or that a checkout would change them. No git. */
#ifndef HF_CONTENT_H
#define HF_CONTENT_H

#include <stddef.h>

/* Files of at most this many bytes are looked into before anything is built; longer ones when they are exported, since libgit2
 * can only read and verify whole blobs. Pointers and keys are short. */
#define HF_CONTENT_LOOK 4096

/* Judges the whole bytes of a blob. NULL: they are a file. Else what they are instead, to stand behind "it": a pointer of Git
 * LFS or git-annex, the ciphertext of git-crypt or transcrypt. Looks at the first bytes alone, which must not be NULL. */
const char *hf_content_fault(const void *p, size_t n);

/* 1 when git would write other bytes for a file with eol=crlf. automatic: the attribute text is "auto", where git leaves binary
 * files and those with a carriage return alone. */
int hf_content_crlf(const void *p, size_t n, int automatic);

/* 1 when git would write other bytes for a file with the attribute ident. */
int hf_content_ident(const void *p, size_t n);

#endif
