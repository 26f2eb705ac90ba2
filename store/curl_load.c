/* curl_load.c: libcurl, brought in when the first exchange needs it. The publisher's programs are linked with this file in place
 * of -lcurl: its thirty libraries take longer to start than a push to a folder does otherwise, and a folder needs none of them.
 *
 * Each function has curl's own name and hands on to the library's, so that http.c is the same everywhere. The library is never
 * closed. Calls before curl_global_init() has succeeded are not made by http.c. */
#include <dlfcn.h>
#include <stdarg.h>
#include <stddef.h>

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo

#define LIBRARY "libcurl.so.4"

static struct {
    CURLcode (*global_init)(long flags);
    void (*global_cleanup)(void);
    CURL *(*easy_init)(void);
    void (*easy_cleanup)(CURL *e);
    void (*easy_reset)(CURL *e);
    CURLcode (*easy_perform)(CURL *e);
    CURLcode (*easy_setopt)(CURL *e, CURLoption o, ...);
    CURLcode (*easy_getinfo)(CURL *e, CURLINFO i, ...);
    const char *(*easy_strerror)(CURLcode c);
    struct curl_slist *(*slist_append)(struct curl_slist *l, const char *s);
    void (*slist_free_all)(struct curl_slist *l);
    CURLM *(*multi_init)(void);
    CURLMcode (*multi_cleanup)(CURLM *m);
    CURLMcode (*multi_add_handle)(CURLM *m, CURL *e);
    CURLMcode (*multi_remove_handle)(CURLM *m, CURL *e);
    CURLMcode (*multi_perform)(CURLM *m, int *running);
    CURLMcode (*multi_poll)(CURLM *m, struct curl_waitfd fds[], unsigned n, int ms, int *ret);
    CURLMsg *(*multi_info_read)(CURLM *m, int *left);
    int loaded;
} lib; /* this file stands for a library: it has the one place that a library has */

/* POSIX has a function come out of dlsym() as an object pointer; ISO C does not let them be cast. */
static int find(void *library, const char *name, void *at)
{
    void *p = dlsym(library, name);

    *(void **)at = p;
    return p != NULL;
}

static int load(void)
{
    void *l;
    int ok = 1;

    if (lib.loaded)
        return 1;
    l = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (l == NULL)
        return 0;
#define FIND(f) ok &= find(l, "curl_" #f, &lib.f)
    FIND(global_init);
    FIND(global_cleanup);
    FIND(easy_init);
    FIND(easy_cleanup);
    FIND(easy_reset);
    FIND(easy_perform);
    FIND(easy_setopt);
    FIND(easy_getinfo);
    FIND(easy_strerror);
    FIND(slist_append);
    FIND(slist_free_all);
    FIND(multi_init);
    FIND(multi_cleanup);
    FIND(multi_add_handle);
    FIND(multi_remove_handle);
    FIND(multi_perform);
    FIND(multi_poll);
    FIND(multi_info_read);
#undef FIND
    lib.loaded = ok;
    return ok;
}

CURLcode curl_global_init(long flags)
{
    return load() ? lib.global_init(flags) : CURLE_FAILED_INIT;
}

void curl_global_cleanup(void)
{
    lib.global_cleanup();
}

CURL *curl_easy_init(void)
{
    return lib.easy_init();
}

void curl_easy_cleanup(CURL *e)
{
    lib.easy_cleanup(e);
}

void curl_easy_reset(CURL *e)
{
    lib.easy_reset(e);
}

CURLcode curl_easy_perform(CURL *e)
{
    return lib.easy_perform(e);
}

/* What an option takes is said by its number: a long, a curl_off_t, or some pointer. */
CURLcode curl_easy_setopt(CURL *e, CURLoption o, ...)
{
    CURLcode rc;
    va_list ap;

    va_start(ap, o);
    if (o < CURLOPTTYPE_OBJECTPOINT)
        rc = lib.easy_setopt(e, o, va_arg(ap, long)); // NOLINT(bugprone-branch-clone): a curl_off_t is no long everywhere
    else if (o >= CURLOPTTYPE_OFF_T && o < CURLOPTTYPE_BLOB)
        rc = lib.easy_setopt(e, o, va_arg(ap, curl_off_t));
    else
        rc = lib.easy_setopt(e, o, va_arg(ap, void *));
    va_end(ap);
    return rc;
}

CURLcode curl_easy_getinfo(CURL *e, CURLINFO i, ...)
{
    CURLcode rc;
    va_list ap;

    va_start(ap, i);
    rc = lib.easy_getinfo(e, i, va_arg(ap, void *));
    va_end(ap);
    return rc;
}

const char *curl_easy_strerror(CURLcode c)
{
    return lib.easy_strerror(c);
}

struct curl_slist *curl_slist_append(struct curl_slist *l, const char *s)
{
    return lib.slist_append(l, s);
}

void curl_slist_free_all(struct curl_slist *l)
{
    lib.slist_free_all(l);
}

CURLM *curl_multi_init(void)
{
    return lib.multi_init();
}

CURLMcode curl_multi_cleanup(CURLM *m)
{
    return lib.multi_cleanup(m);
}

CURLMcode curl_multi_add_handle(CURLM *m, CURL *e)
{
    return lib.multi_add_handle(m, e);
}

CURLMcode curl_multi_remove_handle(CURLM *m, CURL *e)
{
    return lib.multi_remove_handle(m, e);
}

CURLMcode curl_multi_perform(CURLM *m, int *running)
{
    return lib.multi_perform(m, running);
}

CURLMcode curl_multi_poll(CURLM *m, struct curl_waitfd fds[], unsigned n, int ms, int *ret)
{
    return lib.multi_poll(m, fds, n, ms, ret);
}

CURLMsg *curl_multi_info_read(CURLM *m, int *left)
{
    return lib.multi_info_read(m, left);
}
