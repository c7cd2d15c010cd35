// Rounding to 8-bit and 16-bit integers and back, with one scale or one a channel.
#include "internal.h"

typedef struct {
  int64_t channels, inner;
  const float *x;
  const float *scales;
  const int32_t *zero_points;
  void *y;
} quantize_call;

typedef struct {
  int64_t channels, inner;
  const void *x;
  const float *scales;
  const int32_t *zero_points;
  float *y;
} dequantize_call;

typedef struct {
  const float *x;
  float scale, low, high;
  float *y;
} simulate_call;

#define PK_BODY "quantization_body.h"
#include "levels.h"

/// Channels last (inner 1): rows with vectors of scales; else runs of `inner` with one scale each.
static void run_axis(int64_t outer, int64_t channels, int64_t inner, void (*rows)(void *, int64_t, int64_t),
                     void (*runs)(void *, int64_t, int64_t), void *call) {
  if (inner == 1) {
    pk_parallel_for(outer, pk_grain(channels), rows, call);
  } else {
    pk_parallel_for(outer * channels, pk_grain(inner), runs, call);
  }
}

#define QUANTIZATION(SUFFIX, TYPE)                                                                                    \
  void pk_quantize_##SUFFIX(int64_t n, const float *x, float scale, int32_t zero_point, TYPE *y) {                    \
    quantize_call call = {.x = x, .scales = &scale, .zero_points = &zero_point, .y = y};                              \
    pk_parallel_for(n, PK_GRAIN, PK_SELECT(quantize_##SUFFIX##_range), &call);                                        \
  }                                                                                                                   \
                                                                                                                      \
  void pk_quantize_##SUFFIX##_axis(int64_t outer, int64_t channels, int64_t inner, const float *x,                    \
                                   const float *scale, const int32_t *zero_point, TYPE *y) {                          \
    quantize_call call = {channels, inner, x, scale, zero_point, y};                                                  \
    run_axis(outer, channels, inner, PK_SELECT(quantize_##SUFFIX##_rows), PK_SELECT(quantize_##SUFFIX##_runs), &call); \
  }

QUANTIZATION(s8, int8_t)
QUANTIZATION(u8, uint8_t)
QUANTIZATION(s16, int16_t)
QUANTIZATION(u16, uint16_t)
#undef QUANTIZATION

#define DEQUANTIZATION(SUFFIX, TYPE)                                                                                  \
  void pk_dequantize_##SUFFIX(int64_t n, const TYPE *x, float scale, int32_t zero_point, float *y) {                  \
    dequantize_call call = {.x = x, .scales = &scale, .zero_points = &zero_point, .y = y};                            \
    pk_parallel_for(n, PK_GRAIN, PK_SELECT(dequantize_##SUFFIX##_range), &call);                                      \
  }                                                                                                                   \
                                                                                                                      \
  void pk_dequantize_##SUFFIX##_axis(int64_t outer, int64_t channels, int64_t inner, const TYPE *x,                   \
                                     const float *scale, const int32_t *zero_point, float *y) {                       \
    dequantize_call call = {channels, inner, x, scale, zero_point, y};                                                \
    run_axis(outer, channels, inner, PK_SELECT(dequantize_##SUFFIX##_rows), PK_SELECT(dequantize_##SUFFIX##_runs),    \
             &call);                                                                                                  \
  }

DEQUANTIZATION(s8, int8_t)
DEQUANTIZATION(u8, uint8_t)
DEQUANTIZATION(s16, int16_t)
DEQUANTIZATION(u16, uint16_t)
DEQUANTIZATION(s32, int32_t)
#undef DEQUANTIZATION

void pk_quantize_dequantize(int64_t n, const float *x, float scale, int32_t zero_point, int32_t lo, int32_t hi,
                            float *y) {
  simulate_call call = {x, scale, (float)(lo - zero_point), (float)(hi - zero_point), y};
  pk_parallel_for(n, PK_GRAIN, PK_SELECT(quantize_dequantize_range), &call);
}
