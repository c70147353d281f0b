/*
 * elves-sandbox: runs one worker in a sandbox described by a plan. In order:
 *
 *   launcher  plan.c      reads the plan, then confine.c the filter
 *             identity.c  drops the agent's groups, opens the worker's cgroups
 *             mounts.c    takes what the worker shall see (an ordinary user's: in init)
 *             control.c   makes user and pid namespace with init in it
 *             identity.c  maps ids; then control.c says "go"
 *   init      identity.c  joins the cgroups
 *             init.c      becomes in-sandbox root, makes the other namespaces
 *             mounts.c    builds the view; landlock.c notes a rule for each part
 *             confine.c   gives up powers for good; then init.c starts the worker
 *   worker    confine.c   limits, id 1000, no capabilities, no_new_privs
 *             landlock.c  enters the domain
 *             confine.c   loads the filter; exec
 *   init      init.c      passes the filter's listener on, then reaps
 *   launcher  control.c   tells the agent, kills when told to, tells the end
 *
 * Each process has one thread and no library but libc, and allocates nothing: what is not here cannot go wrong between
 * the clone and the exec.
 */
#include "sandbox.h"

static struct plan plan;

/* Given without being asked for, it is one more stray descriptor. */
static int expect(bool wanted, int fd, const char *what) {
    if (wanted)
        TRY(fcntl(fd, F_GETFD), what, "");
    else
        close(fd);
    return 0;
}

static int prepare(void) {
    int type = SOCK_SEQPACKET;
    stage(LAYER_PLAN);
    TRY(syscall(SYS_close_range, (unsigned)FD_NOTIFY + 1, ~0U, 0U), "closing descriptors", "");
    for (int fd = 0; fd < FD_CONTROL; fd++)
        TRY(fcntl(fd, F_GETFD), "descriptors 0 to 4 must be open", "");
    if (plan_read(&plan) || expect(plan.count[SECRETS], FD_SECRETS, "descriptor 6, for secrets") ||
        expect(plan.count[NOTIFY], FD_NOTIFY, "descriptor 7, for notify"))
        return -1;
    if (plan.count[NOTIFY])
        TRY(getsockopt(FD_NOTIFY, SOL_SOCKET, SO_TYPE, &type, &(socklen_t){sizeof type}), "descriptor 7, a socket", "");
    if (type != SOCK_SEQPACKET)
        return fail_with(EINVAL, "descriptor 7, for notify, must be a sequenced packet socket", "");
    if (filter_read(&plan) || identity_check(&plan))
        return -1;
    /* As root the sources are opened with root's rights, see mounts.c. */
    return plan.count[SINGLE_MAP] ? 0 : mounts_take(&plan);
}

int main(int argc, char **argv) {
    if (argc == 2 && !strcmp(argv[1], "--version")) {
        puts("elves-sandbox " SANDBOX_VERSION);
        return 0;
    }
    if (argc != 1 || fcntl(FD_CONTROL, F_GETFD) < 0 || report_open()) {
        fputs("elves-sandbox is started by the agent, with descriptors 0 to 5, and 6 and 7 if the plan says so; "
              "by hand: --version, and elves-sandbox-probe\n", stderr);
        return 2;
    }
    umask(022); /* the worker must be able to walk through folders of init's */
    if (prepare() || control_supervise(&plan))
        control_failed();
    /* What happened was told over the control socket, never by exit code. */
    return 0;
}
