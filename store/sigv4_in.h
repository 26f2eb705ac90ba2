/* sigv4_in.h: one signature while it is made; private to sigv4.c and sigv4_canonical.c. */
#ifndef HF_SIGV4_IN_H
#define HF_SIGV4_IN_H

#include "store/sigv4.h"

#define HF_SIGV4_OWN_QUERY 6   /* Algorithm, Credential, Date, Expires, Security-Token, SignedHeaders */
#define HF_SIGV4_OWN_HEADERS 4 /* Host, X-Amz-Content-SHA256, X-Amz-Date, X-Amz-Security-Token */
#define HF_SIGV4_MAX_SCOPE (8 + 1 + HF_PLACE_REGION_MAX + 1 + 31 + sizeof "/aws4_request")

/* A parameter or a header in the signer's room: offsets, because the room may move while it grows. */
struct hf_sigv4_piece {
    size_t name, name_n, value, value_n;
};

struct hf_sigv4_work {
    struct hf_sigv4 *s;
    const struct hf_aws_keys *keys;
    const struct hf_place *place;
    const struct hf_sigv4_ask *ask;
    const char *service;
    char scope[HF_SIGV4_MAX_SCOPE];
    struct hf_sigv4_piece query[HF_SIGV4_MAX_QUERY + HF_SIGV4_OWN_QUERY];
    struct hf_sigv4_piece fields[HF_SIGV4_MAX_HEADERS + HF_SIGV4_OWN_HEADERS];
    size_t query_n, fields_n;
    size_t path_at, path_n, search_at, search_n; /* path and query in the canonical request */
    struct hf_err *err;
};

/* Adds a parameter, encoded; at most as many as there is room for. */
void hf_sigv4_query(struct hf_sigv4_work *w, const char *name, const char *value);

/* Adds a header: its name in lower case, its value trimmed and with single blanks. HF_E_INPUT. */
int hf_sigv4_field(struct hf_sigv4_work *w, const char *name, const char *value);

/* The caller's headers. HF_E_INPUT, also for those that are ours to write. */
int hf_sigv4_fields(struct hf_sigv4_work *w);

/* Sorts the headers and joins the names of the signed ones by ';', into s->names. */
void hf_sigv4_names(struct hf_sigv4_work *w);

/* Sorts the parameters. */
void hf_sigv4_sort_query(struct hf_sigv4_work *w);

/* Writes the canonical request into s->canonical; the query and the headers are sorted. */
int hf_sigv4_canonical(struct hf_sigv4_work *w, const char *payload);

/* scheme://host/path?query, into s->url; path and query are those of the canonical request. */
void hf_sigv4_url(struct hf_sigv4_work *w);

#endif
