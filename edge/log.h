/* log.h: a line of JSON for each request, on standard output. Without tokens and queries; client ids as a hash whose key is new
 * with each start.
 *
 * Lines wait in a buffer until the worker has a moment, and are written only as far as nobody has to wait: what a full pipe does
 * not take is dropped and counted. A buffer is no longer than what a pipe takes at once or not at all. */
#ifndef HF_LOG_H
#define HF_LOG_H

#include "core/siphash.h"
#include "edge/note.h"

#define HF_LOG_MAX_LINE 1024
#define HF_LOG_BUFFER 4096 /* PIPE_BUF */

struct hf_log {
    int fd; /* -1: nothing is written */
    int is_socket;
    const uint8_t *key; /* HF_SIPHASH_KEY bytes, borrowed */
    size_t n, lines;    /* in the buffer */
    char buffer[HF_LOG_BUFFER];
};

/* What stands in a line besides the note. */
struct hf_log_entry {
    int64_t now_ms; /* since 1970 */
    unsigned worker;
    const char *address, *method; /* method: "" when it is not known */
    int status;
    uint64_t bytes; /* of the body that was announced */
    uint64_t ns;
    const char *error; /* words of ours, or NULL */
};

/* Makes a descriptor for standard output that never blocks, whatever it is and whoever else writes to it: as whoever the process
 * is now, so before rights are given up. Closed by the caller; -1 with err. */
int hf_log_open(int *is_socket, struct hf_err *err);

/* Adds a line; flushes when there is no room for it. Returns how many lines were dropped. */
size_t hf_log_add(struct hf_log *l, const struct hf_log_entry *e, const struct hf_note *note);

/* Writes what waits. Returns how many lines were dropped. */
size_t hf_log_flush(struct hf_log *l);

#endif
