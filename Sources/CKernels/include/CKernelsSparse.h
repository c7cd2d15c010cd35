// Products with weights that are mostly zero; included by CKernels.h. The rules of CKernels.h hold.
//
// Weights are packed once: only what is not zero is kept and multiplied. A packed form belongs to its creator and may be
// used from several threads at once. An infinity or NaN in x is not seen by a weight of zero.
#ifndef PARE_CKERNELS_SPARSE_H
#define PARE_CKERNELS_SPARSE_H

#include "CKernels.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#pragma clang assume_nonnull begin
#endif

/// What is kept of weights: single ones, or blocks of 16 along the output channels (aligned at multiples of 16) that hold
/// any. PK_SPARSE_MASKS, of matrices only, is single ones behind a bit for each weight, which pays at 10 to 70 %.
typedef enum { PK_SPARSE_ELEMENTS, PK_SPARSE_BLOCKS, PK_SPARSE_MASKS } pk_sparse_form;

/// How many of `rows` x `columns` row-major weights are not zero, and how many blocks of 16 rows in a column hold such
/// a weight.
void pk_sparse_count(int64_t rows, int64_t columns, const float *weights, int64_t *elements, int64_t *blocks);

// MARK: Convolutions

typedef struct pk_sparse_convolution pk_sparse_convolution;

/// Packs weights of a window with one group for the CPU level in use; NULL where the form (elements or blocks) or the
/// extents do not suit.
pk_sparse_convolution *_Nullable pk_sparse_convolution_pack(const pk_window *window, pk_sparse_form form,
                                                            const float *weights);

/// The bytes that a run wants at `scratch`, which is aligned to 64 bytes.
size_t pk_sparse_convolution_scratch(const pk_sparse_convolution *weights);

/// y = activation(convolution(x) + bias + residual); y may be the residual.
void pk_sparse_convolution_run(const pk_sparse_convolution *weights, const float *x, const float *_Nullable bias,
                               const float *_Nullable residual, const pk_activation *activation, float *y,
                               void *scratch);

void pk_sparse_convolution_free(pk_sparse_convolution *_Nullable weights);

// MARK: Matrices

typedef struct pk_sparse_matrix pk_sparse_matrix;

/// Packs a row-major matrix of outputs x inputs; NULL for more than 65,536 inputs.
pk_sparse_matrix *_Nullable pk_sparse_matrix_pack(pk_sparse_form form, int64_t outputs, int64_t inputs,
                                                  const float *weights);

/// y[r, o] = bias[o] + sum over i of x[r, i] weights[o, i], for `rows` rows: made for few of them.
void pk_sparse_matrix_run(const pk_sparse_matrix *weights, int64_t rows, const float *x, const float *_Nullable bias,
                          float *y);

void pk_sparse_matrix_free(pk_sparse_matrix *_Nullable weights);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif

#ifdef __cplusplus
}
#endif

#endif
