// Batch normalisation over rows x channels, with the residual sum and ReLU that follow it in networks.
#include "internal.h"

typedef struct {
  int64_t rows, channels;
  int parts;
  const float *x, *dy, *mask, *residual;
  const float *mean, *factor, *shift, *offset, *slope;
  int relu;
  float *y, *dresidual;
  double *sums;
} bn_call;

#define PK_BODY "normalization_body.h"
#include "levels.h"

size_t pk_bn_scratch_floats(int64_t channels) {
  // Two doubles a channel and part, three floats a channel, and room to align.
  return (size_t)channels * (PK_MAX_PARTS * 4 + 3) + 16;
}

static double *pk_align(float *scratch) { return (double *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63); }

/// Part 0 takes the statistics of all the parts, in their order.
static void pk_merge_statistics(const bn_call *call) {
  int64_t channels = call->channels;
  double *mean = call->sums, *deviation = mean + channels;
  double before = (double)pk_part_begin(call->rows, call->parts, 1);
  for (int part = 1; part < call->parts; part++) {
    const double *other = call->sums + (int64_t)part * 2 * channels;
    double count = (double)(pk_part_begin(call->rows, call->parts, part + 1)
                            - pk_part_begin(call->rows, call->parts, part));
    double share = count / (before + count);
    for (int64_t c = 0; c < channels; c++) {
      double delta = other[c] - mean[c];
      mean[c] += delta * share;
      deviation[c] += other[channels + c] + delta * delta * before * share;
    }
    before += count;
  }
}

void pk_bn_forward(int64_t rows, int64_t channels, const float *x, const float *scale, const float *shift,
                   float epsilon, float momentum_new, const float *running_mean_in, const float *running_var_in,
                   float *running_mean_out, float *running_var_out, float *saved_mean, float *saved_inverse_std,
                   int relu, const float *residual, float *y, float *scratch) {
  if (rows <= 0 || channels <= 0) return;
  bn_call call = {.rows = rows, .channels = channels, .x = x, .residual = residual, .relu = relu, .y = y};
  call.sums = pk_align(scratch);
  call.parts = pk_part_count(rows, channels);
  pk_parallel_parts(call.parts, PK_SELECT(bn_statistics_part), &call);
  pk_merge_statistics(&call);

  float *factor = (float *)(call.sums + (int64_t)call.parts * 2 * channels);
  double unbiased = rows > 1 ? 1.0 / (double)(rows - 1) : 1.0;
  for (int64_t c = 0; c < channels; c++) {
    double mean = call.sums[c], deviation = call.sums[channels + c];
    double inverse_std = 1.0 / sqrt(deviation / (double)rows + epsilon);
    saved_mean[c] = (float)mean;
    saved_inverse_std[c] = (float)inverse_std;
    factor[c] = (float)(inverse_std * scale[c]);
    if (running_mean_in != NULL && running_mean_out != NULL) {
      running_mean_out[c] = (float)((1.0 - momentum_new) * running_mean_in[c] + momentum_new * mean);
    }
    if (running_var_in != NULL && running_var_out != NULL) {
      running_var_out[c] = (float)((1.0 - momentum_new) * running_var_in[c] + momentum_new * deviation * unbiased);
    }
  }
  call.mean = saved_mean;
  call.factor = factor;
  call.shift = shift;
  pk_parallel_for(rows, pk_grain(channels), PK_SELECT(bn_apply_range), &call);
}

void pk_bn_backward(int64_t rows, int64_t channels, const float *x, const float *dy, const float *y,
                    const float *scale, const float *mean, const float *inverse_std, float *dx, float *dscale,
                    float *dshift, float *dresidual, float *scratch) {
  if (rows <= 0 || channels <= 0) return;
  bn_call call = {
      .rows = rows, .channels = channels, .x = x, .dy = dy, .mask = y, .mean = mean, .y = dx, .dresidual = dresidual};
  call.sums = pk_align(scratch);
  call.parts = pk_part_count(rows, channels);
  pk_parallel_parts(call.parts, PK_SELECT(bn_gradient_sums_part), &call);
  for (int part = 1; part < call.parts; part++) {
    const double *other = call.sums + (int64_t)part * 2 * channels;
    for (int64_t c = 0; c < 2 * channels; c++) call.sums[c] += other[c];
  }

  float *factor = (float *)(call.sums + (int64_t)call.parts * 2 * channels);
  float *offset = factor + channels, *slope = offset + channels;
  for (int64_t c = 0; c < channels; c++) {
    double sum = call.sums[c], product = call.sums[channels + c], inverse = inverse_std[c];
    dshift[c] = (float)sum;
    dscale[c] = (float)(product * inverse);
    factor[c] = (float)(scale[c] * inverse);
    offset[c] = (float)(scale[c] * inverse * sum / (double)rows);
    slope[c] = (float)(scale[c] * inverse * inverse * inverse * product / (double)rows);
  }
  call.factor = factor;
  call.offset = offset;
  call.slope = slope;
  if (dresidual != NULL) {
    // The first pass wrote the masked gradient there.
    call.dy = dresidual;
    call.mask = NULL;
  }
  pk_parallel_for(rows, pk_grain(channels), PK_SELECT(bn_gradient_range), &call);
}

void pk_scale_shift(int64_t rows, int64_t channels, const float *x, const float *scale, const float *shift, int relu,
                    float *y) {
  if (rows <= 0 || channels <= 0) return;
  bn_call call = {.rows = rows, .channels = channels, .x = x, .factor = scale, .shift = shift, .relu = relu, .y = y};
  pk_parallel_for(rows, pk_grain(channels), PK_SELECT(scale_shift_range), &call);
}
