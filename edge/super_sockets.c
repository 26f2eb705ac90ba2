/* super_sockets.c: the listening sockets of the supervisor: see super_in.h. A descriptor of -1 is none. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge/super_in.h"

#define DEAF_MS 5000 /* how long a socket that is given up waits for those who accept from it */

/* 1 when it is one of these. */
static int among(int fd, const struct hf_listen *list, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (list[i].fd == fd)
            return 1;
    return 0;
}

static void give_up(struct super *s, struct hf_listen *l)
{
    if (l->fd < 0)
        return;
    if (s->closing_count < MAX_CLOSING)
        s->closing[s->closing_count++] = *l;
    else
        close(l->fd);
    l->fd = -1;
    s->closing_since = hf_shared_now();
}

int hf_super_open(const struct super *s, const struct hf_super_plan *plan, struct hf_listen *out, struct hf_err *err)
{
    size_t i;

    for (i = 0; i < HF_SUPER_MAX_SOCKETS; i++)
        out[i].fd = -1;
    for (i = 0; i < plan->listen_count; i++) {
        /* each in its own place: two that name port 0 are two */
        if (i < s->plan.listen_count && strcmp(s->plan.listen[i], plan->listen[i]) == 0 && s->sockets[i].fd >= 0) {
            out[i] = s->sockets[i];
        } else if (hf_start_listen(&out[i], plan->listen[i], err) != 0) {
            while (i-- > 0)
                if (!among(out[i].fd, s->sockets, HF_SUPER_MAX_SOCKETS))
                    close(out[i].fd);
            return -1;
        }
    }
    return 0;
}

void hf_super_adopt(struct super *s)
{
    size_t i;

    if (!s->next_is_new)
        return;
    for (i = 0; i < HF_SUPER_MAX_SOCKETS; i++)
        if (!among(s->sockets[i].fd, s->next_sockets, HF_SUPER_MAX_SOCKETS))
            give_up(s, &s->sockets[i]);
    memcpy(s->sockets, s->next_sockets, sizeof s->sockets);
    s->hooks->drop(&s->plan);
    s->plan = s->next;
    s->next_is_new = 0;
}

void hf_super_abandon(struct super *s)
{
    size_t i;

    if (!s->next_is_new)
        return;
    for (i = 0; i < HF_SUPER_MAX_SOCKETS; i++)
        if (s->next_sockets[i].fd >= 0 && !among(s->next_sockets[i].fd, s->sockets, HF_SUPER_MAX_SOCKETS))
            close(s->next_sockets[i].fd);
    s->hooks->drop(&s->next);
    s->next_is_new = 0;
}

void hf_super_close_all(struct super *s)
{
    size_t i;

    for (i = 0; i < HF_SUPER_MAX_SOCKETS; i++)
        give_up(s, &s->sockets[i]);
    for (i = 0; i < HF_SUPER_MAX_SOCKETS && s->next_is_new; i++) {
        if (!among(s->next_sockets[i].fd, s->closing, s->closing_count))
            give_up(s, &s->next_sockets[i]);
        s->next_sockets[i].fd = -1;
    }
}

/* 1 when none that should be deaf still accepts connections. */
static int all_deaf(const struct super *s)
{
    size_t i, w;

    for (i = 0; i < MAX_GENERATIONS; i++) {
        if (s->list[i].pid == 0 || (&s->list[i] == s->serving && !s->stopping))
            continue;
        for (w = 0; w < HF_SHARED_WORKERS; w++)
            if (s->list[i].shared->workers[w].pid != 0 && !s->list[i].shared->workers[w].deaf)
                return 0;
    }
    return 1;
}

void hf_super_close_unused(struct super *s, int64_t now)
{
    int deaf = all_deaf(s);

    if (s->closing_count == 0 || (!deaf && now - s->closing_since < DEAF_MS))
        return;
    while (s->closing_count > 0) {
        s->closing_count--;
        if (deaf)
            shutdown(s->closing[s->closing_count].fd, SHUT_RDWR);
        close(s->closing[s->closing_count].fd);
    }
}
