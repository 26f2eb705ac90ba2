/* spool_announced.c: what pushes asked for that have not become a job: see spool.h. */
#include "publisher/spool_in.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/digest.h"
#include "core/durable.h"

/* By what it is for. A digest: a ref's name may be no file name. */
static int ahead_name(char out[48], const char *ref, const char *commit, const char *channel, struct hf_err *err)
{
    char text[HF_MANIFEST_MAX_REF + HF_OID_MAX + HF_CHANNEL_MAX + 3], hex[33];
    uint8_t md[32];
    int n = snprintf(text, sizeof text, "%s\n%s\n%s", ref, commit, channel);

    if (n < 0 || n >= (int)sizeof text || hf_sha256(md, text, (size_t)n) != 0)
        return hf_fail(err, HF_E_FAIL, "cannot name the announcement of a push");
    hf_hex(hex, md, 16);
    snprintf(out, 48, "%s.json", hex);
    return 0;
}

int hf_spool_announce(struct hf_spool *s, const struct hf_job *j, struct hf_err *err)
{
    char name[48];

    return ahead_name(name, j->ref, j->commit, j->channel, err) == 0 ? hf_spool_write(s->ahead, name, j, err) : -1;
}

int hf_spool_forget(struct hf_spool *s, const char *ref, const char *commit, const char *channel, struct hf_err *err)
{
    char name[48];

    if (ahead_name(name, ref, commit, channel, err) != 0)
        return -1;
    if (faccessat(s->ahead, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
        return 0;
    return hf_durable_remove(s->ahead, name, "the announcement", err);
}

int hf_spool_announced(struct hf_spool *s, const char *ref, const char *commit, const char *channel, struct hf_job *out,
                       struct hf_err *err)
{
    char name[48];

    memset(out, 0, sizeof *out);
    hf_params_init(&out->params);
    if (ahead_name(name, ref, commit, channel, err) != 0 || hf_spool_read(s->ahead, name, out, err) != 0)
        return -1;
    if (strcmp(out->ref, ref) != 0 || strcmp(out->commit, commit) != 0 || strcmp(out->channel, channel) != 0)
        return hf_fail(err, HF_E_INPUT, "the announcement %s is of another push", name);
    return 0;
}

void hf_spool_sweep(struct hf_spool *s, int64_t now)
{
    int fd = openat(s->ahead, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *e;
    struct stat st;

    while (d != NULL && (e = readdir(d)) != NULL)
        if (fstatat(s->ahead, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
            now - (int64_t)st.st_mtime > (int64_t)HF_SPOOL_ANNOUNCED_DAYS * 24 * 60 * 60)
            (void)unlinkat(s->ahead, e->d_name, 0);
    if (d != NULL)
        closedir(d);
    else if (fd >= 0)
        close(fd);
}

int hf_spool_each_announced(struct hf_spool *s, int (*f)(void *arg, const struct hf_job *j), void *arg, struct hf_err *err)
{
    int fd = openat(s->ahead, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *e;
    struct hf_job j;

    if (d == NULL) {
        hf_fail(err, HF_E_AGAIN, "cannot read what earlier pushes asked for: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    while (rc == 0 && (e = readdir(d)) != NULL) {
        if (e->d_name[0] != '.' && hf_spool_read(s->ahead, e->d_name, &j, NULL) == 0) {
            rc = f(arg, &j);
            hf_job_clear(&j);
        }
    }
    closedir(d);
    return rc;
}
