/* start.h: from the command line to a process that may serve: before kore, and without it. */
#ifndef HF_START_H
#define HF_START_H

#include <sys/types.h>

#include "core/config.h"

struct hf_listen {
    int fd;
    int family;
    char address[80]; /* "127.0.0.1:3001", with the port that was picked */
    char host[64];
    char port[8];
};

#define HF_START_MAX_CONFIGS 16

struct hf_options {
    const char *configs[HF_START_MAX_CONFIGS]; /* paths of hotfix.ini, borrowed */
    size_t count;
};

/* Whom the processes that serve run as. */
struct hf_user {
    uid_t uid;
    gid_t gid;
    char name[64]; /* for its groups; "" when there is none */
    int confine;   /* we are root, and must become it */
};

/* Reads the command line. Returns -1 when there is something to do, or the status to exit with. */
int hf_start_options(struct hf_options *out, int argc, char **argv);

/* Binds [edge] listen (a numeric address or localhost, and a port; port 0 picks a free one) and listens. HF_E_CONFIG when it
 * does not have that form. */
int hf_start_listen(struct hf_listen *out, const char *where, struct hf_err *err);

/* Looks the user up: `name`, or whom the store's folder belongs to when name is "". HF_E_CONFIG when there is no such user, or
 * when we are neither root nor that user. */
int hf_start_user(struct hf_user *out, const char *name, int root, struct hf_err *err);

/* As root: becomes the user, with its HOME; when that is root, without any capability. */
int hf_start_become(const struct hf_user *u, struct hf_err *err);

/* As root: locks this process into the folder `root`, and becomes the user; when that is root, without any capability. */
int hf_start_confine(const struct hf_user *u, int root, struct hf_err *err);

/* Lowers RLIMIT_NOFILE to what the edge needs and says how many descriptors and connections that is for a worker: kore tries
 * every descriptor that is possible, which takes minutes where it is 2^30. */
int hf_start_limits(unsigned *descriptors, unsigned *connections, struct hf_err *err);

#endif
