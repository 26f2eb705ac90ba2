/* test_xml.c: the replies of object stores as trees, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "store/xml.h"

static struct hf_err err;

static struct hf_xml *load(const char *text)
{
    struct hf_xml *x;

    if (hf_xml_load(&x, text, strlen(text), "the reply", &err) != 0)
        fail_msg("%s", err.msg);
    return x;
}

static void refused(const char *text, size_t n, enum hf_code code, const char *words)
{
    struct hf_xml *x;

    memset(&err, 0, sizeof err);
    assert_int_equal(hf_xml_load(&x, text, n, "the reply", &err), -1);
    assert_null(x);
    assert_int_equal(err.code, code);
    if (strstr(err.msg, words) == NULL)
        fail_msg("'%s' is not in '%s'", words, err.msg);
}

static void a_list(void **state)
{
    struct hf_xml *x = load("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>polb</Name>"
                            "<Prefix/><IsTruncated>true</IsTruncated>"
                            "<Contents><Key>a &amp; b&#x20;</Key><Size>12</Size><Owner><ID>x</ID></Owner></Contents>\n"
                            "<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes>"
                            "<Contents><Key><![CDATA[<c>]]></Key></Contents></ListBucketResult>\n");
    const struct hf_xml_node *root = hf_xml_root(x), *c;

    (void)state;
    assert_string_equal(hf_xml_name(root), "ListBucketResult");
    assert_string_equal(hf_xml_text(root, "IsTruncated"), "true");
    assert_string_equal(hf_xml_text(root, "Prefix"), "");
    assert_string_equal(hf_xml_text(root, "CommonPrefixes/Prefix"), "p/");
    assert_null(hf_xml_text(root, "Marker"));
    assert_null(hf_xml_text(root, "Name/Key"));
    assert_null(hf_xml_text(root, "Nam"));
    assert_string_equal(hf_xml_text(root, ""), ""); /* it holds elements: what stands between them is layout */
    c = hf_xml_find(root, "Contents");
    assert_non_null(c);
    assert_string_equal(hf_xml_text(c, "Key"), "a & b ");
    assert_string_equal(hf_xml_text(c, "Owner/ID"), "x");
    c = hf_xml_next(c);
    assert_non_null(c);
    assert_string_equal(hf_xml_text(c, "Key"), "<c>");
    assert_null(hf_xml_text(c, "Size"));
    assert_null(hf_xml_next(c));
    hf_xml_free(x);
}

/* radosgw's Complete reply has an empty ETag, and its errors an empty Message. */
static void empty_elements_and_prefixes(void **state)
{
    struct hf_xml *x = load("<s:Error xmlns:s=\"u\"><s:Code>NoSuchKey</s:Code><s:Message></s:Message><s:ETag a=\"1\"/></s:Error>");

    (void)state;
    assert_string_equal(hf_xml_name(hf_xml_root(x)), "Error");
    assert_string_equal(hf_xml_text(hf_xml_root(x), "Code"), "NoSuchKey");
    assert_string_equal(hf_xml_text(hf_xml_root(x), "Message"), "");
    assert_string_equal(hf_xml_text(hf_xml_root(x), "ETag"), "");
    hf_xml_free(x);
}

static void what_is_no_reply_is_refused(void **state)
{
    static const char bomb[] = "<!DOCTYPE a [<!ENTITY b \"cccccccc\"><!ENTITY d \"&b;&b;\">]><a>&d;</a>";
    static const char *const bad[] = {"<a>", "<a></b>", "<a/><b/>", "text", "<a>&undefined;</a>", "<a>\x01</a>", "<a>\xff</a>",
                                      "<a>&#0;</a>", "<a b=\"1\" b=\"2\"/>", "{\"a\":1}", "<html><body><p>x<br></body></html>"};
    static const char nul[] = "<a>b\0c</a>";
    size_t i;

    (void)state;
    refused("", 0, HF_E_INPUT, "the reply: empty");
    refused(bomb, strlen(bomb), HF_E_INPUT, "DOCTYPE");
    refused("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", 42, HF_E_INPUT, "DOCTYPE");
    refused(nul, sizeof nul - 1, HF_E_INPUT, "line 1");
    for (i = 0; i < sizeof bad / sizeof *bad; i++)
        refused(bad[i], strlen(bad[i]), HF_E_INPUT, "the reply: invalid XML in line 1: ");
}

static void limits(void **state)
{
    struct hf_buf b;
    struct hf_xml *x;
    int i;

    (void)state;
    hf_buf_init(&b, 2 * HF_XML_MAX_BYTES);
    for (i = 0; i < HF_XML_MAX_DEPTH; i++)
        hf_buf_str(&b, "<a>");
    for (i = 0; i < HF_XML_MAX_DEPTH; i++)
        hf_buf_str(&b, "</a>");
    x = load(b.p);
    hf_xml_free(x);
    b.n = 0;
    for (i = 0; i <= HF_XML_MAX_DEPTH; i++)
        hf_buf_str(&b, "<a>");
    refused(b.p, b.n, HF_E_LIMIT, "nested too deep");
    b.n = 0;
    hf_buf_str(&b, "<a>");
    for (i = 1; i < HF_XML_MAX_NODES; i++)
        hf_buf_str(&b, "<b/>");
    hf_buf_str(&b, "</a>");
    x = load(b.p);
    hf_xml_free(x);
    b.n -= 4;
    hf_buf_str(&b, "<b/></a>");
    refused(b.p, b.n, HF_E_LIMIT, "too many elements");
    b.n = 0;
    hf_buf_str(&b, "<");
    for (i = 0; i <= HF_XML_MAX_NAME; i++)
        hf_buf_str(&b, "n");
    hf_buf_str(&b, "/>");
    refused(b.p, b.n, HF_E_LIMIT, "name is too long");
    b.n = 0;
    while (b.n <= HF_XML_MAX_BYTES)
        hf_buf_str(&b, "<!-- ................................................................................ -->");
    refused(b.p, b.n, HF_E_LIMIT, "over the limit");
    hf_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list),
        cmocka_unit_test(empty_elements_and_prefixes),
        cmocka_unit_test(what_is_no_reply_is_refused),
        cmocka_unit_test(limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
