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
#include "edge/peer.h"
#include "edge/sendfile.h"
#include "edge/site.h"
#include "edge/start.h"
#include "edge/supervise.h"
#include "edge/tls.h"

#define TICK_MS 1000     /* manifests; and without a timer kore's loop, and so its timeouts, would sleep */

u_int8_t asset_builtin_kore_conf[] = "";
u_int32_t asset_len_builtin_kore_conf = 0;

/* kore's hooks have no argument to carry it. */
static struct hf_site *site;
static struct kore_server *server;
static SSL_CTX *tls; /* NULL: plain */
static unsigned max_downloads;

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
    hf_life_enter();
}

static void set_kore(const struct hf_config *c, unsigned descriptors, unsigned at_once)
{
    static char pidfile[32];

#ifdef HF_SECCOMP_TRACE
    kore_seccomp_tracing = 1;
#endif
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
    http_header_timeout = (u_int16_t)c->edge.request;
    http_body_timeout = (u_int16_t)c->edge.request;
    http_keepalive_time = (u_int16_t)c->edge.keepalive;
    max_downloads = at_once - at_once / 4;
    if (c->edge.downloads < max_downloads)
        max_downloads = (unsigned)c->edge.downloads;
    hf_sendfile_stall = (u_int64_t)c->edge.stall * 1000;
    http_hsts_enable = 0;
    http_server_version("hotfix-edge");
}

static void add_server(const struct hf_listen *where)
{
    struct kore_server *srv = server = kore_server_create("edge");
    struct kore_domain *dom;
    struct listener *l;

    srv->tls = 0; /* edge/tls.h */
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

/* All that one reading of the configuration comes to; the supervisor keeps it, each generation serves from it. */
struct plan {
    struct hf_config *config; /* of the first file: its [edge] counts */
    struct hf_site *site;
    struct hf_user user;
    SSL_CTX *tls;
    struct hf_nets proxies;
};

static void drop_plan(struct hf_super_plan *p)
{
    struct plan *plan = p->data;

    if (plan == NULL)
        return;
    hf_site_close(plan->site);
    hf_tls_free(plan->tls);
    hf_config_free(plan->config);
    free(plan);
    p->data = NULL;
}

/* The files behind the first: what they serve, and nothing of their [edge]. */
static int add_files(struct hf_site *to, const struct hf_options *options, struct hf_err *err)
{
    struct hf_config *more;
    size_t i;
    int rc;

    for (i = 1; i < options->count; i++) {
        if (hf_config_load(&more, options->configs[i], err) != 0)
            return -1;
        rc = hf_site_add(to, more, err);
        if (rc != 0 && err->code == HF_E_CONFIG)
            hf_fail_in(err, "%s: ", more->path);
        hf_config_free(more);
        if (rc != 0)
            return -1;
    }
    return 0;
}

static int fill_plan(struct plan *plan, const struct hf_options *options, struct hf_err *err)
{
    const struct hf_config *c;

    if (hf_config_load(&plan->config, options->configs[0], err) != 0)
        return -1;
    c = plan->config;
    if (hf_site_open(&plan->site, c, err) != 0 || hf_start_user(&plan->user, c->edge.user, hf_site_root(plan->site), err) != 0 ||
        (hf_nets_parse(&plan->proxies, c->edge.trusted_proxies, err) != 0 && hf_fail_in(err, "[edge] trusted_proxies: ") != 0) ||
        (*c->edge.tls_cert != '\0' && hf_tls_new(&plan->tls, c->edge.tls_cert, c->edge.tls_key, err) != 0))
        return err->code == HF_E_CONFIG ? hf_fail_in(err, "%s: ", c->path) : -1;
    return add_files(plan->site, options, err);
}

static int load_plan(struct hf_super_plan *out, void *options, struct hf_err *err)
{
    struct plan *plan = calloc(1, sizeof *plan);

    memset(out, 0, sizeof *out);
    if (plan == NULL)
        return hf_nomem(err);
    out->data = plan;
    if (fill_plan(plan, options, err) != 0) {
        drop_plan(out);
        return -1;
    }
    if (plan->user.confine && plan->user.uid == 0)
        hf_life_say("warning: the store belongs to root, so this edge runs as root without root's rights; give the store to a "
                    "user of its own, or name one in [edge] user");
    if (((const struct hf_options *)options)->count > 1)
        hf_life_say("[edge] of %s counts; of the other files, what they serve", plan->config->path);
    out->listen[out->listen_count++] = plan->config->edge.listen;
    out->drain = plan->config->edge.drain;
    return 0;
}

/* Nothing has been forked yet. What returns from hf_supervise is a process of its own, a generation, and goes on as kore. */
void kore_parent_configure(int argc, char **argv)
{
    struct hf_options options;
    struct hf_super_hooks hooks = {load_plan, drop_plan, hf_life_say, &options};
    static struct hf_super_share share;
    unsigned descriptors, at_once;
    struct plan *plan;
    struct hf_err err;
    int status;

    setvbuf(stdout, NULL, _IOLBF, 0);
    status = hf_start_options(&options, argc, argv);
    if (status >= 0)
        exit(status);
    hf_supervise(&share, &hooks);
    plan = share.plan.data;
    site = plan->site;
    tls = plan->tls;
    hf_peer_trust(&plan->proxies, plan->config->edge.proxy_protocol);
    if (hf_start_limits(&descriptors, &at_once, &err) != 0)
        fatal("%s", err.msg);
    hf_site_poll(site, hf_life_say); /* here too, so that OpenSSL and the allocator are warm before the sandbox closes */
    set_kore(plan->config, descriptors, at_once);
    add_server(&share.sockets[0]);
    hf_life_begin(share.shared, &plan->user, hf_site_root(site), share.plan.drain);
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
    hf_life_tick();
    hf_tls_drop_slow(now, (u_int64_t)http_header_timeout * 1000);
    hf_site_poll(site, hf_life_say);
}

void kore_worker_configure(void)
{
    kore_timer_add(tick, TICK_MS, NULL, 0);
    if (tls != NULL)
        hf_tls_serve(server, tls);
    hf_site_poll(site, hf_life_say);
    hf_life_ready();
}

void kore_worker_teardown(void)
{
    hf_life_leave();
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

    if ((req->flags & HTTP_VERSION_1_0) || hf_life_ending() ||
        http_request_header(req, "connection", &connection)) /* the gate leaves only "close" */
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
    char address[HF_ADDR_TEXT];
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
    call.busy = hf_sendfile_count() >= max_downloads;
    call.address = hf_addr_text(address, &hf_peer_of(req->owner)->address);
    hf_site_answer(site, &call, &reply);
    return send_reply(req, &reply);
}
