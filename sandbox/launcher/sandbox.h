/*
 * Shared vocabulary of the launcher: the layers, the plan, the report page, and which file has which duty. main.c tells
 * the order in which they work.
 *
 * Error style: a step returns 0 (or a descriptor) when it is done, and -1 after fail() took note of it. Nobody prints,
 * retries, or goes on with less.
 */
#ifndef ELVES_SANDBOX_H
#define ELVES_SANDBOX_H

#define _GNU_SOURCE /* namespaces and the new mount calls; before any header */

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

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
    PLAN_LINES = 2048,
    LIST_LENGTH = 512, /* of one repeatable directive */
    FILTER_LENGTH = 4096,
};

/* The words after "failed"; those after "exec" are parts of others, which no step is named after. */
#define LAYERS(X) \
    X(PLAN, "plan") X(USERNS, "userns") X(IDENTITY, "identity") X(CGROUP, "cgroup") X(MOUNTNS, "mountns") \
    X(ROOT, "root") X(PROC, "proc") X(PIDNS, "pidns") X(NETNS, "netns") X(IPCNS, "ipcns") X(UTSNS, "utsns") \
    X(LIMITS, "limits") X(CAPABILITIES, "capabilities") X(NO_NEW_PRIVS, "no-new-privs") X(LANDLOCK, "landlock") \
    X(SECCOMP, "seccomp") X(EXEC, "exec") \
    X(USERNS_LIMIT, "userns-limit") X(MEMFD_LIMIT, "memfd-limit") X(READ_ONLY, "read-only") X(NOEXEC, "noexec") \
    X(NOSUID, "nosuid")
#define LAYER_ENUM(id, word) LAYER_##id,
enum layer { LAYERS(LAYER_ENUM) LAYER_COUNT };

/*
 * One page shared by launcher, init and the worker-to-be. Set-up results go through memory, not through a pipe,
 * because after the filter is loaded the worker may not be allowed any system call at all, yet a failed exec must
 * still be told. exec drops the mapping, so the worker proper never has it.
 */
struct report {
    int stage;      /* the layer being set up: names it if the process dies */
    int failed;     /* fail() was called; the three below are valid */
    int layer, error;
    char text[512];
    int listener;   /* the filter's, in the table that init and worker share; or -1 */
    int started;    /* the worker's exec is done */
    int has_status; /* init saw the worker end; status is from waitpid */
    int status;
};
extern struct report *report;
extern const char *const layer_name[LAYER_COUNT];

/* report.c: how a failure gets out of any process. fail() blames the stage and errno; the first failure counts. */
int report_open(void);
void stage(enum layer layer);
int fail_with(int error, const char *what, const char *object);
#define fail(what, object) fail_with(errno, what, object)
#define TRY(call, what, object) do { if ((call) < 0) return fail(what, object); } while (0)

/* The directives, in the order of the table in plan.c. */
enum word {
    HOSTNAME, UID_MAP, SINGLE_MAP, RLIMIT, ENV, ARG, CWD, EXEC, CGROUP, SECRETS, NOTIFY, LOOPBACK, LANDLOCK,
    WITHOUT, SYMLINK, TMPFS, BIND, BIND_OPTIONAL, BIND_MAPPED, BIND_WRITABLE, WORDS,
    DEVICE = WORDS, /* a bind too, but no directive: lines that every plan has */
};

struct line {
    enum word word;
    const char *field[3];
    uint64_t number[3]; /* of those fields that are numbers */
    int tree;           /* of binds: the detached clone of the source, or -1 */
};

struct plan {
    struct line line[PLAN_LINES];
    size_t lines, count[WORDS + 1];
    char *env[LIST_LENGTH + 1], *arg[LIST_LENGTH + 1]; /* as exec wants them */
    struct sock_fprog filter;
#ifdef LAB
    unsigned lacking; /* bits of enum layer */
#endif
};

/* A build for tests can leave a layer out, to show what the others stop; the product has them all. */
#ifdef LAB
#include "../lab/lab.h"
#else
#define has(plan, layer) ((void)(plan), true)
#define lab_attributes(plan, wanted) ((void)(plan), (uint64_t)(wanted))
#define lab_keep_powers(plan) false
#endif

/* plan.c: text to struct plan; the only parser. */
int plan_read(struct plan *plan);
const struct line *plan_line(const struct plan *plan, enum word word);
ssize_t read_whole(int fd, void *buffer, size_t most);

/* mounts.c: what the worker can see. */
int mounts_take(struct plan *plan);
int mounts_build(struct plan *plan);

/* identity.c: who the worker is, on the host and inside. */
int try_file(const char *path, const char *value);
int identity_check(const struct plan *plan);
int identity_map(const struct plan *plan, pid_t pid);
int identity_open_cgroups(struct plan *plan, int *birthplace);
int identity_join_cgroups(const struct plan *plan);
int identity_as_owner(const struct plan *plan, const struct line *line);

/* landlock.c: the second opinion on files, network and signals. */
enum rights {
    MAY_LIST = LANDLOCK_ACCESS_FS_READ_DIR,
    MAY_READ = MAY_LIST | LANDLOCK_ACCESS_FS_READ_FILE,
    MAY_RUN = MAY_READ | LANDLOCK_ACCESS_FS_EXECUTE,
    MAY_USE = MAY_READ | LANDLOCK_ACCESS_FS_WRITE_FILE, /* a device */
    MAY_WRITE = 0x7fff & ~(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK),
};
int landlock_begin(const struct plan *plan);
int landlock_allow(int tree, bool folder, enum rights rights, const char *path);
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
int control_supervise(struct plan *plan);
pid_t clone_into(uint64_t flags, int *pidfd, int cgroup);

#endif
