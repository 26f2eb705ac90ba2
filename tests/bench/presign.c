/* presign.c: presigned links per second on one core, and as a multiple of the least that a link costs: one SHA-256 of its canonical
 * request and one HMAC of its string to sign, by the same library calls. usage: presign [ROUNDS]   (15)
 * The two take turns, short rounds each; medians, and the spread between the best and the worst. The last line is for machines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/digest.h"
#include "store/sigv4.h"

#define LINKS 20000 /* a round */
#define MAX_ROUNDS 1001
#define NOW 1795327500

static struct hf_sigv4 signer;
static struct hf_aws_keys keys;
static struct hf_place place;

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* As the edge asks: another object each time, and a new second every thousand links. */
static double links(const char *token)
{
    static const struct hf_sigv4_pair query[] = {{"response-content-disposition", "attachment; filename=\"binarypatch\""}};
    char key[128] = "prefix/com.example.shop.ios/objects/", *end = key + strlen(key);
    struct hf_sigv4_ask ask = {.method = "GET", .key = key, .query = query, .query_n = 1};
    struct hf_err err;
    const char *url;
    double start;
    int i;

    if (hf_place_set(&place, "https://s3.eu-west-1.amazonaws.com", "eu-west-1", "patches", 0, &err) != 0 ||
        hf_aws_keys_set(&keys, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", token, 0, &err) != 0)
        goto fail;
    start = seconds();
    for (i = 0; i < LINKS; i++) {
        snprintf(end, sizeof key - (size_t)(end - key), "%064d", i);
        if (hf_sigv4_presign(&signer, &url, NULL, &keys, &place, &ask, 60, NOW + i / 1000, &err) != 0)
            goto fail;
    }
    return (seconds() - start) / LINKS;
fail:
    fprintf(stderr, "presign: %s\n", err.msg);
    exit(1);
}

/* The bytes of the last link, digested as often. */
static double least(void)
{
    size_t n = signer.canonical.n, m = strlen(signer.to_sign);
    char *text = malloc(n);
    uint8_t sum[32];
    double start;
    int i;

    if (text == NULL)
        exit(1);
    memcpy(text, signer.canonical.p, n);
    start = seconds();
    for (i = 0; i < LINKS; i++) {
        if (hf_sha256(sum, text, n) != 0 || hf_hmac_sha256(sum, signer.key, sizeof signer.key, signer.to_sign, m) != 0)
            exit(1);
        text[0] ^= (char)sum[0];
    }
    free(text);
    return (seconds() - start) / LINKS;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void measure(const char *name, const char *token, int rounds)
{
    static double link[MAX_ROUNDS], floor_of[MAX_ROUNDS], times[MAX_ROUNDS];
    int i;

    links(token); /* warm */
    for (i = 0; i < rounds; i++) {
        link[i] = links(token);
        floor_of[i] = least();
        times[i] = link[i] / floor_of[i];
    }
    qsort(link, (size_t)rounds, sizeof *link, by_size);
    qsort(floor_of, (size_t)rounds, sizeof *floor_of, by_size);
    qsort(times, (size_t)rounds, sizeof *times, by_size);
    printf("%-26s %8.0f links/s on one core (%.0f to %.0f); one SHA-256 and one HMAC of the same bytes: %.0f/s; %.2fx (%.2f to %.2f)\n",
           name, 1 / link[rounds / 2], 1 / link[rounds - 1], 1 / link[0], 1 / floor_of[rounds / 2], times[rounds / 2], times[0],
           times[rounds - 1]);
    printf("presign %s links_per_second=%.0f multiple=%.3f\n", token[0] == '\0' ? "key" : "session", 1 / link[rounds / 2],
           times[rounds / 2]);
}

int main(int argc, char **argv)
{
    char token[1025];
    int rounds = argc > 1 ? atoi(argv[1]) : 15;

    if (rounds < 1 || rounds > MAX_ROUNDS) {
        fprintf(stderr, "usage: presign [ROUNDS]\n");
        return 2;
    }
    memset(token, 'A', sizeof token - 1);
    token[sizeof token - 1] = '\0';
    hf_sigv4_init(&signer);
    measure("a link with a long-lived key", "", rounds);
    measure("with a session of 1 KiB", token, rounds);
    hf_sigv4_clear(&signer);
    return 0;
}
