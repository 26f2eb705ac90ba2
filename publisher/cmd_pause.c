/* cmd_pause.c: hotfix pause: a release is offered to nobody new. */
#include "publisher/act.h"
#include "publisher/cmd.h"

int hf_cmd_pause(int argc, char **argv)
{
    static const struct hf_act_verb verb = {
        HF_ACT_PAUSE, "pause", "PATCH",
        "Offers PATCH to nobody new; who has it keeps it. 'hotfix resume' ends the pause.\n", 1};

    return hf_act_run(&verb, argc, argv);
}
