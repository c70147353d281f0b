/* The other worker: answers each line with what it was given to keep, so that its silence or a change is seen. */
#include "attack.h"

int main(int argc, char **argv)
{
    char line[64];
    puts("ready");
    fflush(stdout);
    while (argc > 1 && fgets(line, sizeof line, stdin)) {
        printf("%s\n", argv[1]);
        fflush(stdout);
    }
    return 0;
}
