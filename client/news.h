/* news.h: the manifest in force: which one is believed, which is stale or forged, and what time it is. */
#ifndef HF_NEWS_H
#define HF_NEWS_H

#include "client/state.h"
#include "core/jws.h"
#include "core/manifest.h"

#define HF_NEWS_FILE HF_MANIFEST_LEAF
#define HF_NEWS_TOLERANCE (24 * 60 * 60) /* seconds that a device's clock may be wrong by */

enum hf_news {
    HF_NEWS_NEWER, /* a higher serial than any that was seen */
    HF_NEWS_SAME,  /* the highest serial seen, and the same payload */
    HF_NEWS_OLDER, /* stale: nothing changes */
    HF_NEWS_FORGED /* the highest serial seen with another payload */
};

/* A serial belongs to the key that signed it: forgets those of keys that are no longer pinned. */
void hf_news_forget(struct hf_device *s, const struct hf_trust *trust);

/* How a manifest stands to what the pinned keys signed before. payload_sha256 is of the signed bytes: an envelope may gain or
 * lose signatures without being another manifest. */
enum hf_news hf_news_judge(const struct hf_device *s, int64_t serial, const char *payload_sha256);

/* Remembers the manifest's serial for each pinned key that signed it. */
int hf_news_note(struct hf_device *s, const struct hf_jws *jws, const struct hf_manifest *m, struct hf_err *err);

/* The time to judge expiry by: the device's clock, but never earlier than `date` (of a TLS answer; 0: none), nor than
 * `published` of the manifest with the highest serial that a pinned key signed; less the tolerance. It is the highest serial
 * and not the latest `published`, so that a later manifest takes back what one from the future did to the device's time. */
int64_t hf_news_now(const struct hf_device *s, int64_t clock, int64_t date);

/* Loads the kept manifest and verifies it again; app and channel are the state's. *out is NULL when there is none, or it is
 * not to be believed: then the state's etag is dropped, so that it is fetched anew. -1 only when the disk says no. */
int hf_news_load(struct hf_manifest **out, const struct hf_dir *d, struct hf_device *s, const struct hf_trust *trust,
                 struct hf_err *err);

/* 0 when a manifest may be believed in an exchange whose server told the time `date` over TLS (0: it did not, and all may
 * be). HF_E_CLOCK when it was published more than the tolerance after that: a publisher's clock was ahead. */
int hf_news_in_time(const struct hf_manifest *m, int64_t date, struct hf_err *err);

/* An envelope as it arrived. All is borrowed. */
struct hf_arrival {
    const void *p;
    size_t n;
    const char *etag;
    int64_t clock; /* the device's; times are seconds since 1970 */
    int64_t date;  /* of the last TLS answer, 0: none */
    int64_t exact; /* the same, if it was this exchange's; else 0 */
};

/* Judges an envelope that was fetched and, when it is newer or the same, keeps it: on disk, and in *s, which the caller
 * saves. *out is the manifest, freed by the caller (also for HF_NEWS_OLDER; it then only tells its serial). HF_E_SIG,
 * HF_E_INPUT, HF_E_POLICY (another app's), HF_E_CONFLICT, HF_E_CLOCK (from the future), HF_E_EXPIRED: nothing has changed.
 * */
int hf_news_accept(struct hf_manifest **out, enum hf_news *news, struct hf_dir *d, struct hf_device *s,
                   const struct hf_trust *trust, const struct hf_arrival *a, struct hf_err *err);

#endif
