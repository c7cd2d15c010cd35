// Conversions between float32 and bfloat16, and what residual networks do most with bfloat16 between their products.
#include "internal.h"

typedef struct {
  int64_t rows, channels;
  int parts;
  const float *floats;
  const uint16_t *halves, *others;
  float *to_floats;
  uint16_t *to_halves;
  double *sums;
} bf16_call;

#define PK_BODY "bfloat16_body.h"
#include "levels.h"

int pk_has_bfloat16(void) {
#if defined(__x86_64__)
  return pk_level() == PK_LEVEL_AVX512 && __builtin_cpu_supports("avx512bf16") != 0;
#else
  return 0;
#endif
}

void pk_bf16_from_float(int64_t n, const float *x, uint16_t *y) {
  bf16_call call = {.floats = x, .to_halves = y};
  pk_parallel_for(n, PK_GRAIN, PK_SELECT(bf16_from_float_range), &call);
}

void pk_float_from_bf16(int64_t n, const uint16_t *x, float *y) {
  bf16_call call = {.halves = x, .to_floats = y};
  pk_parallel_for(n, PK_GRAIN, PK_SELECT(float_from_bf16_range), &call);
}

void pk_add_bf16(int64_t n, const uint16_t *a, const uint16_t *b, uint16_t *y) {
  bf16_call call = {.halves = a, .others = b, .to_halves = y};
  pk_parallel_for(n, PK_GRAIN, PK_SELECT(bf16_add_range), &call);
}

void pk_relu_bf16(int64_t n, const uint16_t *x, uint16_t *y) {
  bf16_call call = {.halves = x, .to_halves = y};
  pk_parallel_for(n, PK_GRAIN, PK_SELECT(bf16_relu_range), &call);
}

void pk_relu_gradient_bf16(int64_t n, const uint16_t *dy, const uint16_t *y, uint16_t *dx) {
  bf16_call call = {.halves = dy, .others = y, .to_halves = dx};
  pk_parallel_for(n, PK_GRAIN, PK_SELECT(bf16_relu_gradient_range), &call);
}

void pk_column_sums_bf16(int64_t rows, int64_t channels, const uint16_t *x, float *y, double *scratch) {
  bf16_call call = {.rows = rows, .channels = channels, .halves = x, .sums = scratch};
  call.parts = pk_part_count(rows, channels);
  pk_parallel_parts(call.parts, PK_SELECT(bf16_column_sums_part), &call);
  for (int64_t c = 0; c < channels; c++) {
    double total = 0;
    for (int part = 0; part < call.parts; part++) total += scratch[part * channels + c];
    y[c] = (float)total;
  }
}
