// Optimizer steps at one CPU level; see optimizers.c.

static void NAME(sgd_range)(void *context, int64_t begin, int64_t end) {
  const optimizer_call *call = context;
  vf rate = (vf)call->lr, momentum = (vf)call->momentum, keep = (vf)(1.0f - call->dampening);
  vf decay = (vf)call->weight_decay;
  for (int64_t i = begin; i < end; i += LANES) {
    int64_t count = end - i < LANES ? end - i : LANES;
    vf w = load_up_to(call->w + i, count);
    vf g = load_up_to(call->g + i, count) + decay * w;
    if (call->m != NULL) {
      vf m = load_up_to(call->m + i, count) * momentum + keep * g;
      store_up_to(call->m + i, m, count);
      g = call->nesterov ? g + momentum * m : m;
    }
    store_up_to(call->w + i, w - rate * g, count);
  }
}

static void NAME(adam_range)(void *context, int64_t begin, int64_t end) {
  const optimizer_call *call = context;
  vf beta1 = (vf)call->momentum, beta2 = (vf)call->beta2, eps = (vf)call->eps;
  vf other1 = (vf)(1.0f - call->momentum), other2 = (vf)(1.0f - call->beta2);
  vf step = (vf)(call->lr / call->bias_correction1), root = (vf)(1.0f / sqrtf(call->bias_correction2));
  vf decay = (vf)(call->decoupled ? 0.0f : call->weight_decay);
  vf shrink = (vf)(call->decoupled ? 1.0f - call->lr * call->weight_decay : 1.0f);
  for (int64_t i = begin; i < end; i += LANES) {
    int64_t count = end - i < LANES ? end - i : LANES;
    vf w = load_up_to(call->w + i, count);
    vf g = load_up_to(call->g + i, count) + decay * w;
    vf m = beta1 * load_up_to(call->m + i, count) + other1 * g;
    vf v = beta2 * load_up_to(call->v + i, count) + other2 * g * g;
    store_up_to(call->m + i, m, count);
    store_up_to(call->v + i, v, count);
    store_up_to(call->w + i, w * shrink - step * m / (sqrt_of(v) * root + eps), count);
  }
}

static void NAME(axpy_range)(void *context, int64_t begin, int64_t end) {
  const optimizer_call *call = context;
  vf a = (vf)call->lr;
  for (int64_t i = begin; i < end; i += LANES) {
    int64_t count = end - i < LANES ? end - i : LANES;
    store_up_to(call->w + i, load_up_to(call->w + i, count) + a * load_up_to(call->g + i, count), count);
  }
}

static void NAME(mask_range)(void *context, int64_t begin, int64_t end) {
  const optimizer_call *call = context;
  float *w = call->w;
  const uint8_t *keep = call->keep;
  for (int64_t i = begin; i < end; i++) w[i] = keep[i] ? w[i] : 0.0f;
}
