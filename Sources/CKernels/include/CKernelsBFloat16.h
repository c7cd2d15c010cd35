// Kernels whose activations lie in memory as bfloat16 (the upper half of a float32); included by CKernels.h.
//
// The rules of CKernels.h hold. Arithmetic is float32 inside: elements are widened when they are read and rounded to
// nearest even when they are written (a NaN stays one), with the same bits at every CPU level.
#ifndef PARE_CKERNELS_BFLOAT16_H
#define PARE_CKERNELS_BFLOAT16_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#pragma clang assume_nonnull begin
#endif

/// Whether the processor multiplies bfloat16 faster than float32 (AVX-512 BF16) and the AVX-512 level is in use.
int pk_has_bfloat16(void);

/// y[i] = x[i], rounded.
void pk_bf16_from_float(int64_t n, const float *x, uint16_t *y);

/// y[i] = x[i].
void pk_float_from_bf16(int64_t n, const uint16_t *x, float *y);

/// y[i] = a[i] + b[i].
void pk_add_bf16(int64_t n, const uint16_t *a, const uint16_t *b, uint16_t *y);

/// y[i] = max(x[i], 0); a NaN stays as it is.
void pk_relu_bf16(int64_t n, const uint16_t *x, uint16_t *y);

/// dx[i] = y[i] > 0 ? dy[i] : 0, y being pk_relu_bf16's output.
void pk_relu_gradient_bf16(int64_t n, const uint16_t *dy, const uint16_t *y, uint16_t *dx);

/// y[c] = sum over r of x[r, c]; `scratch` holds `channels` doubles a thread.
void pk_column_sums_bf16(int64_t rows, int64_t channels, const uint16_t *x, float *y, double *scratch);

/// pk_bn_forward with x, residual and y in bfloat16; parameters, statistics and sums are those of float32.
void pk_bn_forward_bf16(int64_t rows, int64_t channels, const uint16_t *x, const float *scale, const float *shift,
                        float epsilon, float momentum_new, const float *_Nullable running_mean_in,
                        const float *_Nullable running_var_in, float *_Nullable running_mean_out,
                        float *_Nullable running_var_out, float *saved_mean, float *saved_inverse_std, int relu,
                        const uint16_t *_Nullable residual, uint16_t *y, float *scratch);

/// pk_bn_again with x and y in bfloat16.
void pk_bn_again_bf16(int64_t rows, int64_t channels, const uint16_t *x, const float *scale, const float *shift,
                      const float *mean, const float *inverse_std, int relu, uint16_t *y, float *scratch);

/// pk_bn_backward with x, dy, y, dx and dresidual in bfloat16; dscale and dshift are float32.
void pk_bn_backward_bf16(int64_t rows, int64_t channels, const uint16_t *x, const uint16_t *dy,
                         const uint16_t *_Nullable y, int relu, const float *scale, const float *_Nullable shift,
                         const float *mean, const float *inverse_std, uint16_t *dx, float *dscale, float *dshift,
                         uint16_t *_Nullable dresidual, float *scratch);

/// pk_scale_shift with x and y in bfloat16.
void pk_scale_shift_bf16(int64_t rows, int64_t channels, const uint16_t *x, const float *scale, const float *shift,
                         int relu, uint16_t *y);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif

#ifdef __cplusplus
}
#endif

#endif
