/* hotfix_client.h: what an app embeds to fetch, check, run and take back its patches.
 *
 *     struct hf_client_options o = {.dir = "…/hotfix", .keys = pem, .keys_n = strlen(pem), .app = "com.example.shop.ios",
 *                                   .channel = "production", .version = "1.1.1", .client_id = "6fa459ea-…",
 *                                   .edge = "https://patches.example.com"};
 *     hf_client_open(&c, &o, &a);
 *     hf_client_begin(c, &a);     at each start of the app; run a.path if it is not ""
 *     hf_client_confirm(c, &a);   once the app runs well
 *     hf_client_update(c, &a);    now and then; what it installs is for the next start
 *     hf_client_close(c);
 *
 * A patch is used only when a manifest signed by a pinned key names its SHA-256 and the app's version. Killed at any step,
 * the next start finds a whole patch or none. begin, confirm, rollback and status need no network and never wait for one:
 * an update in another thread or process holds the folder only while it changes it. Nothing here prints, exits or keeps
 * globals. One hf_client belongs to one thread at a time; two of them, also in two processes, may share a folder. */
#ifndef HOTFIX_CLIENT_H
#define HOTFIX_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HF_CLIENT_MAX_MESSAGE 768
#define HF_CLIENT_MAX_DIR 3072
#define HF_CLIENT_MAX_PATH 4096
#define HF_CLIENT_MAX_FAILED 8

struct hf_client;

/* How a call ended. Whatever it is not OK, the patch that was in force still is. */
enum hf_client_result {
    HF_CLIENT_OK = 0,
    HF_CLIENT_FAILED,  /* the disk, memory, or a server that answers what it should not */
    HF_CLIENT_USAGE,   /* an option is missing or has a wrong form: mend the call */
    HF_CLIENT_REFUSED, /* what came is forged, damaged, somebody else's or over a limit */
    HF_CLIENT_EXPIRED, /* the manifest has expired; an installed patch goes on */
    HF_CLIENT_AGAIN    /* may work later: no network, another process is at work in the folder, or progress said stop */
};

/* What a call that ended OK did. */
enum hf_client_event {
    HF_CLIENT_NOTHING,   /* all is as it was */
    HF_CLIENT_INSTALLED, /* another patch is in force from the next begin on */
    HF_CLIENT_REMOVED,   /* there was a patch and now there is none */
    HF_CLIENT_WENT_BACK, /* the patch in force was given up, the one before is in force again */
    HF_CLIENT_STALE      /* the server's manifest is older than the one known: nothing changed, ask again later */
};

struct hf_client_patch {
    int64_t number; /* 0: no patch, and the strings are "" */
    int64_t size;
    char sha256[65];
    char name[129];
    char target[257];
    int confirmed; /* has had a good start */
};

/* What every call answers. It is filled on failure too: then `message` says why. */
struct hf_client_answer {
    enum hf_client_event event;
    struct hf_client_patch patch;        /* in force after the call */
    char path[HF_CLIENT_MAX_PATH];       /* its file, checked by begin and update; "" when there is none */
    char priority[16];                   /* of what update installed: "idle", "normal", "mandatory"; else "" */
    char window[12];                     /* when it should be applied, in local time, "02:00-05:00"; or "" */
    int64_t serial;                      /* of the manifest in force, 0 when there is none */
    char message[HF_CLIENT_MAX_MESSAGE]; /* for a person: one line, no full stop, nothing secret, safe for a terminal */
};

/* What hf_client_status tells beside the answer. */
struct hf_client_status {
    char app[65];
    char channel[33];
    char version[65];                /* of the app, when it last called */
    struct hf_client_patch previous; /* to go back to; number 0: none */
    int starts;                      /* begins of the patch in force since it was installed or confirmed */
    char failed[HF_CLIENT_MAX_FAILED][65];
    size_t failed_count;
    int64_t published; /* of the manifest in force; seconds since 1970, 0 when there is none */
    int64_t expires;
};

/* One HTTP exchange, for those who bring their own network. Strings are borrowed for the time of the call. */
struct hf_client_ask {
    const char *method;         /* "GET" or "POST" */
    const char *url;            /* http:// or https://; never to be logged: its path may be a credential */
    const char *const *headers; /* "Name: value", NULL at the end */
    const void *body;
    size_t body_n;
    size_t max_body;    /* stop and fail when the reply's body is longer */
    long total_seconds; /* give up after so long; 0: only when nothing arrives any more */
};

struct hf_client_reply {
    int status;
    char etag[128];
    char content_range[96];
    int64_t date;     /* of the Date header, seconds since 1970; 0: none */
    int date_trusted; /* it came over TLS, from a server whose certificate was checked */
};

enum hf_client_sent {
    HF_CLIENT_SENT = 0, /* a reply came, whatever its status */
    HF_CLIENT_BROKE,    /* not reached, or broke off: `why` says so */
    HF_CLIENT_STOPPED,  /* on_body asked for it */
    HF_CLIENT_TOO_LONG, /* the body is over max_body */
    HF_CLIENT_CANNOT    /* anything else: `why` says what */
};

/* Does the exchange: no redirects, TLS checked, no decompression. *reply is complete before the first on_body, which gets the
 * body in order and returns other than 0 to stop. `why` gets one line for people, without the URL's path or query. */
struct hf_client_transport {
    enum hf_client_sent (*perform)(void *self, const struct hf_client_ask *ask, struct hf_client_reply *reply,
                                   int (*on_body)(void *arg, const void *p, size_t n), void *arg, char *why, size_t why_max);
    void *self;
};

/* All strings are copied; what may be NULL says so. With a store and an edge, the edge is asked for links only; with a store
 * alone, the files come from there too; with neither there is no update. */
struct hf_client_options {
    const char *dir;  /* made (0700) if its parent exists; it belongs to one app and channel */
    const char *keys; /* PEM: the public keys that are pinned, one or more; NULL: only status and confirm work */
    size_t keys_n;
    const char *app; /* NULL, like channel and version: as the folder has it; update and begin need them */
    const char *channel;
    const char *version;                                    /* of the app, "1.1.1" or "1.1.1+345" */
    const char *client_id;                                  /* stable, its own; NULL or shared (zeros, null): in at 100 % only */
    const char *edge;                                       /* "https://host[:port][/prefix]"; NULL: none */
    const char *store;                                      /* a public bucket or CDN, in that form; or NULL */
    const struct hf_client_transport *transport;            /* NULL: libcurl */
    int (*progress)(void *arg, int64_t have, int64_t size); /* bytes of a download; other than 0 stops it; NULL: not told */
    void (*log)(void *arg, const char *line);               /* the steps, one line each; NULL: not told */
    void *arg;                                              /* for these two */
    int64_t (*clock)(void *arg);                            /* seconds since 1970; NULL: time(2) */
};

/* Opens a folder. On failure *out is NULL and answer->message says why. Freed with hf_client_close. */
enum hf_client_result hf_client_open(struct hf_client **out, const struct hf_client_options *o, struct hf_client_answer *answer);
void hf_client_close(struct hf_client *c);

/* Asks for news and acts on them: NOTHING, INSTALLED, REMOVED or STALE. May take as long as a download; cut off, the next
 * call goes on where it stopped, also when `progress` stopped it (HF_CLIENT_AGAIN). At the end the edge is told what became of
 * patches here since the last time. */
enum hf_client_result hf_client_update(struct hf_client *c, struct hf_client_answer *answer);

/* To be called at each start of the app, before anything of a patch runs: checks the patch, counts the start, and answers
 * the path to run, or "" for the app as shipped. After two starts in a row without confirm the patch is given up for good:
 * WENT_BACK or REMOVED. */
enum hf_client_result hf_client_begin(struct hf_client *c, struct hf_client_answer *answer);

/* The start that the last begin counted was a good one. */
enum hf_client_result hf_client_confirm(struct hf_client *c, struct hf_client_answer *answer);

/* Gives the patch in force up, as if it had not started: WENT_BACK, REMOVED, or NOTHING when there is none. */
enum hf_client_result hf_client_rollback(struct hf_client *c, struct hf_client_answer *answer);

/* What is in force. Changes nothing. status may be NULL. */
enum hf_client_result hf_client_status(struct hf_client *c, struct hf_client_status *status, struct hf_client_answer *answer);

#ifdef __cplusplus
}
#endif
#endif
