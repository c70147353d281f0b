/*
 * Identity. Launched as root, the two ids inside (0 for init, 1000 for the
 * worker) stand for two otherwise unused ids of the host, never for host root.
 * Launched as an ordinary user the kernel allows exactly one id: our own.
 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int identity_check(const struct plan *plan)
{
    bool root = geteuid() == 0;
    if (root && plan->single_map)
        return refuse(LAYER_IDENTITY, EPERM,
                      "single-map would make the worker host root", "");
    if (!root && !plan->single_map)
        return refuse(LAYER_IDENTITY, EPERM, "uid-map needs root", "");
    /*
     * Inside, setgroups is denied for good, so the groups of the agent must go
     * now. An ordinary user cannot drop groups; they stay, unmapped.
     */
    if (root && setgroups(0, NULL))
        return refuse(LAYER_IDENTITY, errno, "dropping groups", "");
    return 0;
}

static int write_file(const char *path, const char *value, enum layer layer)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return refuse(layer, errno, "open", path);
    /* These files take the whole value in one write or not at all. */
    ssize_t put = write(fd, value, strlen(value));
    int error = errno;
    close(fd);
    return put < 0 ? refuse(layer, error, "write", path) : 0;
}

int identity_map(const struct plan *plan, pid_t pid)
{
    const char *files[] = {"uid_map", "gid_map"};
    unsigned own[] = {geteuid(), getegid()};
    char path[64], map[128];

    snprintf(path, sizeof path, "/proc/%d/setgroups", pid);
    if (write_file(path, "deny", LAYER_IDENTITY))
        return -1;
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
        if (plan->single_map)
            snprintf(map, sizeof map, "%d %u 1\n", WORKER_ID, own[i]);
        else
            snprintf(map, sizeof map, "0 %u 1\n%d %u 1\n", plan->host_root,
                     WORKER_ID, plan->host_worker);
        if (write_file(path, map, LAYER_IDENTITY))
            return -1;
    }
    return 0;
}

/* Done from outside and before "go": the child never runs unlimited. */
int identity_cgroups(const struct plan *plan, pid_t pid)
{
    char path[4200], number[16];
    snprintf(number, sizeof number, "%d", pid);
    for (size_t i = 0; i < plan->cgroups; i++) {
        int size = snprintf(path, sizeof path, "%s/cgroup.procs", plan->cgroup[i]);
        if (size < 0 || (size_t)size >= sizeof path)
            return refuse(LAYER_CGROUP, ENAMETOOLONG, "cgroup path", "");
        if (access(path, F_OK))
            snprintf(path, sizeof path, "%s/tasks", plan->cgroup[i]);
        if (write_file(path, number, LAYER_CGROUP))
            return -1;
    }
    return 0;
}

/* Become in-sandbox root. Runs with all powers over the new namespaces only. */
int identity_init(const struct plan *plan)
{
    if (!plan->single_map && (setresgid(0, 0, 0) || setresuid(0, 0, 0)))
        return refuse(LAYER_IDENTITY, errno, "becoming in-sandbox root", "");
    return 0;
}

/*
 * A user namespace in which the id "from" stands for the worker's host id, for
 * a mount only: the child that carries it ends as soon as we hold its name.
 */
static int mapped_namespace(const unsigned from[2], unsigned to)
{
    static const char *const files[] = {"uid_map", "gid_map"};
    char path[64], map[64], byte;
    int hold[2], pidfd = -1, space = -1;
    if (pipe2(hold, O_CLOEXEC))
        return refuse(LAYER_ROOT, errno, "pipe", "");
    pid_t pid = clone_into(CLONE_NEWUSER, &pidfd);
    if (!pid) {
        close(hold[1]); /* end of file also when the launcher dies */
        _exit(read(hold[0], &byte, 1) != 0);
    }
    if (pid < 0)
        refuse(LAYER_ROOT, errno, "new user namespace for a granted path", "");
    for (int i = 0; i < 2 && pid > 0; i++) {
        snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
        snprintf(map, sizeof map, "%u %u 1\n", from[i], to);
        write_file(path, map, LAYER_ROOT);
    }
    snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
    if (pid > 0 && !report->failed && (space = open(path, O_RDONLY | O_CLOEXEC)) < 0)
        refuse(LAYER_ROOT, errno, "open", path);
    close(hold[0]);
    close(hold[1]);
    if (pid > 0) {
        waitpid(pid, NULL, 0);
        close(pidfd);
    }
    return space;
}

/*
 * Lets the worker act as the owner of what a detached mount shows, in that mount
 * and nowhere else. All other ids are not there in it: files of others can be
 * read as their modes allow, and nothing can be given away. An ordinary user's
 * worker is that user already. "optional": where the file system cannot map,
 * the worker stays somebody else there.
 */
int identity_as_owner(const struct plan *plan, int tree, const char *path,
                      bool optional)
{
    struct stat info;
    if (plan->single_map)
        return 0;
    if (fstat(tree, &info))
        return refuse(LAYER_ROOT, errno, "looking at", path);
    const unsigned owner[] = {info.st_uid, info.st_gid};
    int space = mapped_namespace(owner, plan->host_worker);
    if (space < 0)
        return -1;
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP,
                              .userns_fd = (unsigned)space};
    int result = mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof attr);
    int error = errno;
    close(space);
    if (result && optional && error == EINVAL)
        return 0;
    return result ? refuse(LAYER_ROOT, error, "mapping the owner of", path) : 0;
}
