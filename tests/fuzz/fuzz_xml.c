/* fuzz_xml.c: a server's reply. Every element that is in the tree can be reached, and has a name and a text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct hf_xml_node *node)
{
    static const char *const paths[] = {"a", "b", "Contents", "Contents/Key", "Error/Code", "a/b/a/b", "/", "a/", "//"};
    const struct hf_xml_node *n;
    size_t i, seen;

    if (strlen(hf_xml_name(node)) > HF_XML_MAX_NAME || hf_xml_text(node, "") == NULL)
        abort();
    for (i = 0; i < sizeof paths / sizeof *paths; i++) {
        hf_xml_text(node, paths[i]);
        n = hf_xml_find(node, paths[i]);
        for (seen = 0; n != NULL; n = hf_xml_next(n)) {
            if (++seen > HF_XML_MAX_NODES)
                abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hf_err err = {HF_OK, ""};
    const struct hf_xml_node *n;
    struct hf_xml *x;

    if (hf_xml_load(&x, data, size, "the reply", &err) != 0) {
        if (err.code == HF_OK || err.msg[0] == '\0')
            abort();
        return 0;
    }
    look(hf_xml_root(x));
    for (n = hf_xml_find(hf_xml_root(x), "a"); n != NULL; n = hf_xml_next(n))
        look(n);
    for (n = hf_xml_find(hf_xml_root(x), "Contents"); n != NULL; n = hf_xml_next(n))
        look(n);
    hf_xml_free(x);
    return 0;
}
