/*
 * Shared vocabulary of the launcher: the layers, the plan, the report page and
 * the one-line duties of every file.
 *
 * Error style: a step returns 0 when it is done and -1 after it has called
 * refuse(). Nobody prints, nobody retries, nobody carries on with less.
 */
#ifndef ELVES_SANDBOX_H
#define ELVES_SANDBOX_H

#define _GNU_SOURCE /* namespaces and the new mount calls; before any header */

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

#define SANDBOX_VERSION "1.2"

enum {
    FD_PLAN = 3,    /* text, read with pread from offset 0 */
    FD_FILTER = 4,  /* array of struct sock_filter */
    FD_CONTROL = 5, /* stream socket to the agent */
    FD_SECRETS = 6, /* only with the directive "secrets": the worker's 3 */
    FD_WORKER_SECRETS = 3,
    WORKER_ID = 1000,
    PLAN_BYTES = 64 * 1024,
    PLAN_ENTRIES = 512, /* of each repeatable kind */
    FILTER_LENGTH = 4096,
};

/* In the order of the names in report.c; these are the words after "failed". */
enum layer {
    LAYER_PLAN, LAYER_USERNS, LAYER_IDENTITY, LAYER_CGROUP, LAYER_MOUNTNS,
    LAYER_ROOT, LAYER_PROC, LAYER_PIDNS, LAYER_NETNS, LAYER_IPCNS, LAYER_UTSNS,
    LAYER_LIMITS, LAYER_CAPABILITIES, LAYER_NO_NEW_PRIVS, LAYER_SECCOMP,
    LAYER_EXEC,
};

/*
 * One page shared by launcher, init and the worker-to-be. Set-up results go
 * through memory, not through a pipe, because after the filter is loaded the
 * worker may not be allowed any system call at all, yet a failed exec must
 * still be told. exec drops the mapping, so the worker proper never has it.
 */
struct report {
    int stage;       /* the layer being set up: names it if the process dies */
    int failed;      /* refuse() was called; the three below are valid */
    int layer;
    int error;
    char text[512];
    int has_status;  /* init saw the worker end; status is from waitpid */
    int status;
};
extern struct report *report;
extern const char *const layer_name[];

int report_open(void);
void stage(enum layer layer);
int refuse(enum layer layer, int error, const char *what, const char *object);

enum entry_kind { ENTRY_BIND, ENTRY_SYMLINK, ENTRY_TMPFS };

struct entry {
    enum entry_kind kind;
    bool optional;
    bool writable, mapped; /* bind only: how it is taken, see mounts.c */
    const char *source; /* bind: path on the host; symlink: its value */
    const char *target;
    unsigned long long size, inodes;
    int tree; /* bind: detached clone of the source, -1 when skipped */
};

struct limit {
    int resource;
    rlim_t value;
};

struct plan {
    const char *hostname, *cwd, *exec;
    bool secrets;                /* FD_SECRETS is given */
    bool single_map;             /* ordinary user: 1000 -> own id */
    unsigned host_root, host_worker; /* otherwise: 0 and 1000 -> these */
    struct entry entry[PLAN_ENTRIES];
    size_t entries;
    struct limit limit[RLIM_NLIMITS];
    size_t limits;
    const char *cgroup[16];
    size_t cgroups;
    char *env[PLAN_ENTRIES + 1];
    size_t envs;
    char *arg[PLAN_ENTRIES + 1];
    size_t args;
    struct sock_fprog filter;
};

/* plan.c: text to struct plan; the only parser in the launcher. */
int plan_read(struct plan *plan);

/* mounts.c: what the worker can see. */
int mounts_take(struct plan *plan);
int mounts_build(struct plan *plan);
void mounts_release(const struct plan *plan);

/* identity.c: who the worker is, on the host and inside. */
int identity_check(const struct plan *plan);
int identity_map(const struct plan *plan, pid_t pid);
int identity_cgroups(const struct plan *plan, pid_t pid);
int identity_init(const struct plan *plan);
int identity_as_owner(const struct plan *plan, int tree, const char *path,
                      bool optional);

/* confine.c: what the worker may do; each step only ever takes away. */
int filter_read(struct plan *plan);
int confine_shared(void);
int confine_init(void);
int confine_worker(const struct plan *plan);

/* init.c: PID 1 and PID 2 of the sandbox. */
_Noreturn void init_main(struct plan *plan, int setup, int go);

/* control.c: the parent outside; talks with the agent and kills. */
void control_failed(void);
void control_supervise(struct plan *plan);
pid_t clone_into(unsigned long long flags, int *pidfd);

/* probe.c: which layers this host can give. */
int probe_main(void);

#endif
