/* life.h: processes and signals around kore's own main(): who says that the edge is ready, and how it ends as a whole. */
#ifndef HF_LIFE_H
#define HF_LIFE_H

#include <kore/kore.h>
#include <sys/shm.h>

/* Before any fork: memory that all processes see, and the line that the last worker to be ready prints. */
void hf_life_begin(int workers, const char *ready_line);

/* In a worker: a parent that is killed takes it along. (kore's workers wait for the end of a pipe whose other end they hold.) */
void hf_life_end_with_parent(void);

/* In a worker: it can answer now. */
void hf_life_ready(void);

/* In a worker, once a second: ends it when the whole is ending and it missed the signal. */
void hf_life_tick(void);

/* A line on standard error. */
void hf_life_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The seams. kore_log writes to standard output, which belongs to the ready line. kore keeps the last signal in one variable,
 * so a child's end can hide a SIGTERM from the parent, and a worker that has just been forked forgets one: the parent then
 * would wait for ever. */
void __wrap_kore_log(int prio, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void __wrap_kore_worker_init(void);
void __real_kore_worker_init(void);
void __wrap_kore_worker_reap(void);
void __real_kore_worker_reap(void);
void __wrap_kore_worker_shutdown(void);
void __real_kore_worker_shutdown(void);

/* kore keeps what its processes share in a System V segment, which a kill -9 leaves behind. An anonymous mapping ends with
 * them. */
int __wrap_shmget(key_t key, size_t size, int flags);
void *__wrap_shmat(int id, const void *at, int flags);
int __wrap_shmctl(int id, int what, struct shmid_ds *buf);

#endif
