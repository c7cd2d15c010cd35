// Quantization and arithmetic on 8-bit integers; included by CKernels.h. The rules of CKernels.h hold.
#ifndef PARE_CKERNELS_INTEGERS_H
#define PARE_CKERNELS_INTEGERS_H

#include "CKernels.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#pragma clang assume_nonnull begin
#endif

// MARK: Quantization

/// y = saturate(round_half_even(x / scale) + zero_point) to -128...127. A NaN rounds to 0, that is, gives zero_point.
void pk_quantize_s8(int64_t n, const float *x, float scale, int32_t zero_point, int8_t *y);

/// pk_quantize_s8 to 0...255.
void pk_quantize_u8(int64_t n, const float *x, float scale, int32_t zero_point, uint8_t *y);

/// y = (x - zero_point) scale.
void pk_dequantize_s8(int64_t n, const int8_t *x, float scale, int32_t zero_point, float *y);

/// y = (x - zero_point) scale.
void pk_dequantize_u8(int64_t n, const uint8_t *x, float scale, int32_t zero_point, float *y);

/// y = (x - zero_point) scale.
void pk_dequantize_s32(int64_t n, const int32_t *x, float scale, int32_t zero_point, float *y);

/// pk_quantize_s8 to -32768...32767.
void pk_quantize_s16(int64_t n, const float *x, float scale, int32_t zero_point, int16_t *y);

/// pk_quantize_s8 to 0...65535.
void pk_quantize_u16(int64_t n, const float *x, float scale, int32_t zero_point, uint16_t *y);

/// y = (x - zero_point) scale.
void pk_dequantize_s16(int64_t n, const int16_t *x, float scale, int32_t zero_point, float *y);

/// y = (x - zero_point) scale.
void pk_dequantize_u16(int64_t n, const uint16_t *x, float scale, int32_t zero_point, float *y);

/// pk_quantize_s8 of x[outer, channels, inner] with a scale and a zero point (NULL: 0) a channel.
void pk_quantize_s8_axis(int64_t outer, int64_t channels, int64_t inner, const float *x, const float *scale,
                         const int32_t *_Nullable zero_point, int8_t *y);

/// pk_quantize_s8_axis to 0...255.
void pk_quantize_u8_axis(int64_t outer, int64_t channels, int64_t inner, const float *x, const float *scale,
                         const int32_t *_Nullable zero_point, uint8_t *y);

/// pk_quantize_s8_axis to -32768...32767.
void pk_quantize_s16_axis(int64_t outer, int64_t channels, int64_t inner, const float *x, const float *scale,
                          const int32_t *_Nullable zero_point, int16_t *y);

/// pk_quantize_s8_axis to 0...65535.
void pk_quantize_u16_axis(int64_t outer, int64_t channels, int64_t inner, const float *x, const float *scale,
                          const int32_t *_Nullable zero_point, uint16_t *y);

/// pk_dequantize_s8 of x[outer, channels, inner] with a scale and a zero point (NULL: 0) a channel.
void pk_dequantize_s8_axis(int64_t outer, int64_t channels, int64_t inner, const int8_t *x, const float *scale,
                           const int32_t *_Nullable zero_point, float *y);

/// pk_dequantize_s8_axis for unsigned bytes.
void pk_dequantize_u8_axis(int64_t outer, int64_t channels, int64_t inner, const uint8_t *x, const float *scale,
                           const int32_t *_Nullable zero_point, float *y);

/// pk_dequantize_s8_axis for 16-bit integers.
void pk_dequantize_s16_axis(int64_t outer, int64_t channels, int64_t inner, const int16_t *x, const float *scale,
                            const int32_t *_Nullable zero_point, float *y);

/// pk_dequantize_s8_axis for unsigned 16-bit integers.
void pk_dequantize_u16_axis(int64_t outer, int64_t channels, int64_t inner, const uint16_t *x, const float *scale,
                            const int32_t *_Nullable zero_point, float *y);

/// pk_dequantize_s8_axis for 32-bit integers.
void pk_dequantize_s32_axis(int64_t outer, int64_t channels, int64_t inner, const int32_t *x, const float *scale,
                            const int32_t *_Nullable zero_point, float *y);

/// y = (clamp(round_half_even(x / scale) + zero_point, lo, hi) - zero_point) scale: quantization-aware training's
/// simulated rounding. hi - lo at most 2^21. A NaN gives 0.
void pk_quantize_dequantize(int64_t n, const float *x, float scale, int32_t zero_point, int32_t lo, int32_t hi,
                            float *y);

// MARK: Integers

/// How bytes stand for numbers: number = (byte - zero_point) scale, with 2^-30 <= scale <= 2^30.
typedef struct {
  float scale;
  int32_t zero_point;
  /// Nonzero: -128...127; zero: 0...255.
  int32_t is_signed;
} pk_q8;

/// An operation on numbers held in bytes: y = limit(round_half_even((a op b) / y.scale) + y.zero_point) to low...high,
/// with the roundings of float that dequantizing, computing and quantizing have. PK_ADD, PK_SUB and PK_MUL.
typedef struct {
  pk_binary_op op;
  pk_q8 a, b, y;
  int32_t low, high;
} pk_q8_binary;

/// y[i] = a[i] op b[i].
void pk_q8_binary_run(const pk_q8_binary *form, int64_t n, const void *a, const void *b, void *y);

/// y = a op b over `dims`; see pk_binary_broadcast.
void pk_q8_binary_broadcast(const pk_q8_binary *form, int rank, const int64_t *dims, const int64_t *a_strides,
                            const int64_t *b_strides, const void *a, const void *b, void *y);

/// pk_average_pool on numbers held in bytes, limited to low...high; sums are exact.
void pk_q8_average_pool(const pk_pool *pool, pk_q8 x_format, pk_q8 y_format, int32_t low, int32_t high, const void *x,
                        void *y);

/// y[i] = table[x[i]] for bytes (signed ones index by their bits) and 256 entries.
void pk_lookup(int64_t n, const void *x, const uint8_t *table, void *y);

/// y[r, c] -= left[r] right[c] (left[0] for all rows if `left_is_one`): what a zero point adds to an integer product.
void pk_subtract_products(int64_t rows, int64_t columns, const int32_t *left, int left_is_one, const int32_t *right,
                          int32_t *y);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif

#ifdef __cplusplus
}
#endif

#endif
