// Listening to refused system calls: the kernel holds each one until it is answered (seccomp_unotify(2)).
// On success a function returns 0, a descriptor or a count; on failure a negative errno.
#ifndef ELVES_NOTIFY_H
#define ELVES_NOTIFY_H

#include <stdint.h>

/// One system call that waits for its answer. Arguments are as the kernel got them; pointers are not followed.
struct elves_notification {
    uint64_t id;
    /// The thread, as this process sees it; 0 where it cannot.
    uint32_t thread;
    int32_t number;
    /// As in linux/audit.h.
    uint32_t architecture;
    uint64_t instruction_pointer;
    uint64_t arguments[6];
};

/// Takes the descriptor that comes with the next message, without waiting, closed on exec; -ENODATA if the other end was closed
/// instead, -EPROTO for a message without exactly one descriptor.
int elves_receive_descriptor(int socket);

/// Answers of this listener may move the worker's thread to this processor at once, where the kernel can (6.6).
void elves_notify_prefer_same_processor(int listener);

/// Takes the next waiting call. -ENOENT if it has gone in the meantime. Waits if there is none: ask `elves_wait_set` first.
int elves_notify_receive(int listener, struct elves_notification *notification);

/// The call fails with `error`, a positive errno. -ENOENT if its thread has gone.
int elves_notify_refuse(int listener, uint64_t id, int error);

/// The kernel carries the call out. It may see other arguments than the ones that were told: for recording, never a decision.
int elves_notify_continue(int listener, uint64_t id);

/// What a descriptor of a set is ready for.
struct elves_ready {
    /// As given to elves_wait_set_add.
    uint64_t tag;
    /// There is something to take.
    int readable;
    /// The other side is gone, or the descriptor is broken.
    int ended;
};

/// A set of descriptors that one thread waits for. Descriptors leave it by being closed.
int elves_wait_set(void);
int elves_wait_set_add(int set, int descriptor, uint64_t tag);

/// From now on only the end of this descriptor is told.
int elves_wait_set_mute(int set, int descriptor, uint64_t tag);

/// Waits until at least one is ready; fills in at most `capacity`, and returns how many. An interruption counts as none.
int elves_wait_set_wait(int set, struct elves_ready *ready, int capacity);

/// Starts a thread of its own that takes no signals and is never joined. `name` has at most 15 letters.
int elves_start_thread(const char *name, void (*run)(void *), void *context);

#endif
