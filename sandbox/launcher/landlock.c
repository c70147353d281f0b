/*
 * Landlock: a second opinion, from another part of the kernel, on what the
 * mounts, the empty network namespace and the pid namespace already settle.
 * The rules follow from the plan's own entries: init collects them while it
 * attaches the mounts, the worker enters the domain just before the filter.
 * A right counts for a folder and all below it, mounts included.
 */
#include "sandbox.h"

#include <errno.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of Debian 12. */
enum { TRUNCATE = 1 << 14, IOCTL_DEVICE = 1 << 15, ALL_TCP = 3, ALL_SCOPES = 3 /* abstract sockets, signals */ };

static struct { uint64_t files, network, scoped; } handled;
static int ruleset = -1;

int landlock_begin(const struct plan *plan)
{
    char least[24];
    if (!plan->landlock || !has(plan, LAYER_LANDLOCK))
        return 0;
    stage(LAYER_LANDLOCK);
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    TRY(abi, "asking the kernel for its Landlock ABI", "");
    snprintf(least, sizeof least, "%lu", plan->landlock);
    errno = 0;
    if ((uint64_t)abi < plan->landlock)
        return fail("the kernel's Landlock ABI is below", least);

    /* Bits of rights: 13, then refer, truncate and ioctl joined. */
    handled.files = (1 << (abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13)) - 1;
    handled.network = abi >= 4 && !plan->loopback ? ALL_TCP : 0;
    handled.scoped = abi >= 6 ? ALL_SCOPES : 0;
    ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
    TRY(ruleset, "making the ruleset", "");
    return 0;
}

int landlock_allow(int tree, enum access access, const char *path)
{
    static const uint64_t file = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
                                 LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE;
    static const uint64_t read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    static const uint64_t rights[] = {
        [ACCESS_LIST] = LANDLOCK_ACCESS_FS_READ_DIR,
        [ACCESS_READ] = read,
        [ACCESS_RUN] = read | LANDLOCK_ACCESS_FS_EXECUTE,
        [ACCESS_DEVICE] = read | LANDLOCK_ACCESS_FS_WRITE_FILE,
        [ACCESS_WRITE] = ~(uint64_t)(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                     LANDLOCK_ACCESS_FS_MAKE_BLOCK | IOCTL_DEVICE),
    };
    struct stat info;
    if (ruleset < 0)
        return 0;
    TRY(fstat(tree, &info), "looking at", path);
    struct landlock_path_beneath_attr rule = {
        .allowed_access = rights[access] & handled.files & (S_ISDIR(info.st_mode) ? ~0ULL : file),
        .parent_fd = tree};
    TRY(syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0),
        "a Landlock rule for", path);
    return 0;
}

/* Needs no_new_privs. What was open before stays usable. */
int landlock_restrict(void)
{
    if (ruleset < 0)
        return 0;
    stage(LAYER_LANDLOCK);
    TRY(syscall(SYS_landlock_restrict_self, ruleset, 0), "entering the Landlock domain", "");
    return 0;
}
