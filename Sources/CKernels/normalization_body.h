// Batch normalisation at one CPU level; see normalization.c.
#include "vector_element.h"

/// Sums of (x - shift) and (x - shift)^2 over `rows` rows, for the `count` channels at x; the shift is the mean of
/// the first rows, so that the sums do not cancel for large means.
PK_INLINE void NAME(shifted_sums)(const pk_element *x, int64_t rows, int64_t channels, int64_t count, float *shift,
                                  float *first, float *second) {
  int64_t sample = rows < 8 ? rows : 8;
  vf mean = (vf)0.0f;
  for (int64_t r = 0; r < sample; r++) mean += load_element(x + r * channels, count);
  mean *= 1.0f / (float)sample;
  vf s0 = (vf)0.0f, s1 = s0, s2 = s0, s3 = s0, q0 = s0, q1 = s0, q2 = s0, q3 = s0;
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    const pk_element *p = x + r * channels;
    vf d0 = load_element(p, count) - mean, d1 = load_element(p + channels, count) - mean;
    vf d2 = load_element(p + 2 * channels, count) - mean, d3 = load_element(p + 3 * channels, count) - mean;
    s0 += d0, s1 += d1, s2 += d2, s3 += d3;
    q0 += d0 * d0, q1 += d1 * d1, q2 += d2 * d2, q3 += d3 * d3;
  }
  for (; r < rows; r++) {
    vf d = load_element(x + r * channels, count) - mean;
    s0 += d;
    q0 += d * d;
  }
  store_up_to(shift, mean, count);
  store_up_to(first, (s0 + s1) + (s2 + s3), count);
  store_up_to(second, (q0 + q1) + (q2 + q3), count);
}

/// Mean and sum of squared deviations of one part's rows, in double, block after block (Chan, Golub, LeVeque 1979).
static void NAME(bn_statistics_part)(void *context, int part) {
  const bn_call *call = context;
  int64_t channels = call->channels;
  int64_t begin = pk_part_begin(call->rows, call->parts, part), end = pk_part_begin(call->rows, call->parts, part + 1);
  double *mean = call->sums + (int64_t)part * 2 * channels, *deviation = mean + channels;
  memset(mean, 0, sizeof(double) * 2 * (size_t)channels);
  for (int64_t row = begin; row < end; row += PK_BLOCK_ROWS) {
    int64_t rows = end - row < PK_BLOCK_ROWS ? end - row : PK_BLOCK_ROWS;
    double before = (double)(row - begin), count = (double)rows;
    double share = count / (before + count), weight = before * share, inverse = 1.0 / count;
    for (int64_t c = 0; c < channels; c += LANES) {
      int64_t lanes = channels - c < LANES ? channels - c : LANES;
      float shift[LANES], first[LANES], second[LANES];
      const pk_element *x = call->x + row * channels + c;
      if (lanes == LANES) {
        NAME(shifted_sums)(x, rows, channels, LANES, shift, first, second);
      } else {
        NAME(shifted_sums)(x, rows, channels, lanes, shift, first, second);
      }
      for (int64_t k = 0; k < lanes; k++) {
        double offset = first[k] * inverse;
        double delta = (double)shift[k] + offset - mean[c + k];
        mean[c + k] += delta * share;
        deviation[c + k] += (double)second[k] - first[k] * offset + delta * delta * weight;
      }
    }
  }
}

/// y = (x - mean) factor + shift [+ residual] [relu] for the rows begin..<end.
PK_INLINE void NAME(bn_apply)(const bn_call *call, int64_t begin, int64_t end, int residual, int relu) {
  int64_t channels = call->channels;
  for (int64_t row = begin; row < end; row++) {
    for (int64_t c = 0; c < channels; c += LANES) {
      int64_t lanes = channels - c < LANES ? channels - c : LANES, at = row * channels + c;
      vf v = load_element(call->x + at, lanes) - load_up_to(call->mean + c, lanes);
      v = v * load_up_to(call->factor + c, lanes) + load_up_to(call->shift + c, lanes);
      if (residual) v += load_element(call->residual + at, lanes);
      if (relu) {
        v = relu_of(v);
        v = v > (vf)call->ceiling ? (vf)call->ceiling : v;
      }
      store_element(call->y + at, v, lanes);
    }
  }
}

static void NAME(bn_apply_range)(void *context, int64_t begin, int64_t end) {
  const bn_call *call = context;
  if (call->residual != NULL) {
    if (call->relu) {
      NAME(bn_apply)(call, begin, end, 1, 1);
    } else {
      NAME(bn_apply)(call, begin, end, 1, 0);
    }
  } else if (call->relu) {
    NAME(bn_apply)(call, begin, end, 0, 1);
  } else {
    NAME(bn_apply)(call, begin, end, 0, 0);
  }
}

static void NAME(scale_shift_range)(void *context, int64_t begin, int64_t end) {
  const bn_call *call = context;
  int64_t channels = call->channels;
  for (int64_t row = begin; row < end; row++) {
    for (int64_t c = 0; c < channels; c += LANES) {
      int64_t lanes = channels - c < LANES ? channels - c : LANES, at = row * channels + c;
      vf v = load_element(call->x + at, lanes) * load_up_to(call->factor + c, lanes)
             + load_up_to(call->shift + c, lanes);
      if (call->relu) v = relu_of(v);
      store_element(call->y + at, v, lanes);
    }
  }
}

/// g where 0 < y and y is below the ceiling, else 0.
#define bn_masked NAME(bn_masked)
PK_INLINE vf bn_masked(vf g, vf y, float ceiling) {
  g = y > (vf)0.0f ? g : (vf)0.0f;
  return y >= (vf)ceiling ? (vf)0.0f : g;
}

/// dy at an element where the rectifier let its input pass, as `mask` says: PK_BY_OUTPUT asks y, PK_BY_INPUT the
/// rectifier's input, computed once more from `d`, that is x - mean.
#define bn_masked_gradient NAME(bn_masked_gradient)
PK_INLINE vf bn_masked_gradient(const bn_call *call, int mask, int64_t at, int64_t lanes, vf d, vf factor, vf shift) {
  vf g = load_element(call->dy + at, lanes);
  if (mask == PK_BY_OUTPUT) return bn_masked(g, load_element(call->mask + at, lanes), call->ceiling);
  return mask == PK_BY_INPUT ? bn_masked(g, d * factor + shift, call->ceiling) : g;
}

/// Sums of g and of g (x - mean) over the rows begin..<end of the `lanes` channels from c on, g being the masked dy;
/// writes g to `dresidual` if `writes`.
PK_INLINE void NAME(gradient_sums)(const bn_call *call, int mask, int writes, int64_t begin, int64_t end, int64_t c,
                                   int64_t lanes, float *first, float *second) {
  vf center = load_up_to(call->mean + c, lanes), zero = (vf)0.0f, factor = zero, shift = zero;
  if (mask == PK_BY_INPUT) {
    factor = load_up_to(call->factor + c, lanes);
    shift = load_up_to(call->shift + c, lanes);
  }
  vf sums[2] = {zero, zero}, products[2] = {zero, zero};
  for (int64_t r = begin; r < end; r += 2) {
#pragma clang loop unroll(full)
    for (int k = 0; k < 2; k++) {
      if (r + k == end) break;
      int64_t at = (r + k) * call->channels + c;
      vf d = load_element(call->x + at, lanes) - center;
      vf g = bn_masked_gradient(call, mask, at, lanes, d, factor, shift);
      if (writes) store_element(call->dresidual + at, g, lanes);
      sums[k] += g;
      products[k] += g * d;
    }
  }
  store_up_to(first, sums[0] + sums[1], lanes);
  store_up_to(second, products[0] + products[1], lanes);
}

PK_INLINE void NAME(gradient_sums_part)(const bn_call *call, int part, int mask, int writes) {
  int64_t channels = call->channels;
  int64_t begin = pk_part_begin(call->rows, call->parts, part), end = pk_part_begin(call->rows, call->parts, part + 1);
  double *sum = call->sums + (int64_t)part * 2 * channels, *product = sum + channels;
  memset(sum, 0, sizeof(double) * 2 * (size_t)channels);
  for (int64_t row = begin; row < end; row += PK_BLOCK_ROWS) {
    int64_t stop = end - row < PK_BLOCK_ROWS ? end : row + PK_BLOCK_ROWS;
    for (int64_t c = 0; c < channels; c += LANES) {
      int64_t lanes = channels - c < LANES ? channels - c : LANES;
      float first[LANES], second[LANES];
      if (lanes == LANES) {
        NAME(gradient_sums)(call, mask, writes, row, stop, c, LANES, first, second);
      } else {
        NAME(gradient_sums)(call, mask, writes, row, stop, c, lanes, first, second);
      }
      for (int64_t k = 0; k < lanes; k++) {
        sum[c + k] += first[k];
        product[c + k] += second[k];
      }
    }
  }
}

static void NAME(bn_gradient_sums_part)(void *context, int part) {
  const bn_call *call = context;
  int mask = pk_mask_of(call);
  if (call->dresidual != NULL) {
    NAME(gradient_sums_part)(call, part, mask, 1);
  } else if (mask == PK_BY_OUTPUT) {
    NAME(gradient_sums_part)(call, part, PK_BY_OUTPUT, 0);
  } else if (mask == PK_BY_INPUT) {
    NAME(gradient_sums_part)(call, part, PK_BY_INPUT, 0);
  } else {
    NAME(gradient_sums_part)(call, part, PK_UNMASKED, 0);
  }
}

/// dx = factor g - offset - (x - mean) slope for the rows begin..<end.
PK_INLINE void NAME(bn_gradient)(const bn_call *call, int64_t begin, int64_t end, int mask) {
  int64_t channels = call->channels;
  for (int64_t row = begin; row < end; row++) {
    for (int64_t c = 0; c < channels; c += LANES) {
      int64_t lanes = channels - c < LANES ? channels - c : LANES, at = row * channels + c;
      vf d = load_element(call->x + at, lanes) - load_up_to(call->mean + c, lanes);
      vf factor = load_up_to(call->factor + c, lanes);
      vf shift = mask == PK_BY_INPUT ? load_up_to(call->shift + c, lanes) : (vf)0.0f;
      vf g = bn_masked_gradient(call, mask, at, lanes, d, factor, shift);
      vf base = g * factor - load_up_to(call->offset + c, lanes);
      store_element(call->y + at, base - d * load_up_to(call->slope + c, lanes), lanes);
    }
  }
}

static void NAME(bn_gradient_range)(void *context, int64_t begin, int64_t end) {
  const bn_call *call = context;
  switch (pk_mask_of(call)) {
  case PK_BY_OUTPUT: NAME(bn_gradient)(call, begin, end, PK_BY_OUTPUT); break;
  case PK_BY_INPUT: NAME(bn_gradient)(call, begin, end, PK_BY_INPUT); break;
  default: NAME(bn_gradient)(call, begin, end, PK_UNMASKED);
  }
}
