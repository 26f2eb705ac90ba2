/* app.c: hotfix-edge as an application of kore 4.1.0: settings, hooks, and requests handed to edge/site.h. */
#include "edge/app.h"

#include <fcntl.h>
#include <kore/hooks.h>
#include <kore/http.h>
#include <kore/seccomp.h>

#include "core/config.h"
#include "edge/gate.h"
#include "edge/head.h"
#include "edge/life.h"
#include "edge/sendfile.h"
#include "edge/site.h"
#include "edge/start.h"

#define HEADER_SECONDS 5 /* for a head, and with its body */
#define KEEPALIVE_SECONDS 15
#define TICK_MS 1000 /* manifests; and without a timer kore's loop, and so its timeouts, would sleep */

u_int8_t asset_builtin_kore_conf[] = "";
u_int32_t asset_len_builtin_kore_conf = 0;

/* kore's hooks have no argument to carry it. */
static struct hf_site *site;

static struct sock_filter may_also[] = {
#ifdef HF_SANITIZED
    KORE_BPF_RET(SECCOMP_RET_ALLOW), /* sanitizers make system calls of their own, in a build that is never installed */
#else
    /* What glibc, malloc and openat2(2) need besides kore's own list. */
    KORE_SYSCALL_ALLOW(newfstatat),
    KORE_SYSCALL_ALLOW(mremap),
    KORE_SYSCALL_ALLOW(pread64),
    KORE_SYSCALL_ALLOW(gettid),
    KORE_SYSCALL_ALLOW(tgkill),
    KORE_SYSCALL_ALLOW(sysinfo),
    KORE_SYSCALL_ALLOW(openat2),
#endif
};

/* In each worker, just before its sandbox closes. */
void kore_seccomp_hook(void)
{
    kore_seccomp_filter("edge", may_also, KORE_FILTER_LEN(may_also));
    hf_life_end_with_parent();
}

static _Noreturn void die(const struct hf_err *err)
{
    hf_life_say("%s", err->msg);
    exit(hf_exit_status(err->code));
}

static void set_kore(const struct hf_config *c, unsigned descriptors, unsigned at_once)
{
    static char pidfile[32];

    kore_foreground = 1;
    kore_quiet = 1;
    skip_chroot = 1;
    skip_runas = 1;
    kore_root_path = kore_strdup("/");
    /* kore insists on writing one and on removing it: what it writes to is /dev/null, by a path that cannot be removed */
    snprintf(pidfile, sizeof pidfile, "/proc/self/fd/%d", open("/dev/null", O_RDWR | O_CLOEXEC));
    kore_pidfile = pidfile;
    worker_count = (u_int8_t)c->edge.workers;
    worker_set_affinity = 0;
    worker_accept_threshold = 1; /* at 16 one worker takes nearly everything */
    worker_max_connections = at_once;
    worker_rlimit_nofiles = descriptors;
    http_request_limit = at_once;
    http_body_max = HF_HEAD_MAX_BODY;
    http_header_max = HF_HEAD_MAX_BYTES;
    http_header_timeout = HEADER_SECONDS;
    http_body_timeout = HEADER_SECONDS;
    http_keepalive_time = KEEPALIVE_SECONDS;
    http_hsts_enable = 0;
    http_server_version("hotfix-edge");
}

static void add_server(const struct hf_listen *where)
{
    struct kore_server *srv = kore_server_create("edge");
    struct kore_domain *dom;
    struct listener *l;

    srv->tls = 0;
    l = kore_listener_create(srv);
    l->fd = where->fd;
    l->family = where->family;
    l->host = kore_strdup(where->host);
    l->port = kore_strdup(where->port);
    dom = kore_domain_new("*"); /* without an access log */
    if (!kore_domain_attach(dom, srv) ||
        /* the busiest page by a plain comparison; the rest by the expression that always matches */
        !kore_module_handler_new(dom, HF_VERSION_PATH, "hf_app_page", NULL, HANDLER_TYPE_STATIC) ||
        !kore_module_handler_new(dom, "^/", "hf_app_page", NULL, HANDLER_TYPE_DYNAMIC))
        fatal("cannot set up kore");
}

/* Nothing has been forked yet: what is wrong with the configuration is said here, and ends the program. */
void kore_parent_configure(int argc, char **argv)
{
    static char ready[128];
    struct hf_config *c = NULL;
    struct hf_listen where;
    unsigned descriptors, at_once;
    const char *path;
    struct hf_err err;
    int status, kept_root;

    setvbuf(stdout, NULL, _IOLBF, 0);
    status = hf_start_options(&path, argc, argv);
    if (status >= 0)
        exit(status);
    if (hf_config_load(&c, path, &err) != 0)
        die(&err);
    if (hf_site_open(&site, c, &err) != 0) {
        if (err.code == HF_E_CONFIG)
            hf_fail_in(&err, "%s: ", c->path);
        die(&err);
    }
    if (hf_start_listen(&where, c->edge.listen, &err) != 0) {
        if (err.code == HF_E_CONFIG)
            hf_fail_in(&err, "%s: ", c->path);
        die(&err);
    }
    if (hf_start_drop(hf_site_root(site), &kept_root, &err) != 0 || hf_start_limits(&descriptors, &at_once, &err) != 0)
        die(&err);
    if (kept_root)
        hf_life_say("warning: the store belongs to root, so this edge runs as root; give the store to a user of its own");
    hf_site_poll(site, hf_life_say); /* here too, so that OpenSSL and the allocator are warm before the sandbox closes */
    set_kore(c, descriptors, at_once);
    add_server(&where);
    snprintf(ready, sizeof ready, "hotfix-edge: listening on %s", where.address);
    hf_life_begin((int)c->edge.workers, ready);
    hf_config_free(c);
}

/* kore removes its pidfile after this hook: "" is nothing that could be removed. */
void kore_parent_teardown(void)
{
    static char none[] = "";

    kore_pidfile = none;
}

static void tick(void *arg, u_int64_t now)
{
    (void)arg;
    (void)now;
    hf_life_tick();
    hf_site_poll(site, hf_life_say);
}

void kore_worker_configure(void)
{
    kore_timer_add(tick, TICK_MS, NULL, 0);
    hf_site_poll(site, hf_life_say);
    hf_life_ready();
}

static int blob_sent(struct netbuf *nb)
{
    hf_blob_drop(nb->extra);
    return KORE_RESULT_OK;
}

/* Puts the reply on its connection. */
static int send_reply(struct http_request *req, struct hf_reply *r)
{
    struct connection *c = req->owner;
    char head[HF_REPLY_MAX_HEAD];
    const char *connection;
    struct netbuf *nb;

    if ((req->flags & HTTP_VERSION_1_0) || http_request_header(req, "connection", &connection)) /* the gate leaves only "close" */
        c->flags |= CONN_CLOSE_EMPTY;
    net_send_queue(c, head, hf_reply_head(head, r, hf_gate_date(), c->flags & CONN_CLOSE_EMPTY));
    if (req->method == HTTP_METHOD_HEAD || hf_reply_length(r) == 0) {
        hf_reply_drop(r);
    } else if (r->blob != NULL) {
        net_send_stream(c, r->blob->bytes, r->blob->n, blob_sent, &nb);
        nb->extra = r->blob;
    } else if (r->fd >= 0) {
        hf_sendfile(c, r->fd, (off_t)r->off, (off_t)r->len);
    } else {
        net_send_queue(c, r->body, r->body_n);
    }
    return hf_gate_answered(c);
}

int hf_app_page(struct http_request *req)
{
    struct hf_call call;
    struct hf_reply reply;

    memset(&call, 0, sizeof call);
    if (req->owner == NULL)
        return KORE_RESULT_OK;
    call.method = req->method == HTTP_METHOD_GET    ? HF_METHOD_GET
                  : req->method == HTTP_METHOD_HEAD ? HF_METHOD_HEAD
                  : req->method == HTTP_METHOD_POST ? HF_METHOD_POST
                                                    : HF_METHOD_OTHER;
    call.path = req->path;
    if (req->http_body != NULL) {
        call.body = req->http_body->data;
        call.body_n = req->http_body_length;
    }
    http_request_header(req, "range", &call.range);
    http_request_header(req, "if-range", &call.if_range);
    http_request_header(req, "if-none-match", &call.if_none_match);
    call.now = time(NULL);
    call.worker = worker->id;
    call.connections = worker_active_connections;
    hf_site_answer(site, &call, &reply);
    return send_reply(req, &reply);
}
