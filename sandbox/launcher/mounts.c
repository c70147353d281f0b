/*
 * The view. Everything the worker will see from the host is first taken as a
 * detached, already confined clone (open_tree), and only then attached below
 * an empty root. Two reasons: as root the clones are taken with host rights, so
 * an app below a 0700 folder works although in-sandbox root is nobody on the
 * host; and all later paths are resolved after pivot_root, so no target, not
 * even one through a symlink, can reach the host.
 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const device[] = {"/dev/null", "/dev/zero", "/dev/full",
                                     "/dev/random", "/dev/urandom"};
enum { DEVICES = sizeof device / sizeof *device };
static int device_tree[DEVICES];

enum { READ_ONLY = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };

/*
 * Recursive: a plain bind remount would leave sub-mounts writable. Private:
 * otherwise a later mount on the host below the source would turn up here.
 */
static int restrict_all(int tree, unsigned long long flags, const char *path)
{
    struct mount_attr attr = {.attr_set = flags, .propagation = MS_PRIVATE};
    if (mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr))
        return refuse(LAYER_ROOT, errno, "making read-only", path);
    return 0;
}

static int take(const char *path, bool optional, unsigned long long flags,
                int *tree)
{
    *tree = open_tree(AT_FDCWD, path,
                      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    if (*tree < 0 && optional && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (*tree < 0)
        return refuse(LAYER_ROOT, errno, "taking", path);
    return restrict_all(*tree, flags, path);
}

/*
 * What an operator grants. Links in the path are refused: a worker that may
 * write a folder could otherwise put one where another path of its plan begins,
 * and have the rest of the host mounted by the launcher's rights the next time.
 */
static int take_granted(const char *path, unsigned flags, int *tree)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC,
                           .resolve = RESOLVE_NO_SYMLINKS};
    int place = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
    if (place < 0)
        return refuse(LAYER_ROOT, errno, "opening without following links", path);
    *tree = open_tree(place, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
                                     AT_EMPTY_PATH | flags);
    int error = errno;
    close(place);
    return *tree < 0 ? refuse(LAYER_ROOT, error, "taking", path) : 0;
}

/*
 * Read as its owner reads it. Where the file system knows no mapped mounts (proc,
 * sysfs, overlay) the worker reads it as everybody does, which is less. So are
 * the mounts below: what they hold may be anybody's.
 */
static int take_mapped(const struct plan *plan, const char *path, int *tree)
{
    if (take_granted(path, AT_RECURSIVE, tree) ||
        restrict_all(*tree, READ_ONLY, path))
        return -1;
    return identity_as_owner(plan, *tree, path, true);
}

/* What the worker may write. Mounts below stay out: they are not what was granted. */
static int take_writable(const struct plan *plan, const char *path, int *tree)
{
    if (take_granted(path, 0, tree))
        return -1;
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                                          MOUNT_ATTR_NOEXEC,
                              .propagation = MS_PRIVATE};
    if (mount_setattr(*tree, "", AT_EMPTY_PATH, &attr, sizeof attr))
        return refuse(LAYER_ROOT, errno, "confining", path);
    return identity_as_owner(plan, *tree, path, false);
}

static int take_entry(const struct plan *plan, struct entry *entry)
{
    if (entry->writable)
        return take_writable(plan, entry->source, &entry->tree);
    if (entry->mapped)
        return take_mapped(plan, entry->source, &entry->tree);
    return take(entry->source, entry->optional, READ_ONLY, &entry->tree);
}

int mounts_take(struct plan *plan)
{
    for (size_t i = 0; i < plan->entries; i++) {
        struct entry *entry = &plan->entry[i];
        if (entry->kind == ENTRY_BIND && take_entry(plan, entry))
            return -1;
    }
    /* Device nodes stay writable on a read-only mount; "nodev" would kill them. */
    for (int i = 0; i < DEVICES; i++)
        if (take(device[i], false,
                 MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
                 &device_tree[i]))
            return -1;
    return 0;
}

/* In the launcher, once the child has its own copies of the descriptors. */
void mounts_release(const struct plan *plan)
{
    for (size_t i = 0; i < plan->entries; i++)
        if (plan->entry[i].tree >= 0)
            close(plan->entry[i].tree);
    for (int i = 0; i < DEVICES; i++)
        if (device_tree[i] > 0)
            close(device_tree[i]);
}

/* Belt for the filter's braces, so a refusal by the kernel is not a failure. */
static void try_sysctl(const char *path, const char *value)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (write(fd, value, strlen(value)) < 0)
        errno = 0;
    close(fd);
}

/*
 * A process file system for our pid namespace: no /proc/sys, /proc/kcore and
 * the like (subset=pid), no foreign processes (hidepid=2), nothing writable.
 * The kernel grants it only while the host's /proc is still in view.
 */
static int new_proc(void)
{
    int context = fsopen("proc", FSOPEN_CLOEXEC);
    if (context < 0 ||
        fsconfig(context, FSCONFIG_SET_STRING, "subset", "pid", 0) ||
        fsconfig(context, FSCONFIG_SET_STRING, "hidepid", "2", 0) ||
        fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
        return refuse(LAYER_PROC, errno, "preparing proc", "");
    int tree = fsmount(context, FSMOUNT_CLOEXEC,
                       MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
                           MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    if (tree < 0)
        return refuse(LAYER_PROC, errno, "mounting proc", "");
    close(context);
    return tree;
}

static int make_folders(const char *path, bool with_last)
{
    char part[4096];
    if (strlen(path) >= sizeof part)
        return refuse(LAYER_ROOT, ENAMETOOLONG, "folder", path);
    for (size_t i = 1;; i++) {
        if (path[i] && path[i] != '/')
            continue;
        if (!path[i] && !with_last)
            return 0;
        memcpy(part, path, i);
        part[i] = 0;
        if (mkdir(part, 0755) && errno != EEXIST)
            return refuse(LAYER_ROOT, errno, "folder", part);
        if (!path[i])
            return 0;
    }
}

static int attach(int tree, const char *target)
{
    struct stat info;
    if (fstat(tree, &info))
        return refuse(LAYER_ROOT, errno, "looking at", target);
    bool folder = S_ISDIR(info.st_mode);
    if (make_folders(target, folder))
        return -1;
    if (!folder) {
        int fd = open(target, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0444);
        if (fd < 0)
            return refuse(LAYER_ROOT, errno, "mount point", target);
        close(fd);
    }
    if (move_mount(tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH))
        return refuse(LAYER_ROOT, errno, "attaching", target);
    close(tree);
    return 0;
}

/*
 * Usually /proc is the process file system itself. A file such as /proc/meminfo
 * cannot be bound over it, because subset=pid has no such name to mount on; so
 * when the plan binds anything below /proc, /proc becomes a plain folder with
 * those files, and "self" points into the real thing at /proc/pids.
 */
static int place_proc(const struct plan *plan, int tree)
{
    bool plain = true;
    for (size_t i = 0; i < plan->entries; i++)
        if (!strncmp(plan->entry[i].target, "/proc/", 6))
            plain = false;
    if (plain)
        return attach(tree, "/proc");
    if (attach(tree, "/proc/pids"))
        return -1;
    if (symlink("pids/self", "/proc/self") ||
        symlink("pids/thread-self", "/proc/thread-self") ||
        symlink("pids/self/mounts", "/proc/mounts"))
        return refuse(LAYER_PROC, errno, "links below /proc", "");
    return 0;
}

static int place(const struct entry *entry)
{
    char options[128];
    switch (entry->kind) {
    case ENTRY_BIND:
        return entry->tree < 0 ? 0 : attach(entry->tree, entry->target);
    case ENTRY_SYMLINK:
        if (make_folders(entry->target, false))
            return -1;
        if (symlink(entry->source, entry->target))
            return refuse(LAYER_ROOT, errno, "symlink", entry->target);
        return 0;
    case ENTRY_TMPFS:
        if (make_folders(entry->target, true))
            return -1;
        snprintf(options, sizeof options,
                 "size=%llu,nr_inodes=%llu,mode=0700,uid=%d,gid=%d",
                 entry->size, entry->inodes, WORKER_ID, WORKER_ID);
        if (mount("tmpfs", entry->target, "tmpfs",
                  MS_NOSUID | MS_NODEV | MS_NOEXEC, options))
            return refuse(LAYER_ROOT, errno, "tmpfs", entry->target);
        return 0;
    }
    return refuse(LAYER_ROOT, EINVAL, "unknown entry", entry->target);
}

int mounts_build(struct plan *plan)
{
    stage(LAYER_MOUNTNS);
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
        return refuse(LAYER_MOUNTNS, errno, "making mounts private", "");
    if (plan->single_map && mounts_take(plan))
        return -1;

    stage(LAYER_PROC);
    try_sysctl("/proc/sys/user/max_user_namespaces", "0");
    try_sysctl("/proc/sys/vm/memfd_noexec", "2");
    int proc = new_proc();
    if (proc < 0)
        return -1;

    stage(LAYER_ROOT);
    /* /proc surely exists, and nothing is needed from the host any more. */
    if (mount("tmpfs", "/proc", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
              "size=1m,nr_inodes=4096,mode=0755"))
        return refuse(LAYER_ROOT, errno, "new root", "");
    /* Old and new root on one spot: no folder for the old one is needed. */
    if (chdir("/proc") || syscall(SYS_pivot_root, ".", "."))
        return refuse(LAYER_ROOT, errno, "pivot_root", "");
    if (umount2(".", MNT_DETACH) || chdir("/"))
        return refuse(LAYER_ROOT, errno, "detaching the old root", "");

    for (int i = 0; i < DEVICES; i++)
        if (attach(device_tree[i], device[i]))
            return -1;
    if (place_proc(plan, proc))
        return -1;
    for (size_t i = 0; i < plan->entries; i++)
        if (place(&plan->entry[i]))
            return -1;

    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
                                          MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC};
    if (mount_setattr(AT_FDCWD, "/", 0, &attr, sizeof attr))
        return refuse(LAYER_ROOT, errno, "making the root read-only", "");
    return 0;
}
