/*
 * A process that does not want to end: stay KIND
 *   daemon    two forks, a session of its own, every signal ignored; the first process ends
 *   deaf      ignores and blocks every signal
 *   busy      answers SIGTERM by going on
 *   asleep    sleeps, waits for a lock nobody opens, and for input nobody sends
 *   orphans   a whole group of processes, each in its own session
 */
#include "attack.h"

#include <signal.h>
#include <sys/syscall.h>

static void on_signal(int number)
{
    (void)number;
}

static void ignore_all(void)
{
    sigset_t all;
    for (int number = 1; number <= 64; number++)
        signal(number, SIG_IGN);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
}

static _Noreturn void stay(void)
{
    for (;;)
        pause();
}

static void ready(void)
{
    if (write(1, "ready\n", 6) != 6)
        _exit(1);
}

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "";
    if (!strcmp(kind, "daemon")) {
        if (fork() == 0) {
            setsid();
            if (fork() == 0) {
                ignore_all();
                stay();
            }
            _exit(0);
        }
        return tell(0, 0);
    }
    if (!strcmp(kind, "orphans")) {
        for (int i = 0; i < 20; i++)
            if (fork() == 0) {
                setsid();
                ignore_all();
                stay();
            }
        ready();
        stay();
    }
    if (!strcmp(kind, "asleep")) {
        static int lock;
        char byte;
        if (fork() == 0)
            sleep(3600);
        if (fork() == 0)
            syscall(SYS_futex, &lock, 0 /* FUTEX_WAIT */, 0, NULL, NULL, 0);
        ignore_all();
        ready();
        while (read(0, &byte, 1) != 1)
            ;
        stay();
    }
    if (!strcmp(kind, "busy"))
        for (int number = 1; number <= 64; number++)
            signal(number, on_signal);
    else
        ignore_all();
    ready();
    for (;;)
        ;
}
