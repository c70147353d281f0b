// Asks the kernel what a filter says: answers FILTER CALLS OUT.
//
// FILTER is an array of struct sock_filter; CALLS an array of seven 64-bit words, number and arguments; OUT gets one 64-bit
// word a call: what the kernel returned, or SIGNALED - N where signal N ended the caller. Only for filters that let nothing
// through: then no call does anything, and every answer is the filter's.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS = 7, SIGNALED = -100000 };

static void fail(const char *what) {
    perror(what);
    exit(2);
}

static void *map(const char *path, int flags, size_t *size) {
    int fd = open(path, flags);
    struct stat status;
    if (fd < 0 || fstat(fd, &status)) fail(path);
    *size = (size_t)status.st_size;
    void *bytes = mmap(NULL, *size, flags == O_RDWR ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) fail(path);
    close(fd);
    return bytes;
}

static int64_t ask(const uint64_t call[WORDS]) {
#if defined(__x86_64__)
    register uint64_t r10 __asm__("r10") = call[4], r8 __asm__("r8") = call[5], r9 __asm__("r9") = call[6];
    int64_t result;
    __asm__ volatile("syscall" : "=a"(result)
                     : "a"(call[0]), "D"(call[1]), "S"(call[2]), "d"(call[3]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register uint64_t x8 __asm__("x8") = call[0], x0 __asm__("x0") = call[1], x1 __asm__("x1") = call[2];
    register uint64_t x2 __asm__("x2") = call[3], x3 __asm__("x3") = call[4], x4 __asm__("x4") = call[5];
    register uint64_t x5 __asm__("x5") = call[6];
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return (int64_t)x0;
#else
#error "no way to call the kernel of this machine"
#endif
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    size_t filter_size, calls_size, out_size;
    struct sock_filter *filter = map(argv[1], O_RDONLY, &filter_size);
    uint64_t(*calls)[WORDS] = map(argv[2], O_RDONLY, &calls_size);
    volatile int64_t *out = map(argv[3], O_RDWR, &out_size);
    size_t count = calls_size / sizeof *calls;
    if (out_size < count * sizeof *out) return 2;
    volatile size_t *next = mmap(NULL, sizeof *next, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (next == MAP_FAILED) fail("mmap");
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);

    // A child goes on until a call ends it; the next one takes up behind that call.
    while (*next < count) {
        pid_t child = fork();
        if (child < 0) fail("fork");
        if (child == 0) {
            struct sock_fprog program = {(unsigned short)(filter_size / sizeof *filter), filter};
            if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) fail("no_new_privs");
            if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)) fail("seccomp");
            for (; *next < count; ++*next) out[*next] = ask(calls[*next]);
            // It may not even exit.
            __builtin_trap();
        }
        int status;
        if (waitpid(child, &status, 0) != child) fail("waitpid");
        if (*next == count) break;
        if (!WIFSIGNALED(status)) return 3;
        out[*next] = SIGNALED - WTERMSIG(status);
        ++*next;
    }
    return 0;
}
