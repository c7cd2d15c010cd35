// Transposition of channels and pixels at one CPU level; see layout.c.

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

/// Items are tiles along the source's dense axis, for every place of the other axes.
static void NAME(copy_across_range)(void *context, int64_t begin, int64_t end) {
  const copy_call *call = context;
  int64_t count = call->dims[call->rank - 1], extent = call->dims[call->across], tiles = (extent + TILE - 1) / TILE;
  int64_t x_step = call->src_strides[call->rank - 1], y_step = call->dst_strides[call->across];
  for (int64_t item = begin; item < end; item++) {
    int64_t from, to, start = item % tiles * TILE, stop = start + TILE < extent ? start + TILE : extent;
    copy_offsets(call, item / tiles, call->across, &from, &to);
    const float *x = (const float *)call->src + from;
    float *y = (float *)call->dst + to;
    for (int64_t i = 0; i < count; i += 8) {
      int64_t rows = count - i < 8 ? count - i : 8;
      for (int64_t j = start; j < stop; j += 8) {
        int64_t cols = stop - j < 8 ? stop - j : 8;
        NAME(transpose_block)(x + i * x_step + j, x_step, y + j * y_step + i, y_step, rows, cols);
      }
    }
  }
}

/// Items are (image, 16 pixels): all channels of 16 pixels, so that whole cache lines are used on both sides.
static void NAME(transpose_range)(void *context, int64_t begin, int64_t end) {
  const transpose_call *call = context;
  int64_t channels = call->channels, pixels = call->pixels;
  for (int64_t item = begin; item < end; item++) {
    int64_t base = item / call->blocks * channels * pixels, start = item % call->blocks * 16;
    int64_t stop = start + 16 < pixels ? start + 16 : pixels;
    for (int64_t c = 0; c < channels; c += 8) {
      int64_t channel_count = channels - c < 8 ? channels - c : 8;
      for (int64_t p = start; p < stop; p += 8) {
        int64_t pixel_count = stop - p < 8 ? stop - p : 8;
        int64_t planar = base + c * pixels + p, interleaved = base + p * channels + c;
        if (call->to_interleaved) {
          NAME(transpose_block)
          (call->x + planar, pixels, call->y + interleaved, channels, channel_count, pixel_count);
        } else {
          NAME(transpose_block)
          (call->x + interleaved, channels, call->y + planar, pixels, pixel_count, channel_count);
        }
      }
    }
  }
}
