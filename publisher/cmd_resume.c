/* cmd_resume.c: hotfix resume: a paused release is offered again. */
#include "publisher/act.h"
#include "publisher/cmd.h"

int hf_cmd_resume(int argc, char **argv)
{
    static const struct hf_act_verb verb = {HF_ACT_RESUME, "resume", "PATCH",
                                            "Offers a paused PATCH again, with the rollout that it had.\n", 0};

    return hf_act_run(&verb, argc, argv);
}
