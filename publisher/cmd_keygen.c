/* cmd_keygen.c: hotfix keygen: a new Ed25519 key, private and public half, never over a file that is there. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "publisher/cmd.h"
#include "publisher/keyfile.h"

#define USAGE "hotfix keygen [FILE.pem]"

int hf_cmd_keygen(int argc, char **argv)
{
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    struct hf_err err = {HF_OK, ""};
    char kid[HF_KID_LEN + 1], pub[4096];
    const char *path = "signing.pem";
    int c;

    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (c != 'h')
            return hf_cmd_usage(USAGE, "wrong option");
        puts("usage: " USAGE "\n\nMakes FILE.pem (0600, the private key; default signing.pem) and FILE.pub.pem\n"
             "beside it, and prints the key's thumbprint.");
        return 0;
    }
    if (argc - optind > 1)
        return hf_cmd_usage(USAGE, "one file at most");
    if (optind < argc)
        path = argv[optind];
    if (hf_keyfile_make(path, pub, sizeof pub, kid, &err) != 0)
        return hf_cmd_fail(&err);
    fprintf(stderr, "private key: %s (keep it safe; it signs what devices run)\n", path);
    fprintf(stderr, "public key:  %s (give it to edges and apps)\n", pub);
    puts(kid);
    return 0;
}
