/*
 * elves-sandbox-probe: which layers this host can give, as one line of JSON.
 * Every answer comes from doing the thing in a child that is thrown away;
 * versions and configuration files lie.
 */
#include "../launcher/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A trial gives 0, or the errno of what it could not do. */

static pid_t child_in(uint64_t flags)
{
    struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};
    return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

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

static int put(const char *path, const char *value)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    int error = fd < 0 || write(fd, value, strlen(value)) < 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    return error;
}

/* Programs in memory files refused, for this pid namespace only. */
static int try_memfd_noexec(void)
{
    int error = put("/proc/sys/vm/memfd_noexec", "2");
    if (error)
        return error;
    return memfd_create("probe", 0x10 /* MFD_EXEC */) < 0 && errno == EACCES ? 0 : ENOSYS;
}

/* A mount of the root's file system in which somebody else is its owner. */
static int try_idmap(void)
{
    char path[64], byte;
    int hold[2];
    if (pipe2(hold, O_CLOEXEC))
        return errno;
    pid_t pid = child_in(CLONE_NEWUSER);
    if (!pid) {
        close(hold[1]);
        _exit(read(hold[0], &byte, 1) != 0);
    }
    if (pid < 0)
        return errno;
    int error = 0;
    static const char *const maps[] = {"uid_map", "gid_map"};
    for (int i = 0; i < 2 && !error; i++) {
        snprintf(path, sizeof path, "/proc/%d/%s", pid, maps[i]);
        error = put(path, "0 4321 1\n");
    }
    snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
    int space = open(path, O_RDONLY | O_CLOEXEC);
    int tree = open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (unsigned)space};
    if (!error && (space < 0 || tree < 0 ||
                   mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof attr)))
        error = errno;
    close(hold[1]);
    waitpid(pid, NULL, 0);
    return error;
}

static int try_no_new_privs(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? errno : 0;
}

/* A filter that gives "action" for getppid. The listener or 0; -1 on failure. */
static int load(unsigned flags, unsigned action)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    if (try_no_new_privs())
        return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static int try_seccomp(void)
{
    if (load(0, SECCOMP_RET_ERRNO | EXDEV))
        return errno;
    return syscall(SYS_getppid) == -1 && errno == EXDEV ? 0 : ENOSYS;
}

static int try_seccomp_notify(void)
{
    return load(SECCOMP_FILTER_FLAG_NEW_LISTENER, SECCOMP_RET_USER_NOTIF) < 0 ? errno : 0;
}

static int try_wait_killable(void)
{
    return load(SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
                SECCOMP_RET_USER_NOTIF) < 0 ? errno : 0;
}

/* A refused call is told to another process, which answers it. */
static int try_notify(void)
{
    int *listener = mmap(NULL, sizeof *listener, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (listener == MAP_FAILED)
        return errno;
    *listener = -1;
    /* With one table of descriptors, since the listener is born in the child. */
    pid_t pid = child_in(CLONE_FILES);
    if (!pid) {
        int made = load(SECCOMP_FILTER_FLAG_NEW_LISTENER, SECCOMP_RET_USER_NOTIF);
        __atomic_store_n(listener, made < 0 ? -2 - errno : made, __ATOMIC_SEQ_CST);
        _exit(made >= 0 && syscall(SYS_getppid) == -1 && errno == EXDEV ? 0 : ENOSYS);
    }
    if (pid < 0)
        return errno;
    int fd;
    while ((fd = __atomic_load_n(listener, __ATOMIC_SEQ_CST)) == -1)
        sched_yield();
    if (fd < -1)
        return -2 - fd;
    struct seccomp_notif call = {0};
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    if (poll(&ready, 1, 1000) != 1 || ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &call))
        return errno ? errno : ETIMEDOUT;
    struct seccomp_notif_resp answer = {.id = call.id, .error = -EXDEV};
    int status = 0;
    if (ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &answer) || waitpid(pid, &status, 0) < 0)
        return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static int try_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, 1U) < 0 ? errno : 0;
}

/* A group of our own below "folder", in which "file" takes "value". */
static int try_group(const char *folder, const char *file, const char *value)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/elves-probe-%d", folder, getpid());
    if (mkdir(path, 0755))
        return errno;
    size_t length = strlen(path);
    snprintf(path + length, sizeof path - length, "/%s", file);
    int error = put(path, value);
    path[length] = 0;
    rmdir(path);
    return error;
}

/* Tries it in each mounted hierarchy of a kind, until one will do. */
static int each_hierarchy(const char *kind, const char *file, const char *value)
{
    char line[4096], folder[3000];
    int error = ENOENT;
    FILE *mounts = fopen("/proc/self/mountinfo", "re");
    if (!mounts)
        return errno;
    while (error && fgets(line, sizeof line, mounts)) {
        const char *type = strstr(line, " - ");
        size_t length = strlen(kind);
        if (type && !strncmp(type + 3, kind, length) && type[3 + length] == ' ' &&
            sscanf(line, "%*s %*s %*s %*s %2999s", folder) == 1) {
            int now = try_group(folder, file, value);
            /* "No such file" only says that it is another controller's. */
            if (now != ENOENT || error == ENOENT)
                error = now;
        }
    }
    fclose(mounts);
    return error;
}

/* Either generation will do; where none does, the first one's reason counts. */
static int either(const char *v1, const char *value1, const char *v2, const char *value2)
{
    int error = each_hierarchy("cgroup", v1, value1);
    int other = error ? each_hierarchy("cgroup2", v2, value2) : 0;
    return other && error == ENOENT ? other : other ? error : 0;
}

static int try_memory(void)
{
    return either("memory.limit_in_bytes", "67108864", "memory.max", "67108864");
}

static int try_pids(void)
{
    return either("pids.max", "32", "pids.max", "32");
}

static int try_cpu(void)
{
    return either("cpu.cfs_quota_us", "100000", "cpu.max", "100000 100000");
}

static int try_cgroup_v1(void)
{
    return each_hierarchy("cgroup", "pids.max", "32");
}

static int try_kill(void)
{
    return each_hierarchy("cgroup2", "cgroup.kill", "1");
}

static const struct trial {
    const char *name;
    uint64_t flags;
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
    {"memfd_noexec", CLONE_NEWUSER | CLONE_NEWPID, try_memfd_noexec},
    {"idmap", 0, try_idmap},
    {"no_new_privs", 0, try_no_new_privs},
    {"seccomp", 0, try_seccomp},
    {"seccomp_notify", 0, try_seccomp_notify},
    {"notify", 0, try_notify},
    {"wait_killable", 0, try_wait_killable},
    {"cgroup_v1", 0, try_cgroup_v1},
    {"cgroup_v2_kill", 0, try_kill},
    {"cgroup_memory", 0, try_memory},
    {"cgroup_pids", 0, try_pids},
    {"cgroup_cpu", 0, try_cpu},
    {"landlock", 0, try_landlock},
};

static int attempt(const struct trial *trial)
{
    int status = 0;
    pid_t pid = child_in(trial->flags);
    if (!pid)
        _exit(trial->run());
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

int main(int argc, char **argv)
{
    enum { COUNT = sizeof trials / sizeof *trials };
    int error[COUNT];
    const char *comma = "";
    if (argc != 1) {
        fprintf(stderr, "usage: %s\n", argv[0]);
        return 2;
    }
    for (size_t i = 0; i < COUNT; i++)
        error[i] = attempt(&trials[i]);
    printf("{\"version\":\"" SANDBOX_VERSION "\",\"root\":%s", geteuid() ? "false" : "true");
    for (size_t i = 0; i < COUNT; i++) {
        if (trials[i].run == try_landlock)
            printf(",\"landlock\":%ld", error[i] ? 0 : syscall(SYS_landlock_create_ruleset, NULL, 0, 1U));
        else
            printf(",\"%s\":%s", trials[i].name, error[i] ? "false" : "true");
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
