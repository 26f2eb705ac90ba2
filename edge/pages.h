/* pages.h: what the files behind site.h share. */
#ifndef HF_PAGES_H
#define HF_PAGES_H

#include "edge/site.h"

struct hf_url_keys;

struct hf_site {
    struct hf_feed sources[HF_SITE_MAX_FILES];
    size_t source_count;
    struct hf_url_keys *url_keys;
    struct hf_table *table;
    int64_t url_ttl;
    char *user;         /* [edge] user of the first file */
    char *public_url;   /* without a slash at its end; "" when urls are paths */
    struct hf_buf body; /* of the reply in the making */
    struct hf_note note;
};

/* Ends a page: the JSON in s->body. */
void hf_page_json(struct hf_site *s, struct hf_reply *out, int status);

/* {"error":why} */
void hf_page_error(struct hf_site *s, struct hf_reply *out, int status, const char *why);

/* The url of an object of a channel's manifest, with the link of this second, kept in *link and borrowed from there. The file
 * arrives under this name. HF_E_AGAIN when none can be made at the moment. */
int hf_page_url(const struct hf_site *s, const struct hf_served *served, const char **url, struct hf_link *link, const char *key,
                const char *name, int64_t now, struct hf_err *err);

/* The name under which a delta of a release arrives. */
#define HF_DELTA_NAME_MAX (HF_FILE_NAME_MAX + 8)
void hf_page_delta_name(char out[HF_DELTA_NAME_MAX], const struct hf_release *r);

/* POST /api/patch/version: who gets what. */
void hf_page_version(struct hf_site *s, const struct hf_call *call, struct hf_reply *out);

/* GET /api/patch/download/TOKEN */
void hf_page_download(struct hf_site *s, const struct hf_call *call, const char *token, struct hf_reply *out);

/* GET /jspatch/APP/CHANNEL/VERSION and .../v<N>.zip: what JSPatch's stock Loader asks for. names: what is behind /jspatch/. */
void hf_page_jspatch(struct hf_site *s, const struct hf_call *call, const char *names, struct hf_reply *out);

#endif
