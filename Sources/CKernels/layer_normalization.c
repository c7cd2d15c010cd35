// Layer normalisation of rows.
#include "internal.h"

typedef struct {
  int64_t rows, cols;
  int parts;
  float epsilon;
  const float *x, *dy, *scale, *shift;
  float *y, *mean, *inverse_std;
  double *sums;
} layer_call;

#define PK_BODY "layer_normalization_body.h"
#include "levels.h"

void pk_layer_norm(int64_t rows, int64_t cols, const float *x, const float *scale, const float *shift, float epsilon,
                   float *y, float *mean, float *inverse_std) {
  if (cols <= 0) return;
  layer_call call = {.rows = rows, .cols = cols, .epsilon = epsilon, .x = x, .scale = scale, .shift = shift, .y = y};
  call.mean = mean;
  call.inverse_std = inverse_std;
  pk_parallel_for(rows, pk_grain(cols), PK_SELECT(layer_norm_range), &call);
}

void pk_layer_norm_gradient(int64_t rows, int64_t cols, const float *x, const float *dy, const float *scale,
                            float epsilon, float *dx, float *dscale, float *dshift) {
  if (cols <= 0) return;
  layer_call call = {.rows = rows, .cols = cols, .epsilon = epsilon, .x = x, .dy = dy, .scale = scale, .y = dx};
  call.parts = pk_part_count(rows, cols);
  call.sums = pk_allocate(sizeof(double) * 2 * (size_t)cols * (size_t)call.parts);
  pk_parallel_parts(call.parts, PK_SELECT(layer_norm_gradient_part), &call);
  for (int64_t i = 0; i < cols; i++) {
    double product = 0, sum = 0;
    for (int part = 0; part < call.parts; part++) {
      product += call.sums[(int64_t)part * 2 * cols + i];
      sum += call.sums[((int64_t)part * 2 + 1) * cols + i];
    }
    dscale[i] = (float)product;
    dshift[i] = (float)sum;
  }
  free(call.sums);
}
