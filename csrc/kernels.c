/* All kernels of one ISA (isa/<name>.c sets SK_ISA and includes this), and the one
 * symbol the object exports: their table. */
#include "sk.h"
#include "vec.h"

#include <float.h>
#include <math.h>

#include "kernels/layer_tile.h"
#include "kernels/tile.h"
#include "kernels/transpose.h"
#include "dtypes.inc"
#include "kernels/ordered.inc"
#include "kernels/byte_ranks.h"

#define SK_ON_REAL(name) [SK_F32] = name##_F32, [SK_F64] = name##_F64
#define SK_ON_COMPLEX(name) [SK_C64] = name##_C64, [SK_C128] = name##_C128
#define SK_ON_DOUBLE(name) [SK_F64] = name##_F64
#define SK_ON_FLOATING(name) SK_ON_REAL(name), SK_ON_COMPLEX(name)
#define SK_ON_ORDERED(name) [SK_U8] = name##_U8, [SK_I8] = name##_I8, [SK_U16] = name##_U16, [SK_I16] = name##_I16, \
    [SK_U32] = name##_U32, [SK_I32] = name##_I32, [SK_U64] = name##_U64, [SK_I64] = name##_I64, SK_ON_REAL(name)
#define SK_ON_BYTES(name) [SK_U8] = name##_U8
#define SK_ON_ALL(name) SK_ON_FLOATING(name), [SK_I64] = name##_I64

#define SK_TABLE2(isa) sk_kernels_##isa
#define SK_TABLE(isa) SK_TABLE2(isa)
#define SK_TEXT2(isa) #isa
#define SK_TEXT(isa) SK_TEXT2(isa)

extern const sk_kernels SK_TABLE(SK_ISA);
const sk_kernels SK_TABLE(SK_ISA) = {
    .isa = SK_TEXT(SK_ISA),
    .vector_bytes = SK_VECTOR_BYTES,
#define SK_KERNEL(name, type, dtypes) .name = {SK_ON_##dtypes(name)},
#include "kernels.def"
#undef SK_KERNEL
};
