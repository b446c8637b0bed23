/* Which table of kernels this CPU gets. The only file that knows CPUs; it is compiled
 * for the plain architecture, so that it runs anywhere and can say what is missing. */
#include "sk.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

extern const sk_kernels sk_kernels_baseline, sk_kernels_avx2, sk_kernels_avx512;
const sk_kernels *const sk_compiled[] = {&sk_kernels_baseline, &sk_kernels_avx2, &sk_kernels_avx512, NULL};

#define BIT(word, n) (((word) >> (n)) & 1u)

/* The instructions by CPUID, and by XCR0 that the operating system saves their registers. */
static int cpu_level(void)
{
    unsigned a, b, c, d, b7 = 0, c7, d7, a7, saved = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d))
        return -1;
    /* x86-64-v2: SSE3, SSSE3, CMPXCHG16B, SSE4.1, SSE4.2, POPCNT */
    if (!(BIT(c, 0) && BIT(c, 9) && BIT(c, 13) && BIT(c, 19) && BIT(c, 20) && BIT(c, 23)))
        return -1;
    if (BIT(c, 27)) {
        unsigned high;
        __asm__ volatile("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
    }
    __get_cpuid_count(7, 0, &a7, &b7, &c7, &d7);
    const int fma = BIT(c, 12), avx = BIT(c, 28), avx2 = BIT(b7, 5);
    if (!(fma && avx && avx2 && (saved & 0x6) == 0x6))
        return 0;
    const int avx512 = BIT(b7, 16) && BIT(b7, 17) && BIT(b7, 30) && BIT(b7, 31); /* F, DQ, BW, VL */
    return avx512 && (saved & 0xe6) == 0xe6 ? 2 : 1;
}
#else
extern const sk_kernels sk_kernels_baseline;
const sk_kernels *const sk_compiled[] = {&sk_kernels_baseline, NULL};

static int cpu_level(void)
{
    return 0;
}
#endif

const sk_kernels *sk_active;

int sk_usable(const sk_kernels *table)
{
    for (int i = 0; sk_compiled[i]; i++)
        if (sk_compiled[i] == table)
            return i <= cpu_level();
    return 0;
}

int sk_dispatch(const char *cap)
{
    int level = cpu_level(), capped = -1;
    if (level < 0)
        return -1;
    for (int i = 0; sk_compiled[i]; i++) {
        if (i <= level)
            sk_active = sk_compiled[i];
        if (cap && strcmp(cap, sk_compiled[i]->isa) == 0)
            capped = i;
    }
    if (!cap)
        return 1;
    if (capped < 0)
        return 0;
    sk_active = sk_compiled[capped < level ? capped : level];
    return 1;
}
