#define SK_ISA avx2
#include "kernels.c"
