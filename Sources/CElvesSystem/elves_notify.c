#define _GNU_SOURCE
#include "elves_notify.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

// Newer than the headers of Debian 12.
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

int elves_receive_descriptor(int socket) {
    char byte;
    // Aligned for the header, with room for a second descriptor, so that one too many is seen and not cut off.
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(2 * sizeof(int))];
    } control;
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t count;
    do count = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (count < 0 && errno == EINTR);
    if (count < 0) return -errno;

    int received[2], length = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t size = header->cmsg_len - CMSG_LEN(0);
        if (size > sizeof received) size = sizeof received;
        memcpy(received, CMSG_DATA(header), size);
        length = (int)(size / sizeof *received);
    }
    if (length == 1) return received[0];
    while (length > 0) close(received[--length]);
    return count == 0 ? -ENODATA : -EPROTO;
}

void elves_notify_prefer_same_processor(int listener) {
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}

int elves_notify_receive(int listener, struct elves_notification *notification) {
    // The kernel demands zeroes.
    struct seccomp_notif received = {0};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &received) < 0) return -errno;
    notification->id = received.id;
    notification->thread = received.pid;
    notification->number = received.data.nr;
    notification->architecture = received.data.arch;
    notification->instruction_pointer = received.data.instruction_pointer;
    memcpy(notification->arguments, received.data.args, sizeof notification->arguments);
    return 0;
}

static int answer(int listener, struct seccomp_notif_resp response) {
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response) < 0 ? -errno : 0;
}

int elves_notify_refuse(int listener, uint64_t id, int error) {
    return answer(listener, (struct seccomp_notif_resp){.id = id, .error = -error});
}

int elves_notify_continue(int listener, uint64_t id) {
    return answer(listener, (struct seccomp_notif_resp){.id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE});
}

int elves_wait_set(void) {
    int set = epoll_create1(EPOLL_CLOEXEC);
    return set < 0 ? -errno : set;
}

int elves_wait_set_add(int set, int descriptor, uint64_t tag) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = tag};
    return epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event) < 0 ? -errno : 0;
}

int elves_wait_set_mute(int set, int descriptor, uint64_t tag) {
    // The kernel tells hang-ups and errors unasked.
    struct epoll_event event = {.events = 0, .data.u64 = tag};
    return epoll_ctl(set, EPOLL_CTL_MOD, descriptor, &event) < 0 ? -errno : 0;
}

int elves_wait_set_wait(int set, struct elves_ready *ready, int capacity) {
    struct epoll_event events[64];
    int most = capacity < 64 ? capacity : 64;
    int count = epoll_wait(set, events, most, -1);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        ready[i].tag = events[i].data.u64;
        ready[i].readable = (events[i].events & EPOLLIN) != 0;
        ready[i].ended = (events[i].events & (EPOLLHUP | EPOLLERR)) != 0;
    }
    return count;
}

struct start {
    void (*run)(void *);
    void *context;
};

static void *run(void *argument) {
    struct start start = *(struct start *)argument;
    free(argument);
    start.run(start.context);
    return NULL;
}

int elves_start_thread(const char *name, void (*function)(void *), void *context) {
    struct start *start = malloc(sizeof *start);
    if (!start) return -ENOMEM;
    *start = (struct start){function, context};
    // A thread begins with its maker's signal mask.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    int error = pthread_create(&thread, NULL, run, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error) {
        free(start);
        return -error;
    }
    pthread_setname_np(thread, name);
    pthread_detach(thread);
    return 0;
}
