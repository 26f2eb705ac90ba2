/* lookalike.c: see lookalike.h. */
#include "publisher/lookalike.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define PREFIX "hotfix"
#define MAX_LETTERS 40 /* of what is compared: the longest name that we know has less */
#define FULLWIDTH_COLON 0xff1a

static const struct {
    const char *name, *title, *variable;
    int flag;
} params[HF_PARAM_COUNT] = {
    [HF_PARAM_ROLLOUT] = {"rollout", "Rollout", "HOTFIX_ROLLOUT", 0},
    [HF_PARAM_PRIORITY] = {"priority", "Priority", "HOTFIX_PRIORITY", 0},
    [HF_PARAM_WINDOW] = {"window", "Window", "HOTFIX_WINDOW", 0},
    [HF_PARAM_NOTES] = {"notes", "Notes", "HOTFIX_NOTES", 0},
    [HF_PARAM_OVER] = {"over", "Over", "HOTFIX_OVER", 0},
    [HF_PARAM_TARGET] = {"target", "Target", "HOTFIX_TARGET", 0},
    [HF_PARAM_BASE] = {"base", "Base", "HOTFIX_BASE", 0},
    [HF_PARAM_FORCE] = {"force", "Force", "HOTFIX_FORCE", 1},
    [HF_PARAM_LIVE] = {"live", "Live", "HOTFIX_LIVE", 1},
};

const char *hf_param_name(enum hf_param p)
{
    return params[p].name;
}

const char *hf_param_title(enum hf_param p)
{
    return params[p].title;
}

const char *hf_param_variable(enum hf_param p)
{
    return params[p].variable;
}

int hf_param_is_flag(enum hf_param p)
{
    return params[p].flag;
}

enum hf_param hf_param_find(const char *s, size_t n, int any_case)
{
    for (int i = 0; i < HF_PARAM_COUNT; i++)
        if (strlen(params[i].name) == n && (any_case ? strncasecmp(params[i].name, s, n) : memcmp(params[i].name, s, n)) == 0)
            return (enum hf_param)i;
    return HF_PARAM_COUNT;
}

/* The letter at s[0..n), n > 0, and its bytes. What is no UTF-8 is a letter a byte. */
static uint32_t letter(const char *s, size_t n, size_t *bytes)
{
    static const uint32_t first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    unsigned char c = (unsigned char)s[0];
    size_t len = c >= 0xf0 ? 4 : c >= 0xe0 ? 3
                             : c >= 0xc0   ? 2
                                           : 1,
           i;
    uint32_t v = c & first[len];

    for (i = 1; i < len && i < n && ((unsigned char)s[i] & 0xc0) == 0x80; i++)
        v = v << 6 | ((unsigned char)s[i] & 0x3f);
    *bytes = i == len ? len : 1;
    return i == len && (c < 0x80 || len > 1) ? v : c;
}

static uint32_t folded(uint32_t c)
{
    return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
}

/* The letters of s, without case; MAX_LETTERS + 1 when there are more than fit. */
static size_t letters(uint32_t out[MAX_LETTERS], const char *s, size_t n)
{
    size_t count = 0, bytes, i;

    for (i = 0; i < n; i += bytes) {
        uint32_t c = letter(s + i, n - i, &bytes);

        if (count == MAX_LETTERS)
            return MAX_LETTERS + 1;
        out[count++] = folded(c);
    }
    return count;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;

    return m < c ? m : c;
}

/* How many letters must be put in, taken out or changed to make one of the other; more than the distance when it is far. */
static unsigned distance(const char *a, size_t a_n, const char *b)
{
    uint32_t x[MAX_LETTERS], y[MAX_LETTERS];
    unsigned row[MAX_LETTERS + 1], corner;
    size_t n = letters(x, a, a_n), m = letters(y, b, strlen(b)), i, j;

    if (n > MAX_LETTERS || m > MAX_LETTERS || n > m + HF_LOOKALIKE_DISTANCE || m > n + HF_LOOKALIKE_DISTANCE)
        return HF_LOOKALIKE_DISTANCE + 1;
    for (j = 0; j <= m; j++)
        row[j] = (unsigned)j;
    for (i = 1; i <= n; i++) {
        corner = row[0];
        row[0] = (unsigned)i;
        for (j = 1; j <= m; j++) {
            unsigned up = row[j];

            row[j] = least(up + 1, row[j - 1] + 1, corner + (x[i - 1] != y[j - 1]));
            corner = up;
        }
    }
    return row[m];
}

/* The nearest name; *best is its distance, and what was found before when nothing is nearer. */
static enum hf_param nearest(enum hf_param found, unsigned *best, const char *s, size_t n)
{
    for (int i = 0; i < HF_PARAM_COUNT; i++) {
        unsigned d = distance(s, n, params[i].name);

        if (d < *best) {
            *best = d;
            found = (enum hf_param)i;
        }
    }
    return found;
}

enum hf_param hf_lookalike_name(const char *s, size_t n)
{
    unsigned best = HF_LOOKALIKE_DISTANCE + 1;

    return nearest(HF_PARAM_COUNT, &best, s, n);
}

/* ASCII's blanks, and those that a phone or an East Asian keyboard writes. */
static int is_blank(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0 || (c >= 0x2000 && c <= 0x200b) || c == 0x202f || c == 0x3000 ||
           c == 0xfeff;
}

static int is_sign(uint32_t c)
{
    return c == ':' || c == '=' || c == FULLWIDTH_COLON;
}

/* s without blanks, and letters of `more`, at its beginning. */
static void skip(const char **s, size_t *n, const char *more)
{
    size_t bytes;

    while (*n > 0) {
        uint32_t c = letter(*s, *n, &bytes);

        if (!is_blank(c) && (c == 0 || c >= 0x80 || strchr(more, (int)c) == NULL))
            return;
        *s += bytes;
        *n -= bytes;
    }
}

/* The length of s without blanks at its end. */
static size_t trimmed(const char *s, size_t n)
{
    size_t end = 0, bytes, i;

    for (i = 0; i < n; i += bytes) {
        uint32_t c = letter(s + i, n - i, &bytes);

        if (!is_blank(c))
            end = i + bytes;
    }
    return end;
}

/* Splits s at its first sign; without one, all of it is name. 1 when there is a sign. */
static int split(const char *s, size_t n, size_t *name_n, const char **value, size_t *value_n)
{
    size_t i, bytes;

    for (i = 0; i < n; i += bytes) {
        if (!is_sign(letter(s + i, n - i, &bytes)))
            continue;
        *name_n = trimmed(s, i);
        *value = s + i + bytes;
        *value_n = n - i - bytes;
        skip(value, value_n, "");
        *value_n = trimmed(*value, *value_n);
        return 1;
    }
    *name_n = trimmed(s, n);
    *value = s + n;
    *value_n = 0;
    return 0;
}

/* What stands behind "hotfix": with nothing between it and the name, and with one of the letters that may. */
static int behind_prefix(struct hf_lookalike *out, const char *s, size_t n, const char *between, int needs_sign)
{
    unsigned best = HF_LOOKALIKE_DISTANCE + 1;

    out->param = HF_PARAM_COUNT;
    for (int pass = 0; pass < 2; pass++) {
        enum hf_param before = out->param;
        const char *value;
        size_t bytes, name_n, value_n;

        if (pass == 1) {
            uint32_t c = n > 0 ? letter(s, n, &bytes) : 0;

            if (c == 0 || (!is_blank(c) && (c >= 0x80 || strchr(between, (int)c) == NULL)))
                break;
            s += bytes;
            n -= bytes;
        }
        if (!split(s, n, &name_n, &value, &value_n) && needs_sign)
            continue;
        out->param = nearest(before, &best, s, name_n);
        if (out->param != before || pass == 0) {
            out->value = value;
            out->value_n = value_n;
        }
    }
    return out->param != HF_PARAM_COUNT;
}

static int has_prefix(const char *s, size_t n)
{
    return n >= strlen(PREFIX) && strncasecmp(s, PREFIX, strlen(PREFIX)) == 0;
}

int hf_lookalike_line(struct hf_lookalike *out, const char *line, size_t n)
{
    skip(&line, &n, ">*-\"'");
    return has_prefix(line, n) && behind_prefix(out, line + strlen(PREFIX), n - strlen(PREFIX), "-_.", 1);
}

int hf_lookalike_option(struct hf_lookalike *out, const char *option)
{
    size_t n = strlen(option);

    skip(&option, &n, ">*-\"'");
    return has_prefix(option, n) && behind_prefix(out, option + strlen(PREFIX), n - strlen(PREFIX), "-_.:", 0);
}

int hf_lookalike_decides_who(enum hf_param p)
{
    return p == HF_PARAM_ROLLOUT || p == HF_PARAM_TARGET || p == HF_PARAM_PRIORITY || p == HF_PARAM_WINDOW;
}

int hf_lookalike_bare(struct hf_lookalike *out, const char *option)
{
    size_t n = strlen(option), name_n;

    skip(&option, &n, "");
    split(option, n, &name_n, &out->value, &out->value_n);
    out->param = hf_lookalike_name(option, name_n);
    if (out->param == HF_PARAM_COUNT)
        return 0;
    return hf_lookalike_decides_who(out->param) || hf_param_find(option, name_n, 1) == out->param;
}

/* What a person may set for a job; each parameter has one besides. */
static const char *const inputs[] = {"HOTFIX_PLAN", "HOTFIX_UNSIGNED", "HOTFIX_CONFIG", "HOTFIX_CONFIG_REF",
                                     "HOTFIX_EXPECT", "HOTFIX_ACCEPT", "HOTFIX_DELETED", "HOTFIX_DOTENV", "HOTFIX_DEFAULT_BRANCH",
                                     "HOTFIX_SIGNING_KEY", "HOTFIX_SIGNING_KEY_FILE"};

/* What the templates, the installer and the build know; names that end in '_' stand for all that begin so. */
static const char *const known[] = {"HOTFIX_VERSION", "HOTFIX_SHA256", "HOTFIX_BASE_URL", "HOTFIX_INSTALL_DIR",
                                    "HOTFIX_PINNED_VERSION", "HOTFIX_PINNED_SHA256", "HOTFIX_OIDC_TOKEN", "HOTFIX_PUBLISHED",
                                    "HOTFIX_RELEASED_", "HOTFIX_TEST_", "HOTFIX_PATCHGENERATOR", "HOTFIX_MINISIGN_KEY",
                                    "HOTFIX_INSTALL", "HOTFIX_BIN"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *input_of(size_t i)
{
    return i < COUNT(inputs) ? inputs[i] : params[i - COUNT(inputs)].variable;
}

enum hf_variable hf_lookalike_variable(const char **input, const char *name)
{
    unsigned best = HF_LOOKALIKE_DISTANCE + 1;
    size_t i;

    for (i = 0; i < COUNT(inputs) + HF_PARAM_COUNT; i++)
        if (strcmp(name, input_of(i)) == 0)
            return HF_VARIABLE_OURS;
    for (i = 0; i < COUNT(known); i++) {
        size_t n = strlen(known[i]);

        if (strncmp(name, known[i], n) == 0 && (name[n] == '\0' || known[i][n - 1] == '_'))
            return HF_VARIABLE_OURS;
    }
    for (i = 0; i < COUNT(inputs) + HF_PARAM_COUNT; i++) {
        unsigned d = distance(name, strlen(name), input_of(i));

        if (d < best) {
            best = d;
            *input = input_of(i);
        }
    }
    if (best <= HF_LOOKALIKE_DISTANCE)
        return HF_VARIABLE_NEAR;
    return strncmp(name, "HOTFIX_", strlen("HOTFIX_")) == 0 ? HF_VARIABLE_UNKNOWN : HF_VARIABLE_FOREIGN;
}
