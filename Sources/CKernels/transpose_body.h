// Transposition of small blocks at one CPU level. No include guard.

typedef float NAME(pk_f8) __attribute__((ext_vector_type(8)));
typedef float NAME(pk_f8_unaligned) __attribute__((ext_vector_type(8), aligned(4), may_alias));

/// y[j * y_stride + i] = x[i * x_stride + j] for 8 x 8 floats.
PK_INLINE void NAME(transpose8)(const float *x, int64_t x_stride, float *y, int64_t y_stride) {
  NAME(pk_f8) r[8], t[8];
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i++) r[i] = *(const NAME(pk_f8_unaligned) *)(x + i * x_stride);
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i += 2) {
    t[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    t[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i += 4) {
    for (int k = 0; k < 2; k++) {
      r[i + k] = __builtin_shufflevector(t[i + k], t[i + k + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      r[i + k + 2] = __builtin_shufflevector(t[i + k], t[i + k + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
#pragma clang loop unroll(full)
  for (int k = 0; k < 4; k++) {
    t[k] = __builtin_shufflevector(r[k], r[k + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    t[k + 4] = __builtin_shufflevector(r[k], r[k + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i++) *(NAME(pk_f8_unaligned) *)(y + i * y_stride) = t[i];
}

/// The rows x cols block at x transposed to y.
PK_INLINE void NAME(transpose_block)(const float *x, int64_t x_stride, float *y, int64_t y_stride, int64_t rows,
                                     int64_t cols) {
  if (rows == 8 && cols == 8) {
    NAME(transpose8)(x, x_stride, y, y_stride);
    return;
  }
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t j = 0; j < cols; j++) y[j * y_stride + i] = x[i * x_stride + j];
  }
}

/// r[j][i] = r[i][j] for LANES vectors.
PK_INLINE void NAME(transpose_lanes)(vf *r) {
  vf t[LANES];
  // Squares of four within 16 bytes, by halves of pairs and then of fours.
#if LANES == 16
#define PK_LOW_OF_PAIRS 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29
#define PK_HIGH_OF_PAIRS 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31
#define PK_LOW_OF_FOURS 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define PK_HIGH_OF_FOURS 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#elif LANES == 8
#define PK_LOW_OF_PAIRS 0, 8, 1, 9, 4, 12, 5, 13
#define PK_HIGH_OF_PAIRS 2, 10, 3, 11, 6, 14, 7, 15
#define PK_LOW_OF_FOURS 0, 1, 8, 9, 4, 5, 12, 13
#define PK_HIGH_OF_FOURS 2, 3, 10, 11, 6, 7, 14, 15
#else
#define PK_LOW_OF_PAIRS 0, 4, 1, 5
#define PK_HIGH_OF_PAIRS 2, 6, 3, 7
#define PK_LOW_OF_FOURS 0, 1, 4, 5
#define PK_HIGH_OF_FOURS 2, 3, 6, 7
#endif
#pragma clang loop unroll(full)
  for (int i = 0; i < LANES; i += 4) {
    for (int k = 0; k < 4; k += 2) {
      t[i + k] = __builtin_shufflevector(r[i + k], r[i + k + 1], PK_LOW_OF_PAIRS);
      t[i + k + 1] = __builtin_shufflevector(r[i + k], r[i + k + 1], PK_HIGH_OF_PAIRS);
    }
    for (int k = 0; k < 2; k++) {
      r[i + 2 * k] = __builtin_shufflevector(t[i + k], t[i + k + 2], PK_LOW_OF_FOURS);
      r[i + 2 * k + 1] = __builtin_shufflevector(t[i + k], t[i + k + 2], PK_HIGH_OF_FOURS);
    }
  }
#undef PK_LOW_OF_PAIRS
#undef PK_HIGH_OF_PAIRS
#undef PK_LOW_OF_FOURS
#undef PK_HIGH_OF_FOURS
  // Then the squares.
#if LANES == 16
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) {
    for (int half = 0; half < 2; half++) {
      vf a = r[8 * half + j], b = r[8 * half + j + 4];
      t[2 * half] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
      t[2 * half + 1] = __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    }
    for (int half = 0; half < 2; half++) {
      vf a = t[half], b = t[half + 2];
      r[8 * half + j] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
      r[8 * half + j + 4] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    }
  }
#elif LANES == 8
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) {
    vf a = r[j], b = r[j + 4];
    r[j] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
    r[j + 4] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
  }
#endif
}
