/* sweep.c: see sweep.h. */
#include "publisher/sweep.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/build.h"
#include "core/durable.h"

#define WORK_PREFIX "hotfix-" /* of hf_work_make */

static int begins(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

static void sweep_folder(const char *folder, int64_t now)
{
    DIR *d = opendir(folder);
    struct dirent *e;
    struct stat st;
    char path[4096];

    if (d == NULL)
        return;
    while ((e = readdir(d)) != NULL) {
        if ((!begins(e->d_name, WORK_PREFIX) && !begins(e->d_name, HF_DURABLE_PREFIX)) ||
            fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || now - st.st_mtime <= HF_SWEEP_AGE ||
            snprintf(path, sizeof path, "%s/%s", folder, e->d_name) >= (int)sizeof path)
            continue;
        if (S_ISDIR(st.st_mode) && begins(e->d_name, WORK_PREFIX))
            hf_work_remove(path);
        else if (S_ISREG(st.st_mode) && begins(e->d_name, HF_DURABLE_PREFIX))
            unlinkat(dirfd(d), e->d_name, 0);
    }
    closedir(d);
}

void hf_sweep(const char *git_dir, int64_t now)
{
    static const char *const folders[] = {"hotfix", "hotfix/spool", "hotfix/spool/failed"};
    char path[4096];
    size_t i;

    for (i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (snprintf(path, sizeof path, "%s/%s", git_dir, folders[i]) < (int)sizeof path)
            sweep_folder(path, now);
}
