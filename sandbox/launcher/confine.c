/* Powers: limits, capabilities, no_new_privs and the system call filter. */
#include "sandbox.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct sock_filter program[FILTER_LENGTH + 1];

int filter_read(struct plan *plan)
{
    size_t length = 0;
    for (;;) {
        ssize_t got = pread(FD_FILTER, (char *)program + length,
                            sizeof program - length, (off_t)length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return refuse(LAYER_SECCOMP, errno, "reading the filter", "");
        length += (size_t)got;
        if (!got || length == sizeof program)
            break;
    }
    if (!length || length % sizeof *program || length == sizeof program)
        return refuse(LAYER_SECCOMP, EINVAL, "filter has a wrong length", "");
    plan->filter.len = (unsigned short)(length / sizeof *program);
    plan->filter.filter = program;
    return 0;
}

static int set_capabilities(unsigned low)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{low, low, 0}, {0, 0, 0}};
    return (int)syscall(SYS_capset, &head, data);
}

/* For init and worker both: no exec, by whomever, brings anything back. */
int confine_shared(void)
{
    stage(LAYER_CAPABILITIES);
    for (int cap = 0; cap < 64; cap++) {
        if (!prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
            continue;
        if (errno == EINVAL && cap > 0)
            break; /* one past the last this kernel knows */
        return refuse(LAYER_CAPABILITIES, errno, "dropping the bounding set", "");
    }
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
        return refuse(LAYER_CAPABILITIES, errno, "clearing the ambient set", "");
    if (prctl(PR_SET_SECUREBITS,
              SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                  SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
                  SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
              0, 0, 0))
        return refuse(LAYER_CAPABILITIES, errno, "locking securebits", "");
    return 0;
}

/* Init keeps the one power to pass SIGTERM on to the worker's other id. */
int confine_init(void)
{
    return set_capabilities(1U << CAP_KILL) ||
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
           prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int confine_worker(const struct plan *plan)
{
    stage(LAYER_LIMITS);
    for (size_t i = 0; i < plan->limits; i++) {
        struct rlimit value = {plan->limit[i].value, plan->limit[i].value};
        if (setrlimit((__rlimit_resource_t)plan->limit[i].resource, &value))
            return refuse(LAYER_LIMITS, errno, "setting a resource limit", "");
    }

    stage(LAYER_IDENTITY);
    if (!plan->single_map &&
        (setresgid(WORKER_ID, WORKER_ID, WORKER_ID) ||
         setresuid(WORKER_ID, WORKER_ID, WORKER_ID)))
        return refuse(LAYER_IDENTITY, errno, "becoming the worker", "");

    /* securebits keep the sets across setresuid, so empty them by hand. */
    stage(LAYER_CAPABILITIES);
    if (set_capabilities(0))
        return refuse(LAYER_CAPABILITIES, errno, "emptying the sets", "");

    stage(LAYER_ROOT);
    if (chdir(plan->cwd))
        return refuse(LAYER_ROOT, errno, "entering", plan->cwd);

    umask(077);
    /* By the system call itself: libc refuses its own two signals, which its posix_spawn leaves ignored. Default action, no
     * flags, empty mask: all zero, in whatever order the kernel has the fields. Refused for KILL and STOP. */
    const unsigned long by_default[4] = {0};
    for (int number = 1; number <= 64; number++) syscall(SYS_rt_sigaction, number, by_default, NULL, 8);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    unsigned closed = FD_WORKER_SECRETS;
    if (plan->secrets && dup2(FD_SECRETS, (int)closed++) < 0)
        return refuse(LAYER_EXEC, errno, "handing over the secrets", "");
    if (syscall(SYS_close_range, closed, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */))
        return refuse(LAYER_EXEC, errno, "closing descriptors", "");

    stage(LAYER_NO_NEW_PRIVS);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return refuse(LAYER_NO_NEW_PRIVS, errno, "setting no_new_privs", "");

    /* Last: the filter then need not allow any of the calls above. */
    stage(LAYER_SECCOMP);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &plan->filter))
        return refuse(LAYER_SECCOMP, errno, "loading the filter", "");
    return 0;
}
