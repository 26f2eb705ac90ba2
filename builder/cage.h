/* cage.h: what a tool of somebody else's may reach, held by the kernel. Files by Landlock: it reads the system's programs and
 * libraries, itself, and what it was given, and writes into one folder. All else by a seccomp filter: no network, no other
 * process, no way out of its process group, nothing that only a system's administrator needs. */
#ifndef HF_CAGE_H
#define HF_CAGE_H

#include <stddef.h>

#define HF_CAGE_LANDLOCK_SIGNALS 6 /* the ABI from which Landlock keeps signals inside, too */

/* What a kernel has. */
struct hf_cage_kernel {
    int landlock; /* the ABI; 0: none */
    int seccomp;  /* 1: filters, and for this kind of processor */
    int error;    /* errno, where there is no Landlock */
};

struct hf_cage {
    struct hf_cage_kernel kernel; /* as asked, or less; what is not there is left out */
    const char *write;            /* the one folder that is written to */
    const char *const *read;      /* what may be read, not run, besides: ended by NULL */
    const char *const *run;       /* what may be read and run, besides the system's own: ended by NULL */
};

/* Asks the kernel that we run on. */
void hf_cage_ask(struct hf_cage_kernel *k);

/* The sentence that says what lacks: "this kernel has no Landlock (...)". NULL when nothing does. In out. */
const char *hf_cage_lacks(char *out, size_t max, const struct hf_cage_kernel *k);

/* The folders and files of the system that every tool may read, ended by NULL. */
extern const char *const hf_cage_system[];

/* Goes in: for the child between fork and exec, so it calls nothing but the kernel. There is no way back. -1 with errno: then it
 * must not go on. */
int hf_cage_enter(const struct hf_cage *c);

/* The filter of system calls alone, for hf_cage_enter. landlock is the ABI whose work it need not do. */
int hf_cage_calls(int landlock);

/* 1 when there is a filter for this kind of processor. */
int hf_cage_calls_known(void);

#endif
