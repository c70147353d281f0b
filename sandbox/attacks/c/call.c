/*
 * One system call as the table has it: call NUMBER ARGUMENT...
 *
 *   123, -1, 0x10   an integer of 64 bits, handed to the kernel as it is
 *   s:TEXT          the address of the text
 *   b:SIZE          the address of that many zero bytes, writable
 *   w:N,N,...       the address of these 64-bit words
 *   v:SIZE          the address of one buffer's description: where that many zero bytes are, and how many
 *   f:PATH          a descriptor of the path, opened to read
 *
 * The last argument is the mark of the run. A child that the call made ends at once and says nothing.
 */
#include "attack.h"

#include <fcntl.h>
#include <sys/syscall.h>

static long value_of(char *text)
{
    if (!strncmp(text, "s:", 2))
        return (long)(text + 2);
    if (!strncmp(text, "b:", 2))
        return (long)calloc(1, strtoul(text + 2, NULL, 0));
    if (!strncmp(text, "v:", 2)) {
        unsigned long *buffer = calloc(2, sizeof *buffer);
        buffer[1] = strtoul(text + 2, NULL, 0);
        buffer[0] = (unsigned long)calloc(1, buffer[1]);
        return (long)buffer;
    }
    if (!strncmp(text, "f:", 2)) {
        int fd = open(text + 2, O_RDONLY);
        if (fd < 0)
            exit(tell(-1, errno));
        return fd;
    }
    if (!strncmp(text, "w:", 2)) {
        unsigned long *words = calloc(16, sizeof *words);
        int count = 0;
        for (char *word = strtok(text + 2, ","); word && count < 16; word = strtok(NULL, ","))
            words[count++] = strtoul(word, NULL, 0);
        return (long)words;
    }
    /* Negative numbers wrap around; nothing is cut to 32 bits. */
    return (long)strtoul(text, NULL, 0);
}

int main(int argc, char **argv)
{
    long value[7] = {0};
    for (int i = 1; i < argc - 1 && i <= 7; i++)
        value[i - 1] = value_of(argv[i]);
    pid_t self = getpid();
    /* Numbers are unsigned to the kernel; -1 and 2^31 arrive as they stand in the table. */
    long result = syscall(value[0], value[1], value[2], value[3], value[4], value[5], value[6]);
    int error = errno;
    if (getpid() != self)
        _exit(0);
    return tell(result, error);
}
