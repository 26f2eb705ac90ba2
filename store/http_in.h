/* http_in.h: one exchange while it runs; private to http.c and http_many.c. */
#ifndef HF_HTTP_IN_H
#define HF_HTTP_IN_H

#include <curl/curl.h>

#include "store/http.h"

struct hf_exchange {
    CURL *easy; /* borrowed */
    const struct hf_http_ask *ask;
    struct hf_http_reply *reply;
    struct curl_slist *headers;
    char words[CURL_ERROR_SIZE];
    size_t head;       /* bytes of header seen */
    size_t body;       /* bytes of body seen */
    size_t sent;       /* bytes of ask->file handed to curl */
    int in_head;       /* between a status line and the blank line behind it; trailers are not */
    enum hf_code stop; /* why a callback stopped the exchange */
};

struct hf_http {
    CURL *easy;
    CURLM *multi; /* http_many.c's: NULL until it is needed */
    CURL *several[HF_HTTP_MANY];
};

/* Sets the handle up; x stays where it is until hf_exchange_end, which judges how curl ended (rc) and lets go of the handle.
 * Both return 0 or -1; end is called also after a begin that failed, with CURLE_OK. */
int hf_exchange_begin(struct hf_exchange *x, CURL *easy, const struct hf_http_ask *ask, struct hf_http_reply *reply,
                      struct hf_err *err);
int hf_exchange_end(struct hf_exchange *x, CURLcode rc, struct hf_err *err);
void hf_exchange_drop(struct hf_exchange *x); /* instead of end */

#endif
