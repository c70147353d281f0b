/* Installed with the bit that runs it as its owner: says who it is then, after trying to be root for good. */
#include "attack.h"

int main(void)
{
    int become = setuid(0);
    printf("euid %d%s\n", (int)geteuid(), become ? "" : ", became root");
    return 0;
}
