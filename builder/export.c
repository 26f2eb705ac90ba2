/* export.c: the changed files, out of the object database into a private folder; see changes.h. The paths were judged when they
 * were collected, and yet nothing here follows a link or writes over what is there. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/changes.h"
#include "builder/collect.h"
#include "builder/content.h"
#include "builder/objects.h"
#include "core/escape.h"

#define SHOWN 320
#define FOLDER_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define THREADS_MAX 4
#define FILES_PER_THREAD 64 /* fewer are written before a thread has begun */
#define FILES_AT_ONCE 16    /* that a thread takes for itself: neighbours share their folder, and mostly their base in the pack */

/* All that is done at once. */
struct job {
    const struct hf_changes *changes;
    int top; /* the folder */
    hf_export_fn *see;
    void *arg;
    atomic_size_t next;   /* the first file that nobody has taken */
    atomic_size_t failed; /* the first file that failed, so far: what stands before it is still done */
};

/* One thread's part. */
struct writer {
    struct job *job;
    const struct hf_repo *repo;
    const struct hf_repo *like; /* what a thread of its own opens for itself */
    pthread_t thread;
    int folder; /* of the file before, or -1 */
    char folder_path[HF_CHANGES_MAX_PATH + 1];
    size_t failed_at; /* which file err is about */
    struct hf_err err;
};

static int fail_file(struct hf_err *err, const char *path)
{
    char shown[SHOWN];
    int number = errno;

    return hf_fail(err, number == ENOSPC || number == EDQUOT ? HF_E_AGAIN : HF_E_FAIL, "cannot write '%s': %s",
                   hf_escape(shown, sizeof shown, path, strlen(path)), strerror(number));
}

/* Opens the folder that a path's file goes into, making what is missing. -1: see errno. */
static int open_folder_of(int top, const char *path)
{
    char part[HF_CHANGES_MAX_PATH + 1];
    int fd = fcntl(top, F_DUPFD_CLOEXEC, 0);

    for (const char *slash; fd >= 0 && (slash = strchr(path, '/')) != NULL; path = slash + 1) {
        size_t n = (size_t)(slash - path);
        int next;

        if (n >= sizeof part) {
            errno = ENAMETOOLONG;
            next = -1;
        } else {
            memcpy(part, path, n);
            part[n] = '\0';
            next = mkdirat(fd, part, 0700) < 0 && errno != EEXIST ? -1 : openat(fd, part, FOLDER_FLAGS);
        }
        if (next < 0) {
            int number = errno;

            close(fd);
            errno = number;
            return -1;
        }
        close(fd);
        fd = next;
    }
    return fd;
}

/* Goes to the folder of a path, unless it is there. Returns the path's last component; NULL: see errno. */
static const char *enter(struct writer *w, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash == NULL ? 0 : (size_t)(slash - path) + 1;

    if (n >= sizeof w->folder_path) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    if (w->folder < 0 || strlen(w->folder_path) != n || memcmp(w->folder_path, path, n) != 0) {
        if (w->folder >= 0)
            close(w->folder);
        w->folder = open_folder_of(w->job->top, path);
        memcpy(w->folder_path, path, n);
        w->folder_path[n] = '\0';
    }
    return w->folder < 0 ? NULL : path + n;
}

static int write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t w = write(fd, p, n);

        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return -1;
        p += w;
        n -= (size_t)w;
    }
    return 0;
}

static int export_file(struct writer *w, const struct hf_change *c, const void *bytes, struct hf_err *err)
{
    const char *name = enter(w, c->path);
    int fd;

    if (name == NULL)
        return fail_file(err, c->path);
    fd = openat(w->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail_file(err, c->path);
    if (write_all(fd, bytes, (size_t)c->size) < 0 || fchmod(fd, c->executable ? 0700 : 0600) < 0) {
        fail_file(err, c->path);
        close(fd);
        return -1;
    }
    return close(fd) < 0 ? fail_file(err, c->path) : 0;
}

static int export_one(struct writer *w, size_t i, struct hf_err *err)
{
    const struct hf_change *c = &w->job->changes->files[i];
    struct hf_blob bytes;
    const char *fault;
    int rc = hf_blob_read(&bytes, w->repo, c->oid, c->size, err);

    /* Longer files are looked into here, where they are read anyway. */
    fault = rc == 0 ? hf_content_fault(bytes.p, (size_t)c->size) : NULL;
    if (fault != NULL)
        rc = hf_collect_refuse(err, HF_E_POLICY, c->path, fault);
    if (rc == 0)
        rc = export_file(w, c, bytes.p, err);
    if (rc == 0 && w->job->see != NULL)
        w->job->see(w->job->arg, i, bytes.p, (size_t)c->size);
    hf_blob_clear(&bytes);
    return rc;
}

static void note_failure(struct writer *w, size_t i)
{
    size_t before = atomic_load(&w->job->failed);

    w->failed_at = i;
    while (i < before && !atomic_compare_exchange_weak(&w->job->failed, &before, i))
        ;
}

/* Takes files until there are none, or until all that are left stand behind one that failed. */
static void work(struct writer *w)
{
    struct job *job = w->job;
    size_t count = job->changes->file_count, i, end;

    while ((i = atomic_fetch_add(&job->next, FILES_AT_ONCE)) < count) {
        for (end = i + FILES_AT_ONCE < count ? i + FILES_AT_ONCE : count; i < end; i++) {
            if (i > atomic_load(&job->failed))
                return;
            if (export_one(w, i, &w->err) != 0) {
                note_failure(w, i);
                return;
            }
        }
    }
}

/* A thread. A repository that is not to be had only makes it all slower. */
static void *work_aside(void *arg)
{
    struct writer *w = arg;
    struct hf_repo *own = NULL;

    if (hf_repo_again(&own, w->like, NULL) != 0)
        return NULL;
    w->repo = own;
    work(w);
    hf_repo_close(own);
    return NULL;
}

/* How many threads are worth their start. */
static size_t thread_count(size_t files)
{
    size_t n = files / FILES_PER_THREAD;
    cpu_set_t cpus;

    if (n > THREADS_MAX)
        n = THREADS_MAX;
    if (n > 1 && sched_getaffinity(0, sizeof cpus, &cpus) == 0 && n > (size_t)CPU_COUNT(&cpus))
        n = (size_t)CPU_COUNT(&cpus);
    return n > 0 ? n : 1;
}

/* Starts what threads there can be, besides the one that we are in; returns how many there are with it. Signals stay with the
 * thread that expects them. */
static size_t start(struct writer *writers, size_t n)
{
    sigset_t all, before;
    size_t i;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (i = 1; i < n && pthread_create(&writers[i].thread, NULL, work_aside, &writers[i]) == 0; i++)
        ;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return i;
}

int hf_changes_export(const struct hf_repo *r, const struct hf_changes *c, const char *folder, hf_export_fn *see, void *arg,
                      struct hf_err *err)
{
    struct job job = {.changes = c, .see = see, .arg = arg, .top = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC)};
    struct writer writers[THREADS_MAX];
    size_t n;
    int rc = 0;

    if (job.top < 0)
        return fail_file(err, folder);
    atomic_init(&job.next, 0);
    atomic_init(&job.failed, SIZE_MAX);
    for (size_t i = 0; i < THREADS_MAX; i++)
        writers[i] = (struct writer){.job = &job, .repo = r, .like = r, .folder = -1};
    n = start(writers, thread_count(c->file_count));
    work(&writers[0]);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            pthread_join(writers[i].thread, NULL);
        if (writers[i].folder >= 0)
            close(writers[i].folder);
    }
    for (size_t i = 0; i < n && rc == 0; i++)
        if (writers[i].err.code != HF_OK && writers[i].failed_at == atomic_load(&job.failed)) {
            if (err != NULL)
                *err = writers[i].err;
            rc = -1;
        }
    close(job.top);
    return rc;
}
