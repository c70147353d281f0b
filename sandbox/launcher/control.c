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
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *line)
{
    /* If the agent is gone, poll tells, and that path kills. */
    if (send(FD_CONTROL, line, strlen(line), MSG_NOSIGNAL) < 0)
        errno = 0;
}

static void say_number(const char *word, int number)
{
    char line[64];
    snprintf(line, sizeof line, "%s %d\n", word, number);
    say(line);
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
             report->error ? ": " : "", report->error ? strerror(report->error) : "");
    say(line);
}

pid_t clone_into(uint64_t flags, int *pidfd)
{
    struct clone_args args = {.flags = flags | CLONE_PIDFD,
                              .pidfd = (uint64_t)(uintptr_t)pidfd,
                              .exit_signal = SIGCHLD};
    return (pid_t)syscall(SYS_clone3, &args, sizeof args);
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
            /* The byte: the exec is done. End of file: it will never be. */
            event[2].fd = -1;
            told = read(setup, byte, 1) == 1 && !*killed;
            if (told)
                say_number("started", pid);
        }
        if (*killed)
            syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
        /* Not before the start: it would hit the set-up instead of the worker. */
        if (terminate && told) {
            syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0);
            terminate = false;
        }
    }
    return told;
}

static void tell_end(bool started, bool killed, const siginfo_t *init)
{
    if (!started && !killed) {
        errno = 0;
        fail("a set-up process died", "");
        control_failed();
    } else if (report->has_status && WIFEXITED(report->status)) {
        say_number("exited", WEXITSTATUS(report->status));
    } else if (report->has_status) {
        say_number("signaled", WTERMSIG(report->status));
    } else { /* init itself was killed, by us or by a limit */
        say_number("signaled", init->si_code == CLD_EXITED ? SIGKILL : init->si_status);
    }
}

/* The other namespaces init makes itself; of these two one is to blame. */
static int blame_namespace(int error)
{
    int pidfd = -1;
    pid_t pid = clone_into(CLONE_NEWUSER, &pidfd);
    if (!pid)
        _exit(0);
    if (pid > 0)
        stage(LAYER_PIDNS);
    errno = error;
    return fail("new namespace", "");
}

static int start(struct plan *plan, int *pidfd, int *reader, pid_t *pid)
{
    int setup[2], go[2];
    sigset_t all, before;
    stage(LAYER_USERNS);
    TRY(pipe2(setup, O_CLOEXEC), "pipe", "");
    TRY(pipe2(go, O_CLOEXEC), "pipe", "");
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    *pid = clone_into(CLONE_NEWUSER | (has(plan, LAYER_PIDNS) ? CLONE_NEWPID : 0), pidfd);
    if (!*pid) {
        close(setup[0]);
        close(go[1]);
        init_main(plan, setup[1], go[0]);
    }
    if (*pid < 0)
        return blame_namespace(errno);
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(setup[1]);
    close(go[0]);
    *reader = setup[0];

    /* Without the "go" byte the child exits by itself, and watch() sees it. */
    if (!identity_map(plan, *pid) && !identity_cgroups(plan, *pid) && write(go[1], "g", 1) != 1)
        fail("starting the child", "");
    close(go[1]);
    return 0;
}

void control_supervise(struct plan *plan)
{
    int pidfd = -1, setup = -1;
    pid_t pid = -1;
    if (start(plan, &pidfd, &setup, &pid)) {
        control_failed();
        return;
    }
    for (int fd = 0; fd < FD_CONTROL; fd++)
        close(fd);
    if (plan->secrets)
        close(FD_SECRETS);
    if (plan->notify)
        close(FD_NOTIFY);
    mounts_release(plan);
    bool killed = false;
    bool started = watch(pid, pidfd, setup, &killed);
    siginfo_t init = {0};
    waitid(P_PIDFD, (id_t)pidfd, &init, WEXITED);
    tell_end(started, killed, &init);
}
