/*
 * As many processes or threads as there are to get: bomb KIND
 *   fork, vfork, thread   until one is refused: the errno
 *   grow                  every process makes two more, for ever, and nobody waits for anybody
 */
#include "attack.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

enum { MANY = 4000 };

static void *idle(void *unused)
{
    for (;;)
        pause();
    return unused;
}

/* A child of vfork holds its parent until it ends or runs a program: so each makes the next one. */
static int *refused;

static void nested(int depth)
{
    if (depth > MANY)
        _exit(0);
    pid_t pid = vfork();
    if (pid == 0) {
        nested(depth + 1);
        _exit(0);
    }
    if (pid < 0)
        *refused = errno;
}

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "";
    if (!strcmp(kind, "grow")) {
        puts("ready");
        fflush(stdout);
        for (;;) {
            if (fork() < 0)
                usleep(1000);
        }
    }
    if (!strcmp(kind, "vfork")) {
        refused = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        nested(0);
        return tell(*refused ? -1 : 0, *refused);
    }
    for (int i = 0; i < MANY; i++) {
        if (!strcmp(kind, "thread")) {
            pthread_t thread;
            int error = pthread_create(&thread, NULL, idle, NULL);
            if (error)
                return tell(-1, error);
        } else {
            pid_t pid = fork();
            if (pid == 0)
                idle(NULL);
            if (pid < 0)
                return tell(-1, errno);
        }
    }
    return tell(0, 0);
}
