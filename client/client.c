/* client.c: opening and closing a device's folder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/answer.h"
#include "client/link.h"
#include "client/session.h"
#include "core/escape.h"

/* Copies an option that may be left out. */
static int take(char *out, size_t max, const char *in, const char *what, struct hf_err *err)
{
    if (in == NULL)
        return 0;
    if (strlen(in) >= max)
        return hf_fail(err, HF_E_USAGE, "the %s is longer than %zu bytes", what, max - 1);
    memcpy(out, in, strlen(in));
    return 0;
}

/* A client id is anything in UTF-8, but no control bytes and not nothing. */
static int check_id(const char *id, struct hf_err *err)
{
    const char *p;

    if (id == NULL)
        return 0;
    for (p = id; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return hf_fail(err, HF_E_USAGE, "the client id has a control byte");
    }
    if (id[0] == '\0' || !hf_utf8_ok(id, strlen(id)))
        return hf_fail(err, HF_E_USAGE, id[0] == '\0' ? "the client id is empty" : "the client id is not UTF-8");
    return 0;
}

static int take_options(struct hf_client *c, const struct hf_client_options *o, struct hf_err *err)
{
    struct hf_version v;

    if (o->dir == NULL)
        return hf_fail(err, HF_E_USAGE, "the folder must be named");
    if (take(c->app, sizeof c->app, o->app, "app", err) != 0 ||
        take(c->channel, sizeof c->channel, o->channel, "channel", err) != 0 ||
        take(c->version, sizeof c->version, o->version, "version", err) != 0 ||
        take(c->id, sizeof c->id, o->client_id, "client id", err) != 0 || check_id(o->client_id, err) != 0)
        return -1;
    if ((o->app != NULL && hf_app_check(o->app, err) != 0) || (o->channel != NULL && hf_channel_check(o->channel, err) != 0) ||
        (o->version != NULL && hf_version_parse(&v, o->version, strlen(o->version), err) != 0) ||
        (o->edge != NULL && hf_edge_check(c->edge, o->edge, err) != 0) ||
        (o->store != NULL && hf_store_check(c->store, o->store, err) != 0) ||
        (o->keys != NULL && hf_trust_parse(&c->trust, o->keys, o->keys_n, "the pinned keys", err) != 0)) {
        err->code = HF_E_USAGE; /* whatever a check calls it: here it came from the caller */
        return -1;
    }
    c->progress = o->progress;
    c->log = o->log;
    c->arg = o->arg;
    if (o->client_id != NULL && !hf_client_id_real(o->client_id)) {
        c->id[0] = '\0';
        hf_client_note(c, "the client id does not name one device: it counts as none, so only rollouts of 100%% count");
    }
    c->clock = o->clock;
    if (o->transport != NULL)
        c->transport = *o->transport;
    else if (o->edge != NULL || o->store != NULL)
        return hf_transport_new(&c->transport, &c->own_transport, err);
    return 0;
}

static int open_client(struct hf_client *c, const struct hf_client_options *given, struct hf_err *err)
{
    struct hf_client_options o;

    if (c == NULL)
        return hf_nomem(err);
    c->dir.fd = -1;
    if (hf_options_read(&o, given, err) != 0 || take_options(c, &o, err) != 0)
        return -1;
    return hf_dir_open(&c->dir, o.dir, err);
}

enum hf_client_result hf_client_open(struct hf_client **out, const struct hf_client_options *o, struct hf_client_answer *answer)
{
    struct hf_client_answer a;
    struct hf_client *c = NULL;
    struct hf_err err;
    int r;

    *out = NULL;
    memset(&err, 0, sizeof err);
    r = hf_answer_begin(&a, answer, &err);
    if (r == 0) {
        c = calloc(1, sizeof *c);
        r = open_client(c, o, &err);
    }
    if (r == 0)
        *out = c;
    else
        hf_client_close(c);
    return hf_answer_end(answer, &a, r, &err);
}

void hf_client_close(struct hf_client *c)
{
    if (c == NULL)
        return;
    hf_dir_close(&c->dir);
    hf_trust_free(c->trust);
    hf_transport_free(c->own_transport);
    free(c);
}
