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
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    SAFE = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
    WRITABLE = SAFE | MOUNT_ATTR_NOEXEC,
    BARE = WRITABLE | MOUNT_ATTR_RDONLY,
};

static uint64_t attributes(const struct plan *plan, uint64_t wanted)
{
    return wanted & ~(has(plan, LAYER_READ_ONLY) ? 0ULL : MOUNT_ATTR_RDONLY) &
           ~(has(plan, LAYER_NOEXEC) ? 0ULL : MOUNT_ATTR_NOEXEC) &
           ~(has(plan, LAYER_NOSUID) ? 0ULL : MOUNT_ATTR_NOSUID);
}

/*
 * What an operator grants is opened without following a link anywhere: a worker
 * that may write a folder could otherwise put one where another path of its plan
 * begins, and have the rest of the host mounted by the launcher's rights the
 * next time.
 */
static int clone_source(const struct entry *entry, unsigned flags)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
    flags |= OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
    if (entry->kind != KIND_MAPPED && entry->kind != KIND_WRITABLE)
        return open_tree(AT_FDCWD, entry->source, flags);
    int place = (int)syscall(SYS_openat2, AT_FDCWD, entry->source, &how, sizeof how);
    int tree = place < 0 ? -1 : open_tree(place, "", flags | AT_EMPTY_PATH);
    int error = errno;
    if (place >= 0)
        close(place);
    errno = error;
    return tree;
}

/*
 * Recursive, since otherwise mounts below a read-only one would stay writable;
 * but mounts below what may be written are left out: they are not what was
 * granted. Private: else a later mount on the host would turn up here.
 */
static int take(const struct plan *plan, struct entry *entry)
{
    bool writable = entry->kind == KIND_WRITABLE;
    unsigned below = writable ? 0 : AT_RECURSIVE;
    entry->tree = clone_source(entry, below);
    if (entry->tree < 0 && entry->kind == KIND_OPTIONAL && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    TRY(entry->tree, "taking", entry->source);
    /* Device nodes stay writable on a read-only mount; "nodev" would kill them. */
    uint64_t wanted = writable                     ? WRITABLE
                      : entry->kind == KIND_DEVICE ? BARE & ~MOUNT_ATTR_NODEV
                                                   : SAFE | MOUNT_ATTR_RDONLY;
    struct mount_attr attr = {.attr_set = attributes(plan, wanted), .propagation = MS_PRIVATE};
    TRY(mount_setattr(entry->tree, "", AT_EMPTY_PATH | below, &attr, sizeof attr),
        "confining", entry->source);
    return writable || entry->kind == KIND_MAPPED ? identity_as_owner(plan, entry) : 0;
}

int mounts_take(struct plan *plan)
{
    stage(LAYER_ROOT);
    for (size_t i = 0; i < plan->entries; i++)
        if (plan->entry[i].kind < KIND_SYMLINK && take(plan, &plan->entry[i]))
            return -1;
    return 0;
}

/* In the launcher, once the child has its own copies of the descriptors. */
void mounts_release(const struct plan *plan)
{
    for (size_t i = 0; i < plan->entries; i++)
        if (plan->entry[i].tree >= 0)
            close(plan->entry[i].tree);
}

/* A new file system, detached; options are pairs, and NULL ends them. */
static int new_tree(const char *type, const char *const *option, uint64_t attr)
{
    int context = fsopen(type, FSOPEN_CLOEXEC);
    TRY(context, "new file system", type);
    for (; *option; option += 2)
        TRY(fsconfig(context, FSCONFIG_SET_STRING, option[0], option[1], 0), "setting", option[0]);
    TRY(fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0), "making", type);
    int tree = fsmount(context, FSMOUNT_CLOEXEC, (unsigned)attr);
    TRY(tree, "mounting", type);
    close(context);
    return tree;
}

static int make_folders(const char *path, bool with_last)
{
    char part[4096];
    errno = ENAMETOOLONG;
    if (strlen(path) >= sizeof part)
        return fail("folder", path);
    for (size_t i = 1;; i++) {
        if (path[i] && path[i] != '/')
            continue;
        if (!path[i] && !with_last)
            return 0;
        memcpy(part, path, i);
        part[i] = 0;
        if (mkdir(part, 0755) && errno != EEXIST)
            return fail("folder", part);
        if (!path[i])
            return 0;
    }
}

static int attach(int tree, const char *target, enum access access)
{
    struct stat info;
    TRY(tree, "mounting", target);
    TRY(fstat(tree, &info), "looking at", target);
    bool folder = S_ISDIR(info.st_mode);
    if (make_folders(target, folder))
        return -1;
    if (!folder) {
        int fd = open(target, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0444);
        TRY(fd, "mount point", target);
        close(fd);
    }
    TRY(move_mount(tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH), "attaching", target);
    if (landlock_allow(tree, access, target))
        return -1;
    close(tree);
    return 0;
}

/*
 * A process file system for our pid namespace: no /proc/sys, /proc/kcore and
 * the like (subset=pid), no foreign processes (hidepid=2), nothing writable.
 * The kernel grants it only while the host's /proc is still in view.
 */
static int new_proc(const struct plan *plan)
{
    static const char *const options[] = {"subset", "pid", "hidepid", "2", NULL};
    struct entry host = {KIND_BIND, "/proc", "/proc", NULL, -1};
    if (has(plan, LAYER_PROC) && has(plan, LAYER_PIDNS))
        return new_tree("proc", options, attributes(plan, BARE));
    return take(plan, &host) ? -1 : host.tree;
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
    if (attach(tree, plain ? "/proc" : "/proc/pids", ACCESS_READ))
        return -1;
    if (!plain && (symlink("pids/self", "/proc/self") ||
                   symlink("pids/thread-self", "/proc/thread-self") ||
                   symlink("pids/self/mounts", "/proc/mounts")))
        return fail("links below /proc", "");
    return 0;
}

static int place(const struct plan *plan, const struct entry *entry)
{
    const char *const options[] = {"size", entry->source, "nr_inodes", entry->inodes,
                                   "mode", "0700", "uid", "1000", "gid", "1000", NULL};
    switch (entry->kind) {
    case KIND_SYMLINK:
        if (make_folders(entry->target, false))
            return -1;
        TRY(symlink(entry->source, entry->target), "symlink", entry->target);
        return 0;
    case KIND_TMPFS:
        return attach(new_tree("tmpfs", options, attributes(plan, WRITABLE)), entry->target, ACCESS_WRITE);
    case KIND_WRITABLE:
        return attach(entry->tree, entry->target, ACCESS_WRITE);
    case KIND_DEVICE:
        return attach(entry->tree, entry->target, ACCESS_DEVICE);
    default:
        return entry->tree < 0 ? 0 : attach(entry->tree, entry->target, ACCESS_RUN);
    }
}

int mounts_build(struct plan *plan)
{
    static const char *const options[] = {"size", "1m", "nr_inodes", "4096", "mode", "0755", NULL};
    stage(LAYER_MOUNTNS);
    TRY(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "making mounts private", "");
    if (plan->single_map && mounts_take(plan))
        return -1;

    stage(LAYER_PROC);
    int proc = new_proc(plan);
    if (proc < 0)
        return -1;

    stage(LAYER_ROOT);
    /* On /proc, which surely exists; nothing is needed from the host any more. */
    int root = new_tree("tmpfs", options, WRITABLE);
    if (root < 0)
        return -1;
    TRY(move_mount(root, "", AT_FDCWD, "/proc", MOVE_MOUNT_F_EMPTY_PATH), "new root", "");
    /* Old and new root on one spot: no folder for the old one is needed. */
    if (chdir("/proc") || syscall(SYS_pivot_root, ".", "."))
        return fail("pivot_root", "");
    if (umount2(".", MNT_DETACH) || chdir("/"))
        return fail("detaching the old root", "");

    if (landlock_begin(plan) || landlock_allow(root, ACCESS_LIST, "/"))
        return -1;
    stage(LAYER_ROOT);
    if (place_proc(plan, proc))
        return -1;
    for (size_t i = 0; i < plan->entries; i++)
        if (place(plan, &plan->entry[i]))
            return -1;

    struct mount_attr attr = {.attr_set = attributes(plan, BARE)};
    TRY(mount_setattr(root, "", AT_EMPTY_PATH, &attr, sizeof attr), "making the root read-only", "");
    close(root);
    return 0;
}
