// Batch normalisation of bfloat16 elements: the source of the float32 one, which differs in loads and stores alone.
#define PK_BFLOAT16
#include "normalization.c"
