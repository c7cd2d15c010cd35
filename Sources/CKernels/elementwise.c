// Elementwise operations and their gradients.
#include "internal.h"

typedef struct {
  pk_binary_op op;
  const float *a, *b;
  float scalar;
  float *y;
  int rank;
  int64_t dims[PK_MAX_RANK], a_strides[PK_MAX_RANK], b_strides[PK_MAX_RANK];
} binary_call;

typedef struct {
  pk_unary_op op;
  const float *x, *dy;
  float alpha, beta;
  int from_output;
  float *y;
} unary_call;

static inline float binary_value(pk_binary_op op, float a, float b) {
  switch (op) {
  case PK_ADD: return a + b;
  case PK_SUB: return a - b;
  case PK_MUL: return a * b;
  case PK_DIV: return a / b;
  case PK_MIN: return a != a ? a : (a < b ? a : b);
  case PK_MAX: return a != a ? a : (a > b ? a : b);
  case PK_SAME: return a == b;
  case PK_POW: return powf(a, b);
  case PK_POW_SLOPE: return b == 0 ? b : b * powf(a, b - 1);
  case PK_POW_GROWTH: return a == 0 && b >= 0 ? 0 : powf(a, b) * logf(a);
  case PK_PRELU: return a < 0 ? a * b : a;
  case PK_PRELU_SLOPE: return a > 0 ? 1 : b;
  }
  return 0;
}

#define PK_BODY "elementwise_body.h"
#include "levels.h"

void pk_binary(pk_binary_op op, int64_t n, const float *a, const float *b, float *y) {
  binary_call call = {.op = op, .a = a, .b = b, .y = y};
  pk_parallel_for(n, PK_GRAIN, PK_SELECT(binary_range), &call);
}

void pk_binary_scalar(pk_binary_op op, int64_t n, const float *a, float b, float *y) {
  binary_call call = {.op = op, .a = a, .scalar = b, .y = y};
  pk_parallel_for(n, PK_GRAIN, PK_SELECT(binary_right_range), &call);
}

void pk_scalar_binary(pk_binary_op op, int64_t n, float a, const float *b, float *y) {
  binary_call call = {.op = op, .b = b, .scalar = a, .y = y};
  pk_parallel_for(n, PK_GRAIN, PK_SELECT(binary_left_range), &call);
}

void pk_binary_channel(pk_binary_op op, int64_t rows, int64_t channels, const float *a, const float *b, float *y) {
  const int64_t dims[] = {rows, channels}, a_strides[] = {channels, 1}, b_strides[] = {0, 1};
  pk_binary_broadcast(op, 2, dims, a_strides, b_strides, a, b, y);
}

void pk_binary_broadcast(pk_binary_op op, int rank, const int64_t *dims, const int64_t *a_strides,
                         const int64_t *b_strides, const float *a, const float *b, float *y) {
  binary_call call = {.op = op, .a = a, .b = b, .y = y};
  for (int axis = 0; axis < rank; axis++) {
    if (dims[axis] == 0) return;
  }
  call.rank = pk_merge_axes(rank, dims, a_strides, b_strides, call.dims, call.a_strides, call.b_strides);
  int last = call.rank - 1;
  int64_t inner = call.dims[last], rows = 1;
  for (int axis = 0; axis < last; axis++) rows *= call.dims[axis];
  if (rows == 1 && call.a_strides[last] == 1 && call.b_strides[last] == 1) return pk_binary(op, inner, a, b, y);
  if (rows == 1 && call.a_strides[last] == 1 && call.b_strides[last] == 0) {
    return pk_binary_scalar(op, inner, a, *b, y);
  }
  if (rows == 1 && call.a_strides[last] == 0 && call.b_strides[last] == 1) {
    return pk_scalar_binary(op, inner, *a, b, y);
  }
  pk_parallel_for(rows, pk_grain(inner), PK_SELECT(broadcast_range), &call);
}

void pk_unary(pk_unary_op op, int64_t n, const float *x, float alpha, float beta, float *y) {
  unary_call call = {.op = op, .x = x, .alpha = alpha, .beta = beta, .y = y};
  pk_parallel_for(n, PK_GRAIN, PK_SELECT(unary_range), &call);
}

void pk_unary_gradient(pk_unary_op op, int64_t n, const float *dy, const float *x, int from_output, float alpha,
                       float beta, float *dx) {
  unary_call call = {
      .op = op, .x = x, .dy = dy, .alpha = alpha, .beta = beta, .from_output = from_output, .y = dx};
  pk_parallel_for(n, PK_GRAIN, PK_SELECT(unary_gradient_range), &call);
}

void pk_add_relu(int64_t n, const float *a, const float *b, float *y) {
  binary_call call = {.op = PK_ADD, .a = a, .b = b, .y = y};
  pk_parallel_for(n, PK_GRAIN, PK_SELECT(add_relu_range), &call);
}

void pk_fill(int64_t n, float value, float *y) {
  binary_call call = {.op = PK_ADD, .scalar = value, .y = y};
  pk_parallel_for(n, PK_GRAIN, PK_SELECT(fill_range), &call);
}
