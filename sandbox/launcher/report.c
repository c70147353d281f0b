/* The shared report page: first failure wins, see sandbox.h. */
#include "sandbox.h"

#include <sys/mman.h>

struct report *report;

#define LAYER_WORD(id, word) word,
const char *const layer_name[LAYER_COUNT] = {LAYERS(LAYER_WORD)};

int report_open(void) {
    report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (report == MAP_FAILED)
        return -1;
    report->listener = -1;
    return 0;
}

void stage(enum layer layer) {
    /* Another process reads this after we may have died: no reordering. */
    __atomic_store_n(&report->stage, (int)layer, __ATOMIC_SEQ_CST);
}

int fail_with(int error, const char *what, const char *object) {
    if (report->failed)
        return -1;
    report->error = error;
    report->layer = report->stage;
    snprintf(report->text, sizeof report->text, "%s%s%.400s", what, *object ? " " : "", object);
    __atomic_store_n(&report->failed, 1, __ATOMIC_SEQ_CST);
    return -1;
}
