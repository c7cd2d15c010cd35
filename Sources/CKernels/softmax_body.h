// Softmax of rows at one CPU level; see softmax.c.

/// Largest element of a row; NaN wins.
PK_INLINE float NAME(row_max)(const float *x, int64_t cols) {
  vf best = (vf)-INFINITY;
  int64_t i = 0;
  for (; i + LANES <= cols; i += LANES) best = max_of(load(x + i), best);
  float lanes[LANES], most = -INFINITY;
  store(lanes, best);
  for (int k = 0; k < LANES; k++) most = lanes[k] > most || lanes[k] != lanes[k] ? lanes[k] : most;
  for (; i < cols; i++) most = x[i] > most || x[i] != x[i] ? x[i] : most;
  return most;
}

/// Sum of EXPRESSION over a row; the lanes past the end count 0.
#define ROW_SUM(RESULT, EXPRESSION)                                                                                   \
  {                                                                                                                   \
    vf sum = (vf)0.0f;                                                                                                \
    int64_t i = 0;                                                                                                    \
    for (; i + LANES <= cols; i += LANES) {                                                                           \
      const int64_t count = LANES;                                                                                    \
      sum += EXPRESSION;                                                                                              \
    }                                                                                                                 \
    if (i < cols) {                                                                                                   \
      int64_t count = cols - i;                                                                                       \
      float lanes[LANES];                                                                                             \
      store(lanes, EXPRESSION);                                                                                       \
      sum += load_first(lanes, count);                                                                                \
    }                                                                                                                 \
    RESULT = sum_of(sum);                                                                                             \
  }

#define ROW_MAP(EXPRESSION)                                                                                           \
  for (int64_t i = 0; i < cols; i += LANES) {                                                                         \
    int64_t count = cols - i < LANES ? cols - i : LANES;                                                              \
    store_up_to(out + i, EXPRESSION, count);                                                                          \
  }

static void NAME(softmax_range)(void *context, int64_t begin, int64_t end) {
  const softmax_call *call = context;
  int64_t cols = call->cols;
  for (int64_t row = begin; row < end; row++) {
    const float *x = call->a + row * cols;
    float *out = call->out + row * cols, most = NAME(row_max)(x, cols), total;
    ROW_MAP(exp_of(load_up_to(x + i, count) - most))
    ROW_SUM(total, load_up_to(out + i, count))
    vf factor = (vf)(1.0f / total);
    ROW_MAP(load_up_to(out + i, count) * factor)
  }
}

static void NAME(log_softmax_range)(void *context, int64_t begin, int64_t end) {
  const softmax_call *call = context;
  int64_t cols = call->cols;
  for (int64_t row = begin; row < end; row++) {
    const float *x = call->a + row * cols;
    float *out = call->out + row * cols, most = NAME(row_max)(x, cols), total;
    ROW_SUM(total, exp_of(load_up_to(x + i, count) - most))
    vf logarithm = (vf)logf(total);
    ROW_MAP(load_up_to(x + i, count) - most - logarithm)
  }
}

static void NAME(softmax_gradient_range)(void *context, int64_t begin, int64_t end) {
  const softmax_call *call = context;
  int64_t cols = call->cols;
  for (int64_t row = begin; row < end; row++) {
    const float *y = call->a + row * cols, *dy = call->b + row * cols;
    float *out = call->out + row * cols, total;
    ROW_SUM(total, load_up_to(y + i, count) * load_up_to(dy + i, count))
    ROW_MAP(load_up_to(y + i, count) * (load_up_to(dy + i, count) - total))
  }
}

static void NAME(log_softmax_gradient_range)(void *context, int64_t begin, int64_t end) {
  const softmax_call *call = context;
  int64_t cols = call->cols;
  for (int64_t row = begin; row < end; row++) {
    const float *y = call->a + row * cols, *dy = call->b + row * cols;
    float *out = call->out + row * cols, total;
    ROW_SUM(total, load_up_to(dy + i, count))
    ROW_MAP(load_up_to(dy + i, count) - exp_of(load_up_to(y + i, count)) * total)
  }
}
#undef ROW_SUM
#undef ROW_MAP
