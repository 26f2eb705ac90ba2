/* say.c: see say.h. */
#include "hooks/say.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Writes a line only when the pipe has room for it: a write of up to PIPE_BUF bytes after POLLOUT does not block. */
static void put(struct hf_voice *v, const char *p, size_t n)
{
    struct pollfd pfd = {v->fd, POLLOUT, 0};
    ssize_t w;

    while (n > 0 && !v->dead) {
        if (poll(&pfd, 1, HF_SAY_WAIT_MS) != 1 || (pfd.revents & POLLOUT) == 0) {
            v->dead = 1;
            return;
        }
        w = write(v->fd, p, n);
        if (w < 0 && errno != EINTR)
            v->dead = 1;
        if (w > 0) {
            p += w;
            n -= (size_t)w;
            v->said += (size_t)w;
        }
    }
}

/* 1 when git's client would colour a line that begins so: foreign text must not look like a word of ours. */
static int begins_like_git(const char *s)
{
    static const char *const words[] = {"hint", "warning", "success", "error"};

    s += strspn(s, " \t");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = strlen(words[i]);

        if (strncasecmp(s, words[i], n) == 0 && !isalnum((unsigned char)s[n]))
            return 1;
    }
    return 0;
}

/* How many bytes of s go on a line of `room` columns: up to a newline, else to the last space between words that fits, else what
 * fits. Never cuts a UTF-8 sequence. */
static size_t fit(const char *s, size_t room)
{
    size_t i, space = 0, columns = 0;
    int word = 0;

    for (i = 0; s[i] != '\0' && s[i] != '\n'; i++) {
        if (((unsigned char)s[i] & 0xc0) == 0x80)
            continue;
        /* From U+1000 on a character may take two: those of East Asia do, and to say so of others only wraps them early. */
        columns += (unsigned char)s[i] >= 0xe1 ? 2 : 1;
        if (columns > room)
            return space > 0 ? space : i;
        word |= s[i] != ' ';
        if (s[i] == ' ' && word)
            space = i;
    }
    return i;
}

static int has_room(struct hf_voice *v, const char *word, size_t n)
{
    int last = strcmp(word, "error") == 0 || strcmp(word, "success") == 0;
    static const char note[] = "hint: ... more was said than is shown here\n";

    if (v->said + n <= (last ? HF_SAY_MAX_ALL : HF_SAY_MAX_BYTES))
        return 1;
    if (!v->cut) {
        v->cut = 1;
        put(v, note, sizeof note - 1);
    }
    return 0;
}

void hf_voice_say(struct hf_voice *v, const char *word, const char *text)
{
    char line[HF_SAY_COLUMNS * 4 + 16];
    size_t head, n, room;
    int first = 1;

    if (!has_room(v, word, strlen(text) + 64))
        return;
    do {
        head = (size_t)(first ? snprintf(line, sizeof line, "%s: ", word)
                              : snprintf(line, sizeof line, begins_like_git(text) ? "  > " : "  "));
        room = HF_SAY_COLUMNS - head;
        n = fit(text, room);
        if (n > sizeof line - head - 2)
            n = sizeof line - head - 2;
        memcpy(line + head, text, n);
        line[head + n] = '\n';
        put(v, line, head + n + 1);
        text += n;
        /* The space or newline at which the line was cut; a first line's own indentation stays. */
        if (*text == ' ' || *text == '\n')
            text++;
        first = 0;
    } while (*text != '\0');
}

static void sink(void *arg, enum hf_say_level level, const char *text)
{
    hf_voice_say(arg, level == HF_SAY_WARNING ? "warning" : "hint", text);
}

struct hf_say hf_voice_sink(struct hf_voice *v)
{
    struct hf_say s = {sink, v};

    return s;
}
