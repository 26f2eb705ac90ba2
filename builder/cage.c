/* cage.c: see cage.h. Landlock: https://docs.kernel.org/userspace-api/landlock.html. The numbers that Debian 12's header has not
 * got yet stand here. */
#include "builder/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#define FS_TRUNCATE (1ULL << 14)  /* ABI 3 */
#define FS_IOCTL_DEV (1ULL << 15) /* ABI 5 */
#define NET_BIND_TCP (1ULL << 0)  /* ABI 4 */
#define NET_CONNECT_TCP (1ULL << 1)
#define SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0) /* ABI 6 */
#define SCOPE_SIGNAL (1ULL << 1)

#define FS_ALL_1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define FS_OF_FILES \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)
#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RUN (READ | LANDLOCK_ACCESS_FS_EXECUTE)
#define OWN (RUN | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
             LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_FIFO |             \
             LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER | FS_TRUNCATE)
#define SINK (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE)

/* struct landlock_ruleset_attr as it is since ABI 6; an older kernel takes the beginning of it. */
struct ruleset {
    uint64_t fs, net, scoped;
};

/* Programs and libraries, and what the C library and the usual runtimes open when they start. None of it is a secret: everybody
 * may read it on any system. /proc/self is the tool's own folder, not its children's. */
const char *const hf_cage_system[] = {
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/bin",
    "/sbin",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/passwd",
    "/etc/group",
    "/etc/nsswitch.conf",
    "/etc/ssl/openssl.cnf", /* node does not start without it */
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/proc/self", /* Swift finds its arguments there, the sanitizers their memory */
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/vm/max_map_count",
    "/sys/devices/system/cpu",
    "/sys/kernel/mm/transparent_hugepage",
    NULL,
};

void hf_cage_ask(struct hf_cage_kernel *k)
{
    uint32_t action = SECCOMP_RET_ERRNO;
    long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);

    k->error = abi < 0 ? errno : 0;
    k->landlock = abi < 0 ? 0 : (int)abi;
    k->seccomp = hf_cage_calls_known() && syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0U, &action) == 0;
}

const char *hf_cage_lacks(char *out, size_t max, const struct hf_cage_kernel *k)
{
    struct utsname u;
    const char *why = "it is older than 5.13, or was built without";

    if (k->landlock > 0 && k->seccomp)
        return NULL;
    if (uname(&u) != 0)
        snprintf(u.release, sizeof u.release, "?");
    if (k->error == EOPNOTSUPP)
        why = "it was switched off: 'landlock' must stand in the boot parameter lsm=";
    else if (k->error == EPERM || k->error == EACCES)
        why = "it is forbidden here: the container's own filter must let the landlock calls through";
    if (k->landlock > 0)
        snprintf(out, max, "Linux %.32s has no seccomp filter for us here", u.release);
    else
        snprintf(out, max, "Linux %.32s offers no Landlock%s (%s)", u.release, k->seccomp ? "" : " and no seccomp filter", why);
    return out;
}

/* What this ABI knows of these rights. */
static uint64_t known(uint64_t rights, int abi)
{
    uint64_t all = FS_ALL_1;

    if (abi >= 2)
        all |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        all |= FS_TRUNCATE;
    if (abi >= 5)
        all |= FS_IOCTL_DEV;
    return rights & all;
}

/* What is not there needs no rule. */
static int allow(int ruleset, const char *path, uint64_t rights, int abi)
{
    struct landlock_path_beneath_attr rule;
    struct stat st;
    int rc = -1, fd = open(path, O_PATH | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == ELOOP ? 0 : -1;
    if (fstat(fd, &st) == 0) {
        memset(&rule, 0, sizeof rule);
        rule.parent_fd = fd;
        rule.allowed_access = known(S_ISDIR(st.st_mode) ? rights : rights & FS_OF_FILES, abi);
        rc = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0U);
    }
    close(fd);
    return rc;
}

static int allow_all(int ruleset, const char *const *paths, uint64_t rights, int abi)
{
    for (; paths != NULL && *paths != NULL; paths++)
        if (allow(ruleset, *paths, rights, abi) < 0)
            return -1;
    return 0;
}

static int wall_in(const struct hf_cage *c)
{
    int abi = c->kernel.landlock, fd, rc = -1;
    struct ruleset r = {.fs = known(UINT64_MAX, abi)};
    size_t size = abi >= 6 ? sizeof r : abi >= 4 ? 2 * sizeof(uint64_t)
                                                 : sizeof(uint64_t);

    if (abi >= 4)
        r.net = NET_BIND_TCP | NET_CONNECT_TCP;
    if (abi >= HF_CAGE_LANDLOCK_SIGNALS)
        r.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
    fd = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0U);
    if (fd < 0)
        return -1;
    if (allow_all(fd, hf_cage_system, RUN, abi) == 0 && allow(fd, "/dev/null", SINK, abi) == 0 &&
        allow_all(fd, c->read, READ, abi) == 0 && allow_all(fd, c->run, RUN, abi) == 0 && allow(fd, c->write, OWN, abi) == 0)
        rc = (int)syscall(SYS_landlock_restrict_self, fd, 0U);
    close(fd);
    return rc;
}

/* A tool that root runs is root without root's powers. Who has none loses none. */
static int drop_powers(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];

    memset(none, 0, sizeof none);
    for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0L, 0L, 0L) >= 0; cap++)
        (void)prctl(PR_CAPBSET_DROP, cap, 0L, 0L, 0L);
    (void)prctl(PR_CAP_AMBIENT, (unsigned long)PR_CAP_AMBIENT_CLEAR_ALL, 0L, 0L, 0L);
    return (int)syscall(SYS_capset, &head, none);
}

int hf_cage_enter(const struct hf_cage *c)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0)
        return -1;
    if (c->kernel.landlock > 0 && wall_in(c) < 0)
        return -1;
    if (drop_powers() < 0)
        return -1;
    return c->kernel.seccomp ? hf_cage_calls(c->kernel.landlock) : 0;
}
