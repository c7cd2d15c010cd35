// The gradient of a depthwise convolution by its weights.
#include "internal.h"

/// Channels that are summed up side by side: a line of the cache.
#define PK_DEPTHWISE_CHANNELS 16
/// Most columns of a kernel whose gradients are summed up in one pass over a row.
#define PK_DEPTHWISE_COLUMNS 7

typedef struct {
  pk_window window;
  const float *x, *dy;
  /// A gradient of kh x kw x c for each part.
  float *sums;
  int parts;
} depthwise_gradient_call;

/// The outputs begin..<end along an axis that tap `tap` finds inside an input of `size`.
static void outputs_of_tap(int64_t tap, int64_t size, int64_t outputs, int64_t stride, int64_t dilation, int64_t pad,
                           int64_t *begin, int64_t *end) {
  *begin = smaller(divide_up(pad - tap * dilation, stride), outputs);
  int64_t behind = divide_up(size + pad - tap * dilation, stride);
  *end = behind < *begin ? *begin : smaller(behind, outputs);
}

#define PK_BODY "depthwise_gradient_body.h"
#include "levels.h"

static int part_count(const pk_window *w) { return pk_part_count(w->n * w->oh, w->ow * w->kh * w->kw * w->c / 8); }

size_t pk_depthwise_gradient_scratch(const pk_window *window) {
  return (size_t)(part_count(window) * window->kh * window->kw * window->c) * sizeof(float);
}

void pk_depthwise_weight_gradient(const pk_window *window, const float *x, const float *dy, float *dw, void *scratch) {
  int64_t taps = window->kh * window->kw, size = taps * window->c;
  depthwise_gradient_call call = {.window = *window, .x = x, .dy = dy, .sums = scratch, .parts = part_count(window)};
  pk_parallel_parts(call.parts, PK_SELECT(depthwise_weight_gradient_part), &call);
  for (int64_t tap = 0; tap < taps; tap++) {
    for (int64_t c = 0; c < window->c; c++) {
      double sum = 0;
      for (int part = 0; part < call.parts; part++) sum += call.sums[part * size + tap * window->c + c];
      dw[c * taps + tap] = (float)sum;
    }
  }
}
