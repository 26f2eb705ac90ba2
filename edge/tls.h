/* tls.h: TLS 1.2 and 1.3, the one place that knows libssl.
 *
 * kore 4.1.0 keeps the key in a process of its own, which does not work with OpenSSL 3. So kore's own TLS is never set up: the
 * context is made here, before the sandbox closes, and given to kore in each worker; a connection then gets our read and write.
 * Files go out through the seam of edge/sendfile.h, read piece by piece, without a mapping that a shorter file would turn into
 * SIGBUS. */
#ifndef HF_TLS_H
#define HF_TLS_H

#include <kore/kore.h>

#include "core/err.h"

/* Makes a context from PEM files. HF_E_CONFIG when one cannot be read, or they do not belong together. Freed with hf_tls_free;
 * NULL is fine there. */
int hf_tls_new(SSL_CTX **out, const char *cert, const char *key, struct hf_err *err);
void hf_tls_free(SSL_CTX *ctx);

/* In a worker: from here on kore's server speaks TLS. */
void hf_tls_serve(struct kore_server *srv, SSL_CTX *ctx);

/* A connection whose handshake is done. */
void hf_tls_take(struct connection *c);

/* One piece of a file: as kore_platform_sendfile, but it only moves nb->fd_off. */
int hf_tls_send_piece(struct connection *c, struct netbuf *nb);

/* Drops connections that have been shaking hands for longer than this. */
void hf_tls_drop_slow(u_int64_t now, u_int64_t longest_ms);

#endif
