/* note.h: what an answer was about, as metrics and logs want to know it. Nothing secret: no token, no url. */
#ifndef HF_NOTE_H
#define HF_NOTE_H

#include "core/decide.h"
#include "core/question.h"

enum hf_route {
    HF_ROUTE_VERSION,
    HF_ROUTE_DOWNLOAD,
    HF_ROUTE_MANIFEST,
    HF_ROUTE_JSPATCH,
    HF_ROUTE_HEALTH,
    HF_ROUTE_OTHER,
    HF_ROUTE_GATE, /* refused before anybody looked where it leads */
    HF_ROUTES
};

struct hf_note {
    enum hf_route route;
    const char *app, *channel; /* borrowed, as long as the site is; "" when it came to none */
    char version[HF_VERSION_MAX + 1];
    char client[HF_CLIENT_ID_MAX + 1]; /* never written anywhere as it is */
    int decided;                       /* the next three count */
    enum hf_action action;
    enum hf_why why;
    int64_t patch; /* of the release that the decision is about; 0: none */
    int offered;   /* a link for that patch, or a delta to it, was handed out */
    unsigned links, delta_links;
    enum hf_result result; /* of a report; HF_RESULT_NONE: there was none */
    int64_t reported;      /* whose; 0: a patch that the manifest does not list */
};

/* "version". Static storage. */
const char *hf_route_name(enum hf_route r);

#endif
