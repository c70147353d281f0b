/*
 * Identity. Launched as root, the two ids inside (0 for init, 1000 for the
 * worker) stand for two otherwise unused ids of the host, never for host root.
 * Launched as an ordinary user the kernel allows exactly one id: our own.
 * Maps and cgroups are written by the launcher, while the child still waits.
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
    stage(LAYER_IDENTITY);
    errno = EPERM;
    if (root && plan->single_map)
        return fail("single-map would make the worker host root", "");
    if (!root && !plan->single_map)
        return fail("uid-map needs root", "");
    /*
     * Inside, setgroups is denied for good, so the groups of the agent must go
     * now. An ordinary user cannot drop groups; they stay, unmapped.
     */
    if (root)
        TRY(setgroups(0, NULL), "dropping groups", "");
    return 0;
}

/* For files that take the whole value in one write or not at all. */
int try_file(const char *path, const char *value)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t put = fd < 0 ? -1 : write(fd, value, strlen(value));
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return put < 0 ? -1 : 0;
}

static int write_of(pid_t pid, const char *name, const char *value)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    TRY(try_file(path, value), "write", path);
    return 0;
}

int identity_map(const struct plan *plan, pid_t pid)
{
    char uids[64], gids[64];
    stage(LAYER_IDENTITY);
    if (plan->single_map) {
        snprintf(uids, sizeof uids, "%d %u 1\n", WORKER_ID, geteuid());
        snprintf(gids, sizeof gids, "%d %u 1\n", WORKER_ID, getegid());
    } else {
        snprintf(uids, sizeof uids, "0 %u 1\n%d %u 1\n", (unsigned)plan->host_root,
                 WORKER_ID, (unsigned)plan->host_worker);
        strcpy(gids, uids);
    }
    return write_of(pid, "setgroups", "deny") || write_of(pid, "uid_map", uids) ||
           write_of(pid, "gid_map", gids);
}

/* Done from outside and before "go": the child never runs unlimited. */
int identity_cgroups(const struct plan *plan, pid_t pid)
{
    char path[4200], number[16];
    stage(LAYER_CGROUP);
    snprintf(number, sizeof number, "%d", pid);
    for (size_t i = 0; i < plan->cgroup.count; i++) {
        const char *folder = plan->cgroup.item[i];
        errno = ENAMETOOLONG;
        if (strlen(folder) > 4096)
            return fail("cgroup", folder);
        snprintf(path, sizeof path, "%s/cgroup.procs", folder);
        if (access(path, F_OK)) /* a hierarchy of version 1 may have only this */
            snprintf(path, sizeof path, "%s/tasks", folder);
        TRY(try_file(path, number), "write", path);
    }
    return 0;
}

/* Become in-sandbox root. Runs with all powers over the new namespaces only. */
int identity_init(const struct plan *plan)
{
    stage(LAYER_IDENTITY);
    if (!plan->single_map && (setresgid(0, 0, 0) || setresuid(0, 0, 0)))
        return fail("becoming in-sandbox root", "");
    return 0;
}

/*
 * A user namespace in which the owner's ids stand for the worker's host id, for
 * a mount only: the child that carries it ends as soon as we hold its name.
 */
static int mapped_namespace(const struct stat *owner, unsigned to)
{
    char path[64], map[64], byte;
    int hold[2], pidfd = -1;
    TRY(pipe2(hold, O_CLOEXEC), "pipe", "");
    pid_t pid = clone_into(CLONE_NEWUSER, &pidfd);
    if (!pid) {
        close(hold[1]); /* end of file also when the launcher dies */
        _exit(read(hold[0], &byte, 1) != 0);
    }
    TRY(pid, "new user namespace for a granted path", "");
    snprintf(map, sizeof map, "%u %u 1\n", owner->st_uid, to);
    if (write_of(pid, "uid_map", map))
        return -1;
    snprintf(map, sizeof map, "%u %u 1\n", owner->st_gid, to);
    if (write_of(pid, "gid_map", map))
        return -1;
    snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
    int space = open(path, O_RDONLY | O_CLOEXEC);
    TRY(space, "open", path);
    close(hold[0]);
    close(hold[1]);
    waitpid(pid, NULL, 0);
    close(pidfd);
    return space;
}

/*
 * Lets the worker act as the owner of what a detached mount shows, in that mount
 * and nowhere else. All other ids are not there in it: files of others can be
 * read as their modes allow, and nothing can be given away. An ordinary user's
 * worker is that user already. To be read only, a file system that cannot map
 * will do: the worker stays somebody else there.
 */
int identity_as_owner(const struct plan *plan, const struct entry *entry)
{
    struct stat owner;
    if (plan->single_map)
        return 0;
    TRY(fstat(entry->tree, &owner), "looking at", entry->source);
    int space = mapped_namespace(&owner, (unsigned)plan->host_worker);
    if (space < 0)
        return -1;
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (unsigned)space};
    if (mount_setattr(entry->tree, "", AT_EMPTY_PATH, &attr, sizeof attr) &&
        (entry->kind == KIND_WRITABLE || errno != EINVAL))
        return fail("mapping the owner of", entry->source);
    close(space);
    return 0;
}
