// Transposition of channels and pixels at one CPU level; see layout.c.

#include "transpose_body.h"

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

/// 16 pixels of three planes, as red, green and blue in turn.
#define INTERLEAVE(FUNCTION, TYPE)                                                                                    \
  PK_INLINE void NAME(FUNCTION)(const TYPE *x, int64_t plane, TYPE *y) {                                              \
    typedef TYPE pixels __attribute__((ext_vector_type(16), aligned(1), may_alias));                                  \
    pixels r = *(const pixels *)x, g = *(const pixels *)(x + plane), b = *(const pixels *)(x + 2 * plane), rg;        \
    pixels *to = (pixels *)y;                                                                                         \
    rg = __builtin_shufflevector(r, g, 0, 16, -1, 1, 17, -1, 2, 18, -1, 3, 19, -1, 4, 20, -1, 5);                     \
    to[0] = __builtin_shufflevector(rg, b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15);                  \
    rg = __builtin_shufflevector(r, g, 21, -1, 6, 22, -1, 7, 23, -1, 8, 24, -1, 9, 25, -1, 10, 26);                   \
    to[1] = __builtin_shufflevector(rg, b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15);                  \
    rg = __builtin_shufflevector(r, g, -1, 11, 27, -1, 12, 28, -1, 13, 29, -1, 14, 30, -1, 15, 31, -1);               \
    to[2] = __builtin_shufflevector(rg, b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31);                 \
  }

INTERLEAVE(interleave_floats, float)
INTERLEAVE(interleave_bytes, uint8_t)
#undef INTERLEAVE

/// Items are (image, 16 pixels): all channels of 16 pixels, so that whole cache lines are used on both sides.
static void NAME(transpose_range)(void *context, int64_t begin, int64_t end) {
  const transpose_call *call = context;
  int64_t channels = call->channels, pixels = call->pixels;
  for (int64_t item = begin; item < end; item++) {
    int64_t base = item / call->blocks * channels * pixels, start = item % call->blocks * 16;
    int64_t stop = start + 16 < pixels ? start + 16 : pixels;
    if (channels == 3 && call->to_interleaved && stop == start + 16) {
      NAME(interleave_floats)(call->x + base + start, pixels, call->y + base + 3 * start);
      continue;
    }
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

/// Items are (image, 64 pixels).
static void NAME(transpose_bytes_range)(void *context, int64_t begin, int64_t end) {
  const transpose_call *call = context;
  int64_t channels = call->channels, pixels = call->pixels;
  for (int64_t item = begin; item < end; item++) {
    int64_t base = item / call->blocks * channels * pixels, start = item % call->blocks * 64;
    int64_t stop = start + 64 < pixels ? start + 64 : pixels;
    if (call->to_interleaved) {
      int64_t p = start;
      for (; channels == 3 && p + 16 <= stop; p += 16) {
        NAME(interleave_bytes)(call->x_bytes + base + p, pixels, call->y_bytes + base + 3 * p);
      }
      for (; p < stop; p++) {
        const uint8_t *x = call->x_bytes + base + p;
        uint8_t *y = call->y_bytes + base + p * channels;
        for (int64_t c = 0; c < channels; c++) y[c] = x[c * pixels];
      }
    } else {
      for (int64_t c = 0; c < channels; c++) {
        const uint8_t *x = call->x_bytes + base + c;
        uint8_t *y = call->y_bytes + base + c * pixels;
        for (int64_t p = start; p < stop; p++) y[p] = x[p * channels];
      }
    }
  }
}
