/*
 * --probe: which layers can be had here. Every answer comes from doing the
 * thing in a child that is thrown away; versions and config files lie.
 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* 0 or the errno of the thing tried. */
static int no_trial(void)
{
    return 0;
}

static int try_mounts(void)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=4k"))
        return errno;
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
    int tree = open_tree(AT_FDCWD, "/dev/null",
                         OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof attr))
        return errno;
    return 0;
}

static int try_proc(void)
{
    int context = fsopen("proc", FSOPEN_CLOEXEC);
    if (context < 0 ||
        fsconfig(context, FSCONFIG_SET_STRING, "subset", "pid", 0) ||
        fsconfig(context, FSCONFIG_SET_STRING, "hidepid", "2", 0) ||
        fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) ||
        fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY) < 0)
        return errno;
    return 0;
}

static int try_no_new_privs(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? errno : 0;
}

static int load(unsigned flags)
{
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {1, &allow};
    int error = try_no_new_privs();
    if (error)
        return error;
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) < 0
               ? errno : 0;
}

static int try_seccomp(void)
{
    return load(0);
}

static int try_notify(void)
{
    return load(SECCOMP_FILTER_FLAG_NEW_LISTENER);
}

static int try_landlock(void)
{
    int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, 1U);
    return abi < 0 ? errno : 0;
}

/* Finds the mounts of a cgroup kind and calls the trial with each. */
static int each_cgroup(const char *kind, int (*trial)(const char *))
{
    char line[4096], folder[3000];
    int error = ENOENT;
    FILE *mounts = fopen("/proc/self/mountinfo", "re");
    if (!mounts)
        return errno;
    while (error && fgets(line, sizeof line, mounts)) {
        char *type = strstr(line, " - ");
        size_t length = strlen(kind);
        if (type && !strncmp(type + 3, kind, length) && type[3 + length] == ' ' &&
            sscanf(line, "%*s %*s %*s %*s %2999s", folder) == 1)
            error = trial(folder);
    }
    fclose(mounts);
    return error;
}

static int trial_group(const char *folder, const char *needed)
{
    char path[4096];
    struct stat info;
    int error = 0;
    snprintf(path, sizeof path, "%s/elves-probe-%d", folder, getpid());
    if (mkdir(path, 0755))
        return errno;
    size_t length = strlen(path);
    snprintf(path + length, sizeof path - length, "/%s", needed);
    if (stat(path, &info))
        error = errno;
    path[length] = 0;
    rmdir(path);
    return error;
}

static int trial_v1(const char *folder)
{
    return trial_group(folder, "pids.max");
}

static int trial_v2(const char *folder)
{
    return trial_group(folder, "cgroup.kill");
}

static int try_cgroup_v1(void)
{
    return each_cgroup("cgroup", trial_v1);
}

static int try_cgroup_v2(void)
{
    return each_cgroup("cgroup2", trial_v2);
}

static const struct trial {
    const char *name;
    unsigned long long flags;
    int (*run)(void);
} trials[] = {
    {"userns", CLONE_NEWUSER, no_trial},
    {"mountns", CLONE_NEWUSER | CLONE_NEWNS, try_mounts},
    {"pidns", CLONE_NEWUSER | CLONE_NEWPID, no_trial},
    {"proc", CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID, try_proc},
    {"netns", CLONE_NEWUSER | CLONE_NEWNET, no_trial},
    {"ipcns", CLONE_NEWUSER | CLONE_NEWIPC, no_trial},
    {"utsns", CLONE_NEWUSER | CLONE_NEWUTS, no_trial},
    {"cgroupns", CLONE_NEWUSER | CLONE_NEWCGROUP, no_trial},
    {"no_new_privs", 0, try_no_new_privs},
    {"seccomp", 0, try_seccomp},
    {"seccomp_notify", 0, try_notify},
    {"cgroup_v1", 0, try_cgroup_v1},
    {"cgroup_v2_kill", 0, try_cgroup_v2},
    {"landlock", 0, try_landlock},
};

static int attempt(const struct trial *trial)
{
    int pidfd = -1, status = 0;
    pid_t pid = clone_into(trial->flags, &pidfd);
    if (pid < 0)
        return errno;
    if (!pid)
        _exit(trial->run());
    if (waitpid(pid, &status, 0) < 0)
        return errno;
    close(pidfd);
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

int probe_main(void)
{
    enum { COUNT = sizeof trials / sizeof *trials };
    int error[COUNT];
    const char *comma = "";
    fflush(stdout);
    for (size_t i = 0; i < COUNT; i++)
        error[i] = attempt(&trials[i]);
    printf("{\"version\":\"" SANDBOX_VERSION "\",\"root\":%s",
           geteuid() ? "false" : "true");
    for (size_t i = 0; i < COUNT; i++) {
        if (trials[i].run == try_landlock) {
            long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1U);
            printf(",\"landlock\":%ld", abi < 0 ? 0 : abi);
        } else {
            printf(",\"%s\":%s", trials[i].name, error[i] ? "false" : "true");
        }
    }
    printf(",\"detail\":{");
    for (size_t i = 0; i < COUNT; i++) {
        if (!error[i])
            continue;
        printf("%s\"%s\":\"%s\"", comma, trials[i].name, strerror(error[i]));
        comma = ",";
    }
    puts("}}");
    return 0;
}
