/* app.c: hotfix-edge as an application of kore 4.1.0: settings, hooks, and requests handed to edge/site.h. */
#include "edge/app.h"

#include <fcntl.h>
#include <kore/hooks.h>
#include <kore/http.h>
#include <kore/seccomp.h>

#include "core/config.h"
#include "edge/forgive.h"
#include "edge/gate.h"
#include "edge/head.h"
#include "edge/life.h"
#include "edge/peer.h"
#include "edge/sendfile.h"
#include "edge/site.h"
#include "edge/start.h"
#include "edge/supervise.h"
#include "edge/tls.h"
#include "edge/watch.h"

#define TICK_MS 1000 /* manifests; and without a timer kore's loop, and so its timeouts, would sleep */

u_int8_t asset_builtin_kore_conf[] = "";
u_int32_t asset_len_builtin_kore_conf = 0;

/* kore's hooks have no argument to carry it. */
static struct hf_site *site;
static struct kore_server *server;
static SSL_CTX *tls; /* NULL: plain */
static unsigned max_downloads;
static const struct plan *in_force;
static struct hf_lasting *lasting;
static int log_fd = -1, log_is_socket;

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
    http_body_max = (size_t)c->edge.max_body;
    http_header_max = (u_int16_t)c->edge.max_head;
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

/* page: the handler's name, for kore finds it by dlsym. */
static struct kore_server *add_server(const char *name, const struct hf_listen *where, const char *page)
{
    struct kore_server *srv = kore_server_create(name);
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
        !kore_module_handler_new(dom, HF_VERSION_PATH, page, NULL, HANDLER_TYPE_STATIC) ||
        !kore_module_handler_new(dom, "^/", page, NULL, HANDLER_TYPE_DYNAMIC))
        fatal("cannot set up kore");
    return srv;
}

/* All that one reading of the configuration comes to; the supervisor keeps it, each generation serves from it. */
struct plan {
    struct hf_config *config; /* of the first file: its [edge] counts */
    struct hf_site *site;
    struct hf_user user;
    SSL_CTX *tls;
    struct hf_nets proxies, unlimited;
    struct hf_limits_rules rules;
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

/* Something is kept free in each worker, so that it is we who refuse, and not a queue that nobody reads. */
static void set_rules(struct plan *plan, unsigned at_once)
{
    const struct hf_config *c = plan->config;
    uint64_t all = (uint64_t)c->edge.workers * (at_once - at_once / 16);

    plan->rules.connections = (unsigned)((uint64_t)c->edge.max_connections < all ? (uint64_t)c->edge.max_connections : all);
    plan->rules.address_connections = (unsigned)c->edge.address_connections;
    plan->rules.interval = c->edge.address_rate > 0 ? 1000000000u / (uint64_t)c->edge.address_rate : 0;
    plan->rules.burst = plan->rules.interval * (uint64_t)c->edge.address_burst;
}

static int fill_plan(struct plan *plan, const struct hf_options *options, struct hf_err *err)
{
    const struct hf_config *c;

    if (hf_config_load(&plan->config, options->configs[0], err) != 0)
        return -1;
    c = plan->config;
    if (hf_site_open(&plan->site, c, err) != 0 || hf_start_user(&plan->user, c->edge.user, hf_site_root(plan->site), err) != 0 ||
        (hf_nets_parse(&plan->proxies, c->edge.trusted_proxies, err) != 0 && hf_fail_in(err, "[edge] trusted_proxies: ") != 0) ||
        (hf_nets_parse(&plan->unlimited, c->edge.unlimited, err) != 0 && hf_fail_in(err, "[edge] unlimited: ") != 0) ||
        (*c->edge.tls_cert != '\0' && hf_tls_new(&plan->tls, c->edge.tls_cert, c->edge.tls_key, err) != 0))
        return err->code == HF_E_CONFIG ? hf_fail_in(err, "%s: ", c->path) : -1;
    return add_files(plan->site, options, err);
}

static int load_plan(struct hf_super_plan *out, void *options, struct hf_err *err)
{
    const struct hf_options *files = options;
    struct plan *plan = calloc(1, sizeof *plan);
    size_t i;

    memset(out, 0, sizeof *out);
    if (plan == NULL)
        return hf_nomem(err);
    out->data = plan;
    if (fill_plan(plan, options, err) != 0) {
        drop_plan(out);
        return -1;
    }
    if (plan->user.confine && plan->user.uid == 0)
        hf_life_say("warning: %s belongs to root, so this edge runs as root without root's rights; give it to a user of its own, "
                    "or name one in [edge] user",
                    hf_site_is_bucket(plan->site, 0) ? "[edge] sync_dir" : "the store");
    if (files->count > 1)
        hf_life_say("[edge] of %s counts; of the other files, what they serve", plan->config->path);
    out->listen[out->listen_count++] = plan->config->edge.listen;
    if (*plan->config->edge.metrics != '\0')
        out->listen[out->listen_count++] = plan->config->edge.metrics;
    out->drain = plan->config->edge.drain;
    out->user = &plan->user;
    for (i = 0; i < files->count; i++)
        if (hf_site_is_bucket(plan->site, i))
            out->sync[out->sync_count++] = files->configs[i];
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
    server = add_server("edge", &share.sockets[0], "hf_app_page");
    if (share.plan.listen_count > 1)
        add_server("metrics", &share.sockets[1], "hf_app_metrics");
    set_rules(plan, at_once);
    in_force = plan;
    lasting = share.shared->lasting;
    if (plan->config->edge.log_requests && (log_fd = hf_log_open(&log_is_socket, &err)) < 0)
        fatal("%s", err.msg);
    hf_life_begin(share.shared, &plan->user, hf_site_root(site), share.plan.drain);
}

/* kore removes its pidfile after this hook: "" is nothing that could be removed. */
void kore_parent_teardown(void)
{
    static char none[] = "";

    kore_pidfile = none;
}

static u_int64_t last_tick; /* kore's timers have no other memory of it */

static void tick(void *arg, u_int64_t now)
{
    (void)arg;
    hf_forgive(&last_tick, now, TICK_MS);
    hf_life_tick();
    hf_tls_drop_slow(now, (u_int64_t)http_header_timeout * 1000);
    hf_site_poll(site, hf_life_say);
}

void kore_worker_configure(void)
{
    last_tick = kore_time_ms();
    kore_timer_add(tick, TICK_MS, NULL, 0);
    hf_peer_limits(server, &lasting->limits, &in_force->rules, &in_force->unlimited, hf_life_claims());
    hf_watch_begin(&lasting->metrics, worker->id, log_fd, log_is_socket, lasting->log_key);
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

/* Puts the reply on its connection. *sent: the bytes of it, without a file's. */
static int send_reply(struct http_request *req, struct hf_reply *r, u_int64_t *sent)
{
    struct connection *c = req->owner;
    char head[HF_REPLY_MAX_HEAD];
    const char *connection;
    struct netbuf *nb;

    if ((req->flags & HTTP_VERSION_1_0) || hf_life_ending() ||
        http_request_header(req, "connection", &connection)) /* the gate leaves only "close" */
        c->flags |= CONN_CLOSE_EMPTY;
    *sent = hf_reply_head(head, r, hf_gate_date(), c->flags & CONN_CLOSE_EMPTY);
    net_send_queue(c, head, *sent);
    if (req->method == HTTP_METHOD_HEAD || hf_reply_length(r) == 0) {
        hf_reply_drop(r);
    } else if (r->blob != NULL) {
        *sent += r->blob->n;
        net_send_stream(c, r->blob->bytes, r->blob->n, blob_sent, &nb);
        nb->extra = r->blob;
    } else if (r->fd >= 0) {
        hf_sendfile(c, r->fd, (off_t)r->off, (off_t)r->len);
    } else {
        *sent += r->body_n;
        net_send_queue(c, r->body, r->body_n);
    }
    return hf_gate_answered(c);
}

static enum hf_method method_of(const struct http_request *req)
{
    return req->method == HTTP_METHOD_GET    ? HF_METHOD_GET
           : req->method == HTTP_METHOD_HEAD ? HF_METHOD_HEAD
           : req->method == HTTP_METHOD_POST ? HF_METHOD_POST
                                             : HF_METHOD_OTHER;
}

int hf_app_page(struct http_request *req)
{
    struct hf_peer peer; /* as it is now: the next request may come in while this one is sent */
    struct hf_call call;
    struct hf_reply reply;
    u_int64_t sent, body;
    int r, status;

    memset(&call, 0, sizeof call);
    if (req->owner == NULL)
        return KORE_RESULT_OK;
    peer = *hf_peer_of(req->owner);
    call.method = method_of(req);
    call.path = req->path;
    if (req->http_body != NULL) {
        call.body = req->http_body->data;
        call.body_n = req->http_body_length;
    }
    if (call.method != HF_METHOD_POST) { /* each is a walk through the fields, and no page asks for them */
        http_request_header(req, "range", &call.range);
        http_request_header(req, "if-range", &call.if_range);
        http_request_header(req, "if-none-match", &call.if_none_match);
    }
    call.now = time(NULL);
    call.worker = worker->id;
    call.connections = worker_active_connections;
    call.busy = hf_sendfile_count() >= max_downloads;
    call.address = &peer.address;
    hf_site_answer(site, &call, &reply);
    body = hf_reply_length(&reply);
    status = reply.status;
    r = send_reply(req, &reply, &sent);
    hf_watch_answer(hf_site_note(site), &peer.address, http_method_text(req->method), status, body, sent,
                    hf_shared_now_ns() - peer.began);
    return r;
}

/* The listener of [edge] metrics: what was counted, and nothing else. */
int hf_app_metrics(struct http_request *req)
{
    static struct hf_buf page; /* good until the next one */
    struct hf_gauges now;
    struct hf_reply reply;
    u_int64_t sent;
    char text[160];

    if (req->owner == NULL)
        return KORE_RESULT_OK;
    hf_buf_free(&page);
    hf_buf_init(&page, HF_METRICS_MAX_PAGE);
    hf_reply_init(&reply, 200);
    now.now = time(NULL);
    now.workers = hf_life_workers(&now.workers_configured);
    now.connections = atomic_load(&lasting->limits.connections);
    if (strcmp(req->path, "/metrics") == 0) {
        hf_metrics_text(&page, &lasting->metrics, hf_site_table(site), &now);
        reply.type = "text/plain; version=0.0.4; charset=utf-8";
    } else if (strcmp(req->path, "/reports") == 0) {
        hf_metrics_reports(&page, &lasting->metrics, hf_site_table(site));
        reply.type = "application/json";
    }
    reply.cache = "no-store";
    reply.body = page.p;
    reply.body_n = page.n;
    if (reply.type == NULL || page.failed)
        hf_reply_error(&reply, page.failed ? 500 : 404, page.failed ? "Internal error" : "Not found", text, sizeof text);
    else if (!(method_of(req) & (HF_METHOD_GET | HF_METHOD_HEAD)))
        hf_reply_error(&reply, 405, "Method not allowed", text, sizeof text);
    if (reply.status == 405)
        reply.allow = "GET, HEAD";
    return send_reply(req, &reply, &sent);
}
