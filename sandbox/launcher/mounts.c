/*
 * The view. Everything the worker will see from the host is first taken as a detached, already confined clone
 * (open_tree), and only then attached below an empty root. Two reasons: as root the clones are taken with host
 * rights, so an app below a 0700 folder works although in-sandbox root is nobody on the host; and all later paths are
 * resolved after pivot_root, so no target, not even one through a symlink, can reach the host.
 */
#include "sandbox.h"

#include <linux/openat2.h>

enum {
    SAFE = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
    DATA = SAFE | MOUNT_ATTR_NOEXEC,
    FIXED = DATA | MOUNT_ATTR_RDONLY,
};

/*
 * What an operator grants is opened without following a link anywhere: a worker that may write a folder could
 * otherwise put one where another path of its plan begins, and have the rest of the host mounted by the launcher's
 * rights the next time.
 */
static int clone_source(const struct line *line, unsigned flags) {
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
    flags |= OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
    if (line->word != BIND_MAPPED && line->word != BIND_WRITABLE)
        return open_tree(AT_FDCWD, line->field[0], flags);
    int place = (int)syscall(SYS_openat2, AT_FDCWD, line->field[0], &how, sizeof how);
    if (place < 0)
        return -1;
    int tree = open_tree(place, "", flags | AT_EMPTY_PATH);
    close(place);
    return tree;
}

/*
 * Recursive, since otherwise mounts below a read-only one would stay writable; but mounts below what may be written are
 * left out: they are not what was granted. Private: else a later mount on the host would turn up here.
 */
static int take(const struct plan *plan, struct line *line) {
    bool writable = line->word == BIND_WRITABLE;
    unsigned below = writable ? 0 : AT_RECURSIVE;
    line->tree = clone_source(line, below);
    if (line->tree < 0 && line->word == BIND_OPTIONAL && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    TRY(line->tree, "taking", line->field[0]);
    /* Device nodes stay writable on a read-only mount; "nodev" would kill them. */
    uint64_t wanted = writable ? DATA : line->word == DEVICE ? FIXED & ~MOUNT_ATTR_NODEV : SAFE | MOUNT_ATTR_RDONLY;
    struct mount_attr attr = {.attr_set = lab_attributes(plan, wanted), .propagation = MS_PRIVATE};
    TRY(mount_setattr(line->tree, "", AT_EMPTY_PATH | below, &attr, sizeof attr), "confining", line->field[0]);
    return writable || line->word == BIND_MAPPED ? identity_as_owner(plan, line) : 0;
}

int mounts_take(struct plan *plan) {
    stage(LAYER_ROOT);
    for (size_t i = 0; i < plan->lines; i++)
        if (plan->line[i].word >= BIND && take(plan, &plan->line[i]))
            return -1;
    return 0;
}

/* A new file system, detached; options are pairs, and NULL ends them. */
static int new_tree(const char *type, const char *const *option, uint64_t attr) {
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

static int make_folders(const char *path, bool with_last) {
    char part[4096];
    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part)
        return fail_with(ENAMETOOLONG, "folder", path);
    for (char *end = part; (end = strchr(end + 1, '/')) || with_last; *end = '/') {
        if (end)
            *end = 0;
        if (mkdir(part, 0755) && errno != EEXIST)
            return fail("folder", part);
        if (!end)
            break;
    }
    return 0;
}

static int attach(int tree, const char *target, enum rights rights) {
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
    if (landlock_allow(tree, folder, rights, target))
        return -1;
    close(tree);
    return 0;
}

/*
 * A process file system for our pid namespace: no /proc/sys, /proc/kcore and the like (subset=pid), no foreign
 * processes (hidepid=2), nothing writable. The kernel grants it only while the host's /proc is still in view.
 */
static int new_proc(const struct plan *plan) {
    static const char *const options[] = {"subset", "pid", "hidepid", "2", NULL};
    struct line host = {BIND, {"/proc", "/proc"}, {0}, -1}; /* for the lab */
    if (has(plan, LAYER_PROC) && has(plan, LAYER_PIDNS))
        return new_tree("proc", options, lab_attributes(plan, FIXED));
    return take(plan, &host) ? -1 : host.tree;
}

/*
 * Usually /proc is the process file system itself. A file such as /proc/meminfo cannot be bound over it, because
 * subset=pid has no such name to mount on; so when the plan puts anything below /proc, /proc becomes a plain folder
 * with those files, and "self" points into the real thing at /proc/pids.
 */
static int place_proc(const struct plan *plan, int tree) {
    bool plain = true;
    for (size_t i = 0; i < plan->lines; i++)
        if (plan->line[i].word >= SYMLINK)
            plain &= strncmp(plan->line[i].field[plan->line[i].word != TMPFS], "/proc/", 6) != 0;
    if (attach(tree, plain ? "/proc" : "/proc/pids", MAY_READ))
        return -1;
    if (!plain && (symlink("pids/self", "/proc/self") || symlink("pids/thread-self", "/proc/thread-self") ||
                   symlink("pids/self/mounts", "/proc/mounts")))
        return fail("links below /proc", "");
    return 0;
}

static int place(const struct plan *plan, const struct line *line) {
    const char *const *field = line->field;
    const char *const options[] = {"size", field[1], "nr_inodes", field[2], "mode", "0700",
                                   "uid", "1000", "gid", "1000", NULL};
    if (line->word == TMPFS)
        return attach(new_tree("tmpfs", options, lab_attributes(plan, DATA)), field[0], MAY_WRITE);
    if (line->word == SYMLINK) {
        if (make_folders(field[1], false))
            return -1;
        TRY(symlink(field[0], field[1]), "symlink", field[1]);
    }
    if (line->tree < 0)
        return 0;
    enum rights rights = line->word == BIND_WRITABLE ? MAY_WRITE : line->word == DEVICE ? MAY_USE : MAY_RUN;
    return attach(line->tree, field[1], rights);
}

int mounts_build(struct plan *plan) {
    static const char *const options[] = {"size", "1m", "nr_inodes", "4096", "mode", "0755", NULL};
    stage(LAYER_MOUNTNS);
    TRY(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "making mounts private", "");
    if (plan->count[SINGLE_MAP] && mounts_take(plan))
        return -1;

    stage(LAYER_PROC);
    int proc = new_proc(plan);
    if (proc < 0)
        return -1;

    stage(LAYER_ROOT);
    int root = new_tree("tmpfs", options, lab_attributes(plan, DATA));
    if (root < 0)
        return -1;
    /* On /proc, which surely exists; nothing is needed from the host any more. */
    TRY(move_mount(root, "", AT_FDCWD, "/proc", MOVE_MOUNT_F_EMPTY_PATH), "new root", "");
    /* Old and new root on one spot: no folder for the old one is needed. */
    if (chdir("/proc") || syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/"))
        return fail("changing the root", "");

    if (landlock_begin(plan) || landlock_allow(root, true, MAY_LIST, "/"))
        return -1;
    stage(LAYER_ROOT);
    if (place_proc(plan, proc))
        return -1;
    for (size_t i = 0; i < plan->lines; i++)
        if (plan->line[i].word >= SYMLINK && place(plan, &plan->line[i]))
            return -1;

    struct mount_attr attr = {.attr_set = lab_attributes(plan, FIXED)};
    TRY(mount_setattr(root, "", AT_EMPTY_PATH, &attr, sizeof attr), "making the root read-only", "");
    close(root);
    return 0;
}
