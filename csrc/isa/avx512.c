#define SK_ISA avx512
#include "kernels.c"
