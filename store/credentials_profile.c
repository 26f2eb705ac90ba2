/* credentials_profile.c: the files of AWS's tools, ~/.aws/credentials and ~/.aws/config. Their grammar is looser than that of
 * hotfix.ini and belongs to others: what stands outside of the profile that is wanted is not judged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "core/escape.h"
#include "store/credentials_in.h"

/* While a file is read. */
struct reading {
    struct hf_profile *out;
    const char *name, *file;
    int config;
    unsigned line;
    int inside; /* in a section of the profile */
    int nested; /* behind "key =" without a value: indented lines are that key's own */
    struct hf_err *err;
};

/* A piece of a line. */
struct span {
    const char *p;
    size_t n;
};

const char *hf_aws_env(const char *name)
{
    const char *v = getenv(name);

    return v != NULL && *v != '\0' ? v : NULL;
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct span trimmed(struct span s)
{
    while (s.n > 0 && is_blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

static int is(struct span s, const char *word)
{
    return s.n == strlen(word) && strncasecmp(s.p, word, s.n) == 0;
}

static int fail_at(const struct reading *r, const char *why)
{
    char shown[192];

    return hf_fail(r->err, HF_E_CONFIG, "%s:%u: %s", hf_escape(shown, sizeof shown, r->file, strlen(r->file)), r->line, why);
}

/* Where a value goes, and how much there is room for. */
static char *place_of(struct hf_profile *p, struct span key, size_t *max)
{
    const struct {
        const char *name;
        char *at;
        size_t max;
    } known[] = {
        {"aws_access_key_id", p->id, sizeof p->id},
        {"aws_secret_access_key", p->secret, sizeof p->secret},
        {"aws_session_token", p->token, sizeof p->token},
        {"region", p->region, sizeof p->region},
        {"endpoint_url", p->endpoint, sizeof p->endpoint},
        {"role_arn", p->role, sizeof p->role},
        {"role_session_name", p->session, sizeof p->session},
        {"web_identity_token_file", p->token_file, sizeof p->token_file},
    };
    size_t i;

    for (i = 0; i < sizeof known / sizeof *known; i++) {
        if (is(key, known[i].name)) {
            *max = known[i].max;
            return known[i].at;
        }
    }
    return NULL;
}

/* Ways to credentials that are others' to go. */
static void note_foreign(struct hf_profile *p, struct span key)
{
    static const char *const assume[] = {"source_profile", "credential_source"};
    static const char *const foreign[] = {"credential_process", "sso_session", "sso_start_url", "login_session"};
    size_t i;

    for (i = 0; i < sizeof assume / sizeof *assume; i++) {
        if (is(key, assume[i]))
            snprintf(p->assume, sizeof p->assume, "%s", assume[i]);
    }
    for (i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        if (is(key, foreign[i]))
            snprintf(p->foreign, sizeof p->foreign, "%s", foreign[i]);
    }
}

static int take_pair(struct reading *r, struct span line)
{
    const char *equals = memchr(line.p, '=', line.n);
    struct span key, value;
    char *at;
    size_t max = 0, i;

    if (equals == NULL)
        return fail_at(r, "neither a [section], nor 'name = value', nor a comment");
    key = trimmed((struct span){line.p, (size_t)(equals - line.p)});
    value = (struct span){equals + 1, line.n - (size_t)(equals - line.p) - 1};
    for (i = 1; i < value.n; i++) {
        if ((value.p[i] == '#' || value.p[i] == ';') && is_blank(value.p[i - 1]))
            value.n = i;
    }
    value = trimmed(value);
    r->nested = value.n == 0;
    if (value.n == 0)
        return 0;
    note_foreign(r->out, key);
    at = place_of(r->out, key, &max);
    if (at == NULL)
        return 0;
    if (value.n >= max)
        return fail_at(r, "the value is longer than any that is good");
    for (i = 0; i < value.n; i++) {
        if ((unsigned char)value.p[i] < ' ' || value.p[i] == 0x7f)
            return fail_at(r, "the value holds a control byte");
    }
    memcpy(at, value.p, value.n);
    at[value.n] = '\0';
    return 0;
}

/* [NAME], [default], [profile NAME], [profile "NAME"]; blanks as they come. */
static void take_section(struct reading *r, struct span line)
{
    const char *close = memchr(line.p, ']', line.n);
    struct span s;

    r->inside = r->nested = 0;
    if (close == NULL)
        return;
    s = trimmed((struct span){line.p + 1, (size_t)(close - line.p) - 1});
    if (r->config && !(s.n == 7 && memcmp(s.p, "default", 7) == 0)) {
        if (s.n < 9 || memcmp(s.p, "profile", 7) != 0 || !is_blank(s.p[7]))
            return;
        s = trimmed((struct span){s.p + 7, s.n - 7});
    }
    if (s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0])
        s = (struct span){s.p + 1, s.n - 2};
    r->inside = s.n == strlen(r->name) && memcmp(s.p, r->name, s.n) == 0;
    r->out->found |= r->inside;
}

int hf_profile_parse(struct hf_profile *out, const char *p, size_t n, int config, const char *name, const char *file,
                     struct hf_err *err)
{
    struct reading r = {.out = out, .name = name, .file = file, .config = config, .err = err};
    const char *end, *next, *stop;
    struct span line;
    int indented;

    if (n == 0)
        return 0;
    stop = p + n;
    if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        p += 3;
    for (; p < stop; p = next) {
        end = memchr(p, '\n', (size_t)(stop - p));
        next = end != NULL ? end + 1 : stop;
        line = (struct span){p, (size_t)((end != NULL ? end : stop) - p)};
        r.line++;
        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        if (line.n > HF_PROFILE_MAX_LINE)
            return fail_at(&r, "the line is too long");
        indented = line.n > 0 && is_blank(line.p[0]);
        line = trimmed(line);
        if (line.n == 0 || line.p[0] == '#' || line.p[0] == ';')
            continue;
        if (line.p[0] == '[' && !indented)
            take_section(&r, line);
        else if (r.inside && !(indented && r.nested) && take_pair(&r, line) != 0)
            return -1;
    }
    return 0;
}

/* One file, if it is there. words: how it is shown. */
static int load_file(struct hf_profile *out, const char *variable, const char *below_home, int config, const char *name,
                     int must_read, char words[HF_CREDENTIALS_MAX_FILE], struct hf_err *err)
{
    const char *path = hf_aws_env(variable), *home = hf_aws_env("HOME");
    char whole[HF_WEB_MAX_PATH + 1];
    struct stat st;
    struct hf_buf b;
    struct hf_err own;
    int rc = -1, named = path != NULL;

    hf_escape(words, HF_CREDENTIALS_MAX_FILE, named ? path : below_home, strlen(named ? path : below_home));
    if (path == NULL) {
        if (home == NULL || (size_t)snprintf(whole, sizeof whole, "%s%s", home, below_home + 1) >= sizeof whole)
            return 0;
        path = whole;
    }
    hf_buf_init(&b, HF_PROFILE_MAX_FILE);
    if (hf_buf_read_file(&b, path, 0, &own) != 0) {
        /* The folder of a service that may not look into homes: as good as none, where nobody asked for it. */
        if (own.code == HF_E_NOTFOUND || (own.code == HF_E_FAIL && !named && !must_read))
            rc = 0;
        else
            hf_fail(err, own.code == HF_E_NOMEM ? HF_E_NOMEM : HF_E_CONFIG, "%s", own.msg);
    } else if (stat(path, &st) == 0 && (st.st_mode & S_IWOTH) != 0) {
        hf_fail(err, HF_E_CONFIG, "everybody may write '%s': take that right away with chmod o-w", words);
    } else {
        rc = hf_profile_parse(out, b.p, b.n, config, name, words, err);
    }
    hf_buf_wipe(&b);
    return rc;
}

int hf_profile_load(struct hf_profile *out, const char *name, int named, char keys_file[HF_CREDENTIALS_MAX_FILE],
                    struct hf_err *err)
{
    char config[HF_CREDENTIALS_MAX_FILE], shared[HF_CREDENTIALS_MAX_FILE], shown[160], before[HF_AWS_ID_MAX + 1];
    int rc = -1;

    memset(out, 0, sizeof *out);
    if (load_file(out, "AWS_CONFIG_FILE", "~/.aws/config", 1, name, named, config, err) != 0)
        goto out;
    memcpy(before, out->id, sizeof before);
    out->id[0] = '\0';
    if (load_file(out, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", 0, name, named, shared, err) != 0)
        goto out;
    snprintf(keys_file, HF_CREDENTIALS_MAX_FILE, "%s", out->id[0] != '\0' ? shared : config);
    if (out->id[0] == '\0')
        memcpy(out->id, before, sizeof before);
    if (named && !out->found) {
        hf_fail(err, HF_E_CONFIG, "the profile '%s' is neither in %s nor in %s",
                hf_escape(shown, sizeof shown, name, strlen(name)), shared, config);
        goto out;
    }
    rc = 0;
out:
    if (rc != 0)
        explicit_bzero(out, sizeof *out);
    return rc;
}
