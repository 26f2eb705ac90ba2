/* tls.c: see tls.h. */
#include "edge/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "core/escape.h"

#define RECORD 16384                          /* the largest of TLS */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20" /* of TLS 1.2: forward secrecy and authenticated encryption, nothing else */
#define OPTIONS (SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA)
#define MODE (SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS)

static const unsigned char session_context[] = "hotfix-edge";

/* A key that wants a passphrase is refused: nobody is there to type it. */
static int no_passphrase(char *buf, int size, int writing, void *arg)
{
    (void)buf;
    (void)size;
    (void)writing;
    (void)arg;
    return -1;
}

/* We speak HTTP/1.1. Who offers protocols, and not this one, is told so (RFC 7301 section 3.2). */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *outlen, const unsigned char *in,
                           unsigned int inlen, void *arg)
{
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen;

    (void)ssl;
    (void)arg;
    if (SSL_select_next_proto(&chosen, outlen, ours, sizeof ours - 1, in, inlen) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static int fail_file(struct hf_err *err, const char *what, const char *path)
{
    unsigned long code = ERR_peek_error();
    const char *why = ERR_GET_LIB(code) == ERR_LIB_SYS ? strerror(ERR_GET_REASON(code)) : ERR_reason_error_string(code);
    char shown[256];

    ERR_clear_error();
    return hf_fail(err, HF_E_CONFIG, "[edge] %s '%s': %s", what, hf_escape(shown, sizeof shown, path, strlen(path)),
                   why != NULL ? why : "cannot be used");
}

int hf_tls_new(SSL_CTX **out, const char *cert, const char *key, struct hf_err *err)
{
    SSL_CTX *ctx;
    char shown[256];
    int rc = -1;

    ERR_clear_error();
    ctx = SSL_CTX_new(TLS_server_method());
    if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 || SSL_CTX_set_cipher_list(ctx, CIPHERS) != 1 ||
        SSL_CTX_set_session_id_context(ctx, session_context, sizeof session_context - 1) != 1) {
        hf_fail(err, HF_E_FAIL, "cannot set up TLS");
        goto out;
    }
    SSL_CTX_set_options(ctx, OPTIONS);
    SSL_CTX_set_mode(ctx, MODE);
    /* A record's head and body by one call: whoever reads asks SSL first, and only then waits for an event. */
    SSL_CTX_set_read_ahead(ctx, 1);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF); /* sessions are in tickets, which all workers can read */
    SSL_CTX_set_num_tickets(ctx, 1);
    SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
    SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
    if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1) {
        fail_file(err, "tls_cert", cert);
        goto out;
    }
    if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1) {
        fail_file(err, "tls_key", key);
        goto out;
    }
    if (SSL_CTX_check_private_key(ctx) != 1) { /* of another kind than the certificate's */
        ERR_clear_error();
        hf_fail(err, HF_E_CONFIG, "[edge] tls_key '%s': it is not the key of tls_cert",
                hf_escape(shown, sizeof shown, key, strlen(key)));
        goto out;
    }
    *out = ctx;
    ctx = NULL;
    rc = 0;
out:
    SSL_CTX_free(ctx);
    return rc;
}

void hf_tls_free(SSL_CTX *ctx)
{
    SSL_CTX_free(ctx);
}

void hf_tls_serve(struct kore_server *srv, SSL_CTX *ctx)
{
    struct kore_domain *dom = TAILQ_FIRST(&srv->domains);

    dom->ssl_ctx = ctx;
    srv->tls = 1;
    primary_dom = dom;
}

/* What a call that did not succeed means: KORE_RESULT_OK when it is to be repeated after the next event of this kind. */
static int try_again(struct connection *c, int r, int event)
{
    switch (SSL_get_error(c->ssl, r)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        c->evt.flags &= ~event;
        return KORE_RESULT_OK;
    default:
        ERR_clear_error();
        return KORE_RESULT_ERROR;
    }
}

static int tls_read(struct connection *c, size_t *bytes)
{
    int r;

    ERR_clear_error();
    r = SSL_read(c->ssl, c->rnb->buf + c->rnb->s_off, (int)(c->rnb->b_len - c->rnb->s_off));
    if (r <= 0)
        return try_again(c, r, KORE_EVENT_READ);
    *bytes = (size_t)r;
    return KORE_RESULT_OK;
}

/* kore hands out 8 KiB at once; a record holds twice that. What is repeated is the same bytes, or more behind them. */
static int tls_write(struct connection *c, size_t len, size_t *written)
{
    size_t left = c->snb->b_len - c->snb->s_off;
    int r;

    (void)len;
    ERR_clear_error();
    r = SSL_write(c->ssl, c->snb->buf + c->snb->s_off, left < RECORD ? (int)left : RECORD);
    if (r <= 0)
        return try_again(c, r, KORE_EVENT_WRITE);
    *written = (size_t)r;
    return KORE_RESULT_OK;
}

void hf_tls_take(struct connection *c)
{
    c->read = tls_read;
    c->write = tls_write;
}

int hf_tls_send_piece(struct connection *c, struct netbuf *nb)
{
    static u_int8_t piece[RECORD];
    off_t left = nb->fd_len - nb->fd_off;
    ssize_t n = pread(nb->file_ref->fd, piece, left < RECORD ? (size_t)left : RECORD, nb->fd_off);
    int r;

    if (n <= 0)
        return n < 0 && errno == EINTR ? KORE_RESULT_OK : KORE_RESULT_ERROR;
    ERR_clear_error();
    r = SSL_write(c->ssl, piece, (int)n);
    if (r <= 0)
        return try_again(c, r, KORE_EVENT_WRITE);
    nb->fd_off += r;
    return KORE_RESULT_OK;
}

void hf_tls_drop_slow(u_int64_t now, u_int64_t longest_ms)
{
    struct connection *c, *next;

    for (c = TAILQ_FIRST(&connections); c != NULL; c = next) {
        next = TAILQ_NEXT(c, list);
        if (c->state == CONN_STATE_TLS_SHAKE && now > c->http_start + longest_ms)
            kore_connection_disconnect(c);
    }
}
