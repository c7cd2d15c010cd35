// Which input elements a pooling window meets.
#ifndef PARE_CKERNELS_POOL_WINDOW_H
#define PARE_CKERNELS_POOL_WINDOW_H

#include "internal.h"

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

#endif
