/*
 * The argument changes while it is looked at: race
 * One thread writes two paths into the same memory in turn, the other asks again and again to change the root there.
 * A supervisor that read the path, liked it and let the call go on would be taken in.
 */
#include "attack.h"

#include <pthread.h>
#include <sys/syscall.h>

static char path[64] = "/tmp";
static volatile int stop;

static void *flip(void *unused)
{
    while (!stop) {
        strcpy(path, "/tmp");
        strcpy(path, "/app");
    }
    return unused;
}

int main(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, flip, NULL))
        return tell(-1, EAGAIN);
    long result = -1;
    for (int i = 0; i < 500 && result == -1; i++)
        result = syscall(SYS_chroot, path);
    int error = errno;
    stop = 1;
    pthread_join(thread, NULL);
    return tell(result, error);
}
