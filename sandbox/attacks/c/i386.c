/* getpid the way programs of 32 bits ask for it: by the processor's old gate, whose numbers mean other calls. */
#include "attack.h"

int main(void)
{
#ifdef __x86_64__
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "0"(20L) : "r8", "r9", "r10", "r11", "memory");
    return tell(result < 0 ? -1 : result, (int)-result);
#else
    return tell(-1, ENOSYS);
#endif
}
