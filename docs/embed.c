/* embed.c: an app that embeds libhotfix-client. It shows the calls in their order; what "run" means is up to the app.
 *
 *     cc -I/usr/local/include -o embed embed.c -lhotfix-client -lcurl -ljansson -lcrypto
 *     ./embed DIR VERSION EDGE <pinned.pem */
#include <hotfix_client.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    static char pinned[8192]; /* an app has its keys compiled in */
    struct hf_client_options o = {.size = sizeof o,
                                  .keys = pinned,
                                  .app = "com.example.app",
                                  .channel = "production",
                                  .client_id = "device-1"};
    struct hf_client_answer a = {.size = sizeof a};
    struct hf_client *c;
    int well = 1;

    if (argc != 4)
        return 2;
    o.dir = argv[1];
    o.version = argv[2];
    o.edge = argv[3];
    o.keys_n = fread(pinned, 1, sizeof pinned, stdin);
    if (hf_client_open(&c, &o, &a) != HF_CLIENT_OK) {
        fprintf(stderr, "no patches: %s\n", a.message);
        return 1; /* an app would go on, as it was shipped */
    }

    /* First thing at each start: which patch, if any? Whatever the result, a path is there only when it is good to run. */
    if (hf_client_begin(c, &a) != HF_CLIENT_OK)
        fprintf(stderr, "no patch at this start: %s\n", a.message);
    else if (a.path[0] != '\0')
        printf("run %s\n", a.path);
    else
        printf("run as shipped\n");

    /* The first screen is up, and nothing has crashed: the start was a good one. */
    if (well && hf_client_confirm(c, &a) != HF_CLIENT_OK)
        fprintf(stderr, "not confirmed: %s\n", a.message);

    /* In the background, now and then. What it installs is for the next start, unless it is mandatory. */
    if (hf_client_update(c, &a) != HF_CLIENT_OK)
        fprintf(stderr, "no update (reason %d): %s\n", (int)a.reason, a.message); /* the reason is for statistics */
    else if (a.event == HF_CLIENT_INSTALLED)
        printf("patch %lld is for the next start (%s)\n", (long long)a.patch.number, a.priority);
    hf_client_close(c);
    return 0;
}
