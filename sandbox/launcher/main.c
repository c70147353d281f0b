/*
 * elves-sandbox: runs one worker in a sandbox described by a plan.
 *
 *   main.c     entry           plan.c      the plan's text
 *   control.c  parent outside  init.c      PID 1 and 2 inside
 *   mounts.c   view            identity.c  ids, groups, cgroups
 *   confine.c  powers          probe.c     what this host can do
 *   report.c   how a failure gets out of any of them
 *
 * One thread, no library but libc, no allocation: what is not here cannot go
 * wrong between the clone and the exec.
 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct plan plan;

static int prepare(void)
{
    for (int fd = 0; fd < FD_CONTROL; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            return refuse(LAYER_PLAN, EBADF, "descriptors 0 to 4 must be open", "");
    if (plan_read(&plan) || filter_read(&plan) || identity_check(&plan))
        return -1;
    /* Given without being asked for, it is one more stray descriptor. */
    if (plan.secrets && fcntl(FD_SECRETS, F_GETFD) < 0)
        return refuse(LAYER_PLAN, EBADF, "descriptor 6, for secrets", "");
    if (!plan.secrets)
        close(FD_SECRETS);
    /* As root the sources are opened with root's rights, see mounts.c. */
    return plan.single_map ? 0 : mounts_take(&plan);
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "--version")) {
        puts("elves-sandbox " SANDBOX_VERSION);
        return 0;
    }
    if (argc == 2 && !strcmp(argv[1], "--probe"))
        return probe_main();
    if (argc != 1 || fcntl(FD_CONTROL, F_GETFD) < 0 || report_open()) {
        fputs("elves-sandbox is started by the agent, with descriptors 0 to 5 or 6; "
              "by hand: --probe or --version\n", stderr);
        return 2;
    }
    umask(022); /* the worker must be able to walk through folders of init's */
    if (syscall(SYS_close_range, (unsigned)FD_SECRETS + 1, ~0U, 0U))
        refuse(LAYER_PLAN, errno, "closing descriptors", "");
    if (report->failed || prepare())
        control_failed();
    else
        control_supervise(&plan);
    /* What happened was told over the control socket, never by exit code. */
    return 0;
}
