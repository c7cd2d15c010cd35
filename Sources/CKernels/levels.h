// Includes the file PK_BODY once for each CPU level, with LANES floats a vector and NAME(f) unique to the level.
// No include guard: every subject's source includes this once.
#define PK_JOIN2(a, b) a##_##b
#define PK_JOIN(a, b) PK_JOIN2(a, b)
#define NAME(f) PK_JOIN(f, LEVEL)

#if defined(__x86_64__)
#define LEVEL avx512
#define LANES 16
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))), apply_to = function)
#include "vector.h"
#include PK_BODY
#pragma clang attribute pop
#undef LEVEL
#undef LANES

#define LEVEL avx2
#define LANES 8
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "vector.h"
#include PK_BODY
#pragma clang attribute pop
#undef LEVEL
#undef LANES
#endif

#define LEVEL portable
#define LANES 4
#include "vector.h"
#include PK_BODY
#undef LEVEL
#undef LANES
