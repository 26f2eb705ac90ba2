/* store.c: the calls of store/store.h that no verb of hotfix makes by itself, for tests of the store.
 *
 *   store INI remove KEY
 *   store INI fetch KEY FILE MAX                 prints the size and the SHA-256
 *   store INI sums KEY                           the same
 *   store INI put|new|replace KEY FILE TYPE      replace: only if there is none
 *
 * INI is a hotfix.ini whose [store] is used. Exit status 1, and "CODE: message" on standard error, when a call fails; CODE is the
 * number in core/err.h's enum. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"

static int put(struct hf_store *s, char **argv, struct hf_err *err)
{
    const char *verb = argv[2], *key = argv[3], *file = argv[4], *type = argv[5];
    struct hf_store_bytes b = {.type = type};
    struct hf_buf text;
    struct hf_sums sums;
    int rc, fd = open(file, O_RDONLY);

    if (fd < 0)
        return hf_fail(err, HF_E_FAIL, "cannot open %s", file);
    if (strcmp(verb, "put") == 0) {
        rc = hf_digest_fd(&sums, fd, err);
        if (rc == 0)
            rc = hf_store_put_object(s, key, fd, &sums, type, err);
        close(fd);
        return rc;
    }
    hf_buf_init(&text, (size_t)1024 * 1024);
    rc = hf_buf_read_fd(&text, fd, file, err);
    close(fd);
    b.p = text.p;
    b.n = text.n;
    if (rc == 0)
        rc = strcmp(verb, "new") == 0 ? hf_store_put_new(s, key, &b, NULL, err) : hf_store_replace(s, key, &b, NULL, err);
    hf_buf_free(&text);
    return rc;
}

static int fetch(struct hf_store *s, const char *key, const char *file, const char *max, struct hf_err *err)
{
    struct hf_sums sums;
    int rc, fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return hf_fail(err, HF_E_FAIL, "cannot open %s", file);
    rc = hf_store_fetch(s, key, fd, strtoll(max, NULL, 10), &sums, err);
    close(fd);
    if (rc == 0)
        printf("%llu %s\n", (unsigned long long)sums.size, sums.sha256);
    return rc;
}

static int run(struct hf_store *s, int argc, char **argv, struct hf_err *err)
{
    const char *verb = argv[2], *key = argv[3];

    if (argc == 4 && strcmp(verb, "remove") == 0)
        return hf_store_remove(s, key, err);
    if (argc == 4 && strcmp(verb, "sums") == 0) {
        struct hf_sums sums;
        int rc = hf_store_sums(s, key, &sums, err);

        if (rc == 0)
            printf("%llu %s\n", (unsigned long long)sums.size, sums.sha256);
        return rc;
    }
    if (argc == 6 && strcmp(verb, "fetch") == 0)
        return fetch(s, key, argv[4], argv[5], err);
    if (argc == 6)
        return put(s, argv, err);
    return hf_fail(err, HF_E_USAGE, "see tests/e2e/store.c");
}

int main(int argc, char **argv)
{
    struct hf_config *c = NULL;
    struct hf_store *s = NULL;
    struct hf_err err = {HF_OK, ""};
    int rc = -1;

    if (argc >= 4 && hf_config_load(&c, argv[1], &err) == 0 && hf_store_open(&s, c, &err) == 0)
        rc = run(s, argc, argv, &err);
    if (rc != 0)
        fprintf(stderr, "%d: %s\n", (int)err.code, err.msg);
    hf_store_close(s);
    hf_config_free(c);
    return rc != 0;
}
