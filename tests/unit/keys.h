/* keys.h: keys for tests alone. The first pair is that of RFC 8037, appendix A. */
#ifndef HF_TEST_KEYS_H
#define HF_TEST_KEYS_H

#define RFC_KID "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
#define RFC_PRIVATE_PEM                                                  \
    "-----BEGIN PRIVATE KEY-----\n"                                      \
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n" \
    "-----END PRIVATE KEY-----\n"
#define RFC_PUBLIC_PEM                                               \
    "-----BEGIN PUBLIC KEY-----\n"                                   \
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n" \
    "-----END PUBLIC KEY-----\n"

#define OTHER_PRIVATE_PEM                                                \
    "-----BEGIN PRIVATE KEY-----\n"                                      \
    "MC4CAQAwBQYDK2VwBCIEIKl+qlGfdybKV4NOuSVC51Nlz541zqW7coDzYl0W7ZqQ\n" \
    "-----END PRIVATE KEY-----\n"
#define OTHER_PUBLIC_PEM                                             \
    "-----BEGIN PUBLIC KEY-----\n"                                   \
    "MCowBQYDK2VwAyEA0LAner8gxQAgcG2XVx9JHmNSN5lXCoh8BhKf1QDdN8o=\n" \
    "-----END PUBLIC KEY-----\n"

#endif
