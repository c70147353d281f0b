/*
 * The parent, outside the sandbox: starts it, talks with the agent, and kills.
 * It holds nothing of the worker's (no pipe, no mount) while it waits. Killing
 * is always SIGKILL to PID 1 of the pid namespace; the kernel then ends every
 * process in it, however often it forked or changed its session.
 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the order in which a failing set is searched for the culprit. */
static const struct { unsigned long long flag; enum layer layer; } namespaces[] = {
    {CLONE_NEWUSER, LAYER_USERNS}, {CLONE_NEWNS, LAYER_MOUNTNS},
    {CLONE_NEWPID, LAYER_PIDNS}, {CLONE_NEWNET, LAYER_NETNS},
    {CLONE_NEWIPC, LAYER_IPCNS}, {CLONE_NEWUTS, LAYER_UTSNS},
};

static void say(const char *line)
{
    /* If the agent is gone, poll tells, and that path kills. */
    if (send(FD_CONTROL, line, strlen(line), MSG_NOSIGNAL) < 0)
        errno = 0;
}

void control_failed(void)
{
    char line[700];
    /* The text may quote the plan; keep the line one line. */
    for (char *c = report->text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
    snprintf(line, sizeof line, "failed %s %d %s%s%s\n",
             layer_name[report->layer], report->error, report->text,
             report->error ? ": " : "",
             report->error ? strerror(report->error) : "");
    say(line);
}

pid_t clone_into(unsigned long long flags, int *pidfd)
{
    struct clone_args args = {.flags = flags | CLONE_PIDFD,
                              .pidfd = (uint64_t)(uintptr_t)pidfd,
                              .exit_signal = SIGCHLD};
    return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

/* clone3 says only that something failed: add one namespace after the other. */
static void name_culprit(int error)
{
    unsigned long long flags = 0;
    for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++) {
        int pidfd = -1;
        flags |= namespaces[i].flag;
        pid_t pid = clone_into(flags, &pidfd);
        if (!pid)
            _exit(0);
        if (pid < 0) {
            refuse(namespaces[i].layer, errno, "new namespace", "");
            return;
        }
        waitpid(pid, NULL, 0);
        close(pidfd);
    }
    refuse(LAYER_USERNS, error, "new namespaces", "");
}

/*
 * Waits until PID 1 of the sandbox is dead, which it is only after the kernel
 * has ended everything else in there. Tells "started" on the way.
 */
static bool watch(pid_t pid, int pidfd, int setup, bool *killed)
{
    bool told = false, terminate = false;
    struct pollfd event[3] = {{.fd = FD_CONTROL, .events = POLLIN},
                              {.fd = pidfd, .events = POLLIN},
                              {.fd = setup, .events = POLLIN}};
    while (!event[1].revents) {
        if (poll(event, 3, -1) < 0)
            continue;
        if (event[0].revents) {
            char byte[64];
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
            /* End of file: the last set-up process has exec'd or has died. */
            event[2].fd = -1;
            if (!report->failed && report->stage == LAYER_EXEC && !*killed) {
                char line[64];
                snprintf(line, sizeof line, "started %d\n", pid);
                say(line);
                told = true;
            } else {
                syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
            }
        }
        if (*killed) {
            syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
        } else if (terminate && told) {
            /* Not earlier: it would hit the set-up instead of the worker. */
            syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0);
            terminate = false;
        }
    }
    return told;
}

static void tell_end(bool started, bool killed, const siginfo_t *init)
{
    char line[64];
    if (!started && !killed) {
        if (!report->failed)
            refuse((enum layer)report->stage, 0, "a set-up process died", "");
        control_failed();
        return;
    }
    int status = report->status;
    if (report->has_status && WIFEXITED(status))
        snprintf(line, sizeof line, "exited %d\n", WEXITSTATUS(status));
    else if (report->has_status)
        snprintf(line, sizeof line, "signaled %d\n", WTERMSIG(status));
    else /* init itself was killed, by us or by a limit */
        snprintf(line, sizeof line, "signaled %d\n",
                 init->si_code == CLD_EXITED ? SIGKILL : init->si_status);
    say(line);
}

void control_supervise(struct plan *plan)
{
    int setup[2], go[2], pidfd = -1;
    unsigned long long flags = 0;
    for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++)
        flags |= namespaces[i].flag;
    if (pipe2(setup, O_CLOEXEC) || pipe2(go, O_CLOEXEC)) {
        refuse(LAYER_EXEC, errno, "pipe", "");
        control_failed();
        return;
    }

    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    stage(LAYER_USERNS);
    pid_t pid = clone_into(flags, &pidfd);
    if (!pid) {
        close(setup[0]);
        close(go[1]);
        init_main(plan, setup[1], go[0]);
    }
    if (pid < 0) {
        name_culprit(errno);
        control_failed();
        return;
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(setup[1]);
    close(go[0]);
    for (int fd = 0; fd < FD_CONTROL; fd++)
        close(fd);
    if (plan->secrets)
        close(FD_SECRETS);
    mounts_release(plan);

    /* Without the "go" byte the child exits by itself, and watch() sees it. */
    if (!identity_map(plan, pid) && !identity_cgroups(plan, pid) &&
        write(go[1], "g", 1) != 1)
        refuse(LAYER_EXEC, errno, "starting the child", "");
    close(go[1]);

    bool killed = false;
    bool started = watch(pid, pidfd, setup[0], &killed);
    siginfo_t init = {0};
    waitid(P_PIDFD, (id_t)pidfd, &init, WEXITED);
    tell_end(started, killed, &init);
}
