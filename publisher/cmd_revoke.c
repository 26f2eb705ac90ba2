/* cmd_revoke.c: hotfix revoke: the bytes of a release, never again. */
#include "publisher/act.h"
#include "publisher/cmd.h"

int hf_cmd_revoke(int argc, char **argv)
{
    static const struct hf_act_verb verb = {
        HF_ACT_REVOKE, "revoke", "PATCH",
        "Takes PATCH off the devices that have it, and forbids its bytes under any\n"
        "number, for good.\n",
        1};

    return hf_act_run(&verb, argc, argv);
}
