// Convolutions of bytes at one CPU level; see integer_convolution.c.
#include "activation_body.h"
#include "vector_bytes.h"

#define vs NAME(pk_vs)
typedef int16_t vs __attribute__((ext_vector_type(2 * LANES)));

/// Pixels whose sums stay in registers, and vectors of a block of output channels.
#undef PIXELS
#undef VECTORS
#define PIXELS (LANES == 16 ? 12 : LANES == 8 ? 6 : 3)
#define VECTORS (PK_INTEGER_BLOCK / LANES)

/// The sums of products of neighbouring 16-bit numbers.
PK_INLINE vi NAME(pair_sums)(vs a, vs b) {
#if LANES == 16
  return (vi)_mm512_madd_epi16((__m512i)a, (__m512i)b);
#elif LANES == 8
  return (vi)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#else
  return (((vi)a << 16) >> 16) * (((vi)b << 16) >> 16) + ((vi)a >> 16) * ((vi)b >> 16);
#endif
}

/// Two vectors of 16-bit numbers as pairs: those of the first (or of the second) half of each group of eight.
PK_INLINE vs NAME(low_pairs)(vs a, vs b) {
#if LANES == 16
  return (vs)_mm512_unpacklo_epi16((__m512i)a, (__m512i)b);
#elif LANES == 8
  return (vs)_mm256_unpacklo_epi16((__m256i)a, (__m256i)b);
#else
  return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
#endif
}

PK_INLINE vs NAME(high_pairs)(vs a, vs b) {
#if LANES == 16
  return (vs)_mm512_unpackhi_epi16((__m512i)a, (__m512i)b);
#elif LANES == 8
  return (vs)_mm256_unpackhi_epi16((__m256i)a, (__m256i)b);
#else
  return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
#endif
}

PK_INLINE vs NAME(load_shorts)(const int16_t *p) {
  vs v;
  memcpy(&v, p, sizeof v);
  return v;
}

/// Rows begin..<end of the pass as 16-bit numbers less the zero point, with zeros around.
static void NAME(widen_range)(void *context, int64_t begin, int64_t end) {
  const integer_call *call = context;
  const integer_plan *plan = &call->plan;
  const pk_window *w = &plan->form->window;
  int64_t row_size = plan->columns * w->c, left = w->pad_left < plan->columns ? w->pad_left : plan->columns;
  int64_t inside = plan->columns - left < w->w ? plan->columns - left : w->w;
  const int16_t zero = (int16_t)call->zero;
  for (int64_t item = begin; item < end; item++) {
    int64_t image = call->first_image + item / call->widened_rows;
    int64_t row = call->first_row * w->stride_h + item % call->widened_rows - w->pad_top;
    int16_t *restrict y = call->widened + item * row_size;
    if (row < 0 || row >= w->h) {
      memset(y, 0, (size_t)row_size * sizeof *y);
      continue;
    }
    const uint8_t *restrict x = call->x + (image * w->h + row) * w->w * w->c;
    memset(y, 0, (size_t)(left * w->c) * sizeof *y);
    y += left * w->c;
    if (plan->form->x_is_signed) {
      const int8_t *restrict bytes = (const int8_t *)x;
      for (int64_t i = 0; i < inside * w->c; i++) y[i] = (int16_t)(bytes[i] - zero);
    } else {
      for (int64_t i = 0; i < inside * w->c; i++) y[i] = (int16_t)(x[i] - zero);
    }
    memset(y + inside * w->c, 0, (size_t)((plan->columns - left - inside) * w->c) * sizeof *y);
  }
}

/// The place of the pass's output pixel in y.
PK_INLINE uint8_t *NAME(result_of)(const integer_call *call, int64_t pixel) {
  const pk_window *w = &call->plan.form->window;
  int64_t first = (call->first_image * w->oh + call->first_row) * w->ow;
  return call->y + (size_t)((first + pixel) * w->o) * result_size(call->plan.form);
}

/// Stores what becomes of `count` sums, those of output channels o on. `is_plain`: neither activation nor scale.
PK_INLINE void NAME(store_numbers)(const integer_call *call, int is_plain, const NAME(q8_result) *rounding,
                                   const int32_t *sums, int64_t o, int64_t count, uint8_t *y) {
  const pk_integer_convolution *form = call->plan.form;
  for (int64_t i = 0; i < count; i += LANES) {
    int64_t lanes = count - i < LANES ? count - i : LANES;
    vi sum;
    memcpy(&sum, sums + i, sizeof sum);
    vf number = __builtin_convertvector(sum, vf) * load_up_to(call->factors + o + i, lanes);
    if (call->bias) number += load_up_to(call->bias + o + i, lanes);
    if (!is_plain) number = activated(&form->activation, number);
    if (form->result == PK_NUMBERS) {
      store_up_to((float *)y + o + i, number, lanes);
    } else {
      vi bytes = is_plain ? NAME(q8_limited)(number, rounding) : NAME(q8_rounded)(number, rounding);
      NAME(store_bytes)(y + o + i, bytes, lanes);
    }
  }
}

/// store_numbers, or the sums themselves, for `pixels` pixels of the pass whose sums lie at a distance.
PK_INLINE void NAME(store_sums)(const integer_call *call, const int32_t *sums, int64_t distance, int64_t pixel,
                                int64_t pixels, int64_t o, int64_t count) {
  const pk_integer_convolution *form = call->plan.form;
  const pk_q8 format = {form->scale, form->zero_point, 0};
  const NAME(q8_result) rounding = NAME(q8_result_of)(format, form->low, form->high);
  int is_plain = !form->activation.exists && form->scale == 1;
  for (int64_t p = 0; p < pixels; p++, sums += distance) {
    uint8_t *y = NAME(result_of)(call, pixel + p);
    if (form->result == PK_SUMS) {
      memcpy(y + (size_t)o * sizeof(int32_t), sums, (size_t)count * sizeof(int32_t));
    } else if (!is_plain) {
      NAME(store_numbers)(call, 0, &rounding, sums, o, count, y);
    } else if (count == PK_INTEGER_BLOCK) {
      NAME(store_numbers)(call, 1, &rounding, sums, o, PK_INTEGER_BLOCK, y);
    } else {
      NAME(store_numbers)(call, 1, &rounding, sums, o, count, y);
    }
  }
}

/// The sums of a block of output channels for `count` pixels (a constant, so that they stay in registers).
PK_INLINE void NAME(block_sums)(int count, const integer_plan *plan, const int16_t *const *pixels,
                                const int16_t *weights, int32_t *sums) {
  const pk_window *w = &plan->form->window;
  vi sum[PIXELS][VECTORS];
  for (int p = 0; p < count; p++) {
    for (int v = 0; v < VECTORS; v++) sum[p][v] = (vi)(int32_t)0;
  }
  for (int64_t row = 0; row < w->kh; row++) {
    for (int64_t run = 0; run < plan->runs; run++) {
      int64_t offset = (row * w->dilation_h * plan->columns + run * w->dilation_w) * w->c;
      for (int64_t pair = 0; pair < plan->pairs; pair++) {
        vs right[VECTORS];
        for (int v = 0; v < VECTORS; v++) right[v] = NAME(load_shorts)(weights + v * 2 * LANES);
        weights += 2 * PK_INTEGER_BLOCK;
        for (int p = 0; p < count; p++) {
          int32_t both;
          memcpy(&both, pixels[p] + offset + 2 * pair, sizeof both);
          vs left = (vs)(vi)both;
          for (int v = 0; v < VECTORS; v++) sum[p][v] += NAME(pair_sums)(left, right[v]);
        }
      }
    }
  }
  for (int p = 0; p < count; p++) memcpy(sums + p * PK_INTEGER_BLOCK, sum[p], sizeof sum[p]);
}

static void NAME(tile_sums)(int64_t count, const integer_plan *plan, const int16_t *const *pixels,
                            const int16_t *weights, int32_t *sums) {
  switch (count) {
#define PK_COUNT(n)                                                                                                   \
  case n: NAME(block_sums)(n, plan, pixels, weights, sums); return;
    PK_COUNT(1)
    PK_COUNT(2)
    PK_COUNT(3)
#if LANES > 4
    PK_COUNT(4)
    PK_COUNT(5)
    PK_COUNT(6)
#endif
#if LANES > 8
    PK_COUNT(7)
    PK_COUNT(8)
    PK_COUNT(9)
    PK_COUNT(10)
    PK_COUNT(11)
    PK_COUNT(12)
#endif
#undef PK_COUNT
  default: return;
  }
}

/// Blocks begin..<end of output channels, counted through the groups of each chunk of pixels.
static void NAME(blocks_range)(void *context, int64_t begin, int64_t end) {
  const integer_call *call = context;
  const integer_plan *plan = &call->plan;
  const pk_window *w = &plan->form->window;
  int64_t blocks = w->groups * plan->blocks, image_pixels = call->rows * w->ow, total = call->images * image_pixels;
  int64_t block_size = w->kh * plan->runs * plan->pairs * 2 * PK_INTEGER_BLOCK;
  for (int64_t item = begin; item < end; item++) {
    int64_t chunk = item / blocks * PK_INTEGER_CHUNK, last = chunk + PK_INTEGER_CHUNK;
    if (last > total) last = total;
    int64_t group = item % blocks / plan->blocks, first = item % plan->blocks * PK_INTEGER_BLOCK;
    int64_t channels = plan->o - first < PK_INTEGER_BLOCK ? plan->o - first : PK_INTEGER_BLOCK;
    const int16_t *weights = call->weights + item % blocks * block_size;
    for (int64_t pixel = chunk; pixel < last; pixel += PIXELS) {
      int64_t count = last - pixel < PIXELS ? last - pixel : PIXELS;
      const int16_t *pixels[PIXELS];
      for (int64_t p = 0; p < count; p++) {
        int64_t at = pixel + p, image = at / image_pixels, row = at % image_pixels / w->ow, column = at % w->ow;
        int64_t place = (image * call->widened_rows + row * w->stride_h) * plan->columns + column * w->stride_w;
        pixels[p] = call->widened + place * w->c + group * plan->c;
      }
      int32_t sums[PIXELS * PK_INTEGER_BLOCK];
      NAME(tile_sums)(count, plan, pixels, weights, sums);
      NAME(store_sums)(call, sums, PK_INTEGER_BLOCK, pixel, count, group * plan->o + first, channels);
    }
  }
}

/// Rows begin..<end of the outputs of a depthwise convolution: taps are taken in pairs, channels side by side.
static void NAME(depthwise_range)(void *context, int64_t begin, int64_t end) {
  const integer_call *call = context;
  const integer_plan *plan = &call->plan;
  const pk_window *w = &plan->form->window;
  int64_t taps = w->kh * w->kw, pairs = (taps + 1) / 2, stride = rounded_up(w->c, PK_INTEGER_CHANNELS);
  int64_t offsets[2 * PK_INTEGER_PAIRS];
  for (int64_t tap = 0; tap < taps; tap++) {
    offsets[tap] = (tap / w->kw * w->dilation_h * plan->columns + tap % w->kw * w->dilation_w) * w->c;
  }
  if (taps % 2) offsets[taps] = offsets[taps - 1];
  for (int64_t c = 0; c < w->c; c += 2 * LANES) {
    vs low[PK_INTEGER_PAIRS], high[PK_INTEGER_PAIRS];
    for (int64_t pair = 0; pair < pairs; pair++) {
      vs first = NAME(load_shorts)(call->weights + 2 * pair * stride + c);
      vs second = NAME(load_shorts)(call->weights + (2 * pair + 1) * stride + c);
      low[pair] = NAME(low_pairs)(first, second);
      high[pair] = NAME(high_pairs)(first, second);
    }
    int64_t channels = w->c - c < 2 * LANES ? w->c - c : 2 * LANES;
    for (int64_t row = begin; row < end; row++) {
      int64_t place = (row / call->rows * call->widened_rows + row % call->rows * w->stride_h) * plan->columns;
      for (int64_t column = 0; column < w->ow; column++) {
        const int16_t *x = call->widened + (place + column * w->stride_w) * w->c + c;
        vi lows = (vi)(int32_t)0, highs = (vi)(int32_t)0;
        for (int64_t pair = 0; pair < pairs; pair++) {
          vs first = NAME(load_shorts)(x + offsets[2 * pair]), second = NAME(load_shorts)(x + offsets[2 * pair + 1]);
          lows += NAME(pair_sums)(NAME(low_pairs)(first, second), low[pair]);
          highs += NAME(pair_sums)(NAME(high_pairs)(first, second), high[pair]);
        }
        // Every eight channels lie as four in one vector and four in the other.
        int32_t sums[2 * LANES];
        for (int quarter = 0; quarter < LANES / 4; quarter++) {
          memcpy(sums + 8 * quarter, (const int32_t *)&lows + 4 * quarter, 4 * sizeof(int32_t));
          memcpy(sums + 8 * quarter + 4, (const int32_t *)&highs + 4 * quarter, 4 * sizeof(int32_t));
        }
        NAME(store_sums)(call, sums, 2 * LANES, row * w->ow + column, 1, c, channels);
      }
    }
  }
}
