/* test_metrics.c: what is counted over a real site, and what Prometheus and `hotfix status --edge` get to read. */
#include "tests/unit/site_store.h"

#include <sys/mman.h>

#include "edge/metrics.h"

static struct hf_metrics *m;
static struct hf_buf page;

static int open_site(void **state)
{
    struct hf_err err;

    (void)state;
    put_both(42);
    if (hf_site_open(&site, &config, &err) != 0)
        fail_msg("%s", err.msg);
    poll_now();
    m = mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(m != MAP_FAILED);
    m->started = NOW - 100;
    return 0;
}

static int close_site(void **state)
{
    (void)state;
    hf_site_close(site);
    site = NULL;
    munmap(m, sizeof *m);
    hf_buf_free(&page);
    return 0;
}

/* What the last reply was counted as, by worker `w`. */
static void counted(unsigned w)
{
    hf_metrics_answer(m, &m->shards[w], hf_site_note(site), reply.status, hf_reply_length(&reply), 700000);
}

static const char *text(void)
{
    const struct hf_gauges g = {1, 2, 3, NOW};

    hf_buf_free(&page);
    hf_buf_init(&page, HF_METRICS_MAX_PAGE);
    hf_metrics_text(&page, m, hf_site_table(site), &g);
    assert_int_equal(page.failed, 0);
    return page.p;
}

static void has(const char *line)
{
    char want[300];

    snprintf(want, sizeof want, "\n%s\n", line);
    if (strstr(text(), want) == NULL)
        fail_msg("no line '%s' in:\n%s", line, page.p);
}

static void report(const char *sha, const char *result, int status)
{
    char json[300];

    snprintf(json, sizeof json, "{\"version\":\"1.0.0\",\"report\":{\"sha256\":\"%s\",\"result\":\"%s\"}}", sha, result);
    ask(json, status);
}

static void requests_are_summed_over_workers(void **state)
{
    char url[1024];
    unsigned i;

    (void)state;
    for (i = 0; i < 3; i++) {
        ask("{\"version\":\"1.0.0\"}", 200);
        url_of(url);
        counted(i == 2 ? HF_METRICS_SHARDS - 1 : 1);
    }
    ask("{}", 400);
    counted(1);
    get("/no/such/path", 404);
    counted(2);
    get("/manifest/" APP "/production", 200);
    counted(2);
    has("hotfix_requests_total{route=\"version\",status=\"200\"} 3");
    has("hotfix_requests_total{route=\"version\",status=\"400\"} 1");
    has("hotfix_requests_total{route=\"other\",status=\"404\"} 1");
    has("hotfix_requests_total{route=\"manifest\",status=\"200\"} 1");
    has("hotfix_decisions_total{action=\"install\",reason=\"offered\"} 3");
    has("hotfix_links_total{kind=\"file\"} 3");
    has("hotfix_request_duration_seconds_bucket{route=\"version\",le=\"0.0005\"} 0");
    has("hotfix_request_duration_seconds_bucket{route=\"version\",le=\"0.001\"} 4");
    has("hotfix_request_duration_seconds_bucket{route=\"version\",le=\"+Inf\"} 4");
    has("hotfix_request_duration_seconds_sum{route=\"version\"} 0.002800000");
    has("hotfix_request_duration_seconds_count{route=\"version\"} 4");
    has("hotfix_workers 1");
    has("hotfix_workers_configured 2");
    has("hotfix_connections 3");
    assert_null(strstr(page.p, "no/such"));
    assert_null(strstr(page.p, url + strlen(HF_DOWNLOAD_PATH)));
}

static void decisions_and_links(void **state)
{
    char json[256];

    (void)state;
    snprintf(json, sizeof json, "{\"version\":\"1.0.0\",\"sha256\":\"%s\"}", old_sha);
    ask(json, 200);
    counted(1);
    snprintf(json, sizeof json, "{\"version\":\"1.0.0\",\"sha256\":\"%s\"}", new_sha);
    ask(json, 200);
    counted(1);
    snprintf(json, sizeof json, "{\"version\":\"1.0.0\",\"object\":\"%s\"}", new_sha);
    ask(json, 200);
    counted(1);
    snprintf(json, sizeof json, "{\"version\":\"1.0.0\",\"object\":\"%s\"}", old_sha); /* not the one for it */
    ask(json, 200);
    counted(1);
    has("hotfix_decisions_total{action=\"install\",reason=\"offered\"} 3");
    has("hotfix_decisions_total{action=\"nothing\",reason=\"newest\"} 1");
    has("hotfix_links_total{kind=\"file\"} 2");
    has("hotfix_links_total{kind=\"delta\"} 1");
    has("hotfix_offers_total{app=\"" APP "\",channel=\"production\",patch=\"2\"} 2");
}

static void manifests(void **state)
{
    (void)state;
    has("hotfix_manifest_serial{app=\"" APP "\",channel=\"production\"} 42");
    has("hotfix_manifest_age_seconds{app=\"" APP "\",channel=\"production\"} 300");
    has("hotfix_manifest_published_timestamp_seconds{app=\"" APP "\",channel=\"production\"} 1795327200");
    has("hotfix_manifest_expires_timestamp_seconds{app=\"" APP "\",channel=\"production\"} 1797919500");
    has("hotfix_manifest_refused{app=\"" APP "\",channel=\"production\"} 0");
    put_both(41);
    poll_now();
    has("hotfix_manifest_serial{app=\"" APP "\",channel=\"production\"} 42");
    has("hotfix_manifest_refused{app=\"" APP "\",channel=\"production\"} 1");
    put_both(43);
    poll_now();
    has("hotfix_manifest_refused{app=\"" APP "\",channel=\"production\"} 0");
    unlink(path_of("store/" APP "/production/manifest.json"));
    poll_now();
    has("hotfix_manifest_refused{app=\"" APP "\",channel=\"production\"} 1");
    has("hotfix_manifest_serial{app=\"" APP "\",channel=\"production\"} 43");
}

/* Only patches that the manifest lists have a series; what strangers send has none. */
static void reports(void **state)
{
    (void)state;
    report(new_sha, "installed", 200);
    counted(1);
    counted(2);
    report(new_sha, "confirmed", 200);
    counted(1);
    report(old_sha, "failed", 200);
    counted(1);
    report(delta_sha, "installed", 200);
    counted(1);
    has("hotfix_reports_total{app=\"" APP "\",channel=\"production\",patch=\"2\",result=\"installed\"} 2");
    has("hotfix_reports_total{app=\"" APP "\",channel=\"production\",patch=\"2\",result=\"confirmed\"} 1");
    has("hotfix_reports_total{app=\"" APP "\",channel=\"production\",patch=\"2\",result=\"failed\"} 0");
    has("hotfix_reports_total{app=\"" APP "\",channel=\"production\",patch=\"1\",result=\"failed\"} 1");
    has("hotfix_reports_unlisted_total 1");
    assert_null(strstr(page.p, delta_sha));
    hf_buf_free(&page);
    hf_buf_init(&page, HF_METRICS_MAX_PAGE);
    hf_metrics_reports(&page, m, hf_site_table(site));
    assert_string_equal(page.p, "{\"format\":1,\"since\":1795327400,\"patches\":["
                                "{\"app\":\"" APP "\",\"channel\":\"production\",\"patch\":2,\"offered\":5,\"installed\":2,"
                                "\"confirmed\":1,\"failed\":0,\"removed\":0},"
                                "{\"app\":\"" APP "\",\"channel\":\"production\",\"patch\":1,\"offered\":0,\"installed\":0,"
                                "\"confirmed\":0,\"failed\":1,\"removed\":0}]}");
}

/* There is a bound, and what is over it is left out; what was there goes on. */
static void more_patches_than_there_is_room_for(void **state)
{
    struct hf_note note = {.route = HF_ROUTE_VERSION, .app = APP, .channel = "production", .offered = 1};
    uint64_t n = 0;
    size_t i;

    (void)state;
    for (i = 1; i <= 2 * HF_METRICS_PATCHES; i++) {
        note.patch = (int64_t)i;
        hf_metrics_answer(m, &m->shards[1], &note, 200, 0, 0);
    }
    for (i = 0; i < HF_METRICS_PATCHES; i++)
        n += m->patches[i].n[0];
    assert_in_range(n, HF_METRICS_PATCHES / 2, HF_METRICS_PATCHES);
    has("hotfix_offers_total{app=\"" APP "\",channel=\"production\",patch=\"1\"} 1");
}

static void every_reason_has_a_word(void **state)
{
    enum hf_why why;
    const char *p;

    (void)state;
    for (why = 0; why < HF_WHYS; why++) {
        assert_non_null(hf_why_text(why));
        for (p = hf_why_word(why); *p != '\0'; p++)
            assert_true((*p >= 'a' && *p <= 'z') || *p == '_');
    }
    assert_int_equal(hf_refusal_of(431), HF_REFUSED_TOO_LARGE);
    assert_int_equal(hf_refusal_of(400), HF_REFUSED_MALFORMED);
    assert_int_equal(hf_refusal_of(429), HF_REFUSED_ADDRESS_REQUESTS);
}

#define T(f) cmocka_unit_test_setup_teardown(f, open_site, close_site)

int main(void)
{
    const struct CMUnitTest tests[] = {T(requests_are_summed_over_workers), T(decisions_and_links), T(manifests), T(reports),
                                       T(more_patches_than_there_is_room_for), T(every_reason_has_a_word)};

    return cmocka_run_group_tests(tests, setup, teardown);
}
