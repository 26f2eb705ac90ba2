/* cage_calls.c: the seccomp filter of the cage, as classic BPF. It forbids by a list: a tool is any program there is, and a list
 * of what all of them need is never whole. What the kernel learns after this list does not exist in the cage (ENOSYS). */
#include "builder/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__) && defined(__LP64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#define ARCH 0U /* no filter: hf_cage_calls_known */
#endif

#define X32 0x40000000U
#define LAST_KNOWN 450 /* set_mempolicy_home_node, Linux 5.17: newer ones are not in the cage */

#define NAMESPACES \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | (unsigned)CLONE_NEWNET)
#define FIO_SETOWN 0x8901U
#define SIOC_SPGRP 0x8902U

enum when {
    ALWAYS,
    EQUAL,    /* (argument & mask) == value */
    UNEQUAL,  /* it is not */
    STRANGER, /* the argument is a process or thread older than the tool, a foreign group, or everybody */
    TRUNCATES /* ALWAYS, but only where Landlock does not judge it (before ABI 3) */
};

/* Only the lower half of an argument is judged: the kernel takes each of these for an int. */
struct rule {
    unsigned nr;
    int error; /* errno; 0: it is taken, and nothing is done */
    enum when when;
    unsigned arg, mask, value;
};

#define NO(call, error)                    \
    {                                      \
        SYS_##call, error, ALWAYS, 0, 0, 0 \
    }
#define NO_IF(call, error, when, arg, mask, value) \
    {                                              \
        SYS_##call, error, when, arg, mask, value  \
    }

static const struct rule rules[] = {
    /* No network, and no other way to talk to a process that is not its own child. A pair of sockets is a pipe. */
    NO(socket, EACCES),
    NO(connect, EACCES),
    NO(bind, EACCES),
    NO(listen, EACCES),
    NO(accept, EACCES),
    NO(accept4, EACCES),
    NO_IF(socketpair, EACCES, UNEQUAL, 0, ~0U, AF_UNIX),
    NO_IF(socketpair, EACCES, UNEQUAL, 1, 0xf, SOCK_STREAM), /* another kind could be sent from to any address */
    NO(shmget, EACCES),
    NO(msgget, EACCES),
    NO(semget, EACCES),
    NO(shmat, EACCES),
    NO(mq_open, EACCES),
    NO(mq_unlink, EACCES),

    /* No other process: neither its memory nor its limits, its priority or its descriptors. */
    NO(ptrace, EPERM),
    NO(process_vm_readv, EPERM),
    NO(process_vm_writev, EPERM),
    NO(process_madvise, EPERM),
    NO(process_mrelease, EPERM),
    NO(kcmp, EPERM),
    NO(move_pages, EPERM),
    NO(migrate_pages, EPERM),
    NO(pidfd_open, ENOSYS),
    NO(pidfd_getfd, ENOSYS),
    NO(pidfd_send_signal, ENOSYS),
    NO_IF(prlimit64, EPERM, UNEQUAL, 0, ~0U, 0),
    NO_IF(setpriority, EPERM, UNEQUAL, 0, ~0U, PRIO_PROCESS),
    NO_IF(setpriority, EPERM, STRANGER, 1, 0, 0),
    NO_IF(ioprio_set, EPERM, UNEQUAL, 0, ~0U, 1), /* IOPRIO_WHO_PROCESS */
    NO_IF(ioprio_set, EPERM, STRANGER, 1, 0, 0),
    NO_IF(sched_setparam, EPERM, STRANGER, 0, 0, 0),
    NO_IF(sched_setscheduler, EPERM, STRANGER, 0, 0, 0),
    NO_IF(sched_setaffinity, EPERM, STRANGER, 0, 0, 0),
    NO_IF(sched_setattr, EPERM, STRANGER, 0, 0, 0),
    NO_IF(fcntl, EPERM, EQUAL, 1, ~0U, F_SETOWN), /* a descriptor sends signals to whom it names */
    NO_IF(fcntl, EPERM, EQUAL, 1, ~0U, F_SETOWN_EX),
    NO_IF(ioctl, EPERM, EQUAL, 1, ~0U, FIO_SETOWN),
    NO_IF(ioctl, EPERM, EQUAL, 1, ~0U, SIOC_SPGRP),
    NO_IF(ioctl, EPERM, EQUAL, 1, ~0U, TIOCSTI),
    NO_IF(ioctl, EPERM, EQUAL, 1, ~0U, TIOCLINUX),

    /* It cannot leave its process group: what is in there ends with it. */
    NO(setsid, EPERM),
    NO(setpgid, EPERM),

    /* No namespace of its own, in which it would be root. clone3 hides its flags from us: the C library then takes clone. */
    NO(unshare, EPERM),
    NO(setns, EPERM),
    NO(clone3, ENOSYS),
    NO_IF(clone, EPERM, UNEQUAL, 0, NAMESPACES, 0),

    /* What Landlock leaves open. Modes and owners seem to change, because usual tools ask for it and stop at a no; a file outside
     * that happens to be ours keeps what it has. */
    NO(fchmod, 0),
    NO(fchmodat, 0),
    NO(fchown, 0),
    NO(fchownat, 0),
    NO(setxattr, EOPNOTSUPP),
    NO(lsetxattr, EOPNOTSUPP),
    NO(fsetxattr, EOPNOTSUPP),
    NO(removexattr, EOPNOTSUPP),
    NO(lremovexattr, EOPNOTSUPP),
    NO(fremovexattr, EOPNOTSUPP),
    NO_IF(truncate, EACCES, TRUNCATES, 0, 0, 0),
    NO_IF(openat, EACCES, EQUAL, 2, O_ACCMODE | O_TRUNC, O_TRUNC), /* empties a file that is opened for reading */
    NO(openat2, ENOSYS),
    NO(open_by_handle_at, EPERM),
    NO(mount, EPERM),
    NO(umount2, EPERM),
    NO(pivot_root, EPERM),
    NO(chroot, EPERM),
    NO(open_tree, EPERM),
    NO(move_mount, EPERM),
    NO(fsopen, EPERM),
    NO(fsconfig, EPERM),
    NO(fsmount, EPERM),
    NO(fspick, EPERM),
    NO(mount_setattr, EPERM),
    NO(fanotify_init, EPERM),
    NO(quotactl, EPERM),
    NO(quotactl_fd, EPERM),

    /* Wide doors into the kernel, which a tool does not need. */
    NO(add_key, EPERM),
    NO(request_key, EPERM),
    NO(keyctl, EPERM),
    NO(bpf, EPERM),
    NO(perf_event_open, EPERM),
    NO(userfaultfd, EPERM),
    NO(io_uring_setup, ENOSYS),
    NO(io_uring_enter, ENOSYS),
    NO(io_uring_register, ENOSYS),
    NO(init_module, EPERM),
    NO(finit_module, EPERM),
    NO(delete_module, EPERM),
    NO(kexec_load, EPERM),
    NO(reboot, EPERM),
    NO(swapon, EPERM),
    NO(swapoff, EPERM),
    NO(acct, EPERM),
    NO(syslog, EPERM),
    NO(settimeofday, EPERM),
    NO(clock_settime, EPERM),
    NO(adjtimex, EPERM),
    NO(clock_adjtime, EPERM),
    NO(sethostname, EPERM),
    NO(setdomainname, EPERM),
    NO(vhangup, EPERM),
#ifdef SYS_kexec_file_load
    NO(kexec_file_load, EPERM),
#endif
#ifdef __x86_64__
    NO(chmod, 0),
    NO(chown, 0),
    NO(lchown, 0),
    NO_IF(open, EACCES, EQUAL, 1, O_ACCMODE | O_TRUNC, O_TRUNC),
    NO(iopl, EPERM),
    NO(ioperm, EPERM),
    NO(modify_ldt, EPERM),
    NO(uselib, EPERM),
#endif
};

/* Signals, where Landlock does not keep them inside (before ABI 6). */
static const struct rule signals[] = {
    NO_IF(kill, EPERM, STRANGER, 0, 0, 0),
    NO_IF(tkill, EPERM, STRANGER, 0, 0, 0),
    NO_IF(tgkill, EPERM, STRANGER, 0, 0, 0),
    NO_IF(rt_sigqueueinfo, EPERM, STRANGER, 0, 0, 0),
    NO_IF(rt_tgsigqueueinfo, EPERM, STRANGER, 0, 0, 0),
};

#define RULES (sizeof rules / sizeof *rules)
#define SIGNALS (sizeof signals / sizeof *signals)
#define PER_RULE 8
#define MAX_FILTER (9 + PER_RULE * (RULES + SIGNALS))
_Static_assert(MAX_FILTER <= BPF_MAXINSNS, "the kernel takes no longer filter");

struct filter {
    struct sock_filter at[MAX_FILTER];
    unsigned short n;
};

static void add(struct filter *f, unsigned code, unsigned char yes, unsigned char no, uint32_t k)
{
    f->at[f->n++] = (struct sock_filter){(unsigned short)code, yes, no, k};
}

static void load(struct filter *f, size_t offset)
{
    add(f, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

static void end(struct filter *f, uint32_t verdict)
{
    add(f, BPF_RET | BPF_K, 0, 0, verdict);
}

/* The number of the call is loaded before each rule, and after it. */
static void add_rule(struct filter *f, const struct rule *r, uint32_t self)
{
    unsigned short begin = f->n;
    size_t arg = offsetof(struct seccomp_data, args) + r->arg * sizeof(uint64_t); /* both processors have the lower half first */

    add(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, r->nr); /* where it goes else is filled in below */
    if (r->when == EQUAL || r->when == UNEQUAL) {
        load(f, arg);
        add(f, BPF_ALU | BPF_AND | BPF_K, 0, 0, r->mask);
        add(f, BPF_JMP | BPF_JEQ | BPF_K, r->when == EQUAL ? 0 : 1, r->when == EQUAL ? 1 : 0, r->value);
    } else if (r->when == STRANGER) {
        load(f, arg);
        add(f, BPF_JMP | BPF_JEQ | BPF_K, 4, 0, 0);         /* itself, or its group */
        add(f, BPF_JMP | BPF_JEQ | BPF_K, 3, 0, 0U - self); /* its group */
        add(f, BPF_JMP | BPF_JSET | BPF_K, 1, 0, 0x80000000U);
        add(f, BPF_JMP | BPF_JGE | BPF_K, 1, 0, self); /* itself, or somebody who came later */
    }
    end(f, SECCOMP_RET_ERRNO | ((uint32_t)r->error & SECCOMP_RET_DATA));
    if (r->when != ALWAYS && r->when != TRUNCATES)
        load(f, offsetof(struct seccomp_data, nr));
    f->at[begin].jf = (unsigned char)(f->n - begin - 1);
}

int hf_cage_calls_known(void)
{
    return ARCH != 0U;
}

int hf_cage_calls(int landlock)
{
    struct filter f = {.n = 0};
    struct sock_fprog program = {.filter = f.at};
    uint32_t self = (uint32_t)getpid(); /* the leader of its group */

    load(&f, offsetof(struct seccomp_data, arch));
    add(&f, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ARCH);
    end(&f, SECCOMP_RET_KILL_PROCESS); /* 32-bit calls have other numbers */
    load(&f, offsetof(struct seccomp_data, nr));
    if (ARCH == AUDIT_ARCH_X86_64) {
        add(&f, BPF_JMP | BPF_JGE | BPF_K, 0, 1, X32);
        end(&f, SECCOMP_RET_KILL_PROCESS);
    }
    add(&f, BPF_JMP | BPF_JGT | BPF_K, 0, 1, LAST_KNOWN);
    end(&f, SECCOMP_RET_ERRNO | ENOSYS);
    for (size_t i = 0; i < RULES; i++)
        if (rules[i].when != TRUNCATES || landlock < 3)
            add_rule(&f, &rules[i], self);
    for (size_t i = 0; landlock < HF_CAGE_LANDLOCK_SIGNALS && i < SIGNALS; i++)
        add_rule(&f, &signals[i], self);
    end(&f, SECCOMP_RET_ALLOW);
    program.len = f.n;
    return prctl(PR_SET_SECCOMP, (unsigned long)SECCOMP_MODE_FILTER, &program, 0L, 0L);
}
