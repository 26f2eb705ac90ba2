/* mkstore.c: makes file stores with signed manifests, for tests of what reads them.
 *
 *   mkstore keys DIR                                        DIR/signing.pem, DIR/pub.pem, DIR/url.key
 *   mkstore put DIR APP CHANNEL SERIAL EXPIRES RELEASE...   into DIR/store; EXPIRES in seconds from now; newest first
 *
 * RELEASE: patch,state,target,rollout,priority,file[,from]   file "-": null; from: a file that a delta leads from, whose bytes
 * are those of file.delta */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/digest.h"
#include "core/hex.h"
#include "core/jws.h"
#include "core/sign.h"
#include "core/timestamp.h"

static struct hf_err err;

static void die(const char *what)
{
    fprintf(stderr, "mkstore: %s: %s\n", what, err.msg);
    exit(1);
}

static void check(int rc, const char *what)
{
    if (rc != 0)
        die(what);
}

static void write_file(const char *path, const void *p, size_t n, mode_t mode)
{
    char tmp[1024];
    int fd;

    snprintf(tmp, sizeof tmp, "%s.new", path);
    fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC, mode);
    if (fd < 0 || write(fd, p, n) != (ssize_t)n || close(fd) != 0 || rename(tmp, path) != 0) {
        perror(path);
        exit(1);
    }
}

static void keys(const char *dir)
{
    struct hf_signer *s;
    struct hf_buf b;
    char path[1024], hex[65];
    uint8_t random[32];

    check(hf_signer_generate(&s, &err), "key");
    hf_buf_init(&b, HF_KEY_MAX_PEM);
    check(hf_signer_private_pem(&b, s, &err), "key");
    snprintf(path, sizeof path, "%s/signing.pem", dir);
    write_file(path, b.p, b.n, 0600);
    b.n = 0;
    check(hf_signer_public_pem(&b, s, &err), "key");
    snprintf(path, sizeof path, "%s/pub.pem", dir);
    write_file(path, b.p, b.n, 0644);
    check(hf_random(random, sizeof random, &err), "random");
    hf_hex(hex, random, sizeof random);
    hex[64] = '\n';
    snprintf(path, sizeof path, "%s/url.key", dir);
    write_file(path, hex, sizeof hex, 0600);
    hf_buf_free(&b);
    hf_signer_free(s);
}

static struct hf_sums sums_of(const char *path)
{
    struct hf_sums s;
    int fd = open(path, O_RDONLY);

    if (fd < 0) {
        perror(path);
        exit(1);
    }
    check(hf_digest_fd(&s, fd, &err), path);
    close(fd);
    return s;
}

/* Large objects are test data of their own: a link is enough. One that is there stays: somebody may be fetching it. */
static void place(const char *from, const char *to)
{
    struct stat a, b;

    if (stat(from, &a) == 0 && stat(to, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
        return;
    unlink(to);
    if (link(from, to) != 0) {
        perror(to);
        exit(1);
    }
}

static void release(struct hf_buf *b, const char *dir, const char *app, char *spec, const char *now)
{
    char *part[7] = {NULL}, to[1024], other[1024];
    struct hf_sums s, from, delta;
    int i;

    for (i = 0; i < 7; i++)
        part[i] = strsep(&spec, ",");
    if (part[5] == NULL) {
        fprintf(stderr, "mkstore: a release is patch,state,target,rollout,priority,file[,from]\n");
        exit(2);
    }
    hf_buf_fmt(b, "{\"patch\":%s,\"job\":\"%032d\",\"state\":\"%s\",\"target\":\"%s\",\"rollout\":%s,\"priority\":\"%s\","
                  "\"salt\":\"9f2c01d4a6b7e853\",\"window\":\"02:00-05:00\",\"published\":\"%s\",\"notes\":\"\",\"source\":{"
                  "\"ref\":\"refs/heads/hotfix/1\",\"base\":\"%040d\",\"commit\":\"%040d\",\"files\":1,\"builder\":\"archive\"},",
               part[0], atoi(part[0]), part[1], part[2], part[3], part[4], now, 1, 2);
    if (strcmp(part[5], "-") == 0) {
        hf_buf_str(b, "\"file\":null,\"deltas\":[],\"critical\":[]}");
        return;
    }
    s = sums_of(part[5]);
    snprintf(to, sizeof to, "%s/store/%s/objects/%s", dir, app, s.sha256);
    place(part[5], to);
    hf_buf_fmt(b, "\"file\":{\"key\":\"objects/%s\",\"name\":\"patch.zip\",\"size\":%llu,\"md5\":\"%s\",\"sha256\":\"%s\"},",
               s.sha256,
               (unsigned long long)s.size, s.md5, s.sha256);
    if (part[6] != NULL) {
        from = sums_of(part[6]);
        snprintf(other, sizeof other, "%s.delta", part[5]);
        delta = sums_of(other);
        snprintf(to, sizeof to, "%s/store/%s/deltas/%s-%s", dir, app, from.sha256, s.sha256);
        place(other, to);
        hf_buf_fmt(b, "\"deltas\":[{\"from\":\"%s\",\"codec\":\"zstd\",\"key\":\"deltas/%s-%s\",\"size\":%llu,"
                      "\"sha256\":\"%s\"}],",
                   from.sha256, from.sha256, s.sha256, (unsigned long long)delta.size, delta.sha256);
    } else {
        hf_buf_str(b, "\"deltas\":[],");
    }
    hf_buf_str(b, "\"critical\":[]}");
}

static void put(int argc, char **argv)
{
    const char *dir = argv[2], *app = argv[3], *channel = argv[4];
    char path[1024], now[HF_TIMESTAMP_LEN + 1], expires[HF_TIMESTAMP_LEN + 1];
    struct hf_signer *s;
    struct hf_buf pem, payload, envelope;
    const char *const folders[] = {"", app, "objects", "deltas", channel};
    int i, last = 0;

    for (i = 0; i < 5; i++) {
        snprintf(path, sizeof path, "%s/store/%s%s%s", dir, i > 1 ? app : "", i > 1 ? "/" : "", folders[i]);
        mkdir(path, 0750);
    }
    hf_timestamp_format(now, time(NULL) - 3600);
    hf_timestamp_format(expires, time(NULL) + atol(argv[6]));
    hf_buf_init(&pem, HF_KEY_MAX_PEM);
    snprintf(path, sizeof path, "%s/signing.pem", dir);
    check(hf_buf_read_file(&pem, path, 0, &err), "key");
    check(hf_signer_parse(&s, pem.p, pem.n, path, &err), "key");
    for (i = 7; i < argc; i++)
        last = atoi(argv[i]) > last ? atoi(argv[i]) : last;
    hf_buf_init(&payload, 1 << 20);
    hf_buf_fmt(&payload, "{\"format\":1,\"app\":\"%s\",\"channel\":\"%s\",\"serial\":%s,\"last\":%d,\"published\":\"%s\","
                         "\"expires\":\"%s\","
                         "\"releases\":[",
               app, channel, argv[5], last, now, expires);
    for (i = 7; i < argc; i++) {
        if (i > 7)
            hf_buf_str(&payload, ",");
        release(&payload, dir, app, argv[i], now);
    }
    hf_buf_str(&payload, "],\"revoked\":[]}");
    check(hf_buf_ok(&payload, "payload", &err), "payload");
    hf_buf_init(&envelope, HF_JWS_MAX_BYTES);
    check(hf_jws_sign(&envelope, payload.p, payload.n, &s, 1, &err), "signature");
    snprintf(path, sizeof path, "%s/store/%s/%s/manifest.json", dir, app, channel);
    write_file(path, envelope.p, envelope.n, 0640);
    hf_buf_wipe(&pem);
    hf_buf_free(&payload);
    hf_buf_free(&envelope);
    hf_signer_free(s);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "keys") == 0)
        keys(argv[2]);
    else if (argc >= 7 && strcmp(argv[1], "put") == 0)
        put(argc, argv);
    else
        return 2;
    return 0;
}
