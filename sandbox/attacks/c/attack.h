/* What all attacks in C share: how they say what came of it. */
#ifndef ELVES_ATTACK_H
#define ELVES_ATTACK_H

#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The outcome is the last line of the output: "done VALUE", or "errno NAME". */
static inline int tell(long value, int error)
{
    const char *name = strerrorname_np(error);
    if (value != -1)
        printf("done %ld\n", value);
    else if (name)
        printf("errno %s\n", name);
    else
        printf("errno %d\n", error);
    fflush(stdout);
    return 0;
}

#endif
