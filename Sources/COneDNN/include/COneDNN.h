#ifndef PARE_CONEDNN_H
#define PARE_CONEDNN_H

#include <stddef.h>
#include <stdint.h>

/// One set of functions over oneDNN 2.x and 3.x. No oneDNN header is visible here.
///
/// An operation is a created primitive with its memory objects. Creating one may allocate; executing one never does:
/// the caller owns every buffer, the scratchpad included. Operations may be used from several threads, each by one
/// thread at a time. Functions that return `int` return 0, or a oneDNN status (see `pdnn_status_name`).
///
/// Buffers want an alignment of 64 bytes. Blocked layouts pad the channels with zeros: operations here write them, and
/// so must anyone else who fills such a buffer. oneDNN 2 also writes them whenever it is given a new pointer, inputs
/// and packed weights included, so that memory must be writable. Convolutions in blocked layouts whose channels are no
/// multiple of the block run a slow reference implementation ("ref"); a plain source of few channels does not.

typedef enum { PDNN_F32 = 0, PDNN_BF16 = 1, PDNN_S8 = 2, PDNN_U8 = 3, PDNN_S32 = 4 } pdnn_type;

/// Where the channels lie: plain (NCHW), last (NHWC), or in blocks of 16 or 8 (NCHW16c, NCHW8c).
typedef enum {
  PDNN_PLAIN = 0,
  PDNN_CHANNELS_LAST = 1,
  PDNN_BLOCKED16 = 2,
  PDNN_BLOCKED8 = 3
} pdnn_layout;

typedef enum {
  PDNN_INFERENCE = 0,
  PDNN_TRAINING = 1,
  PDNN_BACKWARD_DATA = 2,
  PDNN_BACKWARD_WEIGHTS = 3
} pdnn_direction;

typedef enum { PDNN_ALGO_AUTO = 0, PDNN_ALGO_DIRECT = 1, PDNN_ALGO_WINOGRAD = 2 } pdnn_algorithm;

/// The function applied to a result before it is stored.
typedef enum {
  PDNN_ACT_NONE = 0,
  PDNN_ACT_RELU,       ///< x > 0 ? x : alpha * x (alpha 0: the plain ReLU)
  PDNN_ACT_CLIP,       ///< min(max(x, alpha), beta)
  PDNN_ACT_SIGMOID,    ///< 1 / (1 + exp(-x))
  PDNN_ACT_HARDSWISH,  ///< x * min(max(x / 6 + 1 / 2, 0), 1)
  PDNN_ACT_HARDSIGMOID, ///< min(max(alpha * x + beta, 0), 1)
  PDNN_ACT_SWISH       ///< x / (1 + exp(-alpha * x))
} pdnn_activation;

typedef struct pdnn_op pdnn_op;

/// The integer that stands for 0. Operations without one are a little faster than those with a value of 0.
typedef struct {
  int exists;
  int32_t value;
} pdnn_zero_point;

/// A two-dimensional convolution; `c` and `o` count the channels of all groups. A one-dimensional one has h = kh = 1.
///
/// Floating point: dst = act(conv(src, weights) + bias + residual).
/// Integers (src s8 or u8, weights s8), real = scale * (q - zero point), padding being real zeros:
///   y = act(src_scale * weight_scales[o] * conv + bias[o] + residual_scale * residual),
///   dst = saturate(round_half_even(y / dst_scale + dst_zero_point)) for dst s8 or u8, and y for other types.
/// An s32 result with scales of 1 is exact while sums stay below 2^24; above, it is rounded to float32 on the way.
/// The residual is in `dst` before the call, in elements of `residual_type`, which has the size of `dst_type`.
/// Gradients have the type and layout of what they are the gradient of: diff_src those of src, diff_weights
/// those of weights, diff_dst those of dst.
typedef struct {
  pdnn_direction direction;
  pdnn_algorithm algorithm;
  int64_t n, c, h, w, o, oh, ow, kh, kw, groups;
  int64_t stride_h, stride_w;
  int64_t dilation_h, dilation_w; ///< 1 is dense
  int64_t pad_top, pad_left, pad_bottom, pad_right;
  pdnn_type src_type, weights_type, dst_type;
  pdnn_layout src_layout, dst_layout;
  int has_bias; ///< o floats, whatever the other types
  int has_residual;
  pdnn_type residual_type;
  pdnn_activation activation;
  float alpha, beta;
  float src_scale, dst_scale, residual_scale; ///< integers only; above 0
  const float *weight_scales;                 ///< integers only; above 0; read at creation
  int64_t weight_scale_count;                 ///< 1 or o
  pdnn_zero_point src_zero_point;             ///< integers only
  pdnn_zero_point dst_zero_point;             ///< for dst s8 or u8 only
} pdnn_conv_spec;

int pdnn_conv_create(const pdnn_conv_spec *spec, pdnn_op **out);
int pdnn_conv_execute(
    pdnn_op *op, const void *src, const void *weights, const void *bias, void *dst, void *scratch);
int pdnn_conv_backward_data(
    pdnn_op *op, const void *diff_dst, const void *weights, void *diff_src, void *scratch);
/// `diff_bias` is written if the specification has a bias, and ignored otherwise.
int pdnn_conv_backward_weights(
    pdnn_op *op, const void *src, const void *diff_dst, void *diff_weights, void *diff_bias, void *scratch);

/// The bytes of the weights (of a matrix product: of `b`) as the operation wants them.
size_t pdnn_weights_bytes(const pdnn_op *op);
/// Whether the operation takes the weights as they are, (O, C / groups, KH, KW) row-major, without packing.
int pdnn_weights_are_plain(const pdnn_op *op);
/// Packs row-major weights for a forward or backward-data operation. `plain` is s8 for s8 weights, else float32.
int pdnn_pack_weights(pdnn_op *op, const void *plain, void *packed);
/// Turns the weight gradient of a backward-weights operation into row-major float32.
int pdnn_unpack_weights(pdnn_op *op, const void *packed, float *plain);
/// The bytes of the bias, 0 without one.
size_t pdnn_bias_bytes(const pdnn_op *op);
/// Prepares a bias in real units: a copy, except that oneDNN 2 wants it divided by the scale of the product.
int pdnn_pack_bias(pdnn_op *op, const float *bias, void *packed);

/// Changes the zero point of the source (of a matrix product: of `a`) for the executions that follow; the specification
/// must have said that there is one.
void pdnn_set_source_zero_point(pdnn_op *op, int32_t value);

/// Most batch axes of a matrix product.
#define PDNN_MATMUL_AXES 4

/// Row-major matrices: c = act(factor * op(a) op(b) + bias), op(a) being m x k, op(b) k x n, c m x n, with
/// factor = scale * column_scales[column]. Integers: a s8 or u8, b s8, of which the zero points are subtracted first;
/// an s8 or u8 result is saturate(round_half_even(c / c_scale + c_zero_point)), an s32 one is rounded and saturated.
typedef struct {
  int64_t batch, m, n, k;
  int transpose_a, transpose_b; ///< a lies as k x m, b as n x k
  pdnn_type a_type, b_type, c_type;
  int has_bias;                 ///< n floats, added to each row; give them through `pdnn_pack_bias` if there is a factor
  int broadcast_a, broadcast_b; ///< that operand is one matrix for the whole batch
  pdnn_activation activation;
  float alpha, beta;
  float scale;                  ///< 0 is read as 1
  const float *column_scales;   ///< may be NULL; above 0; read at creation
  int64_t column_scale_count;   ///< 0, 1 or n
  int packed_b;                 ///< b is constant and goes through `pdnn_pack_weights`
  int batch_rank;               ///< above 0: so many batch axes, instead of `batch` and the broadcasts
  int64_t a_batch[PDNN_MATMUL_AXES], b_batch[PDNN_MATMUL_AXES]; ///< their extents; 1 beside more is repeated
  float c_scale;                ///< for s8 and u8 results; 0 is read as 1
  pdnn_zero_point a_zero_point, b_zero_point;
  pdnn_zero_point c_zero_point; ///< for s8 and u8 results only
} pdnn_matmul_spec;

int pdnn_matmul_create(const pdnn_matmul_spec *spec, pdnn_op **out);
int pdnn_matmul_execute(pdnn_op *op, const void *a, const void *b, const void *bias, void *c, void *scratch);

/// A tensor of 1 to 6 dimensions in memory; dimension 1 counts the channels. Blocked layouts have 3 to 5 dimensions.
typedef struct {
  int ndims;
  int64_t dims[6];
  pdnn_type type;
  pdnn_layout layout;
} pdnn_tensor;

/// The bytes of the tensor, padding of blocked layouts included; 0 if there is no such tensor.
size_t pdnn_tensor_bytes(const pdnn_tensor *tensor);
/// Copies between layouts and types (integers are rounded half to even and saturated).
int pdnn_reorder_create(const pdnn_tensor *from, const pdnn_tensor *to, pdnn_op **out);
int pdnn_reorder_execute(pdnn_op *op, const void *from, void *to, void *scratch);

/// The bytes of scratch memory that an execution needs; with 0, `scratch` may be NULL.
size_t pdnn_scratchpad_bytes(const pdnn_op *op);
/// The name of the implementation that oneDNN chose, valid as long as the operation.
const char *pdnn_implementation(const pdnn_op *op);
void pdnn_destroy(pdnn_op *op);

/// Whether products of 8-bit integers are exact here. On x86 without VNNI oneDNN adds two products in 16 bits, which
/// saturates, and halves the weights for signed sources.
int pdnn_has_exact_integers(void);
/// Whether oneDNN has what on x86 wants AVX-512: operations on bfloat16, Winograd, and blocks of 16 (of 8 without it).
int pdnn_has_avx512(void);

const char *pdnn_status_name(int status);
int pdnn_version_major(void);
int pdnn_version_minor(void);
int pdnn_version_patch(void);
void pdnn_set_primitive_cache_capacity(int capacity);

#endif
