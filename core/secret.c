/* secret.c: the bytes of a secret that hotfix.ini names. Its bytes never reach a message. */
#include "core/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/escape.h"

/* A symbolic link is followed: Kubernetes mounts its secrets through links. The rights of the file that is read count. */
static int read_file(struct hf_buf *out, const char *path, const char *what, struct hf_err *err)
{
    char shown[192];
    struct stat st;
    int fd, rc = -1;

    hf_escape(shown, sizeof shown, path, strlen(path));
    /* O_NONBLOCK: a FIFO must be refused, not waited for. */
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return hf_fail(err, HF_E_CONFIG, "%s: cannot open '%s': %s", what, shown, strerror(errno));
    if (fstat(fd, &st) != 0) {
        hf_fail(err, HF_E_CONFIG, "%s: cannot stat '%s': %s", what, shown, strerror(errno));
        goto out;
    }
    if (!S_ISREG(st.st_mode)) {
        hf_fail(err, HF_E_CONFIG, "%s: '%s' is not a regular file", what, shown);
        goto out;
    }
    if ((st.st_mode & S_IWOTH) != 0) {
        hf_fail(err, HF_E_CONFIG, "%s: everybody may write '%s': take that right away with chmod o-w", what, shown);
        goto out;
    }
    if (st.st_size > HF_SECRET_MAX) {
        hf_fail(err, HF_E_CONFIG, "%s: '%s' is over the limit of %d bytes", what, shown, HF_SECRET_MAX);
        goto out;
    }
    if (hf_buf_read_fd(out, fd, path, err) != 0) {
        if (err != NULL && err->code != HF_E_NOMEM)
            err->code = HF_E_CONFIG;
        hf_fail_in(err, "%s: ", what);
        goto out;
    }
    if (out->n == 0) {
        hf_fail(err, HF_E_CONFIG, "%s: '%s' is empty", what, shown);
        goto out;
    }
    rc = 0;
out:
    close(fd);
    return rc;
}

int hf_secret_read(struct hf_buf *out, const struct hf_secret *s, const char *what, struct hf_err *err)
{
    const char *value;
    int rc = -1;

    hf_buf_init(out, HF_SECRET_MAX);
    switch (s->kind) {
    case HF_SECRET_NONE:
        hf_fail(err, HF_E_CONFIG, "%s is not set: write file:PATH or env:NAME", what);
        break;
    case HF_SECRET_FILE:
        rc = read_file(out, s->name, what, err);
        break;
    case HF_SECRET_ENV:
        value = getenv(s->name);
        if (value == NULL || *value == '\0') {
            hf_fail(err, HF_E_CONFIG, "%s: the environment variable %s is %s", what, s->name,
                    value == NULL ? "not set" : "empty");
            break;
        }
        hf_buf_str(out, value);
        rc = out->failed == 1
                 ? hf_fail(err, HF_E_CONFIG, "%s: the environment variable %s is over the limit of %d bytes", what, s->name,
                           HF_SECRET_MAX)
                 : hf_buf_ok(out, what, err);
        break;
    }
    if (rc != 0)
        hf_buf_wipe(out);
    return rc;
}
