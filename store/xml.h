/* xml.h: the one door to expat: a small document of a server's, whole, as a tree of elements and their text. Refused: a DOCTYPE
 * (and with it entities of one's own), another encoding than UTF-8, and what is over the limits. Attributes are left out, and of
 * "ns:Name" the Name counts. */
#ifndef HF_XML_H
#define HF_XML_H

#include <stddef.h>

#include "core/err.h"

#define HF_XML_MAX_BYTES (8 * 1024 * 1024) /* a page of 1,000 keys has less than 2 MiB */
#define HF_XML_MAX_DEPTH 16
#define HF_XML_MAX_NODES 65536
#define HF_XML_MAX_NAME 64

struct hf_xml;      /* a document */
struct hf_xml_node; /* an element of it, borrowed */

/* `what` stands in errors. HF_E_INPUT, HF_E_LIMIT. */
int hf_xml_load(struct hf_xml **out, const void *p, size_t n, const char *what, struct hf_err *err);
void hf_xml_free(struct hf_xml *x);

/* The root, whose name is for the caller to check. */
const struct hf_xml_node *hf_xml_root(const struct hf_xml *x);
const char *hf_xml_name(const struct hf_xml_node *node);

/* The first element below a node by a path of names ("Contents", "Error/Code"), or NULL. The next sibling of the same name. */
const struct hf_xml_node *hf_xml_find(const struct hf_xml_node *node, const char *path);
const struct hf_xml_node *hf_xml_next(const struct hf_xml_node *node);

/* The text of the first element at the path ("" for the node itself): as it stands, blanks included; "" where the element is
 * empty or holds other elements; NULL where it is not there. No NUL can be in it. */
const char *hf_xml_text(const struct hf_xml_node *node, const char *path);

#endif
