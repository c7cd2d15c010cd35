// Optimizer steps and vector updates.
#include "internal.h"

typedef struct {
  float *w;
  const float *g;
  const uint8_t *keep;
  float *m, *v;
  float lr, momentum, dampening, weight_decay, beta2, eps, bias_correction1, bias_correction2;
  int nesterov, decoupled;
} optimizer_call;

#define PK_BODY "optimizers_body.h"
#include "levels.h"

void pk_sgd(int64_t n, float *w, const float *g, float *m, float lr, float momentum, float dampening,
            float weight_decay, int nesterov) {
  optimizer_call call = {.w = w, .g = g, .m = momentum == 0.0f ? NULL : m, .lr = lr, .momentum = momentum,
                         .dampening = dampening, .weight_decay = weight_decay, .nesterov = nesterov};
  pk_parallel_for(n, PK_GRAIN, PK_SELECT(sgd_range), &call);
}

void pk_adam(int64_t n, float *w, const float *g, float *m, float *v, float lr, float beta1, float beta2, float eps,
             float weight_decay, int decoupled, float bias_correction1, float bias_correction2) {
  optimizer_call call = {.w = w, .g = g, .m = m, .v = v, .lr = lr, .momentum = beta1, .beta2 = beta2, .eps = eps,
                         .weight_decay = weight_decay, .decoupled = decoupled,
                         .bias_correction1 = bias_correction1, .bias_correction2 = bias_correction2};
  pk_parallel_for(n, PK_GRAIN, PK_SELECT(adam_range), &call);
}

void pk_axpy(int64_t n, float a, const float *x, float *y) {
  optimizer_call call = {.w = y, .g = x, .lr = a};
  pk_parallel_for(n, PK_GRAIN, PK_SELECT(axpy_range), &call);
}

void pk_scale(int64_t n, float a, float *y) { pk_binary_scalar(PK_MUL, n, y, a, y); }

void pk_mask(int64_t n, const uint8_t *keep, float *y) {
  optimizer_call call = {.w = y, .keep = keep};
  pk_parallel_for(n, PK_GRAIN, PK_SELECT(mask_range), &call);
}
