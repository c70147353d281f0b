/*
 * Every system call number from 0 to 1023, each with six equal arguments, in a throw-away child each.
 * The argument has a letter a number: '0' and in six bits the values with which an answer is certain to come. It is
 * waited for longer there than where the kernel may let the caller sleep, as a busy host may be late.
 * Prints "NUMBER VALUE OUTCOME" lines; an outcome is ok, an errno, blocked (until the alarm), ended or a signal.
 */
#include "attack.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

enum { NUMBERS = 1024, PATIENCE_MICROSECONDS = 20000, CERTAINLY_SECONDS = 10 };

static const struct { const char *name; unsigned long value; } corner[] = {
    {"0", 0}, {"1", 1}, {"-1", -1UL}, {"2^31", 1UL << 31}, {"2^32+1", (1UL << 32) + 1}, {"2^63", 1UL << 63},
};

/* Shared with the child, which may have closed everything else by what it tried. */
static struct { int told, error; long result; } *report;

static void attempt(long number, unsigned long value, int certain)
{
    const struct itimerval patience = {.it_value = {certain ? CERTAINLY_SECONDS : 0, certain ? 0 : PATIENCE_MICROSECONDS}};
    pid_t self = getpid();
    setpgid(0, 0); /* a signal to the own group reaches nobody else */
    setitimer(ITIMER_REAL, &patience, NULL);
    long result = syscall(number, value, value, value, value, value, value);
    int error = errno;
    if (getpid() == self) {
        report->result = result;
        report->error = error;
        report->told = 1;
    }
    syscall(SYS_exit_group, 0);
    __builtin_trap();
}

int main(int argc, char **argv)
{
    if (argc < 2 || strlen(argv[1]) != NUMBERS)
        return 2;
    report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (report == MAP_FAILED)
        return 1;
    for (int number = 0; number < NUMBERS; number++)
        for (size_t i = 0; i < sizeof corner / sizeof *corner; i++) {
            int status = 0;
            report->told = 0;
            fflush(stdout);
            pid_t pid = fork();
            if (pid == 0)
                attempt(number, corner[i].value, (argv[1][number] - '0') >> i & 1);
            if (pid < 0 || waitpid(pid, &status, 0) != pid)
                return 1;
            printf("%d %s ", number, corner[i].name);
            if (report->told && report->result != -1)
                puts("ok");
            else if (report->told)
                puts(strerrorname_np(report->error) ?: "unknown");
            else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
                puts("blocked");
            else if (WIFSIGNALED(status))
                printf("SIG%s\n", sigabbrev_np(WTERMSIG(status)) ?: "?");
            else
                puts("ended");
        }
    puts("all tried");
    return 0;
}
