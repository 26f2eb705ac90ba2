/* jws.c: see jws.h. */
#include "core/jws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base64url.h"
#include "core/json.h"

#define HEADER_HEAD "{\"alg\":\"EdDSA\",\"kid\":\""
#define HEADER_TAIL "\",\"typ\":\"" HF_JWS_TYP "\"}"
#define HEADER_LEN (sizeof HEADER_HEAD - 1 + HF_KID_LEN + sizeof HEADER_TAIL - 1)

void hf_jws_header(char out[HF_JWS_HEADER_MAX], const char *kid)
{
    snprintf(out, HF_JWS_HEADER_MAX, "%s%.*s%s", HEADER_HEAD, HF_KID_LEN, kid, HEADER_TAIL);
}

/* The header is compared with the one right text rather than parsed: no other member, order or spacing can hide in it. */
static int read_header(char kid[HF_KID_LEN + 1], const char *b64, size_t n, struct hf_err *err)
{
    char header[HF_JWS_HEADER_MAX], expected[HF_JWS_HEADER_MAX];
    uint8_t thumbprint[32];
    long len = hf_unbase64url(header, sizeof header, b64, n);

    if (len != (long)HEADER_LEN || memcmp(header, HEADER_HEAD, sizeof HEADER_HEAD - 1) != 0)
        return hf_fail(err, HF_E_INPUT, "a manifest's protected header is not the one of this format");
    memcpy(kid, header + sizeof HEADER_HEAD - 1, HF_KID_LEN);
    kid[HF_KID_LEN] = '\0';
    if (hf_unbase64url(thumbprint, sizeof thumbprint, kid, HF_KID_LEN) != sizeof thumbprint)
        return hf_fail(err, HF_E_INPUT, "a manifest's kid is not a key's thumbprint");
    hf_jws_header(expected, kid);
    if (memcmp(header, expected, HEADER_LEN) != 0)
        return hf_fail(err, HF_E_INPUT, "a manifest's protected header is not the one of this format");
    return 0;
}

/* Judges one member of "signatures" against header "." payload. */
static int read_signature(struct hf_jws *out, unsigned i, json_t *v, const char *payload, size_t payload_n,
                          const struct hf_trust *trust, struct hf_err *err)
{
    const char *prot, *sig64;
    uint8_t sig[HF_ED25519_SIG_LEN];
    struct hf_buf input;
    int key, rc = -1;

    if (!json_is_object(v) || json_object_size(v) != 2)
        return hf_fail(err, HF_E_INPUT, "signatures[%u] of a manifest must hold protected and signature, and no more", i);
    if (hf_json_string(&prot, v, "protected", HF_JWS_HEADER_MAX * 2, "envelope.signatures", err) != 0 ||
        hf_json_string(&sig64, v, "signature", HF_BASE64URL_LEN(HF_ED25519_SIG_LEN), "envelope.signatures", err) != 0 ||
        read_header(out->kid[i], prot, strlen(prot), err) != 0)
        return -1;
    if (hf_unbase64url(sig, sizeof sig, sig64, strlen(sig64)) != (long)sizeof sig)
        return hf_fail(err, HF_E_INPUT, "the signature of a manifest's signatures[%u] is not 64 bytes of base64url", i);
    key = hf_trust_find(trust, out->kid[i]);
    if (key < 0)
        return 0;
    hf_buf_init(&input, HF_JWS_MAX_BYTES);
    hf_buf_str(&input, prot);
    hf_buf_str(&input, ".");
    hf_buf_add(&input, payload, payload_n);
    if (hf_buf_ok(&input, "a manifest", err) != 0)
        goto out;
    if (hf_trust_verify(trust, (size_t)key, input.p, input.n, sig))
        out->verified |= 1u << i;
    rc = 0;
out:
    hf_buf_free(&input);
    return rc;
}

static int decode_payload(struct hf_jws *out, const char *b64, size_t n, struct hf_err *err)
{
    size_t max = n / 4 * 3 + 3;
    char *room = malloc(max);
    long len;

    if (room == NULL)
        return hf_nomem(err);
    len = hf_unbase64url(room, max, b64, n);
    if (len < 0)
        hf_fail(err, HF_E_INPUT, "a manifest's payload is not base64url without padding");
    else
        hf_buf_add(&out->payload, room, (size_t)len);
    free(room);
    return len < 0 ? -1 : hf_buf_ok(&out->payload, "a manifest's payload", err);
}

/* No two signatures by one key: the second could only be there to confuse. */
static int same_kid_before(const struct hf_jws *out, unsigned i)
{
    unsigned k;

    for (k = 0; k < i; k++)
        if (strcmp(out->kid[k], out->kid[i]) == 0)
            return 1;
    return 0;
}

/* Two things that call for different hands: the key is not pinned here, or the bytes are not what a pinned key signed. */
static int not_verified(const struct hf_jws *out, const struct hf_trust *trust, struct hf_err *err)
{
    unsigned i;

    for (i = 0; i < out->signatures; i++)
        if (hf_trust_find(trust, out->kid[i]) >= 0)
            return hf_fail(err, HF_E_SIG, "the manifest's signature by the trusted key %s does not match its bytes", out->kid[i]);
    return hf_fail(err, HF_E_SIG, "the manifest is not signed by any key that is trusted here; it names the key %s", out->kid[0]);
}

static int read_envelope(struct hf_jws *out, json_t *doc, const struct hf_trust *trust, struct hf_err *err)
{
    const char *payload;
    size_t payload_n, i;
    json_t *sigs;

    if (json_object_size(doc) != 2)
        return hf_fail(err, HF_E_INPUT, "a manifest's envelope must hold payload and signatures, and no more");
    if (hf_json_string(&payload, doc, "payload", HF_JWS_MAX_BYTES, "envelope", err) != 0 ||
        hf_json_array(&sigs, doc, "signatures", HF_JWS_MAX_SIGNATURES, "envelope", err) != 0)
        return -1;
    payload_n = strlen(payload);
    out->signatures = (unsigned)json_array_size(sigs);
    if (out->signatures == 0)
        return hf_fail(err, HF_E_INPUT, "a manifest's envelope has no signature");
    for (i = 0; i < out->signatures; i++) {
        if (read_signature(out, (unsigned)i, json_array_get(sigs, i), payload, payload_n, trust, err) != 0)
            return -1;
        if (same_kid_before(out, (unsigned)i))
            return hf_fail(err, HF_E_INPUT, "a manifest carries two signatures by one key");
    }
    if (out->verified == 0)
        return not_verified(out, trust, err);
    return decode_payload(out, payload, payload_n, err);
}

int hf_jws_verify(struct hf_jws *out, const void *p, size_t n, const struct hf_trust *trust, struct hf_err *err)
{
    json_t *doc = NULL;
    int rc;

    memset(out, 0, sizeof *out);
    hf_buf_init(&out->payload, HF_JWS_MAX_BYTES);
    if (n > HF_JWS_MAX_BYTES)
        return hf_fail(err, HF_E_LIMIT, "a manifest is longer than %u bytes", HF_JWS_MAX_BYTES);
    if (hf_json_load(&doc, p, n, "manifest", err) != 0)
        return -1;
    rc = read_envelope(out, doc, trust, err);
    json_decref(doc);
    if (rc != 0)
        hf_jws_free(out);
    return rc;
}

void hf_jws_free(struct hf_jws *j)
{
    hf_buf_free(&j->payload);
    memset(j, 0, sizeof *j);
}
