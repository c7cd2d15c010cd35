// Fused elementwise, selection, normalisation, layout, pooling, reduction, optimizer and image kernels; integers, bfloat16,
// sparse weights and Winograd's convolutions stand in headers of their own, which this one includes.
//
// Rules that hold for every function unless its comment says otherwise:
// - Values are float32. "rows x channels" is a channels-last tensor flattened so that the channel varies fastest.
// - Elementwise functions may write over an input of the same length (y == x); partial overlap is not allowed.
// - The fastest version that the processor runs is chosen at run time (AVX-512, AVX2, portable C).
// - Work is split into one contiguous part a thread, and partial sums are added in the order of the parts:
//   results are the same from run to run for a fixed number of threads and CPU level.
// - Fewer than about 32,000 elements run on the calling thread alone.
// - Sizes are not checked: callers pass buffers that hold what the comment states.
#ifndef PARE_CKERNELS_H
#define PARE_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#pragma clang assume_nonnull begin
#endif

// MARK: Threads and CPU level

/// Sets how many threads kernels called from this thread use (at least 1). On Linux this is libgomp's setting,
/// which oneDNN shares.
void pk_set_threads(int n);

/// How many threads a large kernel called from this thread uses.
int pk_max_threads(void);

/// Splits 0..<count into contiguous ranges of at least `grain` (at most one a thread) and calls `body` on each.
void pk_parallel_for(int64_t count, int64_t grain, void (*body)(void *_Nullable context, int64_t begin, int64_t end),
                     void *_Nullable context);

/// The version in use: "avx512", "avx2" or "portable".
const char *pk_cpu_level(void);

/// For tests: uses the named level if the processor has it (else the best below it); any other name restores the
/// best one.
void pk_force_cpu_level(const char *level);

// MARK: Elementwise

/// Binary operations. PK_MIN and PK_MAX return NaN when either input is NaN. PK_SAME is 1 where a equals b, else 0;
/// PK_POW is a^b, PK_POW_SLOPE its derivative by a (0 for b = 0), PK_POW_GROWTH that by b (0 where a is 0 and b is not
/// negative); PK_PRELU is a b below 0 and a from there on, PK_PRELU_SLOPE its derivative by a (b at 0).
typedef enum {
  PK_ADD, PK_SUB, PK_MUL, PK_DIV, PK_MIN, PK_MAX, PK_SAME, PK_POW, PK_POW_SLOPE, PK_POW_GROWTH, PK_PRELU,
  PK_PRELU_SLOPE
} pk_binary_op;

/// y[i] = a[i] op b[i].
void pk_binary(pk_binary_op op, int64_t n, const float *a, const float *b, float *y);

/// y[i] = a[i] op b.
void pk_binary_scalar(pk_binary_op op, int64_t n, const float *a, float b, float *y);

/// y[i] = a op b[i].
void pk_scalar_binary(pk_binary_op op, int64_t n, float a, const float *b, float *y);

/// y[r, c] = a[r, c] op b[c].
void pk_binary_channel(pk_binary_op op, int64_t rows, int64_t channels, const float *a, const float *b, float *y);

/// y = a op b over `dims` with strides in elements (0 repeats a value along that axis); y is dense. At most 16 axes.
void pk_binary_broadcast(pk_binary_op op, int rank, const int64_t *dims, const int64_t *a_strides,
                         const int64_t *b_strides, const float *a, const float *b, float *y);

/// Unary operations; NaN inputs give NaN. PK_CLIP limits to [alpha, beta]; PK_HARDSIGMOID is
/// max(0, min(1, alpha x + beta)); PK_HARDSWISH is x max(0, min(1, x / 6 + 1 / 2)); PK_LEAKY_RELU is alpha x below 0;
/// PK_ELU and PK_CELU have alpha as ONNX, PK_SELU alpha and gamma = beta; PK_THRESHOLDED_RELU is 0 up to alpha; PK_SWISH
/// is x sigmoid(alpha x); PK_ROUND rounds halves to even; the others ignore alpha and beta.
typedef enum {
  PK_RELU, PK_CLIP, PK_SIGMOID, PK_HARDSIGMOID, PK_HARDSWISH, PK_EXP, PK_LOG, PK_SQRT, PK_NEG, PK_ABS, PK_TANH, PK_SILU,
  PK_LEAKY_RELU, PK_ELU, PK_SELU, PK_CELU, PK_THRESHOLDED_RELU, PK_GELU, PK_GELU_TANH, PK_ERF, PK_SOFTPLUS,
  PK_SOFTSIGN, PK_MISH, PK_SWISH, PK_SIGN, PK_FLOOR, PK_CEIL, PK_ROUND, PK_RECIPROCAL
} pk_unary_op;

/// What is done to a result before it is stored: nothing, or PK_RELU, PK_CLIP, PK_SIGMOID, PK_HARDSIGMOID, PK_HARDSWISH,
/// PK_SWISH.
typedef struct {
  int exists;
  pk_unary_op op;
  float alpha, beta;
} pk_activation;

/// A convolution over n x h x w x c giving n x oh x ow x o, of weights o x c / groups x kh x kw; padding at the far ends
/// is what the output's extents imply.
typedef struct {
  int64_t n, c, h, w, o, oh, ow, kh, kw, groups;
  int64_t stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
} pk_window;

/// The bytes that pk_depthwise_weight_gradient wants at `scratch`, with as many threads as are set now.
size_t pk_depthwise_gradient_scratch(const pk_window *window);

/// dw = the gradient by the weights, c x kh x kw, of a convolution with a kernel for each channel (c = o = groups), channels
/// last.
void pk_depthwise_weight_gradient(const pk_window *window, const float *x, const float *dy, float *dw, void *scratch);

/// y[i] = op(x[i]). Exponential family: within about 3e-7 relative; PK_ERF within 5e-7, PK_GELU 1e-6 of x.
void pk_unary(pk_unary_op op, int64_t n, const float *x, float alpha, float beta, float *y);

/// dx[i] = dy[i] op'(x[i]). With `from_output` nonzero `x` holds op's output instead: RELU, CLIP, SIGMOID,
/// HARDSIGMOID, EXP, SQRT, NEG, TANH only. At the ends of CLIP the gradient passes when given the input (PyTorch's
/// clamp) and is 0 when given the output (PyTorch's relu6). At 0, RELU's and ABS's gradients are 0, those of LEAKY_RELU,
/// ELU, SELU and CELU the ones from below. SIGN's is the surrogate dy max(0, 2 - 2 |x|); FLOOR, CEIL and ROUND have 0.
void pk_unary_gradient(pk_unary_op op, int64_t n, const float *dy, const float *x, int from_output, float alpha,
                       float beta, float *dx);

/// y[i] = relu(a[i] + b[i]).
void pk_add_relu(int64_t n, const float *a, const float *b, float *y);

/// y[i] = value.
void pk_fill(int64_t n, float value, float *y);

// MARK: Comparison and selection

/// Comparisons of floats, which NaN fails, and functions of bytes that are 0 or 1.
typedef enum { PK_EQUAL, PK_GREATER, PK_GREATER_OR_EQUAL, PK_LESS, PK_LESS_OR_EQUAL } pk_comparison;
typedef enum { PK_AND, PK_OR, PK_XOR } pk_logic_op;

/// y = 1 where the comparison holds, else 0, over `dims` with strides in elements (0 repeats a value along that axis);
/// y is dense. At most 16 axes.
void pk_compare(pk_comparison op, int rank, const int64_t *dims, const int64_t *a_strides, const int64_t *b_strides,
                const float *a, const float *b, uint8_t *y);

/// pk_compare for logic on bytes that are 0 or 1.
void pk_logic(pk_logic_op op, int rank, const int64_t *dims, const int64_t *a_strides, const int64_t *b_strides,
              const uint8_t *a, const uint8_t *b, uint8_t *y);

/// y = condition ? a : b for elements of 1, 2, 4 or 8 bytes, with strides as in pk_compare. y may lie on a or b where
/// those are dense.
void pk_where(int rank, const int64_t *dims, const int64_t *condition_strides, const int64_t *a_strides,
              const int64_t *b_strides, int element_size, const uint8_t *condition, const void *a, const void *b,
              void *y);

/// 1 for the k largest of each line of `extent` elements, else 0: x is outer x extent x inner, a line lies along the
/// middle axis. Equal elements count from the front; NaN counts as larger than everything.
void pk_top_k_mask(int64_t outer, int64_t extent, int64_t inner, int64_t k, const float *x, float *y);

// MARK: Batch normalisation

/// Floats of scratch that the two training functions below need, whatever the number of threads.
size_t pk_bn_scratch_floats(int64_t channels);

/// Batch normalisation of training over rows x channels: y = (x - mean) / sqrt(variance + epsilon) * scale + shift,
/// with the batch's mean and biased variance, then `+ residual` (unless NULL), then ReLU (if `relu`; a number above 1 is
/// where it ends: 6 is ReLU6).
/// running_out = (1 - momentum_new) running_in + momentum_new batch (variance: unbiased, as PyTorch; biased when
/// rows is 1); `_out` may alias `_in`; all four may be NULL to skip. Saves the mean and 1 / sqrt(variance + epsilon).
/// The variance is exact for large means (shifted sums of blocks, combined in double by Chan's formula).
void pk_bn_forward(int64_t rows, int64_t channels, const float *x, const float *scale, const float *shift,
                   float epsilon, float momentum_new, const float *_Nullable running_mean_in,
                   const float *_Nullable running_var_in, float *_Nullable running_mean_out,
                   float *_Nullable running_var_out, float *saved_mean, float *saved_inverse_std, int relu,
                   const float *_Nullable residual, float *y, float *scratch);

/// y of pk_bn_forward without a residual once more, bit for bit, from what that saved; scratch holds `channels` floats.
void pk_bn_again(int64_t rows, int64_t channels, const float *x, const float *scale, const float *shift,
                 const float *mean, const float *inverse_std, int relu, float *y, float *scratch);

/// Gradient of pk_bn_forward. With `relu` dy counts where y, the forward's output, is above 0 and below the end of
/// `relu`; without a residual `y` may be NULL, and is then computed once more from x and `shift`.
/// dx may alias dy or x; `dresidual` (or NULL) receives the masked dy and may alias dy, not dx.
void pk_bn_backward(int64_t rows, int64_t channels, const float *x, const float *dy, const float *_Nullable y, int relu,
                    const float *scale, const float *_Nullable shift, const float *mean, const float *inverse_std,
                    float *dx, float *dscale, float *dshift, float *_Nullable dresidual, float *scratch);

/// y[r, c] = x[r, c] scale[c] + shift[c], then ReLU if `relu`: batch normalisation of inference.
void pk_scale_shift(int64_t rows, int64_t channels, const float *x, const float *scale, const float *shift, int relu,
                    float *y);

// MARK: Layer and group normalisation

/// y = (x - mean) / sqrt(variance + epsilon) * scale + shift (NULL: 0) with mean and variance of each row; the mean and
/// 1 / sqrt(variance + epsilon) of each row go to `mean` and `inverse_std` unless NULL.
void pk_layer_norm(int64_t rows, int64_t cols, const float *x, const float *scale, const float *_Nullable shift,
                   float epsilon, float *y, float *_Nullable mean, float *_Nullable inverse_std);

/// Gradient of pk_layer_norm, which takes the statistics from x again. dx may alias dy.
void pk_layer_norm_gradient(int64_t rows, int64_t cols, const float *x, const float *dy, const float *scale,
                            float epsilon, float *dx, float *dscale, float *dshift);

/// The same for each of `groups` groups of neighbouring channels of each of n images of rows x channels, with a scale and
/// a shift a channel. y may alias x.
void pk_group_norm(int64_t n, int64_t rows, int64_t channels, int64_t groups, const float *x, const float *scale,
                   const float *shift, float epsilon, float *y);

/// Gradient of pk_group_norm, which takes the statistics from x again. dx may alias dy.
void pk_group_norm_gradient(int64_t n, int64_t rows, int64_t channels, int64_t groups, const float *x, const float *dy,
                            const float *scale, float epsilon, float *dx, float *dscale, float *dshift);

// MARK: Layout

/// y[n, hw, c] = x[n, c, hw]; not in place.
void pk_nchw_to_nhwc(int64_t n, int64_t c, int64_t hw, const float *x, float *y);

/// y[n, c, hw] = x[n, hw, c]; not in place.
void pk_nhwc_to_nchw(int64_t n, int64_t c, int64_t hw, const float *x, float *y);

/// pk_nchw_to_nhwc for bytes (signed ones too).
void pk_nchw_to_nhwc_u8(int64_t n, int64_t c, int64_t hw, const uint8_t *x, uint8_t *y);

/// pk_nhwc_to_nchw for bytes (signed ones too).
void pk_nhwc_to_nchw_u8(int64_t n, int64_t c, int64_t hw, const uint8_t *x, uint8_t *y);

/// Copies a `dims` box of elements of 1, 2, 4 or 8 bytes between strided places: Slice, Pad, Concat, Transpose,
/// Expand. Strides are in elements; the source's may be 0 or negative (`src` is then the box's first element's
/// address), the destination's must not make elements overlap. At most 16 axes.
void pk_copy_strided(int rank, const int64_t *dims, const int64_t *src_strides, const int64_t *dst_strides,
                     int element_size, const void *src, void *dst);

/// pk_copy_strided for floats, adding to the destination in place of overwriting it.
void pk_add_strided(int rank, const int64_t *dims, const int64_t *src_strides, const int64_t *dst_strides,
                    const float *src, float *dst);

/// Deals the elements of each row out: element g * width + i becomes element i * groups + g. Elements of 1, 2, 4 or 8
/// bytes; y is not x.
void pk_deal(int64_t rows, int64_t groups, int64_t width, int element_size, const void *x, void *y);

/// Copies row indices[i] of src (rows of `row_bytes`) to row i of dst.
void pk_gather_rows(int64_t count, int64_t row_bytes, const int64_t *indices, const void *src, void *dst);

/// pk_gather_rows for each of `outer` blocks of `extent` rows; an index of -1 gives a row of zeros.
void pk_gather_axis(int64_t outer, int64_t extent, int64_t count, int64_t row_bytes, const int64_t *indices,
                    const void *src, void *dst);

/// y[o, j, i] = sum over e from starts[j] up to starts[j + 1] of weights[e] x[o, sources[e], i], for x of outer x extent x
/// inner and y of outer x count x inner: interpolation along one axis.
void pk_resample(int64_t outer, int64_t extent, int64_t count, int64_t inner, const int64_t *starts,
                 const int64_t *sources, const float *weights, const float *x, float *y);

/// dst[indices[i], :] += src[i, :] for rows of `row` floats, in the order of i (repeated indices accumulate).
void pk_scatter_add_rows(int64_t count, int64_t row, const int64_t *indices, const float *src, float *dst);

// MARK: Pooling (NHWC)

/// A pooling window over n x h x w x c giving n x oh x ow x c. Every window must hold at least one input element.
typedef struct {
  int64_t n, h, w, c, oh, ow;
  int64_t kh, kw, stride_h, stride_w;
  int64_t pad_top, pad_left, pad_bottom, pad_right;
  int64_t dilation_h, dilation_w;
  /// Nonzero: an average divides by the window's elements within the padded input; zero: within the input.
  int32_t count_include_pad;
} pk_pool;

/// Largest element of each window; NaN wins.
void pk_max_pool(const pk_pool *pool, const float *x, float *y);

/// Gradient of pk_max_pool: dy goes to the first maximum of its window (row by row). dx is overwritten.
void pk_max_pool_gradient(const pk_pool *pool, const float *x, const float *y, const float *dy, float *dx);

/// Mean of each window; see pk_pool.count_include_pad for the divisor.
void pk_average_pool(const pk_pool *pool, const float *x, float *y);

/// Gradient of pk_average_pool. dx is overwritten.
void pk_average_pool_gradient(const pk_pool *pool, const float *dy, float *dx);

/// pk_max_pool for unsigned bytes.
void pk_max_pool_u8(const pk_pool *pool, const uint8_t *x, uint8_t *y);

/// pk_max_pool for signed bytes.
void pk_max_pool_s8(const pk_pool *pool, const int8_t *x, int8_t *y);

/// y[n, c] = mean over hw of x[n, hw, c].
void pk_global_average_pool(int64_t n, int64_t hw, int64_t c, const float *x, float *y);

/// dx[n, hw, c] = dy[n, c] / hw.
void pk_global_average_pool_gradient(int64_t n, int64_t hw, int64_t c, const float *dy, float *dx);

// MARK: Reductions

/// Sums over the axes whose bit in `keep` is 0 (bit i: axis i); y is dense over the kept axes. At most 16 axes.
void pk_reduce_sum(int rank, const int64_t *dims, uint32_t keep, const float *x, float *y);

/// Largest (or, if `minimum`, smallest) elements over the axes whose bit in `keep` is 0, as pk_reduce_sum; NaN wins, and of
/// no elements it is -infinity (infinity).
void pk_reduce_extreme(int rank, const int64_t *dims, uint32_t keep, int minimum, const float *x, float *y);

/// Gradient of pk_reduce_extreme over the middle axis of outer x extent x inner: each dy is shared evenly by the elements
/// that equal their y or are NaN.
void pk_reduce_extreme_gradient(int64_t outer, int64_t extent, int64_t inner, const float *x, const float *y,
                                const float *dy, float *dx);

/// Index along the middle axis of outer x extent x inner of the first (or, if `last`, last) largest (or, if `minimum`,
/// smallest) element. NaN is ignored; 0 when all are NaN.
void pk_arg_extreme(int64_t outer, int64_t extent, int64_t inner, int minimum, int last, const float *x, int64_t *y);

/// The k largest (or smallest) elements along the middle axis of outer x extent x inner in order, and their indices along
/// it; either may be NULL. Of equal elements the first come first; NaN counts as the largest. k <= extent.
void pk_top_k(int64_t outer, int64_t extent, int64_t inner, int64_t k, int largest, const float *x,
              float *_Nullable values, int64_t *_Nullable indices);

/// Sum of x.
double pk_sum(int64_t n, const float *x);

/// Sum of x squared.
double pk_sum_of_squares(int64_t n, const float *x);

/// Sum of x[i] y[i].
double pk_dot(int64_t n, const float *x, const float *y);

/// 1 if any element is NaN or infinite, else 0.
int pk_any_nonfinite(int64_t n, const float *x);

/// Smallest and largest element, NaN ignored; +infinity and -infinity when there is none.
void pk_min_max(int64_t n, const float *x, float *minimum, float *maximum);

/// pk_min_max of each channel of rows x channels.
void pk_min_max_channel(int64_t rows, int64_t channels, const float *x, float *minimum, float *maximum);

/// Adds to counts[0..<bins] the elements in each of `bins` equal parts of [lo, hi] (hi belongs to the last part).
/// Elements outside and NaN are not counted. Requires lo < hi.
void pk_histogram(int64_t n, const float *x, float lo, float hi, int64_t bins, int64_t *counts);

// MARK: Softmax

/// Softmax of each row.
void pk_softmax(int64_t rows, int64_t cols, const float *x, float *y);

/// Logarithm of the softmax of each row.
void pk_log_softmax(int64_t rows, int64_t cols, const float *x, float *y);

/// dx = y (dy - sum(dy y)) for each row, y being pk_softmax's output.
void pk_softmax_gradient(int64_t rows, int64_t cols, const float *y, const float *dy, float *dx);

/// dx = dy - exp(y) sum(dy) for each row, y being pk_log_softmax's output.
void pk_log_softmax_gradient(int64_t rows, int64_t cols, const float *y, const float *dy, float *dx);

/// Index of each row's first largest element (NaN ignored; 0 when all are NaN).
void pk_argmax(int64_t rows, int64_t cols, const float *x, int64_t *y);

// MARK: Optimizers

/// PyTorch's SGD: g' = g + weight_decay w; m = momentum m + (1 - dampening) g'; w -= lr (nesterov ? g' + momentum m : m).
/// `m` starts at 0; on the first step pass dampening 0 (then m = g', as PyTorch). `m` may be NULL when momentum is 0.
void pk_sgd(int64_t n, float *w, const float *g, float *_Nullable m, float lr, float momentum, float dampening,
            float weight_decay, int nesterov);

/// PyTorch's Adam, or AdamW when `decoupled`. bias_correction1 = 1 - beta1^t, bias_correction2 = 1 - beta2^t:
/// w -= lr / bias_correction1 * m / (sqrt(v) / sqrt(bias_correction2) + eps).
void pk_adam(int64_t n, float *w, const float *g, float *m, float *v, float lr, float beta1, float beta2, float eps,
             float weight_decay, int decoupled, float bias_correction1, float bias_correction2);

/// y[i] += a x[i].
void pk_axpy(int64_t n, float a, const float *x, float *y);

/// y[i] *= a.
void pk_scale(int64_t n, float a, float *y);

/// y[i] = keep[i] ? y[i] : 0, whatever y[i] is, NaN included.
void pk_mask(int64_t n, const uint8_t *keep, float *y);

// MARK: Images and randomness

/// Pads each h x w x c image by `pad` zeros on every side, crops h x w at (offsets_yx[2 i], offsets_yx[2 i + 1])
/// (0...2 pad), mirrors it left to right where flips[i] is nonzero, and writes it as c x h x w floats in [0, 1].
void pk_crop_flip(int64_t count, const uint8_t *_Nonnull const *_Nonnull images, int64_t h, int64_t w, int64_t c,
                  int64_t pad, const int32_t *offsets_yx, const uint8_t *flips, float *out);

/// y[n, c, h, w] = x[n, h, w, c] / 255 for dense bytes.
void pk_bytes_to_float(int64_t count, int64_t h, int64_t w, int64_t c, const uint8_t *x, float *y);

/// Zeroes elements with probability `rate` (0 <= rate < 1) and multiplies the rest by 1 / (1 - rate); mask_out gets 1
/// where kept. Random words are Philox4x32-10 (Salmon et al. 2011) of key `seed` and counter (element / 4, counter):
/// the same for any number of threads and CPU level. Advance `counter` by 1 at each call.
void pk_dropout(int64_t n, const float *x, uint8_t *mask_out, uint64_t seed, uint64_t counter, float rate, float *y);

/// dx = dy mask / (1 - rate).
void pk_dropout_gradient(int64_t n, const float *dy, const uint8_t *mask, float rate, float *dx);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif

#ifdef __cplusplus
}
#endif

#include "CKernelsBFloat16.h"
#include "CKernelsIntegers.h"
#include "CKernelsIntegerProducts.h"
#include "CKernelsSparse.h"
#include "CKernelsWinograd.h"

#endif
