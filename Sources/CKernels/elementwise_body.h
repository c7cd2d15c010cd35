// Elementwise kernels at one CPU level; see elementwise.c.
#include "vector_functions.h"

/// Runs EXPRESSION (of vectors a and b) over i in begin..<end, with A and B giving the vectors for `count` lanes at i.
#define BINARY_LOOP(A, B, EXPRESSION)                                                                                 \
  for (int64_t i = begin; i < end; i += LANES) {                                                                      \
    int64_t count = end - i < LANES ? end - i : LANES;                                                                \
    vf a = A, b = B;                                                                                                  \
    store_up_to(y + i, EXPRESSION, count);                                                                            \
  }                                                                                                                   \
  break;

#define BINARY_SWITCH(A, B)                                                                                           \
  switch (op) {                                                                                                       \
  case PK_ADD: BINARY_LOOP(A, B, a + b)                                                                               \
  case PK_SUB: BINARY_LOOP(A, B, a - b)                                                                               \
  case PK_MUL: BINARY_LOOP(A, B, a *b)                                                                                \
  case PK_DIV: BINARY_LOOP(A, B, a / b)                                                                               \
  case PK_MIN: BINARY_LOOP(A, B, min_of(a, b))                                                                        \
  case PK_MAX: BINARY_LOOP(A, B, max_of(a, b))                                                                        \
  case PK_SAME: BINARY_LOOP(A, B, a == b ? (vf)1.0f : (vf)0.0f)                                                       \
  case PK_POW: BINARY_LOOP(A, B, pow_of(a, b))                                                                        \
  case PK_POW_SLOPE: BINARY_LOOP(A, B, pow_slope(a, b))                                                               \
  case PK_POW_GROWTH: BINARY_LOOP(A, B, pow_growth(a, b))                                                             \
  case PK_PRELU: BINARY_LOOP(A, B, a < (vf)0.0f ? a * b : a)                                                          \
  case PK_PRELU_SLOPE: BINARY_LOOP(A, B, a > (vf)0.0f ? (vf)1.0f : b)                                                 \
  }

static void NAME(binary_vectors)(pk_binary_op op, const float *pa, const float *pb, float *y, int64_t begin,
                                 int64_t end) {
  BINARY_SWITCH(load_up_to(pa + i, count), load_up_to(pb + i, count))
}

static void NAME(binary_right)(pk_binary_op op, const float *pa, float value, float *y, int64_t begin, int64_t end) {
  BINARY_SWITCH(load_up_to(pa + i, count), (vf)value)
}

static void NAME(binary_left)(pk_binary_op op, float value, const float *pb, float *y, int64_t begin, int64_t end) {
  BINARY_SWITCH((vf)value, load_up_to(pb + i, count))
}

static void NAME(binary_range)(void *context, int64_t begin, int64_t end) {
  const binary_call *call = context;
  NAME(binary_vectors)(call->op, call->a, call->b, call->y, begin, end);
}

static void NAME(binary_right_range)(void *context, int64_t begin, int64_t end) {
  const binary_call *call = context;
  NAME(binary_right)(call->op, call->a, call->scalar, call->y, begin, end);
}

static void NAME(binary_left_range)(void *context, int64_t begin, int64_t end) {
  const binary_call *call = context;
  NAME(binary_left)(call->op, call->scalar, call->b, call->y, begin, end);
}

/// Rows begin..<end of the merged axes of a broadcast; the last axis is the row.
static void NAME(broadcast_range)(void *context, int64_t begin, int64_t end) {
  const binary_call *call = context;
  int last = call->rank - 1;
  int64_t inner = call->dims[last], a_step = call->a_strides[last], b_step = call->b_strides[last];
  for (int64_t row = begin; row < end; row++) {
    int64_t a_offset, b_offset;
    pk_row_offsets(row, last, call->dims, call->a_strides, call->b_strides, &a_offset, &b_offset);
    const float *a = call->a + a_offset, *b = call->b + b_offset;
    float *y = call->y + row * inner;
    if (a_step == 1 && b_step == 1) {
      NAME(binary_vectors)(call->op, a, b, y, 0, inner);
    } else if (a_step == 1 && b_step == 0) {
      NAME(binary_right)(call->op, a, *b, y, 0, inner);
    } else if (a_step == 0 && b_step == 1) {
      NAME(binary_left)(call->op, *a, b, y, 0, inner);
    } else {
      for (int64_t i = 0; i < inner; i++) y[i] = binary_value(call->op, a[i * a_step], b[i * b_step]);
    }
  }
}

static void NAME(add_relu_range)(void *context, int64_t begin, int64_t end) {
  const binary_call *call = context;
  for (int64_t i = begin; i < end; i += LANES) {
    int64_t count = end - i < LANES ? end - i : LANES;
    vf sum = load_up_to(call->a + i, count) + load_up_to(call->b + i, count);
    store_up_to(call->y + i, relu_of(sum), count);
  }
}

static void NAME(fill_range)(void *context, int64_t begin, int64_t end) {
  const binary_call *call = context;
  vf value = (vf)call->scalar;
  for (int64_t i = begin; i < end; i += LANES) {
    store_up_to(call->y + i, value, end - i < LANES ? end - i : LANES);
  }
}

#define UNARY_LOOP(EXPRESSION)                                                                                        \
  for (int64_t i = begin; i < end; i += LANES) {                                                                      \
    int64_t count = end - i < LANES ? end - i : LANES;                                                                \
    vf v = load_up_to(x + i, count);                                                                                  \
    store_up_to(y + i, EXPRESSION, count);                                                                            \
  }                                                                                                                   \
  break;

static void NAME(unary_range)(void *context, int64_t begin, int64_t end) {
  const unary_call *call = context;
  const float *x = call->x;
  float *y = call->y, alpha = call->alpha, beta = call->beta;
  switch (call->op) {
  case PK_RELU: UNARY_LOOP(relu_of(v))
  case PK_CLIP: UNARY_LOOP(clip_of(v, alpha, beta))
  case PK_SIGMOID: UNARY_LOOP(sigmoid_of(v))
  case PK_HARDSIGMOID: UNARY_LOOP(clip_of(v * alpha + beta, 0.0f, 1.0f))
  case PK_HARDSWISH: UNARY_LOOP(v *clip_of(v * (1.0f / 6.0f) + 0.5f, 0.0f, 1.0f))
  case PK_EXP: UNARY_LOOP(exp_of(v))
  case PK_LOG: UNARY_LOOP(log_of(v))
  case PK_SQRT: UNARY_LOOP(sqrt_of(v))
  case PK_NEG: UNARY_LOOP(-v)
  case PK_ABS: UNARY_LOOP(abs_of(v))
  case PK_TANH: UNARY_LOOP(tanh_of(v))
  case PK_SILU: UNARY_LOOP(v *sigmoid_of(v))
  case PK_LEAKY_RELU: UNARY_LOOP(v < (vf)0.0f ? v * alpha : v)
  case PK_ELU: UNARY_LOOP(elu_of(v, alpha))
  case PK_SELU: UNARY_LOOP(elu_of(v, alpha) * beta)
  case PK_CELU: UNARY_LOOP(v < (vf)0.0f ? expm1_of(v / alpha) * alpha : v)
  case PK_THRESHOLDED_RELU: UNARY_LOOP(v > (vf)alpha ? v : (v == v ? (vf)0.0f : v))
  case PK_GELU: UNARY_LOOP(gelu_of(v))
  case PK_GELU_TANH: UNARY_LOOP(gelu_tanh_of(v))
  case PK_ERF: UNARY_LOOP(erf_of(v))
  case PK_SOFTPLUS: UNARY_LOOP(softplus_of(v))
  case PK_SOFTSIGN: UNARY_LOOP(v / (1.0f + abs_of(v)))
  case PK_MISH: UNARY_LOOP(mish_of(v))
  case PK_SWISH: UNARY_LOOP(swish_of(v, alpha))
  case PK_SIGN: UNARY_LOOP(sign_of(v))
  case PK_FLOOR: UNARY_LOOP(__builtin_elementwise_floor(v))
  case PK_CEIL: UNARY_LOOP(__builtin_elementwise_ceil(v))
  case PK_ROUND: UNARY_LOOP(__builtin_elementwise_rint(v))
  case PK_RECIPROCAL: UNARY_LOOP(1.0f / v)
  }
}

#define GRADIENT_LOOP(EXPRESSION)                                                                                     \
  for (int64_t i = begin; i < end; i += LANES) {                                                                      \
    int64_t count = end - i < LANES ? end - i : LANES;                                                                \
    vf v = load_up_to(x + i, count), d = load_up_to(dy + i, count);                                                   \
    store_up_to(dx + i, EXPRESSION, count);                                                                           \
  }                                                                                                                   \
  break;

/// Derivatives in terms of the output v.
static void NAME(unary_output_gradient)(const unary_call *call, int64_t begin, int64_t end) {
  const float *x = call->x, *dy = call->dy;
  const vf zero = (vf)0.0f, low = (vf)call->alpha, high = (vf)call->beta;
  float *dx = call->y;
  switch (call->op) {
  case PK_CLIP: GRADIENT_LOOP(((v > low) & (v < high)) ? d : zero)
  case PK_SIGMOID: GRADIENT_LOOP(d *v * (1.0f - v))
  case PK_HARDSIGMOID: GRADIENT_LOOP(((v > zero) & (v < (vf)1.0f)) ? d * low : zero)
  case PK_EXP: GRADIENT_LOOP(d *v)
  case PK_SQRT: GRADIENT_LOOP(0.5f * d / v)
  case PK_NEG:
    NAME(binary_right)(PK_MUL, dy, -1.0f, dx, begin, end);
    break;
  case PK_TANH: GRADIENT_LOOP(d *(1.0f - v * v))
  default: GRADIENT_LOOP(v > zero ? d : zero)
  }
}

/// Derivatives in terms of the input v.
static void NAME(unary_input_gradient)(const unary_call *call, int64_t begin, int64_t end) {
  const float *x = call->x, *dy = call->dy;
  const vf zero = (vf)0.0f, low = (vf)call->alpha, high = (vf)call->beta;
  float *dx = call->y, alpha = call->alpha, beta = call->beta;
  switch (call->op) {
  case PK_RELU: GRADIENT_LOOP(v > zero ? d : zero)
  case PK_CLIP: GRADIENT_LOOP(((v >= low) & (v <= high)) ? d : zero)
  case PK_SIGMOID: GRADIENT_LOOP(d *sigmoid_of(v) * (1.0f - sigmoid_of(v)))
  case PK_HARDSIGMOID: GRADIENT_LOOP(((v * alpha + beta > zero) & (v * alpha + beta < (vf)1.0f)) ? d * alpha : zero)
  case PK_HARDSWISH: GRADIENT_LOOP(v <= (vf)-3.0f ? zero : (v < (vf)3.0f ? d * (v * (1.0f / 3.0f) + 0.5f) : d))
  case PK_EXP: GRADIENT_LOOP(d *exp_of(v))
  case PK_LOG: GRADIENT_LOOP(d / v)
  case PK_SQRT: GRADIENT_LOOP(0.5f * d / sqrt_of(v))
  case PK_NEG:
    NAME(binary_right)(PK_MUL, dy, -1.0f, dx, begin, end);
    break;
  case PK_ABS: GRADIENT_LOOP(v > zero ? d : (v < zero ? -d : zero))
  case PK_TANH: GRADIENT_LOOP(d *(1.0f - tanh_of(v) * tanh_of(v)))
  case PK_SILU: GRADIENT_LOOP(d *sigmoid_of(v) * (1.0f + v * (1.0f - sigmoid_of(v))))
  case PK_LEAKY_RELU: GRADIENT_LOOP(v > zero ? d : d * alpha)
  case PK_ELU: GRADIENT_LOOP(v > zero ? d : d * exp_of(v) * alpha)
  case PK_SELU: GRADIENT_LOOP((v > zero ? d : d * exp_of(v) * alpha) * beta)
  case PK_CELU: GRADIENT_LOOP(v > zero ? d : d * exp_of(v / alpha))
  case PK_THRESHOLDED_RELU: GRADIENT_LOOP(v > low ? d : zero)
  case PK_GELU: GRADIENT_LOOP(d *gelu_slope(v))
  case PK_GELU_TANH: GRADIENT_LOOP(d *gelu_tanh_slope(v))
  case PK_ERF: GRADIENT_LOOP(d * 1.12837916709551257f * exp_of(-v * v))
  case PK_SOFTPLUS: GRADIENT_LOOP(d *sigmoid_of(v))
  case PK_SOFTSIGN: GRADIENT_LOOP(d / ((1.0f + abs_of(v)) * (1.0f + abs_of(v))))
  case PK_MISH: GRADIENT_LOOP(d *mish_slope(v))
  case PK_SWISH: GRADIENT_LOOP(d *swish_slope(v, alpha))
  case PK_SIGN: GRADIENT_LOOP(d *relu_of(2.0f - 2.0f * abs_of(v)))
  case PK_FLOOR:
  case PK_CEIL:
  case PK_ROUND:
    memset(dx + begin, 0, sizeof(float) * (size_t)(end - begin));
    break;
  case PK_RECIPROCAL: GRADIENT_LOOP(-d / (v * v))
  }
}

static void NAME(unary_gradient_range)(void *context, int64_t begin, int64_t end) {
  const unary_call *call = context;
  if (call->from_output) {
    NAME(unary_output_gradient)(call, begin, end);
  } else {
    NAME(unary_input_gradient)(call, begin, end);
  }
}

#undef BINARY_LOOP
#undef BINARY_SWITCH
#undef UNARY_LOOP
#undef GRADIENT_LOOP
