/*
 * Only in a build for tests (LAB=1): the plan's directive "without LAYER" leaves
 * one layer out, to show which attacks the others stop alone. The product has
 * neither this file nor the directive.
 */
#include "../launcher/sandbox.h"

#include <linux/capability.h>

/* Those without which there is no sandbox to look at, and which rule the host's own mounts. */
static bool is_needed(enum layer layer) {
    return layer == LAYER_PLAN || layer == LAYER_USERNS || layer == LAYER_IDENTITY || layer == LAYER_MOUNTNS ||
           layer == LAYER_ROOT || layer == LAYER_LIMITS || layer == LAYER_EXEC;
}

bool lab_lack(struct plan *plan, const char *layer) {
    for (enum layer i = 0; i < LAYER_COUNT; i++) {
        if (strcmp(layer_name[i], layer) || is_needed(i))
            continue;
        plan->lacking |= 1U << i;
        return true;
    }
    return false;
}

/*
 * True when the worker keeps capabilities over its own namespaces: all of them
 * and over the exec without the layer "capabilities"; without "no-new-privs"
 * only up to the exec, since Landlock and the filter ask for one or the other.
 */
bool lab_keep_powers(const struct plan *plan) {
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    /* Nobody else ends the worker of an init that is no PID 1. */
    if (!has(plan, LAYER_PIDNS))
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (has(plan, LAYER_CAPABILITIES))
        return !has(plan, LAYER_NO_NEW_PRIVS);
    syscall(SYS_capget, &head, data);
    for (int i = 0; i < 2; i++)
        data[i].effective = data[i].inheritable = data[i].permitted;
    syscall(SYS_capset, &head, data);
    for (int cap = 0; cap < 64; cap++)
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
    return true;
}
