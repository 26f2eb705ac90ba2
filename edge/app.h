/* app.h: what kore finds by name (dlsym) in this program, besides the hooks of kore/hooks.h. */
#ifndef HF_APP_H
#define HF_APP_H

#include <kore/kore.h>

struct http_request;

/* Every request; and every one where metrics are. */
int hf_app_page(struct http_request *req);
int hf_app_metrics(struct http_request *req);

/* kore's built-in configuration file: empty, all is set in code. */
extern u_int8_t asset_builtin_kore_conf[];
extern u_int32_t asset_len_builtin_kore_conf;

#endif
