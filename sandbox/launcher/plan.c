/*
 * The plan: one directive a line, fields separated by TAB. The table at the end
 * is the whole language. The parser is strict on purpose: the agent is the only
 * author, so anything surprising means that the two sides disagree, and then
 * nothing may run. Runs first, in the launcher, before anything is made.
 */
#include "sandbox.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char text[PLAN_BYTES + 2];

int bad(const char *why, const char *object)
{
    errno = EINVAL;
    return fail(why, object);
}

/* Decimal digits only: no sign, no space, no base prefix, no overflow. */
static bool number(const char *field, uint64_t least, uint64_t most, uint64_t *value)
{
    size_t digits = strspn(field, "0123456789");
    if (!digits || field[digits] || digits > 19)
        return false;
    *value = strtoull(field, NULL, 10);
    return least <= *value && *value <= most;
}

/* Absolute, no empty, "." or ".." component. */
static bool clean_path(const char *path)
{
    if (path[0] != '/')
        return false;
    for (const char *part = path + 1;; part++) {
        size_t length = strcspn(part, "/");
        if (!length || (part[0] == '.' && (length == 1 || (length == 2 && part[1] == '.'))))
            return false;
        part += length;
        if (!*part)
            return true;
    }
}

static bool clean_folder(const char *path)
{
    return !strcmp(path, "/") || clean_path(path);
}

static bool clean_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.");
    return length && length <= 63 && !name[length];
}

static bool clean_variable(const char *pair)
{
    const char *c = pair;
    while (isalnum((unsigned char)*c) || *c == '_')
        c++;
    return c > pair && *c == '=' && !isdigit((unsigned char)*pair);
}

static bool any(const char *value)
{
    return value != NULL;
}

struct directive {
    const char *name;
    size_t fields; /* including the name */
    int (*store)(struct plan *, char **field, const struct directive *);
    size_t place;  /* in struct plan, what store() fills */
    bool (*clean)(const char *);
    size_t most;   /* of a list; kind of an entry */
};

static int set_flag(struct plan *plan, char **field, const struct directive *self)
{
    bool *flag = (bool *)((char *)plan + self->place);
    if (*flag)
        return bad("given twice:", field[0]);
    *flag = true;
    return 0;
}

static int set_word(struct plan *plan, char **field, const struct directive *self)
{
    const char **slot = (const char **)((char *)plan + self->place);
    if (*slot)
        return bad("given twice:", field[0]);
    *slot = field[1];
    return 0;
}

static int add_item(struct plan *plan, char **field, const struct directive *self)
{
    struct list *list = (struct list *)((char *)plan + self->place);
    if (list->count == self->most)
        return bad("too many", field[0]);
    list->item[list->count++] = field[1];
    return 0;
}

static int add_variable(struct plan *plan, char **field, const struct directive *self)
{
    size_t name = strcspn(field[1], "=") + 1;
    for (size_t i = 0; i < plan->env.count; i++)
        if (!strncmp(plan->env.item[i], field[1], name))
            return bad("given twice: env", field[1]);
    return add_item(plan, field, self);
}

static int add_entry(struct plan *plan, char **field, const struct directive *self)
{
    struct entry entry = {(enum kind)self->most, field[1], field[2], NULL, -1};
    uint64_t value;
    if (entry.kind == KIND_TMPFS) {
        entry.target = field[1];
        entry.source = field[2];
        entry.inodes = field[3];
        /* 0 would mean "no limit" to the kernel. */
        if (!number(field[2], 1, 1ULL << 50, &value) || !number(field[3], 1, 1ULL << 31, &value))
            return bad("bad size or inode count for tmpfs", field[1]);
    }
    /* Targets share the tree with the parts that are always present. */
    if (!clean_path(entry.target) || !strcmp(entry.target, "/proc") || !strcmp(entry.target, "/dev"))
        return bad("bad target path", entry.target);
    if (!self->clean(entry.source))
        return bad("bad source path", entry.source);
    if (!*entry.source)
        return bad("empty value for", entry.target);
    if (plan->entries == PLAN_ENTRIES)
        return bad("too many mounts", "");
    plan->entry[plan->entries++] = entry;
    return 0;
}

static int set_limit(struct plan *plan, char **field, const struct directive *self)
{
    static const char *const known[RLIM_NLIMITS] = {
        [RLIMIT_AS] = "as", [RLIMIT_CORE] = "core", [RLIMIT_CPU] = "cpu",
        [RLIMIT_DATA] = "data", [RLIMIT_FSIZE] = "fsize", [RLIMIT_LOCKS] = "locks",
        [RLIMIT_MEMLOCK] = "memlock", [RLIMIT_MSGQUEUE] = "msgqueue",
        [RLIMIT_NICE] = "nice", [RLIMIT_NOFILE] = "nofile", [RLIMIT_NPROC] = "nproc",
        [RLIMIT_RTPRIO] = "rtprio", [RLIMIT_RTTIME] = "rttime",
        [RLIMIT_SIGPENDING] = "sigpending", [RLIMIT_STACK] = "stack",
    };
    (void)self;
    size_t i = 0;
    while (i < RLIM_NLIMITS && (!known[i] || strcmp(known[i], field[1])))
        i++;
    if (i == RLIM_NLIMITS)
        return bad("unknown rlimit", field[1]);
    if (plan->limit[i].given)
        return bad("given twice: rlimit", field[1]);
    plan->limit[i].given = true;
    if (!number(field[2], 0, 1ULL << 62, &plan->limit[i].value))
        return bad("bad value for rlimit", field[1]);
    return 0;
}

static int set_uid_map(struct plan *plan, char **field, const struct directive *self)
{
    (void)self;
    /* Host id 0 is never a target: that is the point of the map. 2^32-1 is "no id". */
    if (plan->host_root)
        return bad("given twice:", field[0]);
    if (!number(field[1], 1, UINT32_MAX - 1, &plan->host_root) ||
        !number(field[2], 1, UINT32_MAX - 1, &plan->host_worker) ||
        plan->host_root == plan->host_worker)
        return bad("bad ids in", field[0]);
    return 0;
}

static int set_landlock(struct plan *plan, char **field, const struct directive *self)
{
    (void)self;
    if (plan->landlock)
        return bad("given twice:", field[0]);
    return number(field[1], 1, INT32_MAX, &plan->landlock) ? 0 : bad("bad ABI for landlock", field[1]);
}

#ifdef LAB
static int set_without(struct plan *plan, char **field, const struct directive *self)
{
    (void)self;
    return lab_lack(plan, field[1]);
}
#endif

#define AT(member) offsetof(struct plan, member)
static const struct directive directives[] = {
    {"hostname", 2, set_word, AT(hostname), clean_name, 0},
    {"uid-map", 3, set_uid_map, 0, any, 0},
    {"single-map", 1, set_flag, AT(single_map), NULL, 0},
    {"bind-ro", 3, add_entry, 0, clean_path, KIND_BIND},
    {"bind-ro-optional", 3, add_entry, 0, clean_path, KIND_OPTIONAL},
    {"bind-ro-mapped", 3, add_entry, 0, clean_path, KIND_MAPPED},
    {"bind-rw", 3, add_entry, 0, clean_path, KIND_WRITABLE},
    {"symlink", 3, add_entry, 0, any, KIND_SYMLINK},
    {"tmpfs", 4, add_entry, 0, any, KIND_TMPFS},
    {"rlimit", 3, set_limit, 0, any, 0},
    {"env", 2, add_variable, AT(env), clean_variable, PLAN_ENTRIES},
    {"arg", 2, add_item, AT(arg), any, PLAN_ENTRIES},
    {"cgroup", 2, add_item, AT(cgroup), clean_path, 16},
    {"cwd", 2, set_word, AT(cwd), clean_folder, 0},
    {"exec", 2, set_word, AT(exec), clean_path, 0},
    {"secrets", 1, set_flag, AT(secrets), NULL, 0},
    {"notify", 1, set_flag, AT(notify), NULL, 0},
    {"loopback", 1, set_flag, AT(loopback), NULL, 0},
    {"landlock", 2, set_landlock, 0, any, 0},
#ifdef LAB
    {"without", 2, set_without, 0, any, 0},
#endif
};

static int apply_line(struct plan *plan, char *line)
{
    char *field[8];
    size_t count = 0;
    for (char *rest = line; rest;) {
        if (count == sizeof field / sizeof *field)
            return bad("too many fields in", line);
        field[count++] = strsep(&rest, "\t");
    }
    for (size_t i = 0; i < sizeof directives / sizeof *directives; i++) {
        const struct directive *found = &directives[i];
        if (strcmp(found->name, field[0]))
            continue;
        if (found->fields != count)
            return bad("wrong number of fields for", field[0]);
        if (count == 2 && !found->clean(field[1])) {
            field[1][-1] = ' '; /* back to one text: the directive and its value */
            return bad("bad", field[0]);
        }
        return found->store(plan, field, found);
    }
    return bad("unknown directive", field[0]);
}

/* At most "most" bytes from the beginning of a file; how many there were, or -1. */
ssize_t read_whole(int fd, void *buffer, size_t most)
{
    size_t length = 0;
    while (length < most) {
        ssize_t got = pread(fd, (char *)buffer + length, most - length, (off_t)length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -1 : (ssize_t)length;
        length += (size_t)got;
    }
    return (ssize_t)length;
}

int plan_read(struct plan *plan)
{
    static const char *const device[] = {"/dev/null", "/dev/zero", "/dev/full",
                                         "/dev/random", "/dev/urandom"};
    for (size_t i = 0; i < sizeof device / sizeof *device; i++)
        plan->entry[plan->entries++] = (struct entry){KIND_DEVICE, device[i], device[i], NULL, -1};

    stage(LAYER_PLAN);
    /* One byte more than allowed is asked for, to see "too long". */
    ssize_t length = read_whole(FD_PLAN, text, PLAN_BYTES + 1);
    TRY(length, "reading the plan", "");
    if (length > PLAN_BYTES)
        return bad("plan too long", "");
    if (memchr(text, 0, (size_t)length))
        return bad("NUL byte in the plan", "");
    /* A cut-off plan could otherwise lose a limit or half of a path. */
    if (!length || text[length - 1] != '\n')
        return bad("plan does not end with a newline", "");
    text[length - 1] = 0;

    char *rest = text;
    if (strcmp(strsep(&rest, "\n"), "elves-plan 1"))
        return bad("first line is not elves-plan 1", "");
    while (rest)
        if (apply_line(plan, strsep(&rest, "\n")))
            return -1;
    if (!plan->hostname || !plan->cwd || !plan->exec || !plan->arg.count)
        return bad("missing hostname, cwd, exec or arg", "");
    if (plan->host_root && plan->single_map)
        return bad("given twice: the identity, uid-map and single-map", "");
    if (!plan->host_root && !plan->single_map)
        return bad("missing uid-map or single-map", "");
    return 0;
}
