// Conversions, sums and rectifiers of bfloat16 at one CPU level; see bfloat16.c.
#include "vector_bf16.h"

static void NAME(bf16_from_float_range)(void *context, int64_t begin, int64_t end) {
  const bf16_call *call = context;
  for (int64_t i = begin; i < end; i += LANES) {
    int64_t count = end - i < LANES ? end - i : LANES;
    store_bf16(call->to_halves + i, load_up_to(call->floats + i, count), count);
  }
}

static void NAME(float_from_bf16_range)(void *context, int64_t begin, int64_t end) {
  const bf16_call *call = context;
  for (int64_t i = begin; i < end; i += LANES) {
    int64_t count = end - i < LANES ? end - i : LANES;
    store_up_to(call->to_floats + i, load_bf16(call->halves + i, count), count);
  }
}

static void NAME(bf16_add_range)(void *context, int64_t begin, int64_t end) {
  const bf16_call *call = context;
  for (int64_t i = begin; i < end; i += LANES) {
    int64_t count = end - i < LANES ? end - i : LANES;
    store_bf16(call->to_halves + i, load_bf16(call->halves + i, count) + load_bf16(call->others + i, count), count);
  }
}

/// The numbers below zero are the bits from 0x8001 to 0xff80 (minus infinity); NaN lies above. Vectors, not plain loops:
/// those run element by element where y is x.
static void NAME(bf16_relu_range)(void *context, int64_t begin, int64_t end) {
  const bf16_call *call = context;
  const uint16_t *x = call->halves;
  uint16_t *y = call->to_halves;
  const vh zero = (vh)(uint16_t)0, lowest = (vh)(uint16_t)0x8001, span = (vh)(uint16_t)(0xff80 - 0x8001);
  int64_t i = begin;
  for (; i + LANES <= end; i += LANES) {
    vh v = *(const vh_unaligned *)(x + i);
    *(vh_unaligned *)(y + i) = v - lowest <= span ? zero : v;
  }
  for (; i < end; i++) y[i] = (uint16_t)(x[i] - 0x8001) <= 0xff80 - 0x8001 ? 0 : x[i];
}

/// The numbers above zero are the bits from 1 to 0x7f80 (infinity).
static void NAME(bf16_relu_gradient_range)(void *context, int64_t begin, int64_t end) {
  const bf16_call *call = context;
  const uint16_t *dy = call->halves, *y = call->others;
  uint16_t *dx = call->to_halves;
  const vh zero = (vh)(uint16_t)0, one = (vh)(uint16_t)1, span = (vh)(uint16_t)0x7f80;
  int64_t i = begin;
  for (; i + LANES <= end; i += LANES) {
    vh v = *(const vh_unaligned *)(y + i), d = *(const vh_unaligned *)(dy + i);
    *(vh_unaligned *)(dx + i) = v - one < span ? d : zero;
  }
  for (; i < end; i++) dx[i] = (uint16_t)(y[i] - 1) < 0x7f80 ? dy[i] : 0;
}

/// Sums of one part's rows: float over PK_BLOCK_ROWS rows, double beyond.
static void NAME(bf16_column_sums_part)(void *context, int part) {
  const bf16_call *call = context;
  int64_t channels = call->channels;
  int64_t begin = pk_part_begin(call->rows, call->parts, part), end = pk_part_begin(call->rows, call->parts, part + 1);
  double *sums = call->sums + (int64_t)part * channels;
  memset(sums, 0, sizeof(double) * (size_t)channels);
  for (int64_t row = begin; row < end; row += PK_BLOCK_ROWS) {
    int64_t stop = row + PK_BLOCK_ROWS < end ? row + PK_BLOCK_ROWS : end;
    for (int64_t c = 0; c < channels; c += LANES) {
      int64_t count = channels - c < LANES ? channels - c : LANES, r = row;
      vf s0 = (vf)0.0f, s1 = s0;
      for (; r + 2 <= stop; r += 2) {
        const uint16_t *p = call->halves + r * channels + c;
        s0 += load_bf16(p, count), s1 += load_bf16(p + channels, count);
      }
      if (r < stop) s0 += load_bf16(call->halves + r * channels + c, count);
      float lanes[LANES];
      store(lanes, s0 + s1);
      for (int64_t k = 0; k < count; k++) sums[c + k] += lanes[k];
    }
  }
}
