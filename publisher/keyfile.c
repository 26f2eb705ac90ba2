/* keyfile.c: see keyfile.h. */
#include "publisher/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/durable.h"
#include "core/sign.h"

int hf_keyfile_put(const char *path, const void *p, size_t n, mode_t mode, struct hf_err *err)
{
    const char *slash = strrchr(path, '/');
    char dir[4096];
    int made = 0, fd, rc;

    if (strlen(path) >= sizeof dir)
        return hf_fail(err, HF_E_LIMIT, "the path %.60s... is too long", path);
    snprintf(dir, sizeof dir, "%.*s", slash == NULL ? 1 : (int)(slash - path), slash == NULL ? "." : path);
    fd = open(slash == path ? "/" : dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return hf_fail(err, HF_E_FAIL, "cannot open the folder of %s: %s", path, strerror(errno));
    rc = hf_durable_put(fd, slash == NULL ? path : slash + 1, p, n, mode, 1, &made, path, err);
    close(fd);
    if (rc == 0 && !made)
        return hf_fail(err, HF_E_POLICY, "%s is there already; nothing was changed", path);
    return rc;
}

/* "signing.pub.pem" beside "signing.pem". */
static int public_path(char *pub, size_t max, const char *path, struct hf_err *err)
{
    size_t stem = strlen(path);

    if (stem > 4 && strcmp(path + stem - 4, ".pem") == 0)
        stem -= 4;
    if ((size_t)snprintf(pub, max, "%.*s.pub.pem", (int)stem, path) >= max)
        return hf_fail(err, HF_E_LIMIT, "the path %.60s... is too long", path);
    return 0;
}

int hf_keyfile_public(const char *path, char *pub, size_t pub_max, int *made, struct hf_err *err)
{
    struct hf_signer *s = NULL;
    struct hf_buf pem, public_pem;
    struct stat st;
    int rc = -1;

    *made = 0;
    if (public_path(pub, pub_max, path, err) != 0)
        return -1;
    if (lstat(pub, &st) == 0)
        return 0;
    hf_buf_init(&pem, HF_KEY_MAX_PEM);
    hf_buf_init(&public_pem, HF_KEY_MAX_PEM);
    if (hf_buf_read_file(&pem, path, 0, err) == 0 && hf_signer_parse(&s, pem.p, pem.n, path, err) == 0 &&
        hf_signer_public_pem(&public_pem, s, err) == 0)
        rc = hf_keyfile_put(pub, public_pem.p, public_pem.n, 0644, err);
    *made = rc == 0;
    hf_buf_wipe(&pem);
    hf_buf_free(&public_pem);
    hf_signer_free(s);
    return rc;
}

int hf_keyfile_make(const char *path, char *pub, size_t pub_max, char kid[HF_KID_LEN + 1], struct hf_err *err)
{
    struct hf_signer *s = NULL;
    struct hf_buf private_pem, public_pem;
    struct stat st;
    int rc = -1;

    hf_buf_init(&private_pem, HF_KEY_MAX_PEM);
    hf_buf_init(&public_pem, HF_KEY_MAX_PEM);
    if (public_path(pub, pub_max, path, err) != 0)
        return -1;
    if (lstat(pub, &st) == 0)
        return hf_fail(err, HF_E_POLICY, "%s is there already; nothing was changed", pub);
    if (hf_signer_generate(&s, err) != 0 || hf_signer_private_pem(&private_pem, s, err) != 0 ||
        hf_signer_public_pem(&public_pem, s, err) != 0)
        goto out;
    if (hf_keyfile_put(path, private_pem.p, private_pem.n, 0600, err) != 0 ||
        hf_keyfile_put(pub, public_pem.p, public_pem.n, 0644, err) != 0)
        goto out;
    memcpy(kid, hf_signer_kid(s), HF_KID_LEN + 1);
    rc = 0;
out:
    hf_buf_wipe(&private_pem);
    hf_buf_free(&public_pem);
    hf_signer_free(s);
    return rc;
}
