/* xml.c: see xml.h. */
#include "store/xml.h"

#include <expat.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"

/* All nodes lie in one array and all text in one buffer; while they grow they are named by index and offset. */
struct hf_xml_node {
    const struct hf_xml *doc;
    size_t name, text;    /* offsets into doc->text, each ends in a NUL */
    uint32_t child, next; /* 0: none (the root is nobody's child) */
};

struct hf_xml {
    struct hf_xml_node *nodes;
    size_t count, room;
    struct hf_buf text;
};

struct parse {
    struct hf_xml *doc;
    XML_Parser parser;
    uint32_t open[HF_XML_MAX_DEPTH], last[HF_XML_MAX_DEPTH]; /* the open elements, and the last child of each */
    int is_leaf;                                             /* the innermost one has had no child */
    struct hf_buf value;                                     /* its text so far */
    int depth;
    enum hf_code stop;
    const char *why;
};

static void stop(struct parse *s, enum hf_code code, const char *why)
{
    if (s->stop == HF_OK) {
        s->stop = code;
        s->why = why;
    }
    XML_StopParser(s->parser, XML_FALSE);
}

static int add_node(struct parse *s, uint32_t *out)
{
    struct hf_xml *d = s->doc;
    struct hf_xml_node *more;
    size_t room;

    if (d->count == HF_XML_MAX_NODES) {
        stop(s, HF_E_LIMIT, "too many elements");
        return -1;
    }
    if (d->count == d->room) {
        room = d->room == 0 ? 32 : d->room * 2;
        more = realloc(d->nodes, room * sizeof *more);
        if (more == NULL) {
            stop(s, HF_E_NOMEM, "");
            return -1;
        }
        d->nodes = more;
        d->room = room;
    }
    *out = (uint32_t)d->count++;
    memset(&d->nodes[*out], 0, sizeof d->nodes[*out]);
    return 0;
}

/* Adds bytes and a NUL to the document's text; where they begin. */
static size_t keep(struct parse *s, const char *p, size_t n)
{
    size_t at = s->doc->text.n;

    hf_buf_add(&s->doc->text, p, n);
    hf_buf_add(&s->doc->text, "", 1);
    if (s->doc->text.failed)
        stop(s, s->doc->text.failed == 2 ? HF_E_NOMEM : HF_E_LIMIT, "too much text");
    return at;
}

static void XMLCALL on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
    struct parse *s = arg;
    const char *colon = strrchr(name, ':');
    uint32_t node, before;
    size_t at;

    (void)attributes;
    if (s->stop != HF_OK)
        return;
    if (colon != NULL)
        name = colon + 1;
    if (s->depth == HF_XML_MAX_DEPTH || strlen(name) > HF_XML_MAX_NAME) {
        stop(s, HF_E_LIMIT, s->depth == HF_XML_MAX_DEPTH ? "nested too deep" : "an element's name is too long");
        return;
    }
    at = keep(s, name, strlen(name));
    if (s->stop != HF_OK || add_node(s, &node) != 0)
        return;
    s->doc->nodes[node].name = at;
    if (s->depth > 0) {
        before = s->last[s->depth - 1];
        if (before == 0)
            s->doc->nodes[s->open[s->depth - 1]].child = node;
        else
            s->doc->nodes[before].next = node;
        s->last[s->depth - 1] = node;
    }
    s->open[s->depth] = node;
    s->last[s->depth++] = 0;
    s->is_leaf = 1;
    s->value.n = 0;
}

static void XMLCALL on_text(void *arg, const XML_Char *p, int n)
{
    struct parse *s = arg;

    if (s->stop != HF_OK || !s->is_leaf || n <= 0)
        return;
    hf_buf_add(&s->value, p, (size_t)n);
    if (s->value.failed)
        stop(s, s->value.failed == 2 ? HF_E_NOMEM : HF_E_LIMIT, "too much text");
}

static void XMLCALL on_end(void *arg, const XML_Char *name)
{
    struct parse *s = arg;
    size_t at;

    (void)name;
    if (s->stop != HF_OK || s->depth == 0)
        return;
    at = keep(s, s->value.n > 0 && s->is_leaf ? s->value.p : "", s->is_leaf ? s->value.n : 0);
    s->doc->nodes[s->open[--s->depth]].text = at;
    s->is_leaf = 0;
}

static void XMLCALL on_doctype(void *arg, const XML_Char *name, const XML_Char *system, const XML_Char *public, int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    stop(arg, HF_E_INPUT, "a DOCTYPE, which no reply has");
}

static int fail(const struct parse *s, const char *what, struct hf_err *err)
{
    if (s->stop == HF_E_NOMEM)
        return hf_nomem(err);
    if (s->stop != HF_OK)
        return hf_fail(err, s->stop, "%s: %s", what, s->why);
    return hf_fail(err, HF_E_INPUT, "%s: invalid XML in line %lu: %s", what, (unsigned long)XML_GetCurrentLineNumber(s->parser),
                   XML_ErrorString(XML_GetErrorCode(s->parser)));
}

int hf_xml_load(struct hf_xml **out, const void *p, size_t n, const char *what, struct hf_err *err)
{
    struct parse s;
    size_t i;
    int rc = -1;

    *out = NULL;
    memset(&s, 0, sizeof s);
    hf_buf_init(&s.value, HF_XML_MAX_BYTES);
    if (n == 0)
        return hf_fail(err, HF_E_INPUT, "%s: empty, not XML", what);
    if (n > HF_XML_MAX_BYTES)
        return hf_fail(err, HF_E_LIMIT, "%s: over the limit of %d bytes", what, HF_XML_MAX_BYTES);
    s.doc = calloc(1, sizeof *s.doc);
    s.parser = XML_ParserCreate("UTF-8");
    if (s.doc == NULL || s.parser == NULL) {
        hf_nomem(err);
        goto out;
    }
    hf_buf_init(&s.doc->text, 2 * HF_XML_MAX_BYTES);
    XML_SetUserData(s.parser, &s);
    XML_SetElementHandler(s.parser, on_start, on_end);
    XML_SetCharacterDataHandler(s.parser, on_text);
    XML_SetStartDoctypeDeclHandler(s.parser, on_doctype);
    if (XML_Parse(s.parser, p, (int)n, XML_TRUE) != XML_STATUS_OK || s.stop != HF_OK || s.doc->count == 0) {
        fail(&s, what, err);
        goto out;
    }
    for (i = 0; i < s.doc->count; i++)
        s.doc->nodes[i].doc = s.doc;
    *out = s.doc;
    s.doc = NULL;
    rc = 0;
out:
    XML_ParserFree(s.parser);
    hf_buf_wipe(&s.value); /* it may be a secret key */
    hf_xml_free(s.doc);
    return rc;
}

void hf_xml_free(struct hf_xml *x)
{
    if (x == NULL)
        return;
    free(x->nodes);
    hf_buf_wipe(&x->text);
    free(x);
}

const struct hf_xml_node *hf_xml_root(const struct hf_xml *x)
{
    return &x->nodes[0];
}

const char *hf_xml_name(const struct hf_xml_node *node)
{
    return node->doc->text.p + node->name;
}

/* The first of this name among a node and its later siblings. */
static const struct hf_xml_node *among(const struct hf_xml *d, uint32_t i, const char *name, size_t n)
{
    for (; i != 0; i = d->nodes[i].next) {
        if (strncmp(d->text.p + d->nodes[i].name, name, n) == 0 && d->text.p[d->nodes[i].name + n] == '\0')
            return &d->nodes[i];
    }
    return NULL;
}

const struct hf_xml_node *hf_xml_find(const struct hf_xml_node *node, const char *path)
{
    size_t n;

    while (node != NULL && *path != '\0') {
        n = strcspn(path, "/");
        node = among(node->doc, node->child, path, n);
        path += n + (path[n] == '/');
    }
    return node;
}

const struct hf_xml_node *hf_xml_next(const struct hf_xml_node *node)
{
    const char *name = hf_xml_name(node);

    return among(node->doc, node->next, name, strlen(name));
}

const char *hf_xml_text(const struct hf_xml_node *node, const char *path)
{
    node = hf_xml_find(node, path);
    return node == NULL ? NULL : node->doc->text.p + node->text;
}
