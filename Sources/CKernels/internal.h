// What the kernels share: the CPU level, the split of work among threads, and the choice of a version.
#ifndef PARE_CKERNELS_INTERNAL_H
#define PARE_CKERNELS_INTERNAL_H

#include "CKernels.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// Elements a thread should have at least: below twice this, work stays on the calling thread.
#define PK_GRAIN 16384

/// Most parts a reduction is split into: bounds the memory of partial sums.
#define PK_MAX_PARTS 64

/// Most axes of the strided functions.
#define PK_MAX_RANK 16

/// Rows whose partial sums stay in float before they are added in double.
#define PK_BLOCK_ROWS 256

enum { PK_LEVEL_PORTABLE, PK_LEVEL_AVX2, PK_LEVEL_AVX512 };

/// The level in use.
int pk_level(void);

/// How many parts a reduction over `count` items of `cost` elements each is split into (1...PK_MAX_PARTS).
int pk_part_count(int64_t count, int64_t cost);

/// First item of part `part` of `parts` (part == parts: count).
static inline int64_t pk_part_begin(int64_t count, int parts, int part) {
  return count / parts * part + (count % parts < part ? count % parts : part);
}

/// Calls body(context, part) once for each part, on as many threads.
void pk_parallel_parts(int parts, void (*body)(void *context, int part), void *context);

static inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/// a / b rounded up; 0 where a is negative.
static inline int64_t divide_up(int64_t a, int64_t b) { return a <= 0 ? 0 : (a + b - 1) / b; }

/// Items of `cost` elements each that make a thread's least work.
static inline int64_t pk_grain(int64_t cost) {
  return cost >= PK_GRAIN ? 1 : PK_GRAIN / (cost > 0 ? cost : 1);
}

/// malloc that ends the process with a message when memory is exhausted.
void *pk_allocate(size_t bytes);

/// Merges axes that both stride sets walk as one, drops axes of 1, and returns the new rank (at least 1).
int pk_merge_axes(int rank, const int64_t *dims, const int64_t *a_strides, const int64_t *b_strides,
                  int64_t *merged_dims, int64_t *merged_a, int64_t *merged_b);

/// pk_merge_axes for any number of stride sets, merged in place along with `dims`.
int pk_merge_stride_sets(int rank, int64_t *dims, int count, int64_t strides[][PK_MAX_RANK]);

/// Where row `row` of the axes before `last` begins in two operands of a broadcast.
static inline void pk_row_offsets(int64_t row, int last, const int64_t *dims, const int64_t *a_strides,
                                  const int64_t *b_strides, int64_t *a_offset, int64_t *b_offset) {
  *a_offset = *b_offset = 0;
  for (int axis = last - 1; axis >= 0; axis--) {
    int64_t index = row % dims[axis];
    row /= dims[axis];
    *a_offset += index * a_strides[axis];
    *b_offset += index * b_strides[axis];
  }
}

/// Signed bytes are read as unsigned ones: what the sign bit is flipped with, and the zero point after that.
static inline uint8_t q8_flip(pk_q8 format) { return format.is_signed ? 0x80 : 0; }

static inline int32_t q8_zero(pk_q8 format) { return format.zero_point + (format.is_signed ? 128 : 0); }

/// The version of a function instantiated by levels.h for the level in use.
#if defined(__x86_64__)
#define PK_SELECT(f)                                                                                                  \
  (pk_level() == PK_LEVEL_AVX512 ? f##_avx512 : pk_level() == PK_LEVEL_AVX2 ? f##_avx2 : f##_portable)
#else
#define PK_SELECT(f) (f##_portable)
#endif

#endif
