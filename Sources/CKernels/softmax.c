// Softmax, its logarithm, their gradients, and the index of a row's maximum.
#include "internal.h"

typedef struct {
  int64_t cols;
  const float *a, *b;
  float *out;
} softmax_call;

#define PK_BODY "softmax_body.h"
#include "levels.h"

void pk_softmax(int64_t rows, int64_t cols, const float *x, float *y) {
  softmax_call call = {.cols = cols, .a = x, .out = y};
  pk_parallel_for(rows, pk_grain(4 * cols), PK_SELECT(softmax_range), &call);
}

void pk_log_softmax(int64_t rows, int64_t cols, const float *x, float *y) {
  softmax_call call = {.cols = cols, .a = x, .out = y};
  pk_parallel_for(rows, pk_grain(4 * cols), PK_SELECT(log_softmax_range), &call);
}

void pk_softmax_gradient(int64_t rows, int64_t cols, const float *y, const float *dy, float *dx) {
  softmax_call call = {.cols = cols, .a = y, .b = dy, .out = dx};
  pk_parallel_for(rows, pk_grain(2 * cols), PK_SELECT(softmax_gradient_range), &call);
}

void pk_log_softmax_gradient(int64_t rows, int64_t cols, const float *y, const float *dy, float *dx) {
  softmax_call call = {.cols = cols, .a = y, .b = dy, .out = dx};
  pk_parallel_for(rows, pk_grain(4 * cols), PK_SELECT(log_softmax_gradient_range), &call);
}

typedef struct {
  int64_t cols;
  const float *x;
  int64_t *y;
} argmax_call;

static void argmax_range(void *context, int64_t begin, int64_t end) {
  const argmax_call *call = context;
  for (int64_t row = begin; row < end; row++) {
    const float *x = call->x + row * call->cols;
    float most = -INFINITY;
    int64_t index = -1;
    for (int64_t i = 0; i < call->cols; i++) {
      if (x[i] > most || (index < 0 && x[i] == most)) {
        most = x[i];
        index = i;
      }
    }
    call->y[row] = index < 0 ? 0 : index;
  }
}

void pk_argmax(int64_t rows, int64_t cols, const float *x, int64_t *y) {
  argmax_call call = {cols, x, y};
  pk_parallel_for(rows, pk_grain(cols), argmax_range, &call);
}
