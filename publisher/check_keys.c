/* check_keys.c: see check.h. */
#include <inttypes.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/token.h"
#include "core/trust.h"
#include "publisher/check.h"

const char *hf_check_user(char out[32], uid_t uid)
{
    const struct passwd *p = getpwuid(uid);

    if (p != NULL && strlen(p->pw_name) < 32)
        snprintf(out, 32, "%s", p->pw_name);
    else
        snprintf(out, 32, "user %lu", (unsigned long)uid);
    return out;
}

/* Who may exchange a key without being able to read it: who may write its folder. */
static void judge_folder(struct hf_check *c, const char *path)
{
    char copy[4096];
    const char *dir;
    struct stat st;

    if ((size_t)snprintf(copy, sizeof copy, "%s", path) >= sizeof copy)
        return;
    dir = dirname(copy);
    if (stat(dir, &st) == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (st.st_mode & S_ISVTX) == 0)
        hf_found(c->found, HF_FOUND_ERROR, "chmod go-w the folder",
                 "%s may be written by others (mode %04o): they may exchange the keys in it", dir, st.st_mode & 07777);
}

/* Mode and owner of the private key. */
static void judge_private(struct hf_check *c, const char *path)
{
    char owner[32], user[32];
    struct stat st;

    if (stat(path, &st) != 0)
        return; /* reading it says why */
    if ((st.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) != 0)
        hf_found(c->found, HF_FOUND_ERROR,
                 "chmod 600 it; if others had access to this machine, make a new key with 'hotfix keygen'",
                 "the signing key %s is open to others (mode %04o)", path, st.st_mode & 07777);
    else if ((st.st_mode & S_IRGRP) != 0)
        hf_found(c->found, HF_FOUND_WARNING, "chmod 600 it", "the signing key %s is open to its group (mode %04o)", path,
                 st.st_mode & 07777);
    if (st.st_uid != c->user)
        hf_found(c->found, HF_FOUND_WARNING, "chown it", "the signing key %s belongs to %s, but %s publishes", path,
                 hf_check_user(owner, st.st_uid), hf_check_user(user, c->user));
    judge_folder(c, path);
}

static void check_trust(struct hf_check *c)
{
    struct hf_err err = {HF_OK, ""};

    if (c->s->config->trust.keys.kind == HF_SECRET_NONE)
        hf_found(c->found, HF_FOUND_WARNING, "write keys = file:... under [trust]; 'hotfix keygen' makes both halves",
                 "[trust] keys is not set: edges and 'hotfix verify' have nothing to check signatures with");
    else if (hf_trust_load(&c->s->trust, c->s->config, &err) != 0)
        hf_found(c->found, HF_FOUND_ERROR, "put public Ed25519 keys there, PEM; 'hotfix keygen' makes them", "%s", err.msg);
    else
        hf_found(c->found, HF_FOUND_OK, NULL, "[trust] keys: %zu", hf_trust_count(c->s->trust));
}

/* 1 when something is published from here: by pushes, or because a key is there to sign with. */
static int publishes(const struct hf_check *c)
{
    size_t i;

    for (i = 0; i < c->s->config->channel_count; i++)
        if (c->s->config->channels[i].refs[0] != '\0')
            return 1;
    return 0;
}

static void check_signing(struct hf_check *c)
{
    const struct hf_secret *key = &c->s->config->sign.key;
    struct hf_err err = {HF_OK, ""};
    size_t before = c->found->errors;

    if (key->kind == HF_SECRET_FILE)
        judge_private(c, key->name);
    if (hf_setup_signer(c->s, &err) == 0) {
        if (c->found->errors == before)
            hf_found(c->found, HF_FOUND_OK, NULL, "[sign] key: %s", hf_signer_kid(c->s->signer));
        return;
    }
    hf_found(c->found, publishes(c) ? HF_FOUND_ERROR : HF_FOUND_WARNING, "nothing can be published from here before it is mended",
             "%s", err.msg);
}

static void check_url_key(struct hf_check *c)
{
    const struct hf_secret *key = &c->s->config->edge.secret;
    struct hf_err err = {HF_OK, ""};
    struct hf_url_keys *keys = NULL;
    struct hf_buf text;
    struct stat st;

    if (strncmp(c->s->config->store.url, "file://", 7) != 0)
        return; /* links to a bucket are signed by its own credentials */
    if (key->kind == HF_SECRET_FILE && stat(key->name, &st) == 0 && (st.st_mode & S_IRWXO) != 0)
        hf_found(c->found, HF_FOUND_ERROR, "chmod o= it, and put a new key before the old one",
                 "the key of links %s is open to everybody (mode %04o): who reads it can make links", key->name,
                 st.st_mode & 07777);
    if (hf_secret_read(&text, key, "[edge] secret", &err) != 0) {
        hf_found(c->found, HF_FOUND_WARNING, "an edge on this store needs it: openssl rand -hex 32", "%s", err.msg);
        return;
    }
    if (hf_url_keys_parse(&keys, text.p, text.n, "[edge] secret", &err) != 0)
        hf_found(c->found, HF_FOUND_ERROR, "make one with openssl rand -hex 32", "%s", err.msg);
    else
        hf_found(c->found, HF_FOUND_OK, NULL, "[edge] secret");
    hf_url_keys_free(keys);
    hf_buf_wipe(&text);
}

/* Without [trust] keys a publisher trusts its own public half. */
static void trust_own(struct hf_check *c)
{
    struct hf_buf pem;

    hf_buf_init(&pem, HF_KEY_MAX_PEM);
    if (hf_signer_public_pem(&pem, c->s->signer, NULL) == 0)
        hf_trust_parse(&c->s->trust, pem.p, pem.n, "[sign] key", NULL);
    hf_buf_free(&pem);
}

void hf_check_keys(struct hf_check *c)
{
    check_trust(c);
    check_signing(c);
    if (c->s->config->trust.keys.kind == HF_SECRET_NONE && c->s->signer != NULL)
        trust_own(c);
    check_url_key(c);
}
