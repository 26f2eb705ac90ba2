/* cmd_rollout.c: hotfix rollout: how many devices get a release. */
#include "publisher/act.h"
#include "publisher/cmd.h"

int hf_cmd_rollout(int argc, char **argv)
{
    static const struct hf_act_verb verb = {
        HF_ACT_ROLLOUT, "rollout", "PATCH P%",
        "Sets how many devices get PATCH: 25%, 0.5%, 0%. Growing drops nobody; when it\n"
        "shrinks, devices that have it keep it.\n",
        0};

    return hf_act_run(&verb, argc, argv);
}
