/*
 * More than a worker's share: hog KIND
 *   memory   children that each stay below the limit on one process, and do not together
 *   spin     sixteen processes that compute for ever
 *   output   bytes without end
 *   compute  one process that computes until its time is used up
 */
#include "attack.h"

#include <sys/wait.h>

static _Noreturn void spin(void)
{
    for (;;)
        __asm__ volatile("" ::: "memory");
}

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "";
    if (!strcmp(kind, "output")) {
        static char block[65536];
        memset(block, 'x', sizeof block);
        while (write(1, block, sizeof block) > 0)
            ;
        return tell(-1, errno);
    }
    if (!strcmp(kind, "memory")) {
        for (int i = 0; i < 16; i++)
            if (fork() == 0) {
                size_t size = (size_t)200 << 20;
                volatile char *block = malloc(size);
                for (size_t at = 0; block && at < size; at += 4096)
                    block[at] = 1;
                pause();
            }
        /* Until one of them is ended; then us too, as a machine without memory would. */
        wait(NULL);
        abort();
    }
    for (int i = 0; i < 15 && !strcmp(kind, "spin"); i++)
        if (fork() == 0)
            spin();
    puts("ready");
    fflush(stdout);
    spin();
}
