/* replay.c: a plain main() for a fuzz target: `fuzz_x CORPUS...` feeds it each file (of a folder: each in it) once.
 * Speaks TAP, as one test, so that a corpus is part of every test run. The input in work stands in the output before it is
 * fed: what kills the target is the last one named. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX ((off_t)64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes are fed from a block of just their size, so that a sanitizer sees the first byte read beyond them. */
static int feed(const char *path, off_t size)
{
    uint8_t *data = NULL;
    FILE *f = NULL;
    int ret = -1;

    printf("# %s\n", path);
    if (size > INPUT_MAX || (data = malloc(size > 0 ? (size_t)size : 1)) == NULL || (f = fopen(path, "rb")) == NULL)
        goto out;
    if (fread(data, 1, (size_t)size, f) != (size_t)size)
        goto out;
    LLVMFuzzerTestOneInput(data, (size_t)size);
    ret = 0;
out:
    if (ret != 0)
        printf("# %s: cannot be read\n", path);
    if (f != NULL)
        fclose(f);
    free(data);
    return ret;
}

/* Feeds a file, or everything below a folder in the order of names. Adds to *fed; -1 when something cannot be read. */
static int replay(const char *path, unsigned long *fed)
{
    struct dirent **names = NULL;
    struct stat st;
    char below[PATH_MAX];
    int ret = 0;

    if (stat(path, &st) != 0) {
        printf("# %s: %s\n", path, strerror(errno));
        return -1;
    }
    if (!S_ISDIR(st.st_mode)) {
        (*fed)++;
        return feed(path, st.st_size);
    }
    int n = scandir(path, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (names[i]->d_name[0] != '.') {
            int len = snprintf(below, sizeof below, "%s/%s", path, names[i]->d_name);
            if (len < 0 || (size_t)len >= sizeof below || replay(below, fed) != 0)
                ret = -1;
        }
        free(names[i]);
    }
    free(names);
    return n < 0 ? -1 : ret;
}

int main(int argc, char **argv)
{
    unsigned long fed = 0;
    int ret = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++)
        if (replay(argv[i], &fed) != 0)
            ret = -1;
    if (fed == 0)
        printf("# no input: a fuzz target has a corpus in tests/fuzz/corpus/\n");
    printf("%s 1 - replays %lu inputs\n1..1\n", ret == 0 && fed > 0 ? "ok" : "not ok", fed);
    return ret == 0 && fed > 0 ? 0 : 1;
}
