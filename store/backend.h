/* backend.h: what a kind of store is made of; private to this room. */
#ifndef HF_STORE_BACKEND_H
#define HF_STORE_BACKEND_H

#include "store/store.h"

struct hf_store_ops {
    void (*close)(void *self);
    int (*get)(void *self, const char *key, struct hf_buf *out, char etag[HF_ETAG_MAX], struct hf_err *err);
    int (*size)(void *self, const char *key, int64_t *size, struct hf_err *err);
    int (*put_object)(void *self, const char *key, int fd, const struct hf_sums *sums, const char *type, struct hf_err *err);
    int (*put_new)(void *self, const char *key, const struct hf_store_bytes *b, int *made, struct hf_err *err);
    int (*replace)(void *self, const char *key, const struct hf_store_bytes *b, const char *etag, struct hf_err *err);
    int (*sums)(void *self, const char *key, struct hf_sums *out, struct hf_err *err);
    int (*list)(void *self, const char *folder, int (*f)(void *arg, const struct hf_store_entry *e), void *arg,
                struct hf_err *err);
    int (*probe)(void *self, const char *folder, struct hf_store_facts *facts, struct hf_err *err);
    int (*remove)(void *self, const char *key, struct hf_err *err);
    int (*fetch)(void *self, const char *key, int fd, int64_t max, struct hf_sums *out, struct hf_err *err);
    void (*watch)(void *self, hf_store_progress *f, void *arg); /* NULL: nothing takes long */
    int64_t (*time)(void *self);                                /* NULL: it has no clock of its own */
};

extern const struct hf_store_ops hf_file_store_ops;

/* A directory. *self is closed by its ops. make: the folder is made if it is not there. */
int hf_file_store_open(void **self, const char *root, int make, struct hf_err *err);

/* A bucket, by [store] of hotfix.ini; nothing is asked before the first use. */
extern const struct hf_store_ops hf_s3_store_ops;
int hf_s3_store_open(void **self, const struct hf_config *c, struct hf_err *err);

/* fetch.c: n bytes into a descriptor, at a place; HF_E_AGAIN when its disk is full. */
int hf_fetch_write(int fd, const void *p, size_t n, int64_t at, struct hf_err *err);
int hf_fetch_too_large(const char *key, int64_t size, int64_t max, struct hf_err *err); /* HF_E_LIMIT; returns -1 */

/* All of the open file `in`, as hf_store_fetch; key is for messages. HF_E_AGAIN also when the file changes meanwhile. */
int hf_fetch_fd(int in, const char *key, int fd, int64_t max, struct hf_sums *out, struct hf_err *err);

/* file_list.c: the list of a directory that is open (borrowed); `folder` is what stands before each name. */
int hf_file_list(int dir, const char *folder, int (*f)(void *arg, const struct hf_store_entry *e), void *arg, struct hf_err *err);
#define HF_FILE_LOCK ".lock" /* a file store's own, in each folder that has had a manifest */

#endif
