// The system calls that Swift cannot reach: they are variadic, need _GNU_SOURCE, or must run between fork and exec.
// On success a function returns 0, a descriptor or a count; on failure a negative errno, and nothing is left open.
#ifndef C_ELVES_SYSTEM_H
#define C_ELVES_SYSTEM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "elves_notify.h"

/// Makes a descriptor of an anonymous file that holds `bytes`, positioned at its start, that nobody can change any more.
/// The descriptor is closed on exec; the caller closes it.
int elves_sealed_memfd(const char *name, const void *bytes, size_t count);

/// Makes an empty anonymous file, closed on exec, for a library that wants to write into a descriptor.
int elves_memfd(const char *name);

/// A pipe, both ends closed on exec and numbered 10 or higher: `ends[0]` reads, `ends[1]` writes.
int elves_pipe(int ends[2]);

/// A pair of connected UNIX stream sockets, both closed on exec and numbered 10 or higher.
int elves_socket_pair(int ends[2]);

/// A pair of connected UNIX sockets that keep messages apart, both closed on exec and numbered 10 or higher.
int elves_message_socket_pair(int ends[2]);

/// Starts `path` in a session of its own, with default signals, an empty environment and exactly `count` descriptors:
/// `descriptors[i]` becomes number `i`, and -1 stands for /dev/null. Sources must be numbered `count` or higher.
int elves_spawn(
    const char *path, const char *const *arguments, const int *descriptors, int count, pid_t *process);

/// Waits until `process` has ended and takes its status off the process table.
/// Fills in the exit code and the number of the signal that ended it, or 0.
int elves_reap(pid_t process, int *exit_code, int *signal_number);

/// A descriptor that stands for this process and no later one of the same number, closed on exec.
int elves_process_descriptor(pid_t process);

/// Ends the process that a descriptor stands for, by SIGKILL; -ESRCH if it has ended.
int elves_kill_process(int descriptor);

/// Reads up to `capacity` bytes; retries when interrupted. Waits at most `milliseconds`, or for ever if that is negative;
/// -ETIMEDOUT then. Returns 0 at the end of the file.
ssize_t elves_read(int descriptor, void *buffer, size_t capacity, int milliseconds);

/// Writes the paths of the libraries and the loader that this process runs from, each ended by a zero byte, and returns their
/// length in all; -ERANGE if they do not fit.
ssize_t elves_loaded_files(char *text, size_t capacity);

/// Gives back what an idle process does not need: free heap, and the pages of its program and libraries that are clean copies
/// of their files. They come back by themselves when they are used again.
void elves_release_memory(void);

#endif
