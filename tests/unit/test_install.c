/* test_install.c: a device that is killed at any step of what it does always starts with a whole patch or none, and what was
 * begun is done by the next try. */
#include "tests/unit/device.h"

#include <sys/wait.h>

#define HF_STEPS
#include "core/step.h"

#define ONE "patch one"
#define TWO "patch two, which is a little longer"

struct trail {
    char text[8192];
};

static int left = -1;       /* the process dies at the step behind so many; less than 0: at none */
static struct trail *trail; /* what was done to what is written here; NULL: nowhere */

void hf_step(const char *what, const char *of)
{
    size_t n;

    if (left >= 0 && left-- == 0)
        _exit(9);
    if (trail == NULL || strncmp(what, "after ", 6) != 0)
        return;
    n = strlen(trail->text);
    snprintf(trail->text + n, sizeof trail->text - n, "%s %s; ", what + 6, of);
}

enum verb {
    UPDATE,
    BEGIN,
    ROLLBACK
};

static enum hf_client_result act(struct hf_client *c, enum verb verb, struct hf_client_answer *a)
{
    switch (verb) {
    case UPDATE:
        return hf_client_update(c, a);
    case BEGIN:
        return hf_client_begin(c, a);
    case ROLLBACK:
        return hf_client_rollback(c, a);
    }
    return HF_CLIENT_FAILED;
}

/* In a child that dies at step n: 1 when it did, 0 when there was no such step. */
static int killed_at(const char *dir, struct server *s, enum verb verb, int n)
{
    struct hf_client_answer a = {.size = sizeof a};
    struct hf_client *c;
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        c = device(dir, s, RFC_PUBLIC_PEM);
        left = n;
        _exit(act(c, verb, &a) == HF_CLIENT_OK ? 0 : 8);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) != 9)
        assert_int_equal(WEXITSTATUS(status), 0);
    return WEXITSTATUS(status) == 9;
}

/* What lies at path is exactly these bytes. */
static int holds_bytes(const char *path, const char *bytes)
{
    struct hf_buf b;
    struct hf_err err;
    int same;

    hf_buf_init(&b, 4096);
    if (hf_buf_read_file(&b, path, 0, &err) != 0)
        fail_msg("%s", err.msg);
    same = b.n == strlen(bytes) && memcmp(b.p, bytes, b.n) == 0;
    hf_buf_free(&b);
    return same;
}

/* What the app would run: through begin, and through `current` without asking anybody. */
static void starts_whole(const char *dir, const char *const *allowed, int none_allowed)
{
    char link[600];
    struct server nobody;
    struct hf_client_answer a = {.size = sizeof a};
    struct hf_client *c;
    int i, found = 0;

    snprintf(link, sizeof link, "%s/current/fix.zip", dir);
    for (i = 0; allowed[i] != NULL && access(link, F_OK) == 0; i++)
        found |= holds_bytes(link, allowed[i]);
    assert_true(found || (none_allowed && access(link, F_OK) != 0));

    memset(&nobody, 0, sizeof nobody);
    c = device(dir, &nobody, RFC_PUBLIC_PEM);
    assert_int_equal(hf_client_begin(c, &a), HF_CLIENT_OK);
    for (i = 0, found = 0; allowed[i] != NULL && a.path[0] != '\0'; i++)
        found |= holds_bytes(a.path, allowed[i]);
    assert_true(found || (none_allowed && a.path[0] == '\0'));
    if (a.path[0] == '\0')
        assert_int_not_equal(access(link, F_OK), 0);
    else
        assert_int_equal(access(link, F_OK), 0);
    assert_int_equal(hf_client_confirm(c, &a), HF_CLIENT_OK);
    hf_client_close(c);
}

static void update_to(const char *dir, struct server *s, const char *bytes)
{
    char link[600];
    struct hf_client_answer a = {.size = sizeof a};
    struct hf_client *c = device(dir, s, RFC_PUBLIC_PEM);

    if (hf_client_update(c, &a) != HF_CLIENT_OK)
        fail_msg("%s", a.message);
    hf_client_close(c);
    snprintf(link, sizeof link, "%s/current/fix.zip", dir);
    if (bytes == NULL)
        assert_int_not_equal(access(link, F_OK), 0);
    else
        assert_true(holds_bytes(link, bytes));
}

static void killed_in_a_first_install(void **state)
{
    const char *const allowed[] = {ONE, NULL};
    struct server s;
    char dir[512];
    int n, more = 1;

    (void)state;
    memset(&s, 0, sizeof s);
    offer(&s, 1, 1, ONE);
    for (n = 0; more; n++) {
        new_folder(dir);
        more = killed_at(dir, &s, UPDATE, n);
        starts_whole(dir, allowed, more);
        update_to(dir, &s, ONE);
        forget_folder(dir);
    }
    assert_true(n > 15); /* the steps are there, and were counted */
    hf_buf_free(&s.manifest);
}

static void killed_while_one_replaces_another(void **state)
{
    const char *const allowed[] = {ONE, TWO, NULL};
    struct server s;
    char dir[512];
    int n, more = 1;

    (void)state;
    memset(&s, 0, sizeof s);
    for (n = 0; more; n++) {
        new_folder(dir);
        offer(&s, 1, 1, ONE);
        update_to(dir, &s, ONE);
        offer(&s, 2, 2, TWO);
        more = killed_at(dir, &s, UPDATE, n);
        starts_whole(dir, allowed, 0);
        update_to(dir, &s, TWO);
        forget_folder(dir);
    }
    assert_true(n > 15);
    hf_buf_free(&s.manifest);
}

static void killed_while_a_patch_is_taken_away(void **state)
{
    const char *const allowed[] = {ONE, NULL};
    struct server s;
    char dir[512];
    int n, more = 1;

    (void)state;
    memset(&s, 0, sizeof s);
    for (n = 0; more; n++) {
        new_folder(dir);
        offer(&s, 1, 1, ONE);
        update_to(dir, &s, ONE);
        offer(&s, 2, 2, NULL);
        more = killed_at(dir, &s, UPDATE, n);
        starts_whole(dir, allowed, 1);
        update_to(dir, &s, NULL);
        forget_folder(dir);
    }
    assert_true(n > 5);
    hf_buf_free(&s.manifest);
}

static void killed_while_a_patch_is_given_up(void **state)
{
    const char *const allowed[] = {ONE, TWO, NULL};
    struct server s;
    char dir[512];
    int n, more = 1;

    (void)state;
    memset(&s, 0, sizeof s);
    for (n = 0; more; n++) {
        new_folder(dir);
        offer(&s, 1, 1, ONE);
        update_to(dir, &s, ONE);
        offer(&s, 2, 2, TWO);
        update_to(dir, &s, TWO);
        more = killed_at(dir, &s, ROLLBACK, n);
        starts_whole(dir, allowed, 0);
        forget_folder(dir);
    }
    assert_true(n > 5);
    hf_buf_free(&s.manifest);
}

static void killed_while_a_start_is_counted(void **state)
{
    const char *const allowed[] = {ONE, NULL};
    struct server s;
    char dir[512];
    int n, more = 1;

    (void)state;
    memset(&s, 0, sizeof s);
    offer(&s, 1, 1, ONE);
    for (n = 0; more; n++) {
        new_folder(dir);
        update_to(dir, &s, ONE);
        more = killed_at(dir, &s, BEGIN, n);
        starts_whole(dir, allowed, 0);
        forget_folder(dir);
    }
    assert_true(n > 4);
    hf_buf_free(&s.manifest);
}

/* A kill cannot show what a power cut does; the order can. */
static void each_rename_stands_between_two_fsyncs(void **state)
{
    struct hf_client_answer a = {.size = sizeof a};
    struct hf_client *c;
    struct server s;
    struct trail t;
    char dir[512];
    const char *p;

    (void)state;
    memset(&s, 0, sizeof s);
    memset(&t, 0, sizeof t);
    new_folder(dir);
    offer(&s, 1, 1, ONE);
    c = device(dir, &s, RFC_PUBLIC_PEM);
    trail = &t;
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
    trail = NULL;
    hf_client_close(c);
    /* The patch is synced, then moved, then its folders are; the state says so, for good; then the link does. */
    p = strstr(t.text, "fsync the patch; ");
    assert_non_null(p);
    p = strstr(p, "rename the patch; fsync the folder of the patch; fsync the patches' folder; "
                  "create state.json; write state.json; fsync state.json; rename state.json; fsync the folder of state.json; "
                  "symlink current; rename current; fsync the folder of current; ");
    assert_non_null(p);
    for (p = t.text; (p = strstr(p, "rename ")) != NULL; p++) {
        assert_non_null(strchr(p, ';'));
        assert_memory_equal(strchr(p, ';'), "; fsync the folder of ", 22);
    }
    for (p = t.text; (p = strstr(p, "write ")) != NULL; p++)
        assert_memory_equal(strchr(p, ';'), "; fsync ", 8);
    hf_buf_free(&s.manifest);
    forget_folder(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_in_a_first_install),
        cmocka_unit_test(killed_while_one_replaces_another),
        cmocka_unit_test(killed_while_a_patch_is_taken_away),
        cmocka_unit_test(killed_while_a_patch_is_given_up),
        cmocka_unit_test(killed_while_a_start_is_counted),
        cmocka_unit_test(each_rename_stands_between_two_fsyncs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
