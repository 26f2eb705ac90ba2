/* session.h: one command's hold on a device's folder: the lock, the state, and the manifest that is in force. */
#ifndef HF_SESSION_H
#define HF_SESSION_H

#include "client/dir.h"
#include "client/hotfix_client.h"
#include "client/news.h"
#include "client/patches.h"
#include "client/state.h"
#include "core/rollout.h"

#define HF_LOCK "lock"
#define HF_UPDATE_LOCK "update.lock"
#define HF_LOCK_WAIT_MS 5000 /* a command holds the folder only for the time of a few writes */
#define HF_EDGE_MAX 512

struct hf_client {
    struct hf_dir dir;
    struct hf_trust *trust;   /* NULL: no key was given */
    char app[HF_APP_MAX + 1]; /* "" where the caller left it to the folder */
    char channel[HF_CHANNEL_MAX + 1];
    char version[HF_VERSION_MAX + 1];
    char id[HF_CLIENT_ID_MAX + 1];
    char edge[HF_EDGE_MAX + 1];  /* without a slash at its end; "": none */
    char store[HF_EDGE_MAX + 1]; /* the same */
    struct hf_client_transport transport;
    void *own_transport; /* what hf_transport_free takes; NULL when the caller brought one */
    int (*progress)(void *arg, int64_t have, int64_t size);
    void (*log)(void *arg, const char *line);
    void *arg;
    int64_t (*clock)(void *arg);
    int64_t date; /* of the last TLS answer, 0: none */
};

struct hf_session {
    struct hf_client *client;
    int lock;
    struct hf_device state;
    struct hf_device loaded;       /* as it lies on the disk */
    int fresh;                     /* nothing lies on the disk, or nothing that can be read */
    struct hf_version version;     /* state.version, parsed */
    struct hf_manifest *manifest;  /* kept and verified; NULL: none */
    enum hf_client_event event;    /* what settling did to the patch in force */
    enum hf_client_reason reason;  /* why */
    char note[HF_ERR_MAX_MESSAGE]; /* and the same in words, "" when nothing */
};

/* Takes the lock, loads, and settles in memory: a patch that does not hold the app's version, is not whole (as far as `look`
 * goes) or is revoked is no longer in force. Nothing is written before hf_session_save. Closed after a failure too. */
int hf_session_open(struct hf_session *s, struct hf_client *c, enum hf_look look, struct hf_err *err);

/* Writes the state if it has changed, then makes `current` follow it, then removes what is no longer needed. */
int hf_session_save(struct hf_session *s, struct hf_err *err);
void hf_session_close(struct hf_session *s);

/* 1 when the patch, which is not in force, may be put in force: whole to the byte, for this version, neither given up, revoked
 * nor withdrawn. -1 when the disk does not let us look. */
int hf_session_may_run(struct hf_session *s, const struct hf_held *h, struct hf_err *err);

/* Takes the patch in force away and puts the one before back if it may run. event, reason and note are set. */
int hf_session_go_back(struct hf_session *s, enum hf_client_reason reason, const char *why, struct hf_err *err);

/* The device's clock, and the time to judge expiry by. */
int64_t hf_session_clock(const struct hf_client *c);
int64_t hf_session_now(const struct hf_session *s);

/* Fills the answer from the session; the path too. */
void hf_session_answer(const struct hf_session *s, struct hf_client_answer *a);

/* What the embedder is told of a patch. */
void hf_patch_of(struct hf_client_patch *out, const struct hf_held *h);

/* One line for the log, if the caller wants it. */
void hf_client_note(const struct hf_client *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The default transport, by libcurl; not there when compiled with HF_NO_CURL. */
int hf_transport_new(struct hf_client_transport *out, void **own, struct hf_err *err);
void hf_transport_free(void *own);

#endif
