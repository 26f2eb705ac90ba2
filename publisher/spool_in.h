/* spool_in.h: what the files of spool.h share. */
#ifndef HF_SPOOL_IN_H
#define HF_SPOOL_IN_H

#include "publisher/spool.h"

struct hf_spool {
    int base;    /* <git dir>/hotfix */
    int waiting; /* spool */
    int failed;  /* spool/failed */
    int ahead;   /* announced: jobs of pushes that have not come yet */
    char *log;
};

/* A job as a file of one of these folders: written durably, and read. */
int hf_spool_write(int dir, const char *name, const struct hf_job *j, struct hf_err *err);
int hf_spool_read(int dir, const char *name, struct hf_job *out, struct hf_err *err);

#endif
