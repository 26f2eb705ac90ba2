/* builders.h: the builders that [build] builder may name: what each needs and what its patches are. How they build is behind
 * builder/build.h, in the same order. */
#ifndef HF_BUILDERS_H
#define HF_BUILDERS_H

enum hf_builder_id {
    HF_BUILDER_ARCHIVE,
    HF_BUILDER_OCRUNNER,
    HF_BUILDER_JSPATCH,
    HF_BUILDER_COMMAND,
    HF_BUILDERS
};

struct hf_builder {
    enum hf_builder_id id;
    const char *name;
    const char *include;     /* the files of a patch where hotfix.ini names none; "": it must */
    const char *section;     /* what a new hotfix.ini says of it, whole lines */
    unsigned runs_tool : 1;  /* somebody else's program, in the cage */
    unsigned numbered : 1;   /* devices call its patch v<patch number>.zip */
    unsigned of_nothing : 1; /* going back to the app as shipped is a file as well: its devices cannot be told to remove one */
};

#define HF_BUILDER_NAMES "archive, ocrunner, jspatch or command" /* for messages */

/* Static storage. */
const struct hf_builder *hf_builder(enum hf_builder_id id);

/* The builder of this name; NULL when there is none. */
const struct hf_builder *hf_builder_find(const char *name);

/* The builder that a release names in source.builder: "ocrunner 1.2 sha256:...". NULL when it is none of these ("file",
 * "none"). */
const struct hf_builder *hf_builder_of(const char *source);

#endif
