/*
 * Inside. The first process builds the sandbox and stays as PID 1: it reaps whatever is orphaned and ends when the
 * worker ends, upon which the kernel kills all that is left of the pid namespace. The worker is PID 2, since a PID 1
 * would ignore its signals and collect zombies.
 */
#include "sandbox.h"

#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>

static int new_namespaces(const struct plan *plan) {
    /* The first one after the cgroups were joined: they become the visible root. */
    static const struct { int flag; enum layer layer; } wanted[] = {
        {CLONE_NEWCGROUP, LAYER_CGROUP}, {CLONE_NEWNS, LAYER_MOUNTNS}, {CLONE_NEWNET, LAYER_NETNS},
        {CLONE_NEWIPC, LAYER_IPCNS}, {CLONE_NEWUTS, LAYER_UTSNS}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        stage(wanted[i].layer);
        if (has(plan, wanted[i].layer))
            TRY(unshare(wanted[i].flag), "new namespace", "");
    }
    const char *name = plan_line(plan, HOSTNAME)->field[0];
    if (has(plan, LAYER_UTSNS))
        TRY(sethostname(name, strlen(name)), "setting the host name", "");
    stage(LAYER_NETNS);
    if (plan->count[LOOPBACK]) {
        struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP};
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        TRY(fd, "a socket to raise the loopback interface", "");
        TRY(ioctl(fd, SIOCSIFFLAGS, &loopback), "raising the loopback interface", "");
        close(fd);
    }
    return 0;
}

static int build(struct plan *plan, int setup) {
    /* Second locks on two doors that the filter closes too, so it is no failure if the kernel knows no such lock or
     * gives it to host root only, whom an ordinary user's init never is, and any other's only until the next step. */
    if (has(plan, LAYER_USERNS_LIMIT))
        try_file("/proc/sys/user/max_user_namespaces", "0");
    if (has(plan, LAYER_MEMFD_LIMIT))
        try_file("/proc/sys/vm/memfd_noexec", "2");
    stage(LAYER_IDENTITY);
    if (plan->count[UID_MAP] && (setresgid(0, 0, 0) || setresuid(0, 0, 0)))
        return fail("becoming in-sandbox root", "");
    /* After the change of identity, which clears the parent-death signal. If the launcher died before this line no
     * signal comes, but then nobody reads our set-up pipe any more, and poll says so. */
    struct pollfd reader = {.fd = setup};
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (poll(&reader, 1, 0) != 0)
        _exit(1);
    return new_namespaces(plan) || mounts_build(plan) || confine_shared(plan) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static _Noreturn void worker(const struct plan *plan) {
    const char *path = plan_line(plan, EXEC)->field[0];
    setsid(); /* no controlling terminal, whatever the agent has */
    if (confine_worker(plan))
        _exit(127);
    stage(LAYER_EXEC);
    execve(path, plan->arg, plan->env);
    fail("exec", path);
    syscall(SYS_exit_group, 127);
    __builtin_trap(); /* the filter refuses even that: die by a signal */
}

/* One byte with the listener, to whoever answers for the agent. */
static int pass_listener(void) {
    union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int))]; } control = {
        .header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
    struct iovec byte = {(char[]){'n'}, 1};
    struct msghdr message = {
        .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    if (report->listener < 0)
        return 0;
    memcpy(CMSG_DATA(&control.header), &report->listener, sizeof(int));
    stage(LAYER_SECCOMP);
    TRY(sendmsg(FD_NOTIFY, &message, MSG_NOSIGNAL), "passing on the listener", "");
    return 0;
}

static _Noreturn void reap(pid_t worker_pid) {
    sigset_t all;
    sigfillset(&all);
    for (;;) {
        if (sigwaitinfo(&all, NULL) == SIGTERM)
            kill(worker_pid, SIGTERM);
        int status;
        for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0;) {
            if (pid != worker_pid)
                continue;
            report->status = status;
            __atomic_store_n(&report->has_status, 1, __ATOMIC_SEQ_CST);
            _exit(0);
        }
    }
}

/* Entered with all signals blocked, so that a SIGTERM waits for reap(). */
_Noreturn void init_main(struct plan *plan, int setup, int go) {
    char byte;
    int pidfd = -1;
    for (int fd = FD_PLAN; fd <= FD_CONTROL; fd++)
        close(fd);
    if (plan->count[SECRETS]) /* before anything else takes the number */
        dup2(FD_SECRETS, FD_WORKER_SECRETS);
    if (read(go, &byte, 1) != 1) /* end of file: the launcher is gone */
        _exit(1);
    close(go);
    if (identity_join_cgroups(plan))
        _exit(1);
    if (build(plan, setup))
        _exit(1);
    /* One table of descriptors for both until the exec, so the listener that the filter makes in the worker is ours as
     * well; and init stands still until the exec is done, so then it is known whether it was. */
    pid_t pid = clone_into(CLONE_VFORK | CLONE_FILES, &pidfd, -1);
    if (!pid)
        worker(plan);
    if (pid < 0)
        fail("starting the worker", "");
    if (report->failed || report->stage != LAYER_EXEC || pass_listener() || confine_init())
        _exit(1);
    __atomic_store_n(&report->started, 1, __ATOMIC_SEQ_CST);
    /* The launcher sees end of file on the set-up pipe, and the agent when the worker closes its output. */
    syscall(SYS_close_range, 0U, ~0U, 0U);
    reap(pid);
}
