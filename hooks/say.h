/* say.h: words for the person who pushed. Lines begin with git's own words, stay under 70 columns, are bounded in number, and
 * never block: a pusher who is gone leaves a full pipe behind, and the work must go on. */
#ifndef HF_HOOK_SAY_H
#define HF_HOOK_SAY_H

#include <stddef.h>
#include "publisher/say.h"

#define HF_SAY_COLUMNS 69
#define HF_SAY_MAX_BYTES (12u * 1024) /* of all lines but the last ones of each job, which have room of their own */
#define HF_SAY_MAX_ALL (16u * 1024)
#define HF_SAY_WAIT_MS 2000 /* how long one write may wait for a reader */

struct hf_voice {
    int fd;
    size_t said;
    int dead; /* nobody reads any more */
    int cut;  /* lines were left out */
};

/* Says text (escaped already where it is foreign) behind a word: "error", "warning", "hint", "success". Long text goes on in
 * lines that begin with spaces; a newline in it starts such a line. One that would then begin like a word of git gets a '>'
 * before it. */
void hf_voice_say(struct hf_voice *v, const char *word, const char *text);

/* The same voice as the sink of hf_release. */
struct hf_say hf_voice_sink(struct hf_voice *v);

#endif
