/*
 * Feeds any bytes to the reader of plans, by libFuzzer. Beyond "no crash": what is refused says why, and what is taken
 * is exactly what was written, within the limits that the rest of the launcher relies on.
 */
#include "../launcher/plan.c"

#include <linux/memfd.h>

static struct plan plan;
static char again[PLAN_BYTES + 2];

static void demand(bool holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

/* A second opinion on paths, with other means than the reader's. */
static bool stays_inside(const char *path) {
    int depth = 0;
    for (const char *c = path; *c; c++)
        if (*c == '/') {
            size_t length = strcspn(c + 1, "/");
            if (!length || (length == 1 && c[1] == '.') || (length == 2 && c[1] == '.' && c[2] == '.'))
                return false;
            depth++;
        }
    return *path == '/' && depth;
}

static void check_line(const struct line *line) {
    const char *fields = directives[line->word].fields;
    for (size_t i = 0; fields[i]; i++) {
        demand(line->field[i], "a field is missing");
        if (strchr("stxg", fields[i]))
            demand(stays_inside(line->field[i]), "a path that leads elsewhere");
        if (strchr("bniml", fields[i]))
            demand(!line->field[i][strspn(line->field[i], "0123456789")] &&
                       line->number[i] == strtoull(line->field[i], NULL, 10), "a number is not what is written");
        if (strchr("bnim", fields[i]))
            demand(line->number[i] > 0, "a number that may not be 0");
        if (fields[i] == 'r')
            demand(line->number[i] < RLIM_NLIMITS, "a limit that is none");
        if (fields[i] == 'i')
            demand(line->number[i] < UINT32_MAX, "an id that is none");
    }
}

/* What was taken, as text again. */
static size_t write_again(void) {
    size_t length = (size_t)snprintf(again, sizeof again, "elves-plan 1\n");
    for (size_t i = 0; i < plan.lines; i++) {
        const struct line *line = &plan.line[i];
        if (line->word == DEVICE)
            continue;
        check_line(line);
        length += (size_t)snprintf(again + length, sizeof again - length, "%s", directives[line->word].name);
        for (size_t j = 0; directives[line->word].fields[j]; j++)
            length += (size_t)snprintf(again + length, sizeof again - length, "\t%s", line->field[j]);
        length += (size_t)snprintf(again + length, sizeof again - length, "\n");
    }
    return length;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    int fd = (int)syscall(SYS_memfd_create, "plan", MFD_CLOEXEC);
    demand(fd >= 0 && dup2(fd, FD_PLAN) == FD_PLAN && !report_open(), "the harness itself");
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    demand(!ftruncate(FD_PLAN, 0) && pwrite(FD_PLAN, data, size, 0) == (ssize_t)size, "the harness itself");
    memset(report, 0, sizeof *report);
    memset(&plan, 0, sizeof plan);
    if (plan_read(&plan)) {
        demand(report->failed && report->layer == LAYER_PLAN && report->text[0], "refused without a reason");
        return 0;
    }
    demand(!report->failed, "taken and refused");
    demand(plan.count[HOSTNAME] == 1 && plan.count[CWD] == 1 && plan.count[EXEC] == 1, "something is missing");
    demand(plan.count[UID_MAP] + plan.count[SINGLE_MAP] == 1, "not one identity");
    demand(plan.count[ARG] && plan.arg[plan.count[ARG] - 1] && !plan.arg[plan.count[ARG]], "arguments do not end");
    demand(!plan.env[plan.count[ENV]], "the environment does not end");
    demand(write_again() == size && !memcmp(again, data, size), "taken is not what was written");
    return 0;
}
