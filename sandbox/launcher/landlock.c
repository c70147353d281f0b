/*
 * Landlock: a second opinion, from another part of the kernel, on what the mounts, the empty network namespace and the
 * pid namespace already settle. The rules follow from the plan's own lines: init collects them while it attaches the
 * mounts, the worker enters the domain just before the filter. A right counts for a folder and all below it, mounts
 * included. What was open before stays usable.
 */
#include "sandbox.h"

enum { ALL_TCP = 3, ALL_SCOPES = 3 /* abstract sockets, signals */ };

static struct { uint64_t files, network, scoped; } handled;
static int ruleset = -1;

int landlock_begin(const struct plan *plan) {
    const struct line *wanted = plan_line(plan, LANDLOCK);
    if (!wanted || !has(plan, LAYER_LANDLOCK))
        return 0;
    stage(LAYER_LANDLOCK);
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    TRY(abi, "asking the kernel for its Landlock ABI", "");
    if ((uint64_t)abi < wanted->number[0])
        return fail_with(0, "the kernel's Landlock ABI is below", wanted->field[0]);
    /* There were 13 rights, then came refer, truncate and ioctl. */
    handled.files = (1U << (abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13)) - 1;
    handled.network = abi >= 4 && !plan->count[LOOPBACK] ? ALL_TCP : 0;
    handled.scoped = abi >= 6 ? ALL_SCOPES : 0;
    ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
    TRY(ruleset, "making the ruleset", "");
    return 0;
}

int landlock_allow(int tree, bool folder, enum rights rights, const char *path) {
    /* What can be done to a file; 1 << 14 is to cut it off, newer than the headers of Debian 12. */
    const uint64_t of_files = MAY_RUN | MAY_USE | 1 << 14;
    if (ruleset < 0)
        return 0;
    struct landlock_path_beneath_attr rule = {.allowed_access = rights & handled.files, .parent_fd = tree};
    if (!folder)
        rule.allowed_access &= of_files & ~(uint64_t)MAY_LIST;
    TRY(syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0), "a Landlock rule for", path);
    return 0;
}

int landlock_restrict(void) {
    stage(LAYER_LANDLOCK);
    if (ruleset >= 0)
        TRY(syscall(SYS_landlock_restrict_self, ruleset, 0), "entering the Landlock domain", "");
    return 0;
}
