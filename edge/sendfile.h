/* sendfile.h: files on their way out.
 *
 * kore 4.1.0's kore_platform_sendfile goes round with the old length after a partial send: a range overshoots, and at the end
 * of the file it loops for ever. It is wrapped at link time. kore's table of open files (fileref.c) looks files up by
 * following links, so it is not used: kore_fileref_release is wrapped too, and each file here belongs to one answer.
 *
 * kore also sends to one connection for as long as it takes what is sent. A reader as fast as we are would keep all others
 * waiting, so after a share its turn is over. */
#ifndef HF_SENDFILE_H
#define HF_SENDFILE_H

#include <kore/kore.h>

/* How long a reader of a file may take nothing at all, in milliseconds, before it is dropped. Set before the workers begin. */
extern u_int64_t hf_sendfile_stall;

/* How many files are on their way out of this worker. */
unsigned hf_sendfile_count(void);

/* Queues len bytes of fd from off, and closes fd when they are sent or the connection ends. */
void hf_sendfile(struct connection *c, int fd, off_t off, off_t len);

/* The seams. */
int __wrap_kore_platform_sendfile(struct connection *c, struct netbuf *nb);
void __wrap_kore_fileref_release(struct kore_fileref *ref);

#endif
