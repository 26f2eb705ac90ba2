/* json.c: see json.h. */
#include "core/json.h"

#include <string.h>

#include "core/escape.h"

/* jansson would recurse to 2048; the depth is judged on the bytes, before anything is built. */
static int depth_ok(const char *p, size_t n)
{
    int depth = 0, in_string = 0;
    size_t i;

    for (i = 0; i < n; i++) {
        if (in_string) {
            if (p[i] == '\\')
                i++;
            else if (p[i] == '"')
                in_string = 0;
            continue;
        }
        if (p[i] == '"')
            in_string = 1;
        else if ((p[i] == '{' || p[i] == '[') && ++depth > HF_JSON_MAX_DEPTH)
            return 0;
        else if (p[i] == '}' || p[i] == ']')
            depth--;
    }
    return 1;
}

/* A real has no place in our formats: two readers may round it apart. depth_ok() has bounded the recursion. */
static int holds_real(json_t *v)
{
    const char *name;
    json_t *member;
    size_t i;

    json_object_foreach(v, name, member)
    {
        if (holds_real(member))
            return 1;
    }
    json_array_foreach(v, i, member)
    {
        if (holds_real(member))
            return 1;
    }
    return json_is_real(v);
}

int hf_json_load(json_t **out, const void *p, size_t n, const char *what, struct hf_err *err)
{
    json_error_t je;
    char shown[JSON_ERROR_TEXT_LENGTH * 2];
    json_t *v;

    *out = NULL;
    if (n == 0)
        return hf_fail(err, HF_E_INPUT, "%s: empty, not a JSON object", what);
    if (!depth_ok(p, n))
        return hf_fail(err, HF_E_INPUT, "%s: JSON nested deeper than %d", what, HF_JSON_MAX_DEPTH);
    v = json_loadb(p, n, JSON_REJECT_DUPLICATES, &je);
    if (v == NULL)
        return hf_fail(err, HF_E_INPUT, "%s: invalid JSON at byte %d: %s", what, je.position,
                       hf_escape(shown, sizeof shown, je.text, strnlen(je.text, sizeof je.text)));
    if (!json_is_object(v)) {
        json_decref(v);
        return hf_fail(err, HF_E_INPUT, "%s: not a JSON object", what);
    }
    if (holds_real(v)) {
        json_decref(v);
        return hf_fail(err, HF_E_INPUT, "%s: holds a number with a fraction or an exponent", what);
    }
    *out = v;
    return 0;
}

static int missing(json_t *v, const char *name, const char *path, const char *type, struct hf_err *err)
{
    const char *dot = path[0] == '\0' ? "" : ".";

    if (v == NULL)
        return hf_fail(err, HF_E_INPUT, "%s%s%s is missing", path, dot, name);
    return hf_fail(err, HF_E_INPUT, "%s%s%s is not %s", path, dot, name, type);
}

int hf_json_string(const char **out, json_t *obj, const char *name, size_t max, const char *path, struct hf_err *err)
{
    json_t *v = json_object_get(obj, name);

    if (!json_is_string(v))
        return missing(v, name, path, "a string", err);
    if (json_string_length(v) > max)
        return hf_fail(err, HF_E_LIMIT, "%s%s%s is longer than %zu bytes", path, path[0] == '\0' ? "" : ".", name, max);
    *out = json_string_value(v);
    return 0;
}

int hf_json_int(int64_t *out, json_t *obj, const char *name, int64_t min, int64_t max, const char *path, struct hf_err *err)
{
    json_t *v = json_object_get(obj, name);

    if (!json_is_integer(v))
        return missing(v, name, path, "an integer", err);
    if (json_integer_value(v) < min || json_integer_value(v) > max)
        return hf_fail(err, HF_E_LIMIT, "%s%s%s is not from %lld to %lld", path, path[0] == '\0' ? "" : ".", name,
                       (long long)min, (long long)max);
    *out = json_integer_value(v);
    return 0;
}

int hf_json_array(json_t **out, json_t *obj, const char *name, size_t max, const char *path, struct hf_err *err)
{
    json_t *v = json_object_get(obj, name);

    if (!json_is_array(v))
        return missing(v, name, path, "an array", err);
    if (json_array_size(v) > max)
        return hf_fail(err, HF_E_LIMIT, "%s%s%s has more than %zu members", path, path[0] == '\0' ? "" : ".", name, max);
    *out = v;
    return 0;
}

int hf_json_object(json_t **out, json_t *obj, const char *name, const char *path, struct hf_err *err)
{
    json_t *v = json_object_get(obj, name);

    if (!json_is_object(v))
        return missing(v, name, path, "an object", err);
    *out = v;
    return 0;
}

static int add_to_buf(const char *p, size_t n, void *arg)
{
    hf_buf_add(arg, p, n);
    return 0;
}

int hf_json_write(struct hf_buf *out, const json_t *v, struct hf_err *err)
{
    if (json_dump_callback(v, add_to_buf, out, JSON_COMPACT) != 0)
        return hf_fail(err, HF_E_FAIL, "cannot write JSON");
    return hf_buf_ok(out, "the JSON text", err);
}
