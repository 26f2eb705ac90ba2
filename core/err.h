/* err.h: what went wrong, in words for a person and in a code for a program. */
#ifndef HF_ERR_H
#define HF_ERR_H

/* The longest message, with its NUL; hf_fail() cuts nothing that people must read: foreign bytes are bounded by the caller. */
#define HF_ERR_MAX_MESSAGE 768

enum hf_code {
    HF_OK = 0,
    HF_E_FAIL,     /* anything that has no code of its own */
    HF_E_USAGE,    /* the command line */
    HF_E_CONFIG,   /* hotfix.ini or a file that it names */
    HF_E_INPUT,    /* bytes from outside do not have their form */
    HF_E_LIMIT,    /* well formed, but over a named limit */
    HF_E_SIG,      /* a signature, MAC or digest does not match */
    HF_E_EXPIRED,  /* was valid once */
    HF_E_NOTFOUND, /* the thing asked for is not there */
    HF_E_RACE,     /* somebody else was first: read again */
    HF_E_AGAIN,    /* may work later: the store is away, a lock is held */
    HF_E_POLICY,   /* understood and refused: a rule says no */
    /* More exact causes, which the client tells apps apart: */
    HF_E_DISK,     /* a file or folder cannot be read or written */
    HF_E_FOLDER,   /* the folder is another user's or another app's */
    HF_E_BUSY,     /* another process is using the folder */
    HF_E_NETWORK,  /* a server was not reached, or the connection broke: may work later */
    HF_E_CANNOT,   /* an exchange cannot be made, now or later: a certificate that is not trusted */
    HF_E_SERVER,   /* a server answers with an error */
    HF_E_REDIRECT, /* a server leads to where the client does not follow */
    HF_E_DAMAGED,  /* the bytes are not those that were signed */
    HF_E_CONFLICT, /* two different manifests with one serial */
    HF_E_CLOCK,    /* a time that is not believed */
    HF_E_STOPPED,  /* the caller asked to stop */
    HF_E_NOMEM
};

/* Owned by the caller; set once, where the cause is known. A message has no full stop and no newline. */
struct hf_err {
    enum hf_code code;
    char msg[HF_ERR_MAX_MESSAGE];
};

/* Fills err (which may be NULL) and returns -1, so that a function can `return hf_fail(...)`. */
int hf_fail(struct hf_err *err, enum hf_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts words in front of the message that err already has ("cannot publish: " + msg); keeps the code. Returns -1. */
int hf_fail_in(struct hf_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* hf_fail with HF_E_NOMEM. */
int hf_nomem(struct hf_err *err);

/* The exit status of a program that ends on this code: 0, 1, or 2 for usage and configuration. */
int hf_exit_status(enum hf_code code);

#endif
