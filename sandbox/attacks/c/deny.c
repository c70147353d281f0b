/*
 * Refused calls in great number: deny THREADS COUNT
 * Every thread makes COUNT calls of bpf, all at once. Prints the one errno they all got, or how many did not.
 */
#include "attack.h"

#include <pthread.h>
#include <sys/syscall.h>

static int count, other, last;

static void *work(void *unused)
{
    for (int i = 0; i < count; i++) {
        errno = 0;
        long result = syscall(SYS_bpf, 0, 0, 0);
        if (result != -1 || errno != EPERM) {
            __atomic_store_n(&last, errno, __ATOMIC_SEQ_CST);
            __atomic_add_fetch(&other, 1, __ATOMIC_SEQ_CST);
        }
    }
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t thread[64];
    int threads = argc > 2 ? atoi(argv[1]) : 1, made = 0;
    count = argc > 2 ? atoi(argv[2]) : 1;
    while (made < threads && made < 64 && !pthread_create(&thread[made], NULL, work, NULL))
        made++;
    for (int i = 0; i < made; i++)
        pthread_join(thread[i], NULL);
    if (made != threads) {
        printf("only %d threads\n", made);
        return 0;
    }
    return tell(other ? other : -1, other ? last : EPERM);
}
