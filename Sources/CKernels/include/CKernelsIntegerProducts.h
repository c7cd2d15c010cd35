// Convolutions and matrix products of 8-bit integers; included by CKernels.h. The rules of CKernels.h hold.
//
// For processors without instructions that add up four products of bytes in 32 bits (VNNI): the older ones add two
// products in 16 bits, which saturates. Here bytes are widened to 16 bits, less their zero point, and pairs of products
// are added up in 32, so that all sums are exact.
#ifndef PARE_CKERNELS_INTEGER_PRODUCTS_H
#define PARE_CKERNELS_INTEGER_PRODUCTS_H

#include "CKernels.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#pragma clang assume_nonnull begin
#endif

/// What a sum becomes: PK_SUMS stores it (int32); PK_NUMBERS stores activation(factor[o] sum + bias[o]) (float);
/// PK_BYTES stores that number divided by a scale, rounded half to even, plus a zero point, limited to low...high.
typedef enum { PK_SUMS, PK_NUMBERS, PK_BYTES } pk_integer_result;

/// A convolution of bytes with signed bytes. Sums stay below 2^31: at most 32,000 products each. A product of matrices of
/// m x k and k x n is one with n = h = 1, w = m, c = k and o = n.
typedef struct {
  pk_window window;
  /// Whether the bytes of x are signed.
  int x_is_signed;
  pk_integer_result result;
  pk_activation activation;
  /// Of PK_BYTES. A scale of 1 without an activation is the fast case: factors and bias can hold the scale.
  float scale;
  int32_t zero_point, low, high;
} pk_integer_convolution;

/// The bytes of packed weights, and of the memory that a run wants at `scratch` with as many threads as are set now; both
/// are aligned to 64 bytes.
size_t pk_integer_convolution_weights(const pk_integer_convolution *convolution);
size_t pk_integer_convolution_scratch(const pk_integer_convolution *convolution);

/// Packs the weights less their zero point. `strides` holds the distances, in weights, of output channels, of input
/// channels (within a group), of rows and of columns.
void pk_integer_convolution_pack(const pk_integer_convolution *convolution, const int8_t *weights,
                                 const int64_t *strides, int32_t zero_point, void *packed);

/// `factors` and `bias` hold a number for each output channel; they are not read for PK_SUMS. Padding stands for 0.
void pk_integer_convolution_run(const pk_integer_convolution *convolution, const void *x, int32_t x_zero_point,
                                const void *packed, const float *_Nullable factors, const float *_Nullable bias,
                                void *y, void *scratch);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif

#ifdef __cplusplus
}
#endif

#endif
