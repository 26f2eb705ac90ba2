/* test_decide_random.c: 30,000 manifests and devices drawn with a fixed seed; each decision is compared with the rules said
 * once more, by somebody who has not read decide.c: as sets and maxima, without its order of steps. */
#include "tests/unit/deciding.h"

#define DRAWS 30000
#define FILES 6

static const char *const targets[] = {"1.0.0", "1.0.x", ">=1.0.0 <2.0.0", "2.0.0 || 1.0.1", "1.0.1+7", "~2.0.0"};
static const char *const versions[] = {"1.0.0", "1.0.1", "1.0.1+7", "1.5", "2.0.0", "2.0.0-beta.1", "3.0.0"};
static const char *const clients[] = {"client-0001", "6fa459ea-ee8a-3ca4-894e-db77e160355e", "a", "", NULL};
static const char *const salts[] = {SALT, "00", "ffff"};
static const int rollouts[] = {0, 1, 5000, 8591, 9999, 10000, 10000, 10000};

static uint64_t seed = 20261122;

static unsigned below(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 33) % n;
}

#define PICK(list) (list[below(sizeof(list) / sizeof *(list))])

static void draw_release(int64_t patch)
{
    struct hf_release *rel = release_add(m, patch, PICK(targets), (int)below(FILES + 1));
    unsigned i, deltas = rel->has_file ? below(3) : 0;

    rel->state = below(2) ? HF_LIVE : (enum hf_state)below(4);
    rel->rollout = PICK(rollouts);
    strcpy(rel->salt, PICK(salts));
    rel->priority = (enum hf_priority)below(3);
    rel->unknown_critical = below(20) == 0;
    rel->deltas = calloc(deltas + 1, sizeof *rel->deltas);
    rel->delta_count = deltas;
    for (i = 0; i < deltas; i++)
        strcpy(rel->deltas[i].from, sum_of(1 + (int)below(FILES)));
}

static void draw_manifest(void)
{
    unsigned n = below(7);
    int64_t patch = 0;
    int file;

    hf_manifest_free(m);
    m = manifest_new();
    while (n-- > 0)
        draw_release(patch += 1 + below(2));
    for (file = 1; file <= FILES; file++)
        if (below(8) == 0)
            revoke(m, file);
}

static struct hf_facts draw_device(void)
{
    struct hf_facts r = device(PICK(versions), 0);
    unsigned has = below(4);

    r.client = PICK(clients);
    if (has == 1 || has == 2)
        r.sha256 = sum_of(1 + (int)below(FILES + 1)); /* one of them is never listed */
    if (has == 2 || has == 3)
        r.md5 = md5_of(1 + (int)below(FILES + 1));
    while (r.failed_count < HF_FACTS_MAX_FAILED && below(3) == 0)
        r.failed[r.failed_count++] = sum_of(1 + (int)below(FILES));
    return r;
}

/* The rules, once more. */

static int among(const char *sum, const char (*list)[HF_SHA256_HEX + 1], size_t n)
{
    while (n-- > 0)
        if (strcmp(list[n], sum) == 0)
            return 1;
    return 0;
}

static int is_revoked(const char *sum)
{
    return among(sum, (const char(*)[HF_SHA256_HEX + 1]) m->revoked, m->revoked_count);
}

static int admits(const struct hf_release *rel, const struct hf_version *v, const struct hf_facts *r)
{
    int bucket = r->client != NULL && r->client[0] != '\0' ? hf_rollout_bucket(rel->salt, r->client) : 9999;
    size_t i;
    int failed = 0;

    for (i = 0; i < r->failed_count; i++)
        failed |= rel->has_file && strcmp(r->failed[i], rel->file.sums.sha256) == 0;
    return rel->state == HF_LIVE && !rel->unknown_critical && hf_range_holds(rel->range, v) && bucket < rel->rollout && !failed &&
           !(rel->has_file && is_revoked(rel->file.sums.sha256));
}

static int is_its(const struct hf_release *rel, const struct hf_facts *r)
{
    const char *sum = r->sha256 != NULL ? r->sha256 : "", *md5 = r->md5 != NULL ? r->md5 : "";

    if (!rel->has_file)
        return 0;
    return sum[0] != '\0' ? strcmp(sum, rel->file.sums.sha256) == 0 : strcmp(md5, rel->file.sums.md5) == 0;
}

/* The release with the highest number for which `good` is set, or NULL. */
static const struct hf_release *highest(const int *good)
{
    const struct hf_release *best = NULL;
    size_t i;

    for (i = 0; i < m->release_count; i++)
        if (good[i] && (best == NULL || m->releases[i].patch > best->patch))
            best = &m->releases[i];
    return best;
}

struct expected {
    enum hf_action action;
    int64_t patch; /* to install */
    const char *delta_from;
    enum hf_priority priority;
};

static struct expected rules(const struct hf_version *v, const struct hf_facts *r)
{
    int admitted[8] = {0}, its[8] = {0}, its_here[8] = {0}, has = (r->sha256 && r->sha256[0]) || (r->md5 && r->md5[0]), leave;
    struct expected e = {HF_NOTHING, 0, NULL, HF_NORMAL};
    const struct hf_release *cand, *own;
    size_t i;

    for (i = 0; i < m->release_count; i++) {
        admitted[i] = admits(&m->releases[i], v, r);
        its[i] = is_its(&m->releases[i], r);
        its_here[i] = its[i] && hf_range_holds(m->releases[i].range, v);
    }
    cand = highest(admitted); /* 2 */
    own = highest(its_here) != NULL ? highest(its_here) : highest(its);
    if (cand != NULL && is_its(cand, r)) /* 3 */
        return e;
    leave = (r->sha256 && r->sha256[0] && is_revoked(r->sha256)) ||
            (own != NULL && (is_revoked(own->file.sums.sha256) || own->state == HF_WITHDRAWN || own->state == HF_REVOKED ||
                             highest(its_here) == NULL));
    if (!leave && (cand == NULL || (own != NULL && cand->patch < own->patch))) /* 5 */
        return e;
    if (!leave && !cand->has_file && !has) /* 6 */
        return e;
    e.action = cand != NULL && cand->has_file ? HF_INSTALL : HF_REMOVE; /* 4, 6, 7 */
    e.patch = e.action == HF_INSTALL ? cand->patch : 0;
    for (i = 0; e.patch != 0 && i < cand->delta_count; i++) /* 7 */
        if (r->sha256 && strcmp(cand->deltas[i].from, r->sha256) == 0)
            e.delta_from = cand->deltas[i].from;
    e.priority = cand != NULL ? cand->priority : HF_NORMAL;
    for (i = 0; cand != NULL && i < m->release_count; i++)
        if (admitted[i] && (own == NULL || m->releases[i].patch > own->patch) && m->releases[i].priority > e.priority)
            e.priority = m->releases[i].priority;
    return e;
}

static void decisions_are_what_the_rules_say(void **state)
{
    int seen[3] = {0}, deltas = 0, i;

    (void)state;
    for (i = 0; i < DRAWS; i++) {
        struct hf_facts r;
        struct hf_version v;
        struct expected e;

        if (i % 8 == 0)
            draw_manifest();
        r = draw_device();
        assert_int_equal(hf_version_parse(&v, r.version, strlen(r.version), NULL), 0);
        e = rules(&v, &r);
        assert_int_equal(hf_decide(&d, m, &r, NOW, NULL), 0);
        if (d.action != e.action || (e.action == HF_INSTALL && d.release->patch != e.patch))
            fail_msg("draw %d: action %d of %lld instead of %d of %lld (%s)", i, d.action,
                     d.release != NULL ? (long long)d.release->patch : 0, e.action, (long long)e.patch, d.reason);
        if ((d.delta == NULL) != (e.delta_from == NULL) || (d.delta != NULL && strcmp(d.delta->from, e.delta_from) != 0))
            fail_msg("draw %d: another delta", i);
        if (e.action == HF_INSTALL && d.priority != e.priority)
            fail_msg("draw %d: priority %d instead of %d", i, d.priority, e.priority);
        seen[d.action]++;
        deltas += d.delta != NULL;
    }
    /* The draws are worth something only if all of it happens often. */
    assert_true(seen[HF_NOTHING] > DRAWS / 10 && seen[HF_INSTALL] > DRAWS / 10 && seen[HF_REMOVE] > DRAWS / 20 && deltas > 100);
}

/* Whoever does what was decided and asks again has nothing more to do. */
static void doing_what_was_decided_comes_to_rest(void **state)
{
    int i, step;

    (void)state;
    for (i = 0; i < DRAWS / 3; i++) {
        struct hf_facts r;

        if (i % 8 == 0)
            draw_manifest();
        r = draw_device();
        for (step = 0; step < 2; step++) {
            assert_int_equal(hf_decide(&d, m, &r, NOW, NULL), 0);
            if (d.action == HF_NOTHING)
                break;
            r.md5 = "";
            r.sha256 = d.action == HF_INSTALL ? d.release->file.sums.sha256 : "";
        }
        if (d.action != HF_NOTHING)
            fail_msg("draw %d: done, and still '%s'", i, d.reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        decide_test(decisions_are_what_the_rules_say),
        decide_test(doing_what_was_decided_comes_to_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
