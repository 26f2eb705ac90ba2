/* test_reason.c: what an app can count: each reason of hotfix_client.h, from the call that ends in it. */
#include "tests/unit/device.h"

#include <sys/stat.h>

#include "client/answer.h"

#define ONE "patch one"
#define TWO "patch two, which is a little longer"

/* A device with a server, and what the server does wrong. */
struct world {
    char dir[512];
    struct server s;
    struct hf_client *c;
    struct hf_client_answer a;
    int manifest_status; /* 0: as it should be */
    int file_status;
    enum hf_client_sent how; /* every exchange ends so, if not SENT */
    const char *link;        /* the edge's answer, NULL: as it should be */
};

static enum hf_client_sent wrong(void *self, const struct hf_client_ask *ask, struct hf_client_reply *r,
                                 int (*on_body)(void *, const void *, size_t), void *arg, char *why, size_t why_max)
{
    struct world *w = self;
    int is_file = strstr(ask->url, "/download/") != NULL, is_link = strcmp(ask->method, "POST") == 0;

    snprintf(why, why_max, "out of order");
    if (w->how != HF_CLIENT_SENT)
        return w->how;
    if (is_link && w->link != NULL && strstr(ask->body, "\"report\"") == NULL) {
        r->status = 200;
        return send_body(w->link, strlen(w->link), on_body, arg) ? HF_CLIENT_SENT : HF_CLIENT_STOPPED;
    }
    if ((is_file && w->file_status != 0) || (!is_file && !is_link && w->manifest_status != 0)) {
        r->status = is_file ? w->file_status : w->manifest_status;
        return HF_CLIENT_SENT;
    }
    return serve(&w->s, ask, r, on_body, arg, why, why_max);
}

static void again(struct world *w)
{
    if (w->c != NULL)
        hf_client_close(w->c);
    w->c = device(w->dir, &w->s, RFC_PUBLIC_PEM);
    w->c->transport.perform = wrong;
    w->c->transport.self = w;
}

static void begin_world(struct world *w)
{
    memset(w, 0, sizeof *w);
    w->a.size = sizeof w->a;
    new_folder(w->dir);
    offer(&w->s, 1, 1, ONE);
    again(w);
}

static void end_world(struct world *w)
{
    hf_client_close(w->c);
    hf_buf_free(&w->s.manifest);
    forget_folder(w->dir);
}

#define ENDS(call, result, why)                                          \
    do {                                                                 \
        enum hf_client_result got_ = (call);                             \
        print_message("# %d, reason %d: %s\n", (int)got_, (int)w.a.reason, w.a.message); \
        assert_int_equal(got_, (result));                                \
        assert_int_equal(w.a.reason, HF_CLIENT_REASON_##why);            \
        assert_true(w.a.message[0] != '\0');                             \
    } while (0)
#define UPDATE(result, why) ENDS(hf_client_update(w.c, &w.a), HF_CLIENT_##result, why)

/* A file of the folder. */
static const char *in(const struct world *w, const char *name)
{
    static char path[700];

    snprintf(path, sizeof path, "%s/%s", w->dir, name);
    return path;
}

static void of_the_app_and_the_device(void **state)
{
    struct hf_client_options o = {.size = sizeof o, .app = "com.example.other", .channel = "production", .version = "1.0.0"};
    struct hf_client *other;
    struct world w;
    int lock;

    (void)state;
    begin_world(&w);
    UPDATE(OK, NONE);
    assert_int_equal(w.a.event, HF_CLIENT_INSTALLED);
    UPDATE(OK, NONE);
    assert_int_equal(w.a.event, HF_CLIENT_NOTHING);

    ENDS(hf_client_open(&other, &o, &w.a), HF_CLIENT_USAGE, USAGE);
    o.dir = w.dir;
    assert_int_equal(hf_client_open(&other, &o, &w.a), HF_CLIENT_OK);
    assert_int_equal(w.a.reason, HF_CLIENT_REASON_NONE);
    ENDS(hf_client_confirm(other, &w.a), HF_CLIENT_REFUSED, FOLDER);
    hf_client_close(other);

    assert_int_equal(hf_dir_lock(&w.c->dir, HF_UPDATE_LOCK, 0, &lock, NULL), 0);
    UPDATE(AGAIN, BUSY);
    hf_dir_unlock(lock);

    /* Where the state would be written, a folder is in the way. */
    assert_int_equal(mkdir(in(&w, ".tmp-state.json"), 0700), 0);
    ENDS(hf_client_begin(w.c, &w.a), HF_CLIENT_FAILED, DISK);
    assert_int_equal(rmdir(in(&w, ".tmp-state.json")), 0);
    ENDS(hf_client_begin(w.c, &w.a), HF_CLIENT_OK, NONE);
    end_world(&w);

    begin_world(&w);
    assert_int_equal(mkdir(in(&w, "partial"), 0700), 0);
    assert_int_equal(symlink("/dev/full", in(&w, "partial/x")), 0); /* what is not ours there goes, */
    assert_int_equal(rename(in(&w, "partial/x"), in(&w, "manifest.json")), 0);
    UPDATE(OK, NONE); /* and a link in the place of a file is replaced, never written through */
    assert_int_equal(w.a.event, HF_CLIENT_INSTALLED);
    end_world(&w);
}

static int stop(void *arg, int64_t have, int64_t size)
{
    (void)arg;
    (void)have;
    (void)size;
    return 1;
}

static void of_the_way_to_the_server(void **state)
{
    struct world w;

    (void)state;
    begin_world(&w);
    w.how = HF_CLIENT_BROKE;
    UPDATE(AGAIN, NETWORK);
    w.how = HF_CLIENT_CANNOT;
    UPDATE(FAILED, NETWORK);
    w.how = HF_CLIENT_TOO_LONG;
    UPDATE(REFUSED, LIMIT);
    w.how = HF_CLIENT_SENT;
    w.manifest_status = 503;
    UPDATE(AGAIN, SERVER);
    w.manifest_status = 404;
    UPDATE(FAILED, SERVER);
    w.manifest_status = 0;
    w.file_status = 302;
    UPDATE(REFUSED, SERVER);
    w.file_status = 500;
    UPDATE(AGAIN, SERVER);
    w.file_status = 418;
    UPDATE(FAILED, SERVER);
    w.file_status = 403;
    UPDATE(AGAIN, SERVER); /* no link works */
    w.file_status = 0;
    w.link = "{\"update\":false}";
    UPDATE(AGAIN, SERVER);
    w.link = "{\"update\":true,\"url\":\"http://edge.example/x\"}";
    UPDATE(REFUSED, SERVER);
    w.link = "no JSON";
    UPDATE(REFUSED, FORMAT);
    w.link = NULL;
    w.s.bytes_n = strlen(ONE) + 1;
    UPDATE(REFUSED, LIMIT);
    w.s.bytes_n = strlen(ONE);
    w.s.cut = 3;
    w.c->progress = stop;
    UPDATE(AGAIN, STOPPED);
    w.c->progress = NULL;
    w.s.bytes_n = strlen(ONE) + 1;
    UPDATE(REFUSED, FORMAT); /* another range than the one that was asked for */
    w.s.bytes = "patch 0ne";
    w.s.bytes_n = strlen(ONE);
    UPDATE(REFUSED, DAMAGED);
    w.s.bytes = ONE;
    UPDATE(OK, NONE);
    end_world(&w);
}

static void sign_as(struct world *w, struct hf_manifest *m, const char *pem)
{
    const char *const pems[] = {pem};

    sign_manifest(&w->s.manifest, m, pems, 1);
}

static void of_the_manifest(void **state)
{
    struct hf_manifest *m;
    struct world w;

    (void)state;
    begin_world(&w);
    UPDATE(OK, NONE);
    sign_as(&w, new_manifest(2), OTHER_PRIVATE_PEM);
    UPDATE(REFUSED, SIGNATURE);
    sign_as(&w, new_manifest(1), RFC_PRIVATE_PEM); /* without the release */
    UPDATE(REFUSED, CONFLICT);
    assert_int_equal(hf_manifest_new(&m, "com.example.other", "production", NULL), 0);
    m->serial = 2;
    m->published = NOW;
    m->expires = NOW + DAY;
    sign_as(&w, m, RFC_PRIVATE_PEM);
    UPDATE(REFUSED, MANIFEST);
    m = new_manifest(2);
    m->published = NOW - 40 * DAY;
    m->expires = NOW - 10 * DAY;
    sign_as(&w, m, RFC_PRIVATE_PEM);
    UPDATE(EXPIRED, EXPIRED);
    m = new_manifest(2);
    m->published = NOW + 10 * DAY;
    sign_as(&w, m, RFC_PRIVATE_PEM);
    w.s.tls = 1;
    w.s.date = NOW;
    UPDATE(REFUSED, CLOCK);
    hf_buf_free(&w.s.manifest);
    hf_buf_str(&w.s.manifest, "[]");
    UPDATE(REFUSED, FORMAT);
    assert_int_equal(w.a.patch.number, 1); /* the active patch is unchanged by all of them */
    offer(&w.s, 1, 1, ONE);
    m = new_manifest(3);
    add_release(m, 1, ONE, HF_LIVE);
    sign_as(&w, m, RFC_PRIVATE_PEM);
    UPDATE(OK, NONE);
    offer(&w.s, 2, 2, TWO);
    UPDATE(OK, NONE);
    assert_int_equal(w.a.event, HF_CLIENT_STALE);
    end_world(&w);
}

/* The server's manifest has ONE in this state, and nothing else. */
static void offer_state(struct world *w, int64_t serial, enum hf_state state)
{
    struct hf_manifest *m = new_manifest(serial);

    add_release(m, 1, ONE, state);
    if (state == HF_REVOKED) {
        m->revoked = calloc(1, sizeof *m->revoked);
        assert_non_null(m->revoked);
        memcpy(m->revoked[0], m->releases[0].file.sums.sha256, sizeof m->revoked[0]);
        m->revoked_count = 1;
    }
    sign_as(w, m, RFC_PRIVATE_PEM);
}

static void why_a_patch_is_gone(void **state)
{
    struct world w;
    FILE *f;

    (void)state;
    begin_world(&w);
    UPDATE(OK, NONE);
    offer_state(&w, 2, HF_WITHDRAWN);
    UPDATE(OK, WITHDRAWN);
    assert_int_equal(w.a.event, HF_CLIENT_REMOVED);
    offer_state(&w, 3, HF_LIVE);
    UPDATE(OK, NONE);
    offer_state(&w, 4, HF_REVOKED);
    UPDATE(OK, REVOKED);
    assert_int_equal(w.a.event, HF_CLIENT_REMOVED);
    end_world(&w);

    begin_world(&w);
    UPDATE(OK, NONE);
    offer(&w.s, 2, 2, NULL);
    UPDATE(OK, AS_SHIPPED);
    assert_int_equal(w.a.event, HF_CLIENT_REMOVED);
    end_world(&w);

    /* Two starts without confirm; then by hand. */
    begin_world(&w);
    UPDATE(OK, NONE);
    ENDS(hf_client_begin(w.c, &w.a), HF_CLIENT_OK, NONE);
    ENDS(hf_client_confirm(w.c, &w.a), HF_CLIENT_OK, NONE);
    offer(&w.s, 2, 2, TWO);
    UPDATE(OK, NONE);
    ENDS(hf_client_begin(w.c, &w.a), HF_CLIENT_OK, NONE);
    ENDS(hf_client_begin(w.c, &w.a), HF_CLIENT_OK, NONE);
    ENDS(hf_client_begin(w.c, &w.a), HF_CLIENT_OK, STARTS);
    assert_int_equal(w.a.event, HF_CLIENT_WENT_BACK);
    ENDS(hf_client_rollback(w.c, &w.a), HF_CLIENT_OK, ROLLBACK);
    assert_int_equal(w.a.event, HF_CLIENT_REMOVED);
    end_world(&w);

    /* The file changes on the disk; another version of the app; a state that nobody can read. */
    begin_world(&w);
    UPDATE(OK, NONE);
    f = fopen(w.a.path, "r+");
    assert_non_null(f);
    assert_int_equal(fputs("P", f) >= 0 && fclose(f) == 0, 1);
    ENDS(hf_client_status(w.c, NULL, &w.a), HF_CLIENT_OK, DAMAGED);
    ENDS(hf_client_begin(w.c, &w.a), HF_CLIENT_OK, DAMAGED);
    assert_int_equal(w.a.event, HF_CLIENT_REMOVED);
    UPDATE(OK, NONE);
    assert_int_equal(w.a.event, HF_CLIENT_INSTALLED);
    snprintf(w.c->version, sizeof w.c->version, "2.0.0");
    ENDS(hf_client_begin(w.c, &w.a), HF_CLIENT_OK, VERSION);
    assert_int_equal(w.a.event, HF_CLIENT_REMOVED);
    f = fopen(in(&w, "state.json"), "w");
    assert_non_null(f);
    fclose(f);
    ENDS(hf_client_begin(w.c, &w.a), HF_CLIENT_OK, STATE);
    assert_int_equal(w.a.event, HF_CLIENT_NOTHING);
    end_world(&w);
}

/* What no test can bring about: no memory, and no digests. */
static void of_what_is_left(void **state)
{
    struct hf_client_answer a, callers = {.size = sizeof callers};
    struct hf_err err;

    (void)state;
    memset(&a, 0, sizeof a);
    hf_nomem(&err);
    assert_int_equal(hf_answer_end(&callers, &a, -1, &err), HF_CLIENT_FAILED);
    assert_int_equal(callers.reason, HF_CLIENT_REASON_MEMORY);
    hf_fail(&err, HF_E_FAIL, "no digest");
    assert_int_equal(hf_answer_end(&callers, &a, -1, &err), HF_CLIENT_FAILED);
    assert_int_equal(callers.reason, HF_CLIENT_REASON_INTERNAL);
    assert_string_equal(callers.message, "no digest");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_the_app_and_the_device),
        cmocka_unit_test(of_the_way_to_the_server),
        cmocka_unit_test(of_the_manifest),
        cmocka_unit_test(why_a_patch_is_gone),
        cmocka_unit_test(of_what_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
