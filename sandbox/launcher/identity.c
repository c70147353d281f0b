/*
 * Identity. Launched as root, the two ids inside (0 for init, 1000 for the worker) stand for two otherwise unused ids
 * of the host, never for host root. Launched as an ordinary user the kernel allows exactly one id: our own. Groups go
 * first; the maps are written by the launcher while the child still waits.
 */
#include "sandbox.h"

#include <grp.h>

int identity_check(const struct plan *plan) {
    bool root = geteuid() == 0;
    stage(LAYER_IDENTITY);
    if (root != plan->count[UID_MAP])
        return fail_with(EPERM, "root needs uid-map, and an ordinary user single-map", "");
    /* Inside, setgroups is denied for good. An ordinary user cannot drop groups; they stay, unmapped. */
    if (root)
        TRY(setgroups(0, NULL), "dropping groups", "");
    return 0;
}

/* For kernel files, which take the whole value in one write or not at all. */
int try_file(const char *path, const char *value) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t put = write(fd, value, strlen(value));
    close(fd);
    return put < 0 ? -1 : 0;
}

static int write_of(pid_t pid, const char *name, const char *value) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    TRY(try_file(path, value), "writing", path);
    return 0;
}

/* After "before": the id "inside" stands for "outside". */
static int write_map(pid_t pid, const char *name, const char *before, uint64_t inside, uint64_t outside) {
    char map[96];
    snprintf(map, sizeof map, "%s%lu %lu 1\n", before, inside, outside);
    return write_of(pid, name, map);
}

int identity_map(const struct plan *plan, pid_t pid) {
    const struct line *map = plan_line(plan, UID_MAP);
    char init[32] = "";
    stage(LAYER_IDENTITY);
    if (map)
        snprintf(init, sizeof init, "0 %lu 1\n", map->number[0]);
    return write_of(pid, "setgroups", "deny") ||
           write_map(pid, "uid_map", init, WORKER_ID, map ? map->number[1] : geteuid()) ||
           write_map(pid, "gid_map", init, WORKER_ID, map ? map->number[1] : getegid());
}

/*
 * Groups are joined by init itself, with the rights of whoever opened them here. Moved from outside, by number, it would
 * wait for every processor of the host (about 10 ms); a single thread that moves itself waits for nobody. In version 2
 * only a process that is born in its group does not wait, so that one goes into the clone.
 */
int identity_open_cgroups(struct plan *plan, int *birthplace) {
    char path[PLAN_BYTES + 16];
    stage(LAYER_CGROUP);
    for (size_t i = 0; i < plan->lines; i++) {
        struct line *line = &plan->line[i];
        if (line->word != CGROUP)
            continue;
        snprintf(path, sizeof path, "%s/tasks", line->field[0]);
        line->tree = open(path, O_WRONLY | O_CLOEXEC);
        if (line->tree >= 0)
            continue;
        snprintf(path, sizeof path, "%s/cgroup.procs", line->field[0]); /* version 2 has no tasks */
        TRY(access(path, W_OK), "joining", path);
        if (*birthplace >= 0)
            return fail_with(EINVAL, "two groups of version 2", "");
        *birthplace = open(line->field[0], O_PATH | O_DIRECTORY | O_CLOEXEC);
        TRY(*birthplace, "joining", line->field[0]);
    }
    return 0;
}

/* In init, before anything of the sandbox is made: the child never runs unlimited. */
int identity_join_cgroups(const struct plan *plan) {
    stage(LAYER_CGROUP);
    for (size_t i = 0; i < plan->lines; i++)
        if (plan->line[i].word == CGROUP && plan->line[i].tree >= 0)
            TRY(write(plan->line[i].tree, "0", 1), "joining", plan->line[i].field[0]);
    return 0;
}

/*
 * A user namespace in which the owner's ids stand for the worker's host id, for a mount only: the child that carries it
 * ends as soon as we hold its name, and with us if we fail.
 */
static int mapped_namespace(const struct stat *owner, uint64_t to) {
    char path[64], byte;
    int hold[2], pidfd = -1;
    TRY(pipe2(hold, O_CLOEXEC), "pipe", "");
    pid_t pid = clone_into(CLONE_NEWUSER, &pidfd, -1);
    if (!pid) {
        close(hold[1]); /* end of file also when the launcher dies */
        _exit(read(hold[0], &byte, 1) != 0);
    }
    TRY(pid, "new user namespace for a granted path", "");
    if (write_map(pid, "uid_map", "", owner->st_uid, to) || write_map(pid, "gid_map", "", owner->st_gid, to))
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
 * Lets the worker act as the owner of what a detached mount shows, in that mount and nowhere else. All other ids are
 * not there in it: files of others can be read as their modes allow, and nothing can be given away. An ordinary
 * user's worker is that user already. To be read only, a file system that cannot map will do: the worker stays
 * somebody else there.
 */
int identity_as_owner(const struct plan *plan, const struct line *line) {
    const struct line *map = plan_line(plan, UID_MAP);
    struct stat owner;
    if (!map)
        return 0;
    TRY(fstat(line->tree, &owner), "looking at", line->field[0]);
    int space = mapped_namespace(&owner, map->number[1]);
    if (space < 0)
        return -1;
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (unsigned)space};
    if (mount_setattr(line->tree, "", AT_EMPTY_PATH, &attr, sizeof attr) &&
        (line->word == BIND_WRITABLE || errno != EINVAL))
        return fail("mapping the owner of", line->field[0]);
    close(space);
    return 0;
}
