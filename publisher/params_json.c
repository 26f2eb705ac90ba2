/* params_json.c: see params_json.h. */
#include "publisher/params_json.h"

static void set(json_t *o, const char *name, const char *s)
{
    if (s != NULL)
        json_object_set_new(o, name, json_string(s));
}

json_t *hf_params_json(const struct hf_params *p)
{
    json_t *o = json_object();
    char percent[8];

    set(o, "target", p->target);
    set(o, "base", p->base);
    set(o, "window", p->window);
    set(o, "notes", p->notes);
    if (p->rollout >= 0) {
        hf_percent_format(percent, p->rollout);
        set(o, "rollout", percent);
    }
    if (p->priority >= 0)
        set(o, "priority", hf_priority_name((enum hf_priority)p->priority));
    set(o, "over", p->over);
    if (p->live)
        set(o, "live", "true");
    if (p->force)
        set(o, "force", "true");
    return o;
}

int hf_params_read(struct hf_params *p, json_t *obj, const char *path, struct hf_err *err)
{
    const char *name;
    json_t *o, *v;

    if (hf_json_object(&o, obj, "params", path, err) != 0)
        return -1;
    json_object_foreach(o, name, v)
    {
        if (!json_is_string(v))
            return hf_fail(err, HF_E_INPUT, "%s.params: a value is not a string", path);
        if (hf_params_set(p, name, json_string_value(v), 0, path, err) != 0)
            return -1;
    }
    return p->target != NULL ? 0 : hf_fail(err, HF_E_INPUT, "%s.params.target is missing", path);
}
