/*
 * Shared vocabulary of the launcher: layers, plan, report page, and which file
 * has which duty. main.c tells the order in which they work.
 *
 * Error style: a step returns 0 (or a descriptor) when it is done, and -1 after
 * fail() took note of it. Nobody prints, retries, or goes on with less.
 */
#ifndef ELVES_SANDBOX_H
#define ELVES_SANDBOX_H

#define _GNU_SOURCE /* namespaces and the new mount calls; before any header */

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#define SANDBOX_VERSION "1.3"

enum {
    FD_PLAN = 3,    /* text, read with pread from offset 0 */
    FD_FILTER = 4,  /* array of struct sock_filter */
    FD_CONTROL = 5, /* stream socket to the agent */
    FD_SECRETS = 6, /* only with the directive "secrets": the worker's 3 */
    FD_NOTIFY = 7,  /* only with "notify": where the filter's listener goes */
    FD_WORKER_SECRETS = 3,
    WORKER_ID = 1000,
    PLAN_BYTES = 64 * 1024,
    PLAN_ENTRIES = 512, /* of each repeatable kind */
    FILTER_LENGTH = 4096,
};

/* The words after "failed"; after "exec" those that no step is named after. */
#define LAYERS(X) \
    X(PLAN, "plan") X(USERNS, "userns") X(IDENTITY, "identity") \
    X(CGROUP, "cgroup") X(MOUNTNS, "mountns") X(ROOT, "root") X(PROC, "proc") \
    X(PIDNS, "pidns") X(NETNS, "netns") X(IPCNS, "ipcns") X(UTSNS, "utsns") \
    X(LIMITS, "limits") X(CAPABILITIES, "capabilities") \
    X(NO_NEW_PRIVS, "no-new-privs") X(LANDLOCK, "landlock") \
    X(SECCOMP, "seccomp") X(EXEC, "exec") \
    X(USERNS_LIMIT, "userns-limit") X(MEMFD_LIMIT, "memfd-limit") \
    X(READ_ONLY, "read-only") X(NOEXEC, "noexec") X(NOSUID, "nosuid") \
    X(VIEW, "view")
#define LAYER_ENUM(id, word) LAYER_##id,
enum layer { LAYERS(LAYER_ENUM) LAYER_COUNT };

/*
 * One page shared by launcher, init and the worker-to-be. Set-up results go
 * through memory, not through a pipe, because after the filter is loaded the
 * worker may not be allowed any system call at all, yet a failed exec must
 * still be told. exec drops the mapping, so the worker proper never has it.
 */
struct report {
    int stage;      /* the layer being set up: names it if the process dies */
    int failed;     /* fail() was called; the three below are valid */
    int layer;
    int error;
    char text[512];
    int listener;   /* the filter's, in the table of init and worker; or -1 */
    int has_status; /* init saw the worker end; status is from waitpid */
    int status;
};
extern struct report *report;
extern const char *const layer_name[LAYER_COUNT];

/* report.c: how a failure gets out of any process. fail() blames the stage and
 * takes errno; the first failure counts. */
int report_open(void);
void stage(enum layer layer);
int fail(const char *what, const char *object);
#define TRY(call, what, object) \
    do { if ((call) < 0) return fail(what, object); } while (0)

/* How a mount is made; the comments are those of the plan's words. */
enum kind {
    KIND_DEVICE,   /* always there */
    KIND_BIND,     /* bind-ro */
    KIND_OPTIONAL, /* bind-ro-optional */
    KIND_MAPPED,   /* bind-ro-mapped */
    KIND_WRITABLE, /* bind-rw */
    KIND_SYMLINK,
    KIND_TMPFS,
};

struct entry {
    enum kind kind;
    const char *source; /* path on the host; value of a link; size of a tmpfs */
    const char *target;
    const char *inodes; /* tmpfs only */
    int tree;           /* detached clone of the source, -1 when there is none */
};

struct list {
    size_t count;
    char *item[PLAN_ENTRIES + 1]; /* ends with NULL, as exec wants it */
};

struct plan {
    const char *hostname, *cwd, *exec;
    bool secrets, notify, loopback;
    bool single_map;             /* ordinary user: 1000 -> own id */
    uint64_t host_root, host_worker; /* otherwise: 0 and 1000 -> these */
    uint64_t landlock;           /* least ABI to accept; 0: no Landlock */
    struct entry entry[PLAN_ENTRIES];
    size_t entries;
    struct { bool given; rlim_t value; } limit[RLIM_NLIMITS];
    struct list cgroup, env, arg;
    struct sock_fprog filter;
    unsigned lacking;            /* bits of enum layer; never in the product */
};

/* A build for tests can leave one layer out, to show that others hold too. */
static inline bool has(const struct plan *plan, enum layer layer)
{
#ifdef LAB
    return !(plan->lacking >> layer & 1);
#else
    return (void)plan, (void)layer, true;
#endif
}

/* plan.c: text to struct plan; the only parser. */
int plan_read(struct plan *plan);
int bad(const char *why, const char *object);
ssize_t read_whole(int fd, void *buffer, size_t most);

/* mounts.c: what the worker can see. */
int mounts_take(struct plan *plan);
int mounts_build(struct plan *plan);
void mounts_release(const struct plan *plan);

/* identity.c: who the worker is, on the host and inside. */
int try_file(const char *path, const char *value);
int identity_check(const struct plan *plan);
int identity_map(const struct plan *plan, pid_t pid);
int identity_cgroups(const struct plan *plan, pid_t pid);
int identity_init(const struct plan *plan);
int identity_as_owner(const struct plan *plan, const struct entry *entry);

/* landlock.c: the second opinion on files, network and signals. */
int landlock_begin(const struct plan *plan);
enum access { ACCESS_LIST, ACCESS_READ, ACCESS_RUN, ACCESS_DEVICE, ACCESS_WRITE };
int landlock_allow(int tree, enum access access, const char *path);
int landlock_restrict(void);

/* confine.c: what the worker may do; each step only ever takes away. */
int filter_read(struct plan *plan);
int confine_shared(const struct plan *plan);
int confine_init(void);
int confine_worker(const struct plan *plan);

/* init.c: PID 1 and PID 2 of the sandbox. */
_Noreturn void init_main(struct plan *plan, int setup, int go);

/* control.c: the parent outside; talks with the agent and kills. */
void control_failed(void);
void control_supervise(struct plan *plan);
pid_t clone_into(uint64_t flags, int *pidfd);

#ifdef LAB
int lab_lack(struct plan *plan, const char *layer);
bool lab_keep_powers(const struct plan *plan);
#endif

#endif
