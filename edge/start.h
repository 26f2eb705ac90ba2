/* start.h: from the command line to a process that may serve: before kore, and without it. */
#ifndef HF_START_H
#define HF_START_H

#include "core/config.h"

struct hf_listen {
    int fd;
    int family;
    char address[80]; /* "127.0.0.1:3001", with the port that was picked */
    char host[64];
    char port[8];
};

/* Reads the command line. Returns -1 and the path of hotfix.ini in *config (borrowed), or the status to exit with. */
int hf_start_options(const char **config, int argc, char **argv);

/* Binds [edge] listen (a numeric address or localhost, and a port; port 0 picks a free one) and listens. HF_E_CONFIG when it
 * does not have that form. */
int hf_start_listen(struct hf_listen *out, const char *where, struct hf_err *err);

/* As root: becomes the user that the store belongs to. *kept_root is 1 when that is root itself. */
int hf_start_drop(int root, int *kept_root, struct hf_err *err);

/* Lowers RLIMIT_NOFILE to what the edge needs and says how many descriptors and connections that is for a worker: kore tries
 * every descriptor that is possible, which takes minutes where it is 2^30. */
int hf_start_limits(unsigned *descriptors, unsigned *connections, struct hf_err *err);

#endif
