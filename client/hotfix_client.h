/* hotfix_client.h: what an app embeds to fetch, check, run and take back its patches.
 *
 *     struct hf_client_options o = {.size = sizeof o, .dir = "…/hotfix", .keys = pem, .keys_n = strlen(pem),
 *                                   .app = "com.example.shop.ios", .channel = "production", .version = "1.1.1",
 *                                   .client_id = "6fa459ea-…", .edge = "https://patches.example.com"};
 *     struct hf_client_answer a = {.size = sizeof a};
 *     hf_client_open(&c, &o, &a);
 *     hf_client_begin(c, &a);     at each start of the app; run a.path if it is not ""
 *     hf_client_confirm(c, &a);   once the app runs well
 *     hf_client_update(c, &a);    now and then; what it installs is for the next start
 *     hf_client_close(c);
 *
 * docs/embed.c, installed among the examples, is this as a program. A patch is used only when a manifest signed by a pinned
 * key names its SHA-256 and the app's version. If a call is killed at any step, the next start finds a whole patch or none.
 * begin, confirm, rollback and status need no network and never wait for one: an update in another thread or process holds
 * the folder only while it changes it. The library prints nothing, never exits and has no global variables. One hf_client
 * belongs to one thread at a time; two of them, also in two processes, may share a folder.
 *
 * `size` is the first member of the structs that may grow: options, answer and status. The caller sets it to the sizeof of
 * the struct, and the library never changes it. New members come at the end only. An app that was compiled with an older
 * header keeps working: members that its options lack count as zero, and members that its answer or status lacks are not
 * written. A size that is smaller than the struct of the first release, or larger than the library's own, is HF_CLIENT_USAGE
 * and the call does nothing; only options may be larger, if all bytes that the library does not know are zero. (With an
 * answer that is too small, there is no place for the message.) The other structs never change their layout. */
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

/* How a call ended. On any result but OK the active patch is unchanged, with two exceptions in update: it drops a patch that
 * it finds damaged, revoked or for another version before it asks the network, which may then fail; and after it has
 * installed a patch, the disk may fail when the partial files are removed. */
enum hf_client_result {
    HF_CLIENT_OK = 0,
    HF_CLIENT_FAILED,  /* the disk, memory, or a server that answers with an error */
    HF_CLIENT_USAGE,   /* an option is missing or malformed: fix the call */
    HF_CLIENT_REFUSED, /* the data is forged, corrupt, for another app, or too large */
    HF_CLIENT_EXPIRED, /* the manifest has expired; an installed patch stays active */
    HF_CLIENT_AGAIN    /* may work later: no network, the folder is in use, or `progress` stopped the download */
};

/* What a call that ended OK did. */
enum hf_client_event {
    HF_CLIENT_NOTHING,   /* nothing has changed */
    HF_CLIENT_INSTALLED, /* another patch is active from the next begin on */
    HF_CLIENT_REMOVED,   /* there was an active patch, and now there is none */
    HF_CLIENT_WENT_BACK, /* the active patch was dropped; the one before it is active again */
    HF_CLIENT_STALE      /* the server's manifest is older than the known one: nothing has changed, ask again later */
};

/* Why, for a program: to count, to report, or to choose what to tell the user. Numbers never change; a newer library may
 * answer with ones that are not listed here. With OK it says why there is another patch than before, or none; else NONE. */
enum hf_client_reason {
    HF_CLIENT_REASON_NONE = 0,

    /* Why a call failed. Of the app and the device: */
    HF_CLIENT_REASON_USAGE = 1,    /* USAGE: an option, or the size of a struct */
    HF_CLIENT_REASON_FOLDER = 2,   /* REFUSED: the folder is another user's, app's or channel's, or holds other files */
    HF_CLIENT_REASON_DISK = 3,     /* FAILED: the folder cannot be read or written; the disk may be full */
    HF_CLIENT_REASON_MEMORY = 4,   /* FAILED: out of memory */
    HF_CLIENT_REASON_INTERNAL = 5, /* FAILED: anything else; an OpenSSL without MD5 or SHA-256 */
    HF_CLIENT_REASON_BUSY = 6,     /* AGAIN: another process or thread is using the folder, or has changed it meanwhile */
    HF_CLIENT_REASON_STOPPED = 7,  /* AGAIN: `progress` stopped the download */
    /* Of the way to the server: */
    HF_CLIENT_REASON_NETWORK = 8, /* AGAIN: no server was reached, or the connection broke; FAILED: its certificate is not
                                   * trusted, or the transport cannot make the exchange at all */
    HF_CLIENT_REASON_SERVER = 9,  /* AGAIN: HTTP 429 or 5xx, or no link to the file yet; FAILED: another status; REFUSED: a
                                   * redirect, or a link from https to http */
    HF_CLIENT_REASON_FORMAT = 10, /* REFUSED: a manifest or an answer is malformed */
    HF_CLIENT_REASON_LIMIT = 11,  /* REFUSED: a manifest, an answer or a file is too large */
    /* Of the manifest and what it names: */
    HF_CLIENT_REASON_SIGNATURE = 12, /* REFUSED: no pinned key signed the manifest, or its bytes were changed */
    HF_CLIENT_REASON_CONFLICT = 13,  /* REFUSED: two different manifests with one serial are signed */
    HF_CLIENT_REASON_MANIFEST = 14,  /* REFUSED: signed, but for another app or channel, or of a newer format */
    HF_CLIENT_REASON_EXPIRED = 15,   /* EXPIRED: the manifest has expired, or the device's clock is ahead */
    HF_CLIENT_REASON_CLOCK = 16,     /* REFUSED: the manifest is dated more than a day after the server's time */
    HF_CLIENT_REASON_DAMAGED = 17,   /* REFUSED: the file that arrived is not the one that was signed. Also with REMOVED
                                      * and WENT_BACK: the installed file is missing or was changed */

    /* Why a patch is no longer active, with REMOVED and WENT_BACK: */
    HF_CLIENT_REASON_REVOKED = 32,
    HF_CLIENT_REASON_WITHDRAWN = 33,  /* rolled back on the server */
    HF_CLIENT_REASON_VERSION = 34,    /* it is not for this version of the app */
    HF_CLIENT_REASON_AS_SHIPPED = 35, /* the server says that this version runs without a patch */
    HF_CLIENT_REASON_STARTS = 36,     /* two starts in a row without confirm */
    HF_CLIENT_REASON_ROLLBACK = 37,   /* hf_client_rollback was called */
    HF_CLIENT_REASON_STATE = 38       /* with NOTHING: the folder's state was unreadable and starts over, without a patch */
};

struct hf_client_patch {
    int64_t number; /* 0: no patch, and the strings are "" */
    int64_t size;   /* of the file, in bytes */
    char sha256[65];
    char name[129];
    char target[257];
    int confirmed; /* it has had a good start */
};

/* What every call answers. It is filled on failure too: then `reason` and `message` say why. */
struct hf_client_answer {
    size_t size; /* sizeof(struct hf_client_answer), set by the caller */
    enum hf_client_event event;
    enum hf_client_reason reason;
    struct hf_client_patch patch;        /* active after the call */
    char path[HF_CLIENT_MAX_PATH];       /* its file, checked by begin and update; "" when there is none */
    char priority[16];                   /* of what update installed: "idle", "normal", "mandatory"; else "" */
    char window[12];                     /* when to apply it, in local time: "02:00-05:00"; or "" */
    int64_t serial;                      /* of the known manifest, 0 when there is none */
    char message[HF_CLIENT_MAX_MESSAGE]; /* for people: one line, no full stop, nothing secret, safe to print to a terminal */
};

/* What hf_client_status reports beside the answer. */
struct hf_client_status {
    size_t size; /* sizeof(struct hf_client_status), set by the caller */
    char app[65];
    char channel[33];
    char version[65];                /* of the app, at the last call that named it */
    struct hf_client_patch previous; /* the one to go back to; number 0: none */
    int starts;                      /* begins of the active patch since it was installed or confirmed */
    char failed[HF_CLIENT_MAX_FAILED][65];
    size_t failed_count;
    int64_t published; /* of the known manifest; seconds since 1970, 0 when there is none */
    int64_t expires;
};

/* One HTTP exchange, for apps that bring their own network. Strings are borrowed for the time of the call. */
struct hf_client_ask {
    const char *method;         /* "GET" or "POST" */
    const char *url;            /* http:// or https://; never log it: its path may be a credential */
    const char *const *headers; /* "Name: value", NULL at the end */
    const void *body;
    size_t body_n;
    size_t max_body;    /* stop and fail when the reply's body is longer */
    long total_seconds; /* stop after so long; 0: only when nothing arrives any more */
};

struct hf_client_reply {
    int status;
    char etag[128];
    char content_range[96];
    int64_t date;     /* of the Date header, seconds since 1970; 0: none */
    int date_trusted; /* it came over TLS, from a server whose certificate was checked */
};

enum hf_client_sent {
    HF_CLIENT_SENT = 0, /* a reply arrived, whatever its status */
    HF_CLIENT_BROKE,    /* the server was not reached, or the connection broke: `why` says so */
    HF_CLIENT_STOPPED,  /* on_body asked for it */
    HF_CLIENT_TOO_LONG, /* the body is over max_body */
    HF_CLIENT_CANNOT    /* any other failure that a retry will not fix: `why` says what */
};

/* Does the exchange: no redirects, TLS checked, no decompression. *reply is complete before the first on_body, which gets the
 * body in order and returns other than 0 to stop. `why` gets one line for people, without the URL's path or query. */
struct hf_client_transport {
    enum hf_client_sent (*perform)(void *self, const struct hf_client_ask *ask, struct hf_client_reply *reply,
                                   int (*on_body)(void *arg, const void *p, size_t n), void *arg, char *why, size_t why_max);
    void *self;
};

/* All strings are copied; those that may be NULL say so. With a store and an edge, the edge is asked for links only; with a
 * store alone, the files come from there too; with neither there is no update. */
struct hf_client_options {
    size_t size;      /* sizeof(struct hf_client_options) */
    const char *dir;  /* made (0700) if its parent exists; it belongs to one app and channel */
    const char *keys; /* PEM: the public keys that are pinned, one or more; NULL: only status and confirm work */
    size_t keys_n;
    const char *app; /* NULL, like channel and version: as the folder has it; update and begin need them */
    const char *channel;
    const char *version;                         /* of the app, "1.1.1" or "1.1.1+345" */
    const char *client_id;                       /* this device's own, stable; NULL: only receives releases rolled out to 100 % */
    const char *edge;                            /* "https://host[:port][/prefix]"; NULL: none */
    const char *store;                           /* a public bucket or CDN, in that form; or NULL */
    const struct hf_client_transport *transport; /* NULL: libcurl */
    /* Called for each piece of a download that arrives, with the bytes so far and the size of the file. Other than 0 stops the
     * update: it answers HF_CLIENT_AGAIN, keeps the partial file, and the next update resumes it. NULL: not called. */
    int (*progress)(void *arg, int64_t have, int64_t size);
    void (*log)(void *arg, const char *line); /* the steps, one line each; NULL: not called */
    void *arg;                                /* for progress, log and clock */
    int64_t (*clock)(void *arg);              /* seconds since 1970; NULL: time(2) */
};

/* Opens a folder. On failure *out is NULL and answer->message says why. Freed with hf_client_close, which takes NULL too. */
enum hf_client_result hf_client_open(struct hf_client **out, const struct hf_client_options *o, struct hf_client_answer *answer);
void hf_client_close(struct hf_client *c);

/* Fetches the manifest and does what it says: NOTHING, INSTALLED, REMOVED or STALE. Takes as long as a download does; when
 * it is cut off or stopped, the next call resumes the partial file. At its end it reports to the edge what became of patches
 * on this device since the last time. */
enum hf_client_result hf_client_update(struct hf_client *c, struct hf_client_answer *answer);

/* To be called at each start of the app, before anything of a patch runs: checks the patch, counts the start, and answers
 * the path to run, or "" for the app as shipped. After two starts in a row without confirm the patch is marked as failed and
 * never installed again: WENT_BACK or REMOVED.
 *
 * It reads the whole file of the active patch (MD5 and SHA-256), the known manifest (one signature check), and writes the
 * state once (two fsyncs). Measured on a server with an SSD: 10 ms, and 3 ms more per MiB of the patch; measure it on your
 * slowest phone. A second patch is read only when the call goes back to it. It waits at most 5 s for another process that
 * holds the folder. With large patches, do not call it on the main thread. update, rollback and status read the active patch
 * in the same way. */
enum hf_client_result hf_client_begin(struct hf_client *c, struct hf_client_answer *answer);

/* Says that the start that the last begin counted was a good one. */
enum hf_client_result hf_client_confirm(struct hf_client *c, struct hf_client_answer *answer);

/* Drops the active patch as if it had failed to start: WENT_BACK, REMOVED, or NOTHING when there is none. */
enum hf_client_result hf_client_rollback(struct hf_client *c, struct hf_client_answer *answer);

/* Reports what is active. Changes nothing. status may be NULL. */
enum hf_client_result hf_client_status(struct hf_client *c, struct hf_client_status *status, struct hf_client_answer *answer);

#ifdef __cplusplus
}
#endif
#endif
