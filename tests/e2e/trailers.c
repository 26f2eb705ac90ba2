/* trailers.c: shows the trailers of the message on stdin as `git interpret-trailers --parse` does; a second reader for a test. With the
 * argument --each, stdin holds many messages, each ended by a NUL byte, and so does stdout. */
#include "core/trailers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int show(const struct hf_trailer *t, void *arg)
{
    (void)arg;
    printf("%s: %s\n", t->key, t->value);
    return 0;
}

int main(int argc, char **argv)
{
    int each = argc > 1 && strcmp(argv[1], "--each") == 0;
    char *text = NULL;
    size_t room = 0;

    while (getdelim(&text, &room, '\0', stdin) > 0) {
        if (hf_trailers_each(text, show, NULL, NULL) != 0)
            return 1;
        if (each)
            putchar('\0');
    }
    free(text);
    return 0;
}
