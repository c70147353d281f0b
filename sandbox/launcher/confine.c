/*
 * Powers: limits, ids, capabilities, no_new_privs, Landlock and the system call filter, in this order. Works inside,
 * the last thing before the exec; the filter comes last, so that it need not allow any of the calls before it.
 */
#include "sandbox.h"

#include <linux/capability.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sys/resource.h>

static struct sock_filter program[FILTER_LENGTH + 1];

/* In the launcher, together with the plan. */
int filter_read(struct plan *plan) {
    stage(LAYER_SECCOMP);
    ssize_t length = read_whole(FD_FILTER, program, sizeof program);
    TRY(length, "reading the filter", "");
    if (!length || (size_t)length % sizeof *program || length == sizeof program)
        return fail_with(EINVAL, "filter has a wrong length", "");
    plan->filter = (struct sock_fprog){(unsigned short)((size_t)length / sizeof *program), program};
    return 0;
}

static int set_capabilities(unsigned low) {
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{low, low, 0}, {0, 0, 0}};
    return (int)syscall(SYS_capset, &head, data);
}

/* For init and worker both: no exec, by whomever, brings anything back. */
int confine_shared(const struct plan *plan) {
    enum { LOCKED = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
                    SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED };
    stage(LAYER_CAPABILITIES);
    if (!has(plan, LAYER_CAPABILITIES))
        return prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0);
    for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
        TRY(prctl(PR_CAPBSET_DROP, cap, 0, 0, 0), "dropping the bounding set", "");
    TRY(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "clearing the ambient set", "");
    TRY(prctl(PR_SET_SECUREBITS, LOCKED, 0, 0, 0), "locking securebits", "");
    return 0;
}

/* Init keeps the one power to pass SIGTERM on to the worker's other id. */
int confine_init(void) {
    return set_capabilities(1U << CAP_KILL) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int become_worker(const struct plan *plan) {
    stage(LAYER_LIMITS);
    for (size_t i = 0; i < plan->lines; i++) {
        const struct line *line = &plan->line[i];
        /* Of processor time a second more: the signal of the soft limit says why. */
        struct rlimit value = {line->number[1], line->number[1] + (line->number[0] == RLIMIT_CPU)};
        if (line->word == RLIMIT)
            TRY(setrlimit((__rlimit_resource_t)line->number[0], &value), "setting the limit", line->field[0]);
    }
    stage(LAYER_IDENTITY);
    const unsigned id = WORKER_ID;
    if (plan->count[UID_MAP] && (setresgid(id, id, id) || setresuid(id, id, id)))
        return fail("becoming the worker", "");
    stage(LAYER_CAPABILITIES);
    /* securebits keep the sets across setresuid, so empty them by hand. */
    if (!lab_keep_powers(plan))
        TRY(set_capabilities(0), "emptying the sets", "");
    return 0;
}

/* What a process inherits, as a program expects it. */
static int set_state(const struct plan *plan) {
    const char *cwd = plan_line(plan, CWD)->field[0];
    stage(LAYER_ROOT);
    TRY(chdir(cwd), "entering", cwd);
    umask(077);
    /* By the system call itself: libc refuses its own two signals, which its posix_spawn leaves ignored. Default
     * action, no flags, empty mask: all zero, in whatever order the kernel has the fields. Refused for KILL, STOP. */
    const unsigned long by_default[4] = {0};
    for (int number = 1; number <= 64; number++)
        syscall(SYS_rt_sigaction, number, by_default, NULL, 8);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* Closed by the exec; until then init, which shares the table, needs some of them. */
    stage(LAYER_EXEC);
    unsigned first = FD_WORKER_SECRETS + (unsigned)plan->count[SECRETS];
    TRY(syscall(SYS_close_range, first, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */), "closing descriptors", "");
    return 0;
}

int confine_worker(const struct plan *plan) {
    if (become_worker(plan) || set_state(plan))
        return -1;
    stage(LAYER_NO_NEW_PRIVS);
    if (has(plan, LAYER_NO_NEW_PRIVS))
        TRY(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "setting no_new_privs", "");
    if (landlock_restrict())
        return -1;
    stage(LAYER_SECCOMP);
    if (!has(plan, LAYER_SECCOMP))
        return 0;
    /* Killable: what a worker asks about is asked once, whatever signals it gets meanwhile. */
    bool notify = plan->count[NOTIFY];
    unsigned long flags = notify ? SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV : 0;
    long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &plan->filter);
    TRY(listener, "loading the filter", "");
    report->listener = notify ? (int)listener : -1;
    return 0;
}
