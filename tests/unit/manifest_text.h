/* manifest_text.h: a whole manifest payload with everything in it, as tests' raw material. */
#ifndef HF_TEST_MANIFEST_TEXT_H
#define HF_TEST_MANIFEST_TEXT_H

#define SUM_7 "7777777777777777777777777777777777777777777777777777777777777777"
#define SUM_6 "6666666666666666666666666666666666666666666666666666666666666666"
#define SUM_D "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
#define SUM_R "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
#define MD5_7 "77777777777777777777777777777777"
#define OID_B "0123456789abcdef0123456789abcdef01234567"
#define OID_C "89abcdef0123456789abcdef0123456789abcdef"

/* Compact, and in the order in which the writer sets members. */
#define MANIFEST_TEXT                                                                                                           \
    "{\"format\":1,\"app\":\"com.example.shop.ios\",\"channel\":\"production\",\"serial\":42,\"last\":8,"                       \
    "\"published\":\"2026-11-22T06:05:00Z\",\"expires\":\"2026-12-22T06:05:00Z\",\"releases\":["                                \
    "{\"patch\":7,\"job\":\"00112233445566778899aabbccddeeff\",\"target\":\"1.1.1\",\"state\":\"live\",\"rollout\":2500,"       \
    "\"salt\":\"9f2c01d4a6b7e853\",\"priority\":\"normal\",\"window\":\"02:00-05:00\",\"published\":\"2026-11-22T06:05:00Z\","  \
    "\"notes\":\"the cart, mended\\nand more\",\"source\":{\"ref\":\"refs/heads/hotfix/1.1.1\",\"base\":\"" OID_B               \
    "\",\"commit\":\"" OID_C "\",\"files\":3,\"builder\":\"ocrunner\"},"                                                        \
    "\"file\":{\"key\":\"objects/" SUM_7 "\",\"name\":\"binarypatch\",\"size\":27265,\"md5\":\"" MD5_7 "\",\"sha256\":\"" SUM_7 \
    "\"},\"deltas\":[{\"from\":\"" SUM_6 "\",\"codec\":\"zstd\",\"key\":\"deltas/" SUM_6 "-" SUM_7                              \
    "\",\"size\":1256,\"sha256\":\"" SUM_D "\"}],\"over\":3,\"instead\":2,\"critical\":[]},"                                                             \
    "{\"patch\":6,\"job\":\"ffeeddccbbaa99887766554433221100\",\"target\":\"1.1.x\",\"state\":\"live\",\"rollout\":10000,"      \
    "\"salt\":\"00\",\"priority\":\"idle\",\"published\":\"2026-11-21T06:05:00Z\",\"notes\":\"\",\"source\":{\"ref\":"          \
    "\"refs/heads/hotfix/1.1.x\",\"base\":\"\",\"commit\":\"" OID_C "\",\"files\":0,\"builder\":\"archive\"},"                  \
    "\"file\":null,\"deltas\":[],\"critical\":[]}],\"revoked\":[\"" SUM_R "\"]}"

#endif
