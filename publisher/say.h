/* say.h: where the progress of a release goes. Whoever runs one (a hook, a command, a CI job) passes the sink. */
#ifndef HF_SAY_H
#define HF_SAY_H

enum hf_say_level {
    HF_SAY_STEP,
    HF_SAY_HINT,
    HF_SAY_WARNING
};

/* `line` gets one line of text without a newline; foreign bytes in it are escaped. A NULL sink drops everything. */
struct hf_say {
    void (*line)(void *arg, enum hf_say_level level, const char *text);
    void *arg;
};

#endif
