#define SK_ISA baseline
#include "kernels.c"
