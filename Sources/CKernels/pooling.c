// Pooling of channels-last images.
#include "internal.h"

typedef struct {
  pk_pool pool;
  const float *x, *dy;
  float *y, *dx;
  const void *x_bytes;
  void *y_bytes;
} pool_call;

/// The input rows top, top + dilation, ... < bottom and columns left... < right of one output, and its divisor.
typedef struct {
  int64_t top, bottom, left, right, divisor;
} pool_window;

/// One axis: first and past-the-last input position, and the number of positions an average divides by.
static inline int64_t pool_axis(int64_t start, int64_t kernel, int64_t dilation, int64_t size, int64_t pad_end,
                                int include_pad, int64_t *first, int64_t *end) {
  int64_t stop = start + (kernel - 1) * dilation + 1;
  *first = start >= 0 ? start : start + (-start + dilation - 1) / dilation * dilation;
  *end = stop < size ? stop : size;
  if (include_pad) {
    int64_t limit = stop < size + pad_end ? stop : size + pad_end;
    return (limit - start + dilation - 1) / dilation;
  }
  return *end > *first ? (*end - *first + dilation - 1) / dilation : 0;
}

static inline pool_window pool_window_at(const pk_pool *p, int64_t oh, int64_t ow) {
  pool_window window;
  int64_t rows = pool_axis(oh * p->stride_h - p->pad_top, p->kh, p->dilation_h, p->h, p->pad_bottom,
                           p->count_include_pad, &window.top, &window.bottom);
  int64_t columns = pool_axis(ow * p->stride_w - p->pad_left, p->kw, p->dilation_w, p->w, p->pad_right,
                              p->count_include_pad, &window.left, &window.right);
  window.divisor = rows * columns;
  return window;
}

#define PK_BODY "pooling_body.h"
#include "levels.h"

static int64_t row_grain(const pk_pool *p) { return pk_grain(p->ow * p->c * p->kh * p->kw); }

static int64_t image_grain(const pk_pool *p) { return pk_grain(p->oh * p->ow * p->c * p->kh * p->kw); }

void pk_max_pool(const pk_pool *pool, const float *x, float *y) {
  pool_call call = {.pool = *pool, .x = x, .y = y};
  pk_parallel_for(pool->n * pool->oh, row_grain(pool), PK_SELECT(max_pool_range), &call);
}

void pk_max_pool_gradient(const pk_pool *pool, const float *x, const float *y, const float *dy, float *dx) {
  pool_call call = {.pool = *pool, .x = x, .y = (float *)y, .dy = dy, .dx = dx};
  pk_parallel_for(pool->n, image_grain(pool), PK_SELECT(max_pool_gradient_range), &call);
}

void pk_average_pool(const pk_pool *pool, const float *x, float *y) {
  pool_call call = {.pool = *pool, .x = x, .y = y};
  pk_parallel_for(pool->n * pool->oh, row_grain(pool), PK_SELECT(average_pool_range), &call);
}

void pk_average_pool_gradient(const pk_pool *pool, const float *dy, float *dx) {
  pool_call call = {.pool = *pool, .dy = dy, .dx = dx};
  pk_parallel_for(pool->n, image_grain(pool), PK_SELECT(average_pool_gradient_range), &call);
}

void pk_max_pool_u8(const pk_pool *pool, const uint8_t *x, uint8_t *y) {
  pool_call call = {.pool = *pool, .x_bytes = x, .y_bytes = y};
  pk_parallel_for(pool->n * pool->oh, row_grain(pool), PK_SELECT(max_pool_u8_range), &call);
}

void pk_max_pool_s8(const pk_pool *pool, const int8_t *x, int8_t *y) {
  pool_call call = {.pool = *pool, .x_bytes = x, .y_bytes = y};
  pk_parallel_for(pool->n * pool->oh, row_grain(pool), PK_SELECT(max_pool_s8_range), &call);
}

void pk_global_average_pool(int64_t n, int64_t hw, int64_t c, const float *x, float *y) {
  pool_call call = {.pool = {.n = n, .h = hw, .c = c}, .x = x, .y = y};
  pk_parallel_for(n, pk_grain(hw * c), PK_SELECT(global_average_range), &call);
}

void pk_global_average_pool_gradient(int64_t n, int64_t hw, int64_t c, const float *dy, float *dx) {
  pool_call call = {.pool = {.n = n, .h = hw, .c = c}, .dy = dy, .dx = dx};
  pk_parallel_for(n * hw, pk_grain(c), PK_SELECT(global_average_gradient_range), &call);
}
