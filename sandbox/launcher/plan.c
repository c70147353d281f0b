/*
 * The plan: one directive a line, fields separated by TAB. The parser is strict
 * on purpose: the agent is the only author, so anything surprising means that
 * the two sides disagree, and then nothing may run.
 */
#include "sandbox.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char text[PLAN_BYTES + 2];

static int bad(const char *why, const char *object)
{
    return refuse(LAYER_PLAN, EINVAL, why, object);
}

/* Decimal digits only: no sign, no space, no base prefix, no overflow. */
static bool number(const char *field, unsigned long long limit,
                   unsigned long long *value)
{
    if (!*field || strlen(field) > 19)
        return false;
    for (const char *c = field; *c; c++)
        if (!isdigit((unsigned char)*c))
            return false;
    *value = strtoull(field, NULL, 10);
    return *value <= limit;
}

/* Absolute, no empty, "." or ".." component; "/" itself only when asked for. */
static bool clean_path(const char *path, bool root_allowed)
{
    if (path[0] != '/')
        return false;
    if (!path[1])
        return root_allowed;
    for (const char *part = path + 1;; part++) {
        size_t length = strcspn(part, "/");
        if (!length || (length == 1 && part[0] == '.') ||
            (length == 2 && part[0] == '.' && part[1] == '.'))
            return false;
        part += length;
        if (!*part)
            return true;
    }
}

/* Targets share the tree with the parts that are always present. */
static bool clean_target(const char *path)
{
    return clean_path(path, false) && strcmp(path, "/proc") != 0 &&
           strcmp(path, "/dev") != 0;
}

static int once(const char **slot, char *value, const char *name)
{
    if (*slot)
        return bad("given twice:", name);
    *slot = value;
    return 0;
}

static int add_entry(struct plan *plan, struct entry entry)
{
    if (!clean_target(entry.target))
        return bad("bad target path", entry.target);
    if (entry.kind == ENTRY_BIND && !clean_path(entry.source, false))
        return bad("bad source path", entry.source);
    if (!*entry.source)
        return bad("empty value for", entry.target);
    if (plan->entries == PLAN_ENTRIES)
        return bad("too many mounts", "");
    entry.tree = -1;
    plan->entry[plan->entries++] = entry;
    return 0;
}

static int add_bind(struct plan *plan, char **field)
{
    return add_entry(plan, (struct entry){.kind = ENTRY_BIND, .source = field[1],
                                          .target = field[2]});
}

static int add_bind_optional(struct plan *plan, char **field)
{
    return add_entry(plan, (struct entry){.kind = ENTRY_BIND, .optional = true,
                                          .source = field[1], .target = field[2]});
}

static int add_bind_mapped(struct plan *plan, char **field)
{
    return add_entry(plan, (struct entry){.kind = ENTRY_BIND, .mapped = true,
                                          .source = field[1], .target = field[2]});
}

static int add_bind_writable(struct plan *plan, char **field)
{
    return add_entry(plan, (struct entry){.kind = ENTRY_BIND, .writable = true,
                                          .source = field[1], .target = field[2]});
}

static int add_symlink(struct plan *plan, char **field)
{
    return add_entry(plan, (struct entry){.kind = ENTRY_SYMLINK,
                                          .source = field[1], .target = field[2]});
}

static int add_tmpfs(struct plan *plan, char **field)
{
    struct entry entry = {.kind = ENTRY_TMPFS, .source = "tmpfs",
                          .target = field[1]};
    /* 0 would mean "no limit" to the kernel. */
    if (!number(field[2], 1ULL << 50, &entry.size) || !entry.size ||
        !number(field[3], 1ULL << 31, &entry.inodes) || !entry.inodes)
        return bad("bad size or inode count for tmpfs", field[1]);
    return add_entry(plan, entry);
}

static int add_limit(struct plan *plan, char **field)
{
    static const struct { const char *name; int resource; } known[] = {
        {"as", RLIMIT_AS}, {"core", RLIMIT_CORE}, {"cpu", RLIMIT_CPU},
        {"data", RLIMIT_DATA}, {"fsize", RLIMIT_FSIZE},
        {"locks", RLIMIT_LOCKS}, {"memlock", RLIMIT_MEMLOCK},
        {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE},
        {"nofile", RLIMIT_NOFILE}, {"nproc", RLIMIT_NPROC},
        {"rtprio", RLIMIT_RTPRIO}, {"rttime", RLIMIT_RTTIME},
        {"sigpending", RLIMIT_SIGPENDING}, {"stack", RLIMIT_STACK},
    };
    unsigned long long value;
    if (!number(field[2], 1ULL << 62, &value))
        return bad("bad value for rlimit", field[1]);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].name, field[1]))
            continue;
        for (size_t j = 0; j < plan->limits; j++)
            if (plan->limit[j].resource == known[i].resource)
                return bad("given twice: rlimit", field[1]);
        plan->limit[plan->limits++] =
            (struct limit){known[i].resource, (rlim_t)value};
        return 0;
    }
    return bad("unknown rlimit", field[1]);
}

static int add_env(struct plan *plan, char **field)
{
    size_t name = strcspn(field[1], "=");
    if (!name || !field[1][name] || isdigit((unsigned char)field[1][0]))
        return bad("bad env", field[1]);
    for (size_t i = 0; i < name; i++)
        if (!isalnum((unsigned char)field[1][i]) && field[1][i] != '_')
            return bad("bad env", field[1]);
    for (size_t i = 0; i < plan->envs; i++)
        if (!strncmp(plan->env[i], field[1], name + 1))
            return bad("given twice: env", field[1]);
    if (plan->envs == PLAN_ENTRIES)
        return bad("too many env", "");
    plan->env[plan->envs++] = field[1];
    return 0;
}

static int add_arg(struct plan *plan, char **field)
{
    if (plan->args == PLAN_ENTRIES)
        return bad("too many arg", "");
    plan->arg[plan->args++] = field[1];
    return 0;
}

static int add_cgroup(struct plan *plan, char **field)
{
    if (!clean_path(field[1], false))
        return bad("bad cgroup path", field[1]);
    if (plan->cgroups == sizeof plan->cgroup / sizeof *plan->cgroup)
        return bad("too many cgroup", "");
    plan->cgroup[plan->cgroups++] = field[1];
    return 0;
}

static int set_uid_map(struct plan *plan, char **field)
{
    unsigned long long root, worker;
    if (plan->host_root || plan->single_map)
        return bad("given twice: the identity map", "");
    /* Host id 0 is never a target: that is the point of the map. */
    if (!number(field[1], 0xfffffffe, &root) ||
        !number(field[2], 0xfffffffe, &worker) || !root || !worker ||
        root == worker)
        return bad("bad ids for uid-map", "");
    plan->host_root = (unsigned)root;
    plan->host_worker = (unsigned)worker;
    return 0;
}

static int set_single_map(struct plan *plan, char **field)
{
    (void)field;
    if (plan->host_root || plan->single_map)
        return bad("given twice: the identity map", "");
    plan->single_map = true;
    return 0;
}

static int set_secrets(struct plan *plan, char **field)
{
    if (plan->secrets)
        return bad("given twice:", field[0]);
    plan->secrets = true;
    return 0;
}

static int set_hostname(struct plan *plan, char **field)
{
    size_t length = strlen(field[1]);
    if (!length || length > 63)
        return bad("bad hostname", "");
    for (const char *c = field[1]; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '-' && *c != '.')
            return bad("bad hostname", "");
    return once(&plan->hostname, field[1], "hostname");
}

static int set_cwd(struct plan *plan, char **field)
{
    if (!clean_path(field[1], true))
        return bad("bad cwd", field[1]);
    return once(&plan->cwd, field[1], "cwd");
}

static int set_exec(struct plan *plan, char **field)
{
    if (!clean_path(field[1], false))
        return bad("bad exec path", field[1]);
    return once(&plan->exec, field[1], "exec");
}

static const struct directive {
    const char *name;
    size_t fields; /* including the name */
    int (*apply)(struct plan *, char **);
} directives[] = {
    {"hostname", 2, set_hostname}, {"uid-map", 3, set_uid_map},
    {"single-map", 1, set_single_map}, {"bind-ro", 3, add_bind},
    {"bind-ro-optional", 3, add_bind_optional},
    {"bind-ro-mapped", 3, add_bind_mapped}, {"bind-rw", 3, add_bind_writable}, {"symlink", 3, add_symlink},
    {"tmpfs", 4, add_tmpfs}, {"rlimit", 3, add_limit}, {"env", 2, add_env},
    {"cwd", 2, set_cwd}, {"exec", 2, set_exec}, {"arg", 2, add_arg},
    {"cgroup", 2, add_cgroup}, {"secrets", 1, set_secrets},
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
        if (strcmp(directives[i].name, field[0]))
            continue;
        if (directives[i].fields != count)
            return bad("wrong number of fields for", field[0]);
        return directives[i].apply(plan, field);
    }
    return bad("unknown directive", field[0]);
}

int plan_read(struct plan *plan)
{
    size_t length = 0;
    for (;;) {
        /* One byte more than allowed is asked for, to see "too long". */
        ssize_t got = pread(FD_PLAN, text + length, PLAN_BYTES + 1 - length,
                            (off_t)length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return refuse(LAYER_PLAN, errno, "reading the plan", "");
        length += (size_t)got;
        if (!got || length > PLAN_BYTES)
            break;
    }
    if (length > PLAN_BYTES)
        return refuse(LAYER_PLAN, EFBIG, "plan too long", "");
    if (memchr(text, 0, length))
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
    if (!plan->hostname || !plan->cwd || !plan->exec || !plan->args)
        return bad("missing hostname, cwd, exec or arg", "");
    if (!plan->host_root && !plan->single_map)
        return bad("missing uid-map or single-map", "");
    return 0;
}
