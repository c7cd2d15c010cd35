// Arithmetic on numbers held in bytes at one CPU level; see integers.c.

#include "vector_bytes.h"

/// As dequantizing both, the operation in float and quantizing would round: no product is fused with a sum.
PK_INLINE vf NAME(q8_combined)(pk_binary_op op, vf a, vf b) {
  switch (op) {
  case PK_ADD: return a + b;
  case PK_SUB: return a - b;
  default: return a * b;
  }
}

PK_INLINE vf NAME(q8_numbers)(const uint8_t *x, int64_t count, pk_q8 format) {
  vi integers = NAME(load_bytes)(x, count, q8_flip(format)) - q8_zero(format);
  return __builtin_convertvector(integers, vf) * format.scale;
}

/// One vector of results; `right` stands for b where that is one number.
PK_INLINE void NAME(q8_vector)(pk_binary_op op, const pk_q8_binary *form, const NAME(q8_result) *result,
                               const uint8_t *a, const uint8_t *b, int b_is_one, vf right, uint8_t *y,
                               int64_t count) {
  vf left = NAME(q8_numbers)(a, count, form->a);
  if (!b_is_one) right = NAME(q8_numbers)(b, count, form->b);
  NAME(store_bytes)(y, NAME(q8_rounded)(NAME(q8_combined)(op, left, right), result), count);
}

PK_INLINE void NAME(q8_vectors)(pk_binary_op op, const pk_q8_binary *source, const uint8_t *a, const uint8_t *b,
                                int b_is_one, uint8_t *y, int64_t n) {
  const pk_q8_binary form = *source;
  const NAME(q8_result) result = NAME(q8_result_of)(form.y, form.low, form.high);
  vf right = (vf)((float)((int32_t)(*b ^ q8_flip(form.b)) - q8_zero(form.b)) * form.b.scale);
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) NAME(q8_vector)(op, &form, &result, a + i, b + i, b_is_one, right, y + i, LANES);
  if (i < n) NAME(q8_vector)(op, &form, &result, a + i, b + i, b_is_one, right, y + i, n - i);
}

static void NAME(q8_row)(const pk_q8_binary *form, const uint8_t *a, const uint8_t *b, int64_t b_step, uint8_t *y,
                         int64_t n) {
  if (n <= 0) return;
  switch (form->op) {
  case PK_ADD:
    if (b_step == 1) return NAME(q8_vectors)(PK_ADD, form, a, b, 0, y, n);
    return NAME(q8_vectors)(PK_ADD, form, a, b, 1, y, n);
  case PK_SUB:
    if (b_step == 1) return NAME(q8_vectors)(PK_SUB, form, a, b, 0, y, n);
    return NAME(q8_vectors)(PK_SUB, form, a, b, 1, y, n);
  default:
    if (b_step == 1) return NAME(q8_vectors)(PK_MUL, form, a, b, 0, y, n);
    return NAME(q8_vectors)(PK_MUL, form, a, b, 1, y, n);
  }
}

static void NAME(q8_binary_range)(void *context, int64_t begin, int64_t end) {
  const q8_binary_call *call = context;
  NAME(q8_row)(&call->form, call->a + begin, call->b + begin, 1, call->y + begin, end - begin);
}

/// Rows begin..<end of the merged axes; the last axis is the row. Rows that are not dense run element by element.
static void NAME(q8_broadcast_range)(void *context, int64_t begin, int64_t end) {
  const q8_binary_call *call = context;
  int last = call->rank - 1;
  int64_t inner = call->dims[last], a_step = call->a_strides[last], b_step = call->b_strides[last];
  for (int64_t row = begin; row < end; row++) {
    int64_t a_offset, b_offset;
    pk_row_offsets(row, last, call->dims, call->a_strides, call->b_strides, &a_offset, &b_offset);
    const uint8_t *a = call->a + a_offset, *b = call->b + b_offset;
    uint8_t *y = call->y + row * inner;
    if (a_step == 1 && (b_step == 0 || b_step == 1)) {
      NAME(q8_row)(&call->form, a, b, b_step, y, inner);
    } else {
      for (int64_t i = 0; i < inner; i++) NAME(q8_row)(&call->form, a + i * a_step, b + i * b_step, 0, y + i, 1);
    }
  }
}

static void NAME(q8_average_pool_range)(void *context, int64_t begin, int64_t end) {
  const q8_pool_call *call = context;
  const pk_pool *p = &call->pool;
  const NAME(q8_result) result = NAME(q8_result_of)(call->y_format, call->low, call->high);
  const uint8_t flip = q8_flip(call->x_format);
  const int32_t zero = q8_zero(call->x_format);
  for (int64_t item = begin; item < end; item++) {
    const uint8_t *image = call->x + item / p->oh * p->h * p->w * p->c;
    for (int64_t ow = 0; ow < p->ow; ow++) {
      pool_window window = pool_window_at(p, item % p->oh, ow);
      int64_t rows = (window.bottom - window.top + p->dilation_h - 1) / p->dilation_h;
      int64_t columns = (window.right - window.left + p->dilation_w - 1) / p->dilation_w;
      uint8_t *y = call->y + (item * p->ow + ow) * p->c;
      for (int64_t c = 0; c < p->c; c += LANES) {
        int64_t lanes = p->c - c < LANES ? p->c - c : LANES;
        vi sum = (vi)(int32_t)(-zero * rows * columns);
        for (int64_t i = window.top; i < window.bottom; i += p->dilation_h) {
          for (int64_t j = window.left; j < window.right; j += p->dilation_w) {
            sum += NAME(load_bytes)(image + (i * p->w + j) * p->c + c, lanes, flip);
          }
        }
        vf mean = __builtin_convertvector(sum, vf) * call->x_format.scale / (float)window.divisor;
        NAME(store_bytes)(y + c, NAME(q8_rounded)(mean, &result), lanes);
      }
    }
  }
}

static void NAME(subtract_products_range)(void *context, int64_t begin, int64_t end) {
  const products_call *call = context;
  const int32_t *restrict right = call->right;
  for (int64_t row = begin; row < end; row++) {
    int32_t left = call->left[row * call->left_step];
    int32_t *restrict y = call->y + row * call->columns;
    for (int64_t c = 0; c < call->columns; c++) y[c] -= left * right[c];
  }
}
