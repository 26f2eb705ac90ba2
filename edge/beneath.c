/* beneath.c: see beneath.h. */
#include "edge/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/escape.h"

#define SYNC_DIR_MODE 0700 /* what signs links lies in it */

static int open_beneath(int root, const char *path, int flags)
{
    struct open_how how;

    memset(&how, 0, sizeof how);
    how.flags = (unsigned)(flags | O_RDONLY | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

/* Takes the descriptor over. */
static int judge_root(int root, const char *shown, struct hf_err *err)
{
    int fd = open_beneath(root, ".", O_PATH | O_DIRECTORY);

    if (fd < 0) {
        hf_fail(err, HF_E_FAIL, "cannot open '%s' by openat2(2), which Linux has since 5.6: %s", shown, strerror(errno));
        close(root);
        return -1;
    }
    close(fd);
    return root;
}

int hf_beneath_root(const char *url, struct hf_err *err)
{
    char shown[256];
    int root;

    hf_escape(shown, sizeof shown, url, strlen(url));
    if (strncmp(url, "file:///", 8) != 0)
        return hf_fail(err, HF_E_CONFIG, "[store] url '%s': a file store is named as file:///PATH", shown);
    root = open(url + 7, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return hf_fail(err, HF_E_FAIL, "cannot open the store '%s': %s", shown, strerror(errno));
    return judge_root(root, shown, err);
}

/* Who keeps it, when root makes it. */
static int give_to(const char *path, const char *user, const char *shown, struct hf_err *err)
{
    const struct passwd *pw;

    if (geteuid() != 0 || *user == '\0')
        return 0;
    pw = getpwnam(user);
    if (pw == NULL || lchown(path, pw->pw_uid, pw->pw_gid) != 0)
        return hf_fail(err, HF_E_CONFIG, "[edge] sync_dir '%s': cannot give it to [edge] user: %s", shown,
                       pw == NULL ? "there is no such user" : strerror(errno));
    return 0;
}

int hf_beneath_sync_dir(const char *path, const char *user, struct hf_err *err)
{
    char shown[256];
    int root, made;

    hf_escape(shown, sizeof shown, path, strlen(path));
    made = mkdir(path, SYNC_DIR_MODE) == 0;
    if (!made && errno != EEXIST)
        return hf_fail(err, HF_E_CONFIG, "[edge] sync_dir: cannot make the folder '%s': %s", shown, strerror(errno));
    if (made && give_to(path, user, shown, err) != 0) {
        rmdir(path);
        return -1;
    }
    root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return hf_fail(err, HF_E_CONFIG, "[edge] sync_dir: cannot open the folder '%s': %s", shown, strerror(errno));
    return judge_root(root, shown, err);
}

int hf_beneath_open(int root, const char *path, struct hf_err *err)
{
    char shown[256];
    struct stat st;
    int fd, saved;

    do /* O_NONBLOCK: opening a FIFO must not wait for a writer. EAGAIN: the tree was renamed under the look-up */
        fd = open_beneath(root, path, O_NONBLOCK | O_NOCTTY);
    while (fd < 0 && errno == EINTR);
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    saved = fd >= 0 ? ENOENT : errno;
    if (fd >= 0)
        close(fd);
    hf_escape(shown, sizeof shown, path, strlen(path));
    return hf_fail(err, saved == ENOENT || saved == ENOTDIR || saved == ELOOP || saved == EXDEV ? HF_E_NOTFOUND : HF_E_FAIL,
                   "cannot open '%s': %s", shown, strerror(saved));
}
