// Batch normalisation over rows x channels, with the residual sum and ReLU that follow it in networks, compiled once for
// float32 and once for bfloat16 elements (normalization_bf16.c); group normalisation.
#include "element.h"
#include "internal.h"

typedef struct {
  int64_t rows, channels;
  int parts;
  const pk_element *x, *dy, *mask, *residual;
  const float *mean, *factor, *shift, *offset, *slope;
  int relu;
  /// Where ReLU ends; NaN for never.
  float ceiling;
  pk_element *y, *dresidual;
  double *sums;
} bn_call;

/// What says where a rectifier behind the normalisation let gradients pass: nothing, its output, or its input.
enum { PK_UNMASKED, PK_BY_OUTPUT, PK_BY_INPUT };

static inline int pk_mask_of(const bn_call *call) {
  if (!call->relu) return PK_UNMASKED;
  return call->mask != NULL ? PK_BY_OUTPUT : PK_BY_INPUT;
}

#define PK_BODY "normalization_body.h"
#include "levels.h"

#ifndef PK_BFLOAT16
size_t pk_bn_scratch_floats(int64_t channels) {
  // Two doubles a channel and part, three floats a channel, and room to align.
  return (size_t)channels * (PK_MAX_PARTS * 4 + 3) + 16;
}
#endif

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

void PK_ELEMENT_NAME(pk_bn_forward)(int64_t rows, int64_t channels, const pk_element *x, const float *scale,
                                    const float *shift, float epsilon, float momentum_new,
                                    const float *running_mean_in, const float *running_var_in, float *running_mean_out,
                                    float *running_var_out, float *saved_mean, float *saved_inverse_std, int relu,
                                    const pk_element *residual, pk_element *y, float *scratch) {
  if (rows <= 0 || channels <= 0) return;
  bn_call call = {.rows = rows, .channels = channels, .x = x, .residual = residual, .relu = relu, .y = y};
  call.ceiling = relu > 1 ? (float)relu : NAN;
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
    factor[c] = saved_inverse_std[c] * scale[c];
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

void PK_ELEMENT_NAME(pk_bn_again)(int64_t rows, int64_t channels, const pk_element *x, const float *scale,
                                  const float *shift, const float *mean, const float *inverse_std, int relu,
                                  pk_element *y, float *scratch) {
  if (rows <= 0 || channels <= 0) return;
  bn_call call = {.rows = rows, .channels = channels, .x = x, .relu = relu, .y = y, .mean = mean, .shift = shift};
  call.ceiling = relu > 1 ? (float)relu : NAN;
  for (int64_t c = 0; c < channels; c++) scratch[c] = inverse_std[c] * scale[c];
  call.factor = scratch;
  pk_parallel_for(rows, pk_grain(channels), PK_SELECT(bn_apply_range), &call);
}

void PK_ELEMENT_NAME(pk_bn_backward)(int64_t rows, int64_t channels, const pk_element *x, const pk_element *dy,
                                     const pk_element *y, int relu, const float *scale, const float *shift,
                                     const float *mean, const float *inverse_std, pk_element *dx, float *dscale,
                                     float *dshift, pk_element *dresidual, float *scratch) {
  if (rows <= 0 || channels <= 0) return;
  bn_call call = {.rows = rows, .channels = channels, .x = x, .dy = dy, .mask = y, .relu = relu, .y = dx};
  call.shift = shift;
  call.mean = mean;
  call.dresidual = dresidual;
  call.ceiling = relu > 1 ? (float)relu : NAN;
  call.sums = pk_align(scratch);
  call.parts = pk_part_count(rows, channels);
  float *factor = (float *)(call.sums + (int64_t)call.parts * 2 * channels);
  float *offset = factor + channels, *slope = offset + channels;
  for (int64_t c = 0; c < channels; c++) factor[c] = inverse_std[c] * scale[c];
  call.factor = factor;
  pk_parallel_parts(call.parts, PK_SELECT(bn_gradient_sums_part), &call);
  for (int part = 1; part < call.parts; part++) {
    const double *other = call.sums + (int64_t)part * 2 * channels;
    for (int64_t c = 0; c < 2 * channels; c++) call.sums[c] += other[c];
  }

  for (int64_t c = 0; c < channels; c++) {
    double sum = call.sums[c], product = call.sums[channels + c], inverse = inverse_std[c];
    dshift[c] = (float)sum;
    dscale[c] = (float)(product * inverse);
    offset[c] = (float)(scale[c] * inverse * sum / (double)rows);
    slope[c] = (float)(scale[c] * inverse * inverse * inverse * product / (double)rows);
  }
  call.offset = offset;
  call.slope = slope;
  if (dresidual != NULL) {
    // The first pass wrote the masked gradient there.
    call.dy = dresidual;
    call.relu = 0;
  }
  pk_parallel_for(rows, pk_grain(channels), PK_SELECT(bn_gradient_range), &call);
}

void PK_ELEMENT_NAME(pk_scale_shift)(int64_t rows, int64_t channels, const pk_element *x, const float *scale,
                                     const float *shift, int relu, pk_element *y) {
  if (rows <= 0 || channels <= 0) return;
  bn_call call = {.rows = rows, .channels = channels, .x = x, .factor = scale, .shift = shift, .relu = relu, .y = y};
  pk_parallel_for(rows, pk_grain(channels), PK_SELECT(scale_shift_range), &call);
}

#ifndef PK_BFLOAT16
/// Group normalisation of images, each as a batch of its own whose channels share statistics within a group.
typedef struct {
  int64_t rows, channels, groups;
  int parts;
  float epsilon;
  const float *x, *dy, *scale, *shift;
  float *y;
  /// For each image two sums a channel, of the gradient.
  double *gradient_sums;
} group_call;

/// Memory for one image at a time: the parts' sums, then five floats a channel.
static double *allocate_sums(const group_call *call) {
  return pk_allocate((size_t)call->channels * (sizeof(double) * 2 * (size_t)call->parts + sizeof(float) * 5));
}

/// Takes the statistics of an image, and gives every channel its group's mean and 1 / sqrt(variance + epsilon).
static void group_statistics(const group_call *call, bn_call *image, float *mean, float *inverse_std) {
  pk_parallel_parts(image->parts, PK_SELECT(bn_statistics_part), image);
  pk_merge_statistics(image);
  int64_t size = call->channels / call->groups;
  for (int64_t first = 0; first < call->channels; first += size) {
    const double *means = image->sums + first, *deviations = means + call->channels;
    double center = 0, deviation = 0;
    for (int64_t c = 0; c < size; c++) center += means[c];
    center /= (double)size;
    for (int64_t c = 0; c < size; c++) {
      deviation += deviations[c] + (means[c] - center) * (means[c] - center) * (double)call->rows;
    }
    double inverse = 1.0 / sqrt(deviation / (double)(call->rows * size) + call->epsilon);
    for (int64_t c = first; c < first + size; c++) {
      mean[c] = (float)center;
      inverse_std[c] = (float)inverse;
    }
  }
}

/// Runs a range of an image's rows, on several threads where its statistics are.
static void run_rows(bn_call *image, void (*range)(void *, int64_t, int64_t)) {
  if (image->parts > 1) {
    pk_parallel_for(image->rows, pk_grain(image->channels), range, image);
  } else {
    range(image, 0, image->rows);
  }
}

/// Items are images.
static void group_norm_range(void *context, int64_t begin, int64_t end) {
  const group_call *call = context;
  int64_t channels = call->channels;
  bn_call image = {.rows = call->rows, .channels = channels, .parts = call->parts, .shift = call->shift};
  image.sums = allocate_sums(call);
  float *mean = (float *)(image.sums + 2 * channels * call->parts), *factor = mean + channels;
  for (int64_t n = begin; n < end; n++) {
    image.x = call->x + n * call->rows * channels;
    image.y = call->y + n * call->rows * channels;
    group_statistics(call, &image, mean, factor);
    for (int64_t c = 0; c < channels; c++) factor[c] *= call->scale[c];
    image.mean = mean;
    image.factor = factor;
    run_rows(&image, PK_SELECT(bn_apply_range));
  }
  free(image.sums);
}

/// Few large images one after the other, each on all threads; many images side by side.
static void run_images(group_call *call, int64_t n, void (*range)(void *, int64_t, int64_t)) {
  call->parts = n < pk_max_threads() ? pk_part_count(call->rows, call->channels) : 1;
  if (call->parts > 1) {
    range(call, 0, n);
  } else {
    pk_parallel_for(n, pk_grain(call->rows * call->channels), range, call);
  }
}

void pk_group_norm(int64_t n, int64_t rows, int64_t channels, int64_t groups, const float *x, const float *scale,
                   const float *shift, float epsilon, float *y) {
  if (rows <= 0 || channels <= 0) return;
  group_call call = {.rows = rows, .channels = channels, .groups = groups, .epsilon = epsilon, .x = x, .y = y};
  call.scale = scale;
  call.shift = shift;
  run_images(&call, n, group_norm_range);
}

/// Items are images.
static void group_gradient_range(void *context, int64_t begin, int64_t end) {
  const group_call *call = context;
  int64_t channels = call->channels, size = channels / call->groups;
  bn_call image = {.rows = call->rows, .channels = channels, .parts = call->parts};
  image.sums = allocate_sums(call);
  float *mean = (float *)(image.sums + 2 * channels * call->parts), *inverse_std = mean + channels;
  float *factor = inverse_std + channels, *offset = factor + channels, *slope = offset + channels;
  for (int64_t n = begin; n < end; n++) {
    image.x = call->x + n * call->rows * channels;
    image.dy = call->dy + n * call->rows * channels;
    image.y = call->y + n * call->rows * channels;
    group_statistics(call, &image, mean, inverse_std);
    image.mean = mean;
    pk_parallel_parts(image.parts, PK_SELECT(bn_gradient_sums_part), &image);
    double *sums = call->gradient_sums + n * 2 * channels, *products = sums + channels;
    memset(sums, 0, sizeof(double) * 2 * (size_t)channels);
    for (int part = 0; part < image.parts; part++) {
      for (int64_t c = 0; c < 2 * channels; c++) sums[c] += image.sums[(int64_t)part * 2 * channels + c];
    }
    for (int64_t first = 0; first < channels; first += size) {
      double sum = 0, product = 0, count = (double)(call->rows * size), inverse = inverse_std[first];
      for (int64_t c = first; c < first + size; c++) {
        sum += call->scale[c] * sums[c];
        product += call->scale[c] * products[c];
        products[c] *= inverse;
      }
      for (int64_t c = first; c < first + size; c++) {
        factor[c] = (float)(call->scale[c] * inverse);
        offset[c] = (float)(inverse * sum / count);
        slope[c] = (float)(inverse * inverse * inverse * product / count);
      }
    }
    image.factor = factor;
    image.offset = offset;
    image.slope = slope;
    run_rows(&image, PK_SELECT(bn_gradient_range));
  }
  free(image.sums);
}

void pk_group_norm_gradient(int64_t n, int64_t rows, int64_t channels, int64_t groups, const float *x, const float *dy,
                            const float *scale, float epsilon, float *dx, float *dscale, float *dshift) {
  if (rows <= 0 || channels <= 0) return;
  group_call call = {.rows = rows, .channels = channels, .groups = groups, .epsilon = epsilon, .x = x, .y = dx};
  call.dy = dy;
  call.scale = scale;
  call.gradient_sums = pk_allocate(sizeof(double) * 2 * (size_t)channels * (size_t)n);
  run_images(&call, n, group_gradient_range);
  for (int64_t c = 0; c < channels; c++) {
    double sum = 0, product = 0;
    for (int64_t image = 0; image < n; image++) {
      sum += call.gradient_sums[image * 2 * channels + c];
      product += call.gradient_sums[(image * 2 + 1) * channels + c];
    }
    dshift[c] = (float)sum;
    dscale[c] = (float)product;
  }
  free(call.gradient_sums);
}
#endif
