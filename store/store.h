/* store.h: where bytes rest: a directory, or any S3-compatible bucket. Keys are paths below its root, made of names
 * (core/name.h): "<app>/<channel>/manifest.json", "<app>/objects/<sha256>". */
#ifndef HF_STORE_H
#define HF_STORE_H

#include "core/buf.h"
#include "core/config.h"
#include "core/digest.h"

#define HF_STORE_KEY_MAX 512
#define HF_ETAG_MAX 128
#define HF_STORE_TYPE_MAX 100

struct hf_store;

/* Opens what [store] names; makes nothing: a store that is not there may be a disk that is not mounted, and a new one in its
 * place would begin again at patch 1. Without a hotfix.ini: give a struct hf_config that is all NULL but for store.url and path.
 */
int hf_store_open(struct hf_store **out, const struct hf_config *c, struct hf_err *err);

/* The same for who sets up: a file store's root is made if its parent exists. */
int hf_store_make(struct hf_store **out, const struct hf_config *c, struct hf_err *err);
void hf_store_close(struct hf_store *s);

/* Where it is, for messages: "file:///var/lib/hotfix". Borrowed. */
const char *hf_store_name(const struct hf_store *s);

/* What the server's clock said in its last answer (the Date of HTTP, over TLS or not), in seconds since 1970. 0: there was no
 * answer yet, it had no such date, or the store is a folder. */
int64_t hf_store_time(const struct hf_store *s);

/* Reads an object whole; out was initialised with the most bytes it may have. etag may be NULL. HF_E_NOTFOUND. */
int hf_store_get(struct hf_store *s, const char *key, struct hf_buf *out, char etag[HF_ETAG_MAX], struct hf_err *err);

/* 0 and the size, or HF_E_NOTFOUND. */
int hf_store_size(struct hf_store *s, const char *key, int64_t *size, struct hf_err *err);

/* Reads an object to its end, however long, for its size and digests. HF_E_NOTFOUND. */
int hf_store_sums(struct hf_store *s, const char *key, struct hf_sums *out, struct hf_err *err);

/* Copies an object into a file that is open for writing, in pieces, and reports its size and digests, which the caller compares
 * with those that it expects. The file is emptied first, and written from its start; the descriptor's offset is not used. An
 * object of more than max bytes is not copied (HF_E_LIMIT): max is compared with the announced size before the first byte, and
 * with what comes. All bytes are of one version: when the object is replaced meanwhile, the copy starts over. After a failure
 * the file is empty. HF_E_NOTFOUND. HF_E_AGAIN: the store is away, the object keeps changing, or the file's disk is full.
 * HF_E_CONFIG: no permission. */
int hf_store_fetch(struct hf_store *s, const char *key, int fd, int64_t max, struct hf_sums *out, struct hf_err *err);

/* What lies in a store: objects, and what has no business there. */
struct hf_store_entry {
    const char *key; /* foreign bytes: show it through hf_escape() */
    int64_t size;    /* -1: no regular file (a link, a pipe) */
    int64_t changed; /* seconds since 1970 */
};

/* Calls f for all that lies below a folder ("" for the whole store, "<app>", "<app>/objects"), in no order; a store's own locks
 * are left out. Stops at, and returns, the first value of f that is not 0. A folder that is not there holds nothing. */
int hf_store_list(struct hf_store *s, const char *folder, int (*f)(void *arg, const struct hf_store_entry *e), void *arg,
                  struct hf_err *err);

/* What a look at a store tells, besides that a publisher may write there. */
struct hf_store_facts {
    int world;        /* everybody on this machine may read it */
    int list, remove; /* a bucket: these rights are there */
    char keys[256];   /* a bucket: where its credentials come from, in words */
    enum {
        HF_STORE_ORDERED,   /* two publishers at once cannot undo each other's work */
        HF_STORE_UNORDERED, /* the server refuses preconditions: only publishers that use this hotfix.ini are kept apart */
        HF_STORE_IGNORES    /* the server takes preconditions and does not keep them */
    } order;
};

/* Writes something that nobody reads into a folder ("" for the top), and removes it again: 0 when a publisher could write there.
 * HF_E_NOTFOUND when it is not there. */
int hf_store_probe(struct hf_store *s, const char *folder, struct hf_store_facts *facts, struct hf_err *err);

/* Told of how far a long transfer is; f may be NULL. */
typedef void hf_store_progress(void *arg, int64_t done, int64_t all);
void hf_store_watch(struct hf_store *s, hf_store_progress *f, void *arg);

/* Each put names the media type ("text/html; charset=utf-8"; at most HF_STORE_TYPE_MAX bytes; else HF_E_INPUT). A bucket keeps it
 * and sends it with the object; a folder has no place for it. */
#define HF_TYPE_JSON "application/json"
#define HF_TYPE_BYTES "application/octet-stream"

/* Puts a content-addressed object from a descriptor (read from its start): same key, same bytes; an object that is there with
 * the same size and digest is left as it is, one with other bytes is written anew. The bytes are checked against sums on the way.
 */
int hf_store_put_object(struct hf_store *s, const char *key, int fd, const struct hf_sums *sums, const char *type,
                        struct hf_err *err);

/* Bytes in memory, and what they are. */
struct hf_store_bytes {
    const void *p;
    size_t n;
    const char *type;
};

/* Puts bytes unless the key exists. 0 in both cases; *made (may be NULL) says which. */
int hf_store_put_new(struct hf_store *s, const char *key, const struct hf_store_bytes *b, int *made, struct hf_err *err);

/* Replaces the object at once, if it still is the one whose etag was read (NULL: if there still is none); else HF_E_RACE. */
int hf_store_replace(struct hf_store *s, const char *key, const struct hf_store_bytes *b, const char *etag, struct hf_err *err);

/* Removes an object. 0 when it is gone, also when it was not there before; a caller that was killed in between calls again. In a
 * folder the removal is on disk when this returns, and only a regular file is removed, never through a link. In a bucket that
 * keeps versions the old ones stay. HF_E_AGAIN: the store is away. HF_E_CONFIG: the right to remove is missing. */
int hf_store_remove(struct hf_store *s, const char *key, struct hf_err *err);

#endif
