/*
 * The plan: one directive a line, fields separated by TAB. complaint() and the table below it are the whole language.
 * The reader is strict on purpose: the agent is the only author, so anything surprising means that the two sides
 * disagree, and then nothing may run. Works first, in the launcher, before anything is made; what it keeps points into
 * the text.
 */
#include "sandbox.h"

#include <ctype.h>
#include <stdlib.h>
#include <sys/resource.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static char text[PLAN_BYTES + 2];

/* Absolute, and no empty, "." or ".." component. */
static bool is_path(const char *path) {
    char closed[PLAN_BYTES + 2];
    snprintf(closed, sizeof closed, "%s/", path);
    return *path == '/' && !strstr(closed, "//") && !strstr(closed, "/./") && !strstr(closed, "/../");
}

/* Decimal digits only: no sign, no space, no base prefix, no overflow. */
static bool is_number(const char *field, uint64_t least, uint64_t most, uint64_t *value) {
    size_t digits = strspn(field, "0123456789");
    if (!digits || field[digits] || digits > 19)
        return false;
    *value = strtoull(field, NULL, 10);
    return least <= *value && *value <= most;
}

static bool is_resource(const char *name, uint64_t *number) {
    static const char *const known[RLIM_NLIMITS] = {
        [RLIMIT_AS] = "as", [RLIMIT_CORE] = "core", [RLIMIT_CPU] = "cpu", [RLIMIT_DATA] = "data",
        [RLIMIT_FSIZE] = "fsize", [RLIMIT_LOCKS] = "locks", [RLIMIT_MEMLOCK] = "memlock",
        [RLIMIT_MSGQUEUE] = "msgqueue", [RLIMIT_NICE] = "nice", [RLIMIT_NOFILE] = "nofile",
        [RLIMIT_NPROC] = "nproc", [RLIMIT_RTPRIO] = "rtprio", [RLIMIT_RTTIME] = "rttime",
        [RLIMIT_SIGPENDING] = "sigpending", [RLIMIT_STACK] = "stack",
    };
    for (*number = 0; *number < RLIM_NLIMITS; ++*number)
        if (known[*number] && !strcmp(known[*number], name))
            return true;
    return false;
}

/* What is wrong with a field of a kind, or NULL. The value of numbers, and what setrlimit calls a limit, goes to
 * "number". */
static const char *complaint(char kind, const char *field, uint64_t *number) {
    size_t name = strspn(field, LETTERS "0123456789-."), variable = strspn(field, LETTERS "0123456789_");
    switch (kind) {
    case 's': return is_path(field) ? NULL : "bad source path";
    /* Targets share the tree with the parts that are always present. */
    case 't': return is_path(field) && strcmp(field, "/proc") && strcmp(field, "/dev") ? NULL : "bad target path";
    case 'x': return is_path(field) ? NULL : "bad exec path";
    case 'g': return is_path(field) ? NULL : "bad cgroup path";
    case 'c': return is_path(field) || !strcmp(field, "/") ? NULL : "bad cwd";
    case 'h': return name && name < 64 && !field[name] ? NULL : "bad hostname";
    case 'e': return variable && field[variable] == '=' && !isdigit((unsigned char)*field) ? NULL : "bad env";
    case 'v': return *field ? NULL : "empty value";
    /* 0 would mean "no limit" to the kernel. */
    case 'b': return is_number(field, 1, 1ULL << 50, number) ? NULL : "bad size of a tmpfs";
    case 'n': return is_number(field, 1, 1ULL << 31, number) ? NULL : "bad size of a tmpfs, in inodes";
    /* Never root's id, which is the point of the map, and never "no id". */
    case 'i': return is_number(field, 1, UINT32_MAX - 1, number) ? NULL : "bad ids, one is";
    case 'm': return is_number(field, 1, INT32_MAX, number) ? NULL : "bad ABI for landlock";
    case 'r': return is_resource(field, number) ? NULL : "unknown rlimit";
    case 'l': return is_number(field, 0, 1ULL << 62, number) ? NULL : "bad value of an rlimit";
    default: return NULL;
    }
}

static const struct directive {
    const char *name, *fields;
    size_t most;
} directives[WORDS] = {
    [HOSTNAME] = {"hostname", "h", 1},
    [UID_MAP] = {"uid-map", "ii", 1},
    [SINGLE_MAP] = {"single-map", "", 1},
    [RLIMIT] = {"rlimit", "rl", RLIM_NLIMITS},
    [ENV] = {"env", "e", LIST_LENGTH},
    [ARG] = {"arg", "a", LIST_LENGTH},
    [CWD] = {"cwd", "c", 1},
    [EXEC] = {"exec", "x", 1},
    [CGROUP] = {"cgroup", "g", 16},
    [SECRETS] = {"secrets", "", 1},
    [NOTIFY] = {"notify", "", 1},
    [LOOPBACK] = {"loopback", "", 1},
    [LANDLOCK] = {"landlock", "m", 1},
    [SYMLINK] = {"symlink", "vt", LIST_LENGTH},
    [TMPFS] = {"tmpfs", "tbn", LIST_LENGTH},
    [BIND] = {"bind-ro", "st", LIST_LENGTH},
    [BIND_OPTIONAL] = {"bind-ro-optional", "st", LIST_LENGTH},
    [BIND_MAPPED] = {"bind-ro-mapped", "st", LIST_LENGTH},
    [BIND_WRITABLE] = {"bind-rw", "st", LIST_LENGTH},
#ifdef LAB
    [WITHOUT] = {"without", "a", LIST_LENGTH},
#endif
};

static int bad(const char *why, const char *object) {
    return fail_with(EINVAL, why, object);
}

/* Of limits and variables each name only once. */
static bool is_repeated(const struct plan *plan, const struct line *line) {
    size_t length = strcspn(line->field[0], "=") + 1;
    for (const struct line *i = plan->line; i < line; i++)
        if (i->word == line->word && !strncmp(i->field[0], line->field[0], length))
            return true;
    return false;
}

static int add_line(struct plan *plan, char *words) {
    char *field[8];
    size_t count = 0;
    for (char *rest = words; rest; field[count++] = strsep(&rest, "\t"))
        if (count == sizeof field / sizeof *field)
            return bad("too many fields in", words);
    enum word word = 0;
    while (word < WORDS && (!directives[word].name || strcmp(directives[word].name, field[0])))
        word++;
    if (word == WORDS)
        return bad("unknown directive", field[0]);
    const struct directive *known = &directives[word];
    if (strlen(known->fields) != count - 1)
        return bad("wrong number of fields for", field[0]);
    if (plan->count[word] == known->most)
        return bad(known->most == 1 ? "given twice:" : "too many of", field[0]);
    if (plan->lines == PLAN_LINES)
        return bad("too many lines", "");

    struct line *line = &plan->line[plan->lines];
    *line = (struct line){.word = word, .tree = -1};
    for (size_t i = 0; i < count - 1; i++) {
        line->field[i] = field[i + 1];
        const char *why = complaint(known->fields[i], line->field[i], &line->number[i]);
        if (why)
            return bad(why, line->field[i]);
    }
    if ((word == RLIMIT || word == ENV) && is_repeated(plan, line))
        return bad("given twice:", line->field[0]);
    if (word == ENV || word == ARG)
        (word == ENV ? plan->env : plan->arg)[plan->count[word]] = field[1];
#ifdef LAB
    if (word == WITHOUT && !lab_lack(plan, line->field[0]))
        return bad("no layer that can be left out:", line->field[0]);
#endif
    plan->count[word]++;
    plan->lines++;
    return 0;
}

/* The first line of a directive, or NULL. */
const struct line *plan_line(const struct plan *plan, enum word word) {
    for (size_t i = 0; i < plan->lines; i++)
        if (plan->line[i].word == word)
            return &plan->line[i];
    return NULL;
}

/* At most "most" bytes from the beginning of a file; how many there were, or -1. */
ssize_t read_whole(int fd, void *buffer, size_t most) {
    size_t length = 0;
    for (ssize_t got = 1; got && length < most; length += (size_t)got) {
        got = pread(fd, (char *)buffer + length, most - length, (off_t)length);
        if (got < 0)
            return -1;
    }
    return (ssize_t)length;
}

int plan_read(struct plan *plan) {
    static const char *const device[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};
    for (size_t i = 0; i < sizeof device / sizeof *device; i++)
        plan->line[plan->lines++] = (struct line){DEVICE, {device[i], device[i]}, {0}, -1};

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
        if (add_line(plan, strsep(&rest, "\n")))
            return -1;
    const size_t *given = plan->count;
    if (!given[HOSTNAME] || !given[CWD] || !given[EXEC] || !given[ARG] || !(given[UID_MAP] || given[SINGLE_MAP]))
        return bad("missing hostname, cwd, exec, arg, or one of uid-map and single-map", "");
    if (given[UID_MAP] && given[SINGLE_MAP])
        return bad("given twice: the identity, by uid-map and single-map", "");
    const struct line *map = plan_line(plan, UID_MAP);
    return map && map->number[0] == map->number[1] ? bad("bad ids, both are", map->field[0]) : 0;
}
