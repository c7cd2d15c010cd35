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
