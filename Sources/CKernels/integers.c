// Arithmetic on numbers held in bytes, and what surrounds integer products.
#include "internal.h"
#include "pool_window.h"

typedef struct {
  pk_q8_binary form;
  int rank;
  int64_t dims[PK_MAX_RANK], a_strides[PK_MAX_RANK], b_strides[PK_MAX_RANK];
  const uint8_t *a, *b;
  uint8_t *y;
} q8_binary_call;

typedef struct {
  pk_pool pool;
  pk_q8 x_format, y_format;
  int32_t low, high;
  const uint8_t *x;
  uint8_t *y;
} q8_pool_call;

typedef struct {
  int64_t columns, left_step;
  const int32_t *left, *right;
  int32_t *y;
} products_call;

#define PK_BODY "integers_body.h"
#include "levels.h"

void pk_q8_binary_run(const pk_q8_binary *form, int64_t n, const void *a, const void *b, void *y) {
  q8_binary_call call = {.form = *form, .a = a, .b = b, .y = y};
  pk_parallel_for(n, PK_GRAIN, PK_SELECT(q8_binary_range), &call);
}

void pk_q8_binary_broadcast(const pk_q8_binary *form, int rank, const int64_t *dims, const int64_t *a_strides,
                            const int64_t *b_strides, const void *a, const void *b, void *y) {
  q8_binary_call call = {.form = *form, .a = a, .b = b, .y = y};
  for (int axis = 0; axis < rank; axis++) {
    if (dims[axis] == 0) return;
  }
  call.rank = pk_merge_axes(rank, dims, a_strides, b_strides, call.dims, call.a_strides, call.b_strides);
  int last = call.rank - 1;
  int64_t inner = call.dims[last], rows = 1;
  for (int axis = 0; axis < last; axis++) rows *= call.dims[axis];
  if (rows == 1 && call.a_strides[last] == 1 && call.b_strides[last] == 1) {
    pk_q8_binary_run(form, inner, a, b, y);
    return;
  }
  pk_parallel_for(rows, pk_grain(inner), PK_SELECT(q8_broadcast_range), &call);
}

void pk_q8_average_pool(const pk_pool *pool, pk_q8 x_format, pk_q8 y_format, int32_t low, int32_t high, const void *x,
                        void *y) {
  q8_pool_call call = {*pool, x_format, y_format, low, high, x, y};
  pk_parallel_for(pool->n * pool->oh, pk_grain(pool->ow * pool->c * pool->kh * pool->kw),
                  PK_SELECT(q8_average_pool_range), &call);
}

void pk_subtract_products(int64_t rows, int64_t columns, const int32_t *left, int left_is_one, const int32_t *right,
                          int32_t *y) {
  products_call call = {columns, left_is_one ? 0 : 1, left, right, y};
  pk_parallel_for(rows, pk_grain(columns), PK_SELECT(subtract_products_range), &call);
}
