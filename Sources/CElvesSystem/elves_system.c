#define _GNU_SOURCE
#include "CElvesSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

// Clear of the numbers that a started program is given, so that no dup2 in elves_spawn overwrites another's source.
enum { FIRST_OWN_DESCRIPTOR = 10 };

static int memfd(const char *name) {
    int descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    // Kernels before 6.3 do not know the flag that forbids executing the file.
    if (descriptor < 0 && errno == EINVAL) descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return descriptor;
}

/// Moves a descriptor out of the range that elves_spawn fills; the old number is closed either way.
static int raise_descriptor(int descriptor) {
    if (descriptor < 0 || descriptor >= FIRST_OWN_DESCRIPTOR) return descriptor;
    int raised = fcntl(descriptor, F_DUPFD_CLOEXEC, FIRST_OWN_DESCRIPTOR);
    int error = errno;
    close(descriptor);
    errno = error;
    return raised;
}

static int raise_pair(int ends[2]) {
    ends[0] = raise_descriptor(ends[0]);
    int error = errno;
    if (ends[0] < 0) {
        close(ends[1]);
        return -error;
    }
    ends[1] = raise_descriptor(ends[1]);
    if (ends[1] < 0) {
        error = errno;
        close(ends[0]);
        return -error;
    }
    return 0;
}

int elves_memfd(const char *name) {
    int descriptor = raise_descriptor(memfd(name));
    return descriptor < 0 ? -errno : descriptor;
}

int elves_sealed_memfd(const char *name, const void *bytes, size_t count) {
    int descriptor = raise_descriptor(memfd(name));
    if (descriptor < 0) return -errno;
    const char *rest = bytes;
    while (count > 0) {
        ssize_t written = write(descriptor, rest, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) goto failed;
        rest += written;
        count -= (size_t)written;
    }
    if (lseek(descriptor, 0, SEEK_SET) < 0) goto failed;
    if (fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0) goto failed;
    return descriptor;

failed:;
    int error = errno;
    close(descriptor);
    return -error;
}

int elves_pipe(int ends[2]) {
    return pipe2(ends, O_CLOEXEC) < 0 ? -errno : raise_pair(ends);
}

static int socket_pair(int type, int ends[2]) {
    return socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) < 0 ? -errno : raise_pair(ends);
}

int elves_socket_pair(int ends[2]) { return socket_pair(SOCK_STREAM, ends); }

int elves_message_socket_pair(int ends[2]) { return socket_pair(SOCK_SEQPACKET, ends); }

int elves_spawn(
    const char *path, const char *const *arguments, const int *descriptors, int count, pid_t *process) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error) return -error;
    error = posix_spawnattr_init(&attributes);
    if (error) {
        posix_spawn_file_actions_destroy(&actions);
        return -error;
    }
    for (int i = 0; i < count && !error; i++) {
        if (descriptors[i] < 0) {
            error = posix_spawn_file_actions_addopen(&actions, i, "/dev/null", O_RDWR, 0);
        } else if (descriptors[i] < count) {
            error = EINVAL;
        } else {
            error = posix_spawn_file_actions_adddup2(&actions, descriptors[i], i);
        }
    }
    // Whatever another library opened without close-on-exec stays here.
    if (!error) error = posix_spawn_file_actions_addclosefrom_np(&actions, count);

    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    if (!error) error = posix_spawnattr_setsigmask(&attributes, &none);
    if (!error) error = posix_spawnattr_setsigdefault(&attributes, &all);
    // Its own session: a Ctrl-C meant for the host must not reach the workers before the host has drained them.
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID;
    if (!error) error = posix_spawnattr_setflags(&attributes, flags);

    char *const environment[] = {NULL};
    if (!error) error = posix_spawn(process, path, &actions, &attributes, (char *const *)arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return -error;
}

int elves_reap(pid_t process, int *exit_code, int *signal_number) {
    int status = 0;
    while (waitpid(process, &status, 0) < 0) {
        if (errno != EINTR) return -errno;
    }
    *exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    *signal_number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return 0;
}

int elves_process_descriptor(pid_t process) {
    long descriptor = syscall(SYS_pidfd_open, process, 0);
    return descriptor < 0 ? -errno : (int)descriptor;
}

int elves_kill_process(int descriptor) {
    return syscall(SYS_pidfd_send_signal, descriptor, SIGKILL, NULL, 0) < 0 ? -errno : 0;
}

ssize_t elves_read(int descriptor, void *buffer, size_t capacity, int milliseconds) {
    for (;;) {
        struct pollfd waiting = {.fd = descriptor, .events = POLLIN};
        int ready = poll(&waiting, 1, milliseconds);
        if (ready == 0) return -ETIMEDOUT;
        ssize_t count = ready < 0 ? -1 : read(descriptor, buffer, capacity);
        if (count >= 0) return count;
        if (errno != EINTR) return -errno;
    }
}

struct names {
    char *text;
    size_t length, capacity;
};

static int add_name(struct dl_phdr_info *loaded, size_t size, void *context) {
    (void)size;
    struct names *names = context;
    // The program itself has no name, and the kernel's own page no file.
    if (loaded->dlpi_name[0] != '/') return 0;
    size_t count = strlen(loaded->dlpi_name) + 1;
    if (count > names->capacity - names->length) return -ERANGE;
    memcpy(names->text + names->length, loaded->dlpi_name, count);
    names->length += count;
    return 0;
}

ssize_t elves_loaded_files(char *text, size_t capacity) {
    struct names names = {.text = text, .capacity = capacity};
    int result = dl_iterate_phdr(add_name, &names);
    return result ? result : (ssize_t)names.length;
}

/// Lets go of one loaded file's pages that are not writable: relocated data lies in writable segments and is not touched.
static int release_segments(struct dl_phdr_info *loaded, size_t size, void *page_size) {
    (void)size;
    uintptr_t page = *(const uintptr_t *)page_size;
    for (int index = 0; index < loaded->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &loaded->dlpi_phdr[index];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W)) continue;
        uintptr_t start = (loaded->dlpi_addr + segment->p_vaddr) & ~(page - 1);
        uintptr_t end = loaded->dlpi_addr + segment->p_vaddr + segment->p_memsz;
        // What cannot be given back (the kernel's own page) simply stays.
        madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

void elves_release_memory(void) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    malloc_trim(0);
    dl_iterate_phdr(release_segments, &page);
}
