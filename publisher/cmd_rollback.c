/* cmd_rollback.c: hotfix rollback: devices leave a release. */
#include "publisher/act.h"
#include "publisher/cmd.h"

int hf_cmd_rollback(int argc, char **argv)
{
    static const struct hf_act_verb verb = {
        HF_ACT_ROLLBACK, "rollback", "[PATCH]",
        "Takes PATCH off the devices that have it: they go to the release before, or back\n"
        "to the app as shipped. Without PATCH: the newest live one, when there is one\n"
        "target only.\n",
        1};

    return hf_act_run(&verb, argc, argv);
}
