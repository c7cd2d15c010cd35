// Pooling of channels-last images.
#include "internal.h"
#include "pool_window.h"

typedef struct {
  pk_pool pool;
  const float *x, *dy;
  float *y, *dx;
  const void *x_bytes;
  void *y_bytes;
} pool_call;

/// Channels of a line of the cache.
enum { PK_LINE_CHANNELS = 16 };

static inline int64_t channel_lines(int64_t channels) { return divide_up(channels, PK_LINE_CHANNELS); }

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
  pk_parallel_for(n * channel_lines(c), pk_grain(hw * PK_LINE_CHANNELS), PK_SELECT(global_average_range), &call);
}

void pk_global_average_pool_gradient(int64_t n, int64_t hw, int64_t c, const float *dy, float *dx) {
  pool_call call = {.pool = {.n = n, .h = hw, .c = c}, .dy = dy, .dx = dx};
  pk_parallel_for(n * hw, pk_grain(c), PK_SELECT(global_average_gradient_range), &call);
}
