/* fuzz_argv.c: any text as a template: what passes the check can be expanded, and begins with the program's own path. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "builder/argv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char one[] = "/w/a", two[] = "/w/b", ref[] = "/r/c";
    char *const files[] = {one, two, NULL}, *const refs[] = {ref, NULL};
    const struct hf_argv_values v = {.output = "/w/o", .target = "1.0", .base = "b", .commit = "c", .tree = "/w/t", .base_tree = "/w/u",
                                     .files = files, .file_count = 2, .refs = refs, .ref_count = 1};
    char *text = malloc(size + 1), **argv = NULL;
    struct hf_argv_needs needs;
    struct hf_err err = {HF_OK, ""};
    int found = 0;

    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (hf_argv_check(&needs, text, &err) == 0) {
        if (hf_argv_expand(&argv, text, &v, &err) != 0) {
            if (err.code != HF_E_LIMIT)
                abort();
        } else {
            if (argv[0] == NULL || argv[0][0] != '/')
                abort();
            for (char **a = argv; *a != NULL; a++)
                found |= strstr(*a, "/w/o") != NULL;
            if (!found)
                abort();
        }
        hf_argv_free(argv);
    } else if (err.code != HF_E_CONFIG) {
        abort();
    }
    free(text);
    return 0;
}
