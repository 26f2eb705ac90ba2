/* yesno.c: see yesno.h. */
#include "core/yesno.h"

#include <string.h>
#include <strings.h>

#include "core/escape.h"

#define SHOWN 64
#define BLANKS " \t\r\n"

int hf_yes_no(int *out, const char *text, const char *what, struct hf_err *err)
{
    static const char *const words[] = {"0", "1", "false", "true", "no", "yes", "off", "on"}; /* the odd ones mean yes */
    const char *s = text != NULL ? text + strspn(text, BLANKS) : "";
    char shown[SHOWN];
    size_t n = strlen(s), i;

    while (n > 0 && strchr(BLANKS, s[n - 1]) != NULL)
        n--;
    if (n == 0)
        return 0;
    for (i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == n && strncasecmp(words[i], s, n) == 0) {
            *out = i % 2 == 1;
            return 1;
        }
    return hf_fail(err, HF_E_INPUT, "%s '%s': write true or false (or 1, yes, on; 0, no, off)", what,
                   hf_escape(shown, sizeof shown, text, strlen(text)));
}
