/*
 * Inside. The first process builds the sandbox and stays as PID 1: it reaps
 * whatever is orphaned and ends when the worker ends, upon which the kernel
 * kills all that is left of the pid namespace. The worker is PID 2, since a
 * PID 1 would ignore its signals and collect zombies.
 */
#include "sandbox.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int build(struct plan *plan, int setup)
{
    /* Now, after the cgroups were joined: they become the visible root. */
    stage(LAYER_CGROUP);
    if (unshare(CLONE_NEWCGROUP))
        return refuse(LAYER_CGROUP, errno, "new cgroup namespace", "");
    stage(LAYER_IDENTITY);
    if (identity_init(plan))
        return -1;
    /*
     * After the change of identity, which clears the parent-death signal. If
     * the launcher died before this line no signal comes, but then nobody reads
     * our set-up pipe any more, and poll says so.
     */
    struct pollfd reader = {.fd = setup};
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (poll(&reader, 1, 0) != 0)
        _exit(1);
    if (mounts_build(plan))
        return -1;
    stage(LAYER_UTSNS);
    if (sethostname(plan->hostname, strlen(plan->hostname)))
        return refuse(LAYER_UTSNS, errno, "setting the host name", "");
    return confine_shared();
}

static _Noreturn void worker(struct plan *plan)
{
    setsid(); /* no controlling terminal, whatever the agent has */
    if (confine_worker(plan))
        _exit(127);
    stage(LAYER_EXEC);
    execve(plan->exec, plan->arg, plan->env);
    refuse(LAYER_EXEC, errno, "exec", plan->exec);
    syscall(SYS_exit_group, 127);
    __builtin_trap(); /* the filter refuses even that: die by a signal */
}

static _Noreturn void reap(pid_t worker_pid)
{
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigaddset(&wanted, SIGTERM);
    for (;;) {
        int number = sigwaitinfo(&wanted, NULL);
        if (number == SIGTERM)
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
_Noreturn void init_main(struct plan *plan, int setup, int go)
{
    char byte;
    close(FD_PLAN);
    close(FD_FILTER);
    close(FD_CONTROL);
    if (read(go, &byte, 1) != 1) /* end of file: the launcher is gone */
        _exit(1);
    close(go);
    if (build(plan, setup))
        _exit(1);
    stage(LAYER_EXEC);
    pid_t pid = fork();
    if (pid < 0) {
        refuse(LAYER_EXEC, errno, "fork", "");
        _exit(1);
    }
    if (!pid)
        worker(plan);
    if (confine_init())
        _exit(1);
    /* The agent must see end of file when the worker closes its output, and
       the launcher end of file on the set-up pipe when the worker execs. */
    syscall(SYS_close_range, 0U, ~0U, 0U);
    reap(pid);
}
