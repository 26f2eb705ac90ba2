/* life.h: one generation: processes and signals around kore's own main(): how workers begin, how they are counted, and how they
 * end. edge/supervise.h is above it. */
#ifndef HF_LIFE_H
#define HF_LIFE_H

#include <kore/kore.h>
#include <sys/shm.h>

#include "edge/shared.h"
#include "edge/start.h"

/* Before any fork: the memory shared with the supervisor; whom to become, and the folder to be locked into, as root. */
void hf_life_begin(struct hf_shared *shared, const struct hf_user *user, int root, int64_t drain);

/* In a worker, before its sandbox closes: a parent that is killed takes it along (kore's workers wait for the end of a pipe whose
 * other end they hold). One that died at once, and again, begins only after a pause. */
void hf_life_enter(void);

/* In a worker: the connections that it counts. */
struct hf_claims *hf_life_claims(void);

/* How many workers of this generation live, and how many there should be. */
unsigned hf_life_workers(unsigned *configured);

/* In a worker: it can answer now. */
void hf_life_ready(void);

/* In a worker, once a second. */
void hf_life_tick(void);

/* In a worker: its loop has ended. */
void hf_life_leave(void);

/* In a worker: no more requests on a connection behind the one that is answered now. */
int hf_life_ending(void);

/* A line on standard error. */
void hf_life_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The seams. kore_log writes to standard output, which belongs to the ready line. kore keeps the last signal in one variable,
 * so a child's end can hide a SIGTERM from the parent, and a worker that has just been forked forgets one: what is to be done
 * stands in shared memory, and is looked at whenever the loop turns (kore_timer_run). kore's workers end at once at SIGTERM;
 * ours get a handler of their own. kore_worker_shutdown takes a traced worker that stops for one that has ended. */
void __wrap_kore_log(int prio, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void __wrap_kore_worker_init(void);
void __real_kore_worker_init(void);
void __wrap_kore_worker_reap(void);
void __real_kore_worker_reap(void);
void __wrap_kore_worker_shutdown(void);
void __real_kore_worker_shutdown(void);
void __wrap_kore_timer_run(u_int64_t now);
void __real_kore_timer_run(u_int64_t now);

/* kore keeps what its processes share in a System V segment, which a kill -9 leaves behind. An anonymous mapping ends with
 * them. */
int __wrap_shmget(key_t key, size_t size, int flags);
void *__wrap_shmat(int id, const void *at, int flags);
int __wrap_shmctl(int id, int what, struct shmid_ds *buf);

#endif
