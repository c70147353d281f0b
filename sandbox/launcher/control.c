/*
 * The parent, outside the sandbox: starts it, talks with the agent, and kills. It holds nothing of the worker's (no
 * pipe, no mount) while it waits. Killing is always SIGKILL to PID 1 of the pid namespace; the kernel then ends every
 * process in it, however often it forked or changed its session.
 */
#include "sandbox.h"

#include <linux/sched.h>
#include <poll.h>
#include <stdarg.h>

static __attribute__((format(printf, 1, 2))) void say(const char *format, ...) {
    char line[700];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(line, sizeof line, format, values);
    va_end(values);
    /* If the agent is gone, poll tells, and that path kills. */
    if (send(FD_CONTROL, line, (size_t)length, MSG_NOSIGNAL) < 0)
        errno = 0;
}

void control_failed(void) {
    /* The text may quote the plan; keep the line one line. */
    for (char *c = report->text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
    say("failed %s %d %s%s%s\n", layer_name[report->layer], report->error, report->text, report->error ? ": " : "",
        report->error ? strerror(report->error) : "");
}

pid_t clone_into(uint64_t flags, int *pidfd, int cgroup) {
    struct clone_args args = {.flags = flags | CLONE_PIDFD, .pidfd = (uintptr_t)pidfd, .exit_signal = SIGCHLD};
    if (cgroup >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)cgroup;
    }
    return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

/*
 * Waits until PID 1 of the sandbox is dead, which it is only after the kernel has ended everything else in there. Tells
 * "started" on the way.
 */
static bool watch(pid_t pid, int pidfd, int setup, bool *killed) {
    bool started = false, terminate = false;
    struct pollfd event[3] = {{FD_CONTROL, POLLIN, 0}, {pidfd, POLLIN, 0}, {setup, POLLIN, 0}};
    while (!event[1].revents) {
        char byte[64];
        if (poll(event, 3, -1) < 0)
            continue;
        if (event[0].revents) {
            ssize_t got = recv(FD_CONTROL, byte, sizeof byte, MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
                event[0].fd = -1; /* the agent is gone: so is the sandbox */
                *killed = true;
            }
            for (ssize_t i = 0; i < got; i++) {
                *killed |= byte[i] == 'k';
                terminate |= byte[i] == 't';
            }
        }
        if (event[2].revents) {
            event[2].fd = -1; /* end of file: the exec is done, or will never be */
            started = report->started && !*killed;
            if (started)
                say("started %d\n", pid);
        }
        if (*killed)
            syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
        /* Not before the start: it would hit the set-up instead of the worker. */
        if (terminate && started) {
            syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0);
            terminate = false;
        }
    }
    return started;
}

static void tell_end(bool started, bool killed, const siginfo_t *init) {
    if (!started && !killed) {
        fail_with(0, "a set-up process died", "");
        control_failed();
    } else if (report->has_status && WIFEXITED(report->status)) {
        say("exited %d\n", WEXITSTATUS(report->status));
    } else if (report->has_status) {
        say("signaled %d\n", WTERMSIG(report->status));
    } else { /* init itself was killed, by us or by a limit */
        say("signaled %d\n", init->si_code == CLD_EXITED ? SIGKILL : init->si_status);
    }
}

int control_supervise(struct plan *plan) {
    int setup[2], go[2], pidfd = -1, birthplace = -1;
    sigset_t all, before;
    if (identity_open_cgroups(plan, &birthplace))
        return -1;
    stage(LAYER_USERNS);
    TRY(pipe2(setup, O_CLOEXEC), "pipe", "");
    TRY(pipe2(go, O_CLOEXEC), "pipe", "");
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t pid = clone_into(CLONE_NEWUSER | (has(plan, LAYER_PIDNS) ? CLONE_NEWPID : 0U), &pidfd, birthplace);
    if (!pid) {
        close(setup[0]);
        close(go[1]);
        init_main(plan, setup[1], go[0]);
    }
    if (pid < 0) {
        int error = errno; /* of which of the two? The others are init's to make. */
        if (!unshare(CLONE_NEWUSER))
            stage(LAYER_PIDNS);
        return fail_with(error, "new namespace", "");
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    /* What we go on with takes the worker's numbers; all else is the sandbox's alone from here. */
    const int kept[] = {pidfd, setup[0], go[1]};
    for (int fd = 0; fd < 3; fd++)
        TRY(dup2(kept[fd], fd), "keeping descriptors", "");
    syscall(SYS_close_range, 3U, (unsigned)FD_CONTROL - 1, 0U);
    syscall(SYS_close_range, (unsigned)FD_CONTROL + 1, ~0U, 0U);

    /* Without the "go" byte the child exits by itself, and watch() sees it. */
    if (!identity_map(plan, pid) && write(2, "g", 1) != 1)
        fail("starting the child", "");
    close(2);
    bool killed = false, started = watch(pid, 0, 1, &killed);
    siginfo_t init = {0};
    waitid(P_PIDFD, 0, &init, WEXITED);
    tell_end(started, killed, &init);
    return 0;
}
