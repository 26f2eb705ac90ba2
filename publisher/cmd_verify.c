/* cmd_verify.c: hotfix verify: judges a store as a stranger, with public keys only; no signing key is opened. */
#include <stdio.h>
#include <string.h>

#include "core/trust.h"
#include "publisher/cmd.h"
#include "publisher/verify.h"
#include "publisher/where.h"

#define USAGE "hotfix verify [options]"

struct verify_args {
    struct hf_where where;
    const char *store, *keys;
};

/* What is open while we judge. */
struct judging {
    struct hf_setup setup; /* with a hotfix.ini, else empty */
    struct hf_trust *trust;
    struct hf_store *store;
};

/* 0 go on, 1 help was shown, -1 with err. */
static int parse(struct verify_args *a, int argc, char **argv, struct hf_err *err)
{
    static const struct option options[] = {
        HF_WHERE_OPTIONS, {"store", required_argument, NULL, 's'}, {"keys", required_argument, NULL, 'k'}, {NULL, 0, NULL, 0}};
    int c;

    while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        if (hf_where_take(&a->where, c, optarg))
            continue;
        if (c == 's') {
            a->store = optarg;
        } else if (c == 'k') {
            a->keys = optarg;
        } else if (c == 'h') {
            puts("usage: " USAGE "\n\n"
                 "Judges a store as a stranger: signatures, files, history. Needs no private key.\n\n"
                 "      --store URL      the store (default: [store] url). Alone with --keys: no\n"
                 "                       hotfix.ini is read, and every channel found is judged\n"
                 "      --keys FILE      the public keys to believe, PEM (default: [trust] keys)\n" HF_WHERE_HELP);
            return 1;
        } else {
            return hf_fail(err, HF_E_USAGE, "usage: " USAGE);
        }
    }
    return optind == argc ? 0 : hf_fail(err, HF_E_USAGE, "verify takes no operand; usage: " USAGE);
}

/* A hotfix.ini is read unless both the store and the keys are named, and none is. */
static int alone(const struct verify_args *a)
{
    return a->store != NULL && a->keys != NULL && a->where.ini == NULL && a->where.repo == NULL && a->where.channel == NULL;
}

static int open_trust(struct judging *j, const struct verify_args *a, struct hf_err *err)
{
    struct hf_buf pem;
    int rc = -1;

    if (a->keys == NULL && j->setup.config->trust.keys.kind == HF_SECRET_NONE)
        return hf_fail(err, HF_E_CONFIG, "%s: [trust] keys is not set: name the public keys with --keys", j->setup.config->path);
    if (a->keys == NULL)
        return hf_trust_load(&j->trust, j->setup.config, err);
    hf_buf_init(&pem, HF_KEY_MAX_PEM);
    if (hf_buf_read_file(&pem, a->keys, 0, err) != 0)
        err->code = HF_E_USAGE;
    else
        rc = hf_trust_parse(&j->trust, pem.p, pem.n, "--keys", err);
    hf_buf_free(&pem);
    return rc;
}

static int open_store(struct judging *j, const struct verify_args *a, struct hf_err *err)
{
    struct hf_config given;
    char url[4096], path[] = "--store";

    if (a->store == NULL)
        return hf_store_open(&j->store, j->setup.config, err);
    if ((size_t)snprintf(url, sizeof url, "%s", a->store) >= sizeof url)
        return hf_fail(err, HF_E_USAGE, "--store is longer than %zu bytes", sizeof url);
    memset(&given, 0, sizeof given);
    given.store.url = url;
    given.path = path;
    return hf_store_open(&j->store, &given, err);
}

static int judge_one(const struct hf_setup *s, const struct hf_channel *c, void *arg, struct hf_err *err)
{
    (void)s;
    return hf_verify_channel(arg, c->app, c->name, err);
}

/* 1 when an item before this one is of the same channel. */
static int seen(const struct hf_verify *v, size_t i)
{
    const struct hf_item *items = v->inventory.items;
    size_t k;

    for (k = i; k-- > 0;)
        if (strcmp(items[k].is.app, items[i].is.app) == 0 && strcmp(items[k].is.channel, items[i].is.channel) == 0)
            return 1;
    return 0;
}

/* Every channel that has left a trace in the store. */
static int judge_found(const struct hf_verify *v, struct hf_err *err)
{
    size_t i, n = 0;

    for (i = 0; i < v->inventory.count; i++) {
        const struct hf_item *it = &v->inventory.items[i];

        if (it->is.channel[0] == '\0' || seen(v, i))
            continue;
        n++;
        if (hf_verify_channel(v, it->is.app, it->is.channel, err) != 0)
            return -1;
    }
    if (n == 0)
        hf_found(v->found, HF_FOUND_ERROR, "see that --store names the right folder", "%s holds no channel",
                 hf_store_name(v->store));
    return 0;
}

/* Each app of hotfix.ini once; the folders of other apps belong to somebody else. */
static int take_inventory(struct hf_verify *v, const struct judging *j, struct hf_err *err)
{
    const struct hf_config *c = j->setup.config;
    size_t i, k;

    if (c == NULL)
        return hf_inventory_add(&v->inventory, v->store, "", err);
    for (i = 0; i < c->channel_count; i++) {
        for (k = 0; k < i && strcmp(c->channels[k].app, c->channels[i].app) != 0; k++)
            ;
        if (k == i && hf_inventory_add(&v->inventory, v->store, c->channels[i].app, err) != 0)
            return -1;
    }
    return 0;
}

static int verify(const struct verify_args *a, struct hf_findings *found, struct hf_err *err)
{
    struct judging j = {0};
    struct hf_verify v = {.found = found, .now = hf_cmd_now()};
    int rc = -1;

    if (!alone(a) && hf_setup_open(&j.setup, hf_cmd_repo(a->where.repo), 0, a->where.ini, err) != 0)
        goto out;
    if (open_trust(&j, a, err) != 0 || open_store(&j, a, err) != 0)
        goto out;
    v.store = j.store;
    v.trust = j.trust;
    if (take_inventory(&v, &j, err) != 0)
        goto out;
    rc = j.setup.config != NULL ? hf_where_each(&j.setup, &a->where, judge_one, &v, err) : judge_found(&v, err);
    if (rc == 0 && a->where.channel == NULL)
        hf_verify_strays(&v);
out:
    hf_inventory_free(&v.inventory);
    hf_store_close(j.store);
    hf_trust_free(j.trust);
    hf_setup_close(&j.setup);
    return rc;
}

int hf_cmd_verify(int argc, char **argv)
{
    struct verify_args a = {0};
    struct hf_findings found;
    struct hf_err err = {HF_OK, ""};
    int rc = parse(&a, argc, argv, &err);

    if (rc < 0)
        return hf_cmd_fail(&err);
    if (rc > 0)
        return 0;
    hf_findings_init(&found, a.where.json);
    if (verify(&a, &found, &err) != 0) {
        json_decref(found.list);
        return hf_cmd_fail(&err);
    }
    return hf_findings_end(&found);
}
