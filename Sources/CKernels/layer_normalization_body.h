// Layer normalisation at one CPU level; see layer_normalization.c.

/// Sum of EXPRESSION of `at` and `count` over a row: float lanes over 4,096 elements, double beyond. Lanes past the end
/// count 0.
#define ROW_TOTAL(RESULT, EXPRESSION)                                                                                 \
  for (int64_t start = 0; start < cols; start += 4096) {                                                              \
    int64_t stop = start + 4096 < cols ? start + 4096 : cols, at = start;                                             \
    const int64_t count = LANES;                                                                                      \
    vf first = (vf)0.0f, second = (vf)0.0f;                                                                           \
    for (; at + 2 * LANES <= stop; at += LANES) {                                                                     \
      first += EXPRESSION;                                                                                            \
      at += LANES;                                                                                                    \
      second += EXPRESSION;                                                                                           \
    }                                                                                                                 \
    for (; at < stop; at += LANES) {                                                                                  \
      const int64_t count = stop - at < LANES ? stop - at : LANES;                                                    \
      float lanes[LANES];                                                                                             \
      store(lanes, EXPRESSION);                                                                                       \
      first += load_first(lanes, count);                                                                              \
    }                                                                                                                 \
    RESULT += sum_of(first + second);                                                                                 \
  }

/// The mean of a row, and 1 / sqrt(variance + epsilon) from the squared deviations.
PK_INLINE void NAME(row_statistics)(const float *x, int64_t cols, float epsilon, float *mean, float *inverse_std) {
  double sum = 0, squares = 0;
  ROW_TOTAL(sum, load_up_to(x + at, count))
  vf center = (vf)(float)(sum / (double)cols);
  ROW_TOTAL(squares, (load_up_to(x + at, count) - center) * (load_up_to(x + at, count) - center))
  *mean = (float)(sum / (double)cols);
  *inverse_std = (float)(1.0 / sqrt(squares / (double)cols + epsilon));
}

static void NAME(layer_norm_range)(void *context, int64_t begin, int64_t end) {
  const layer_call *call = context;
  int64_t cols = call->cols;
  for (int64_t row = begin; row < end; row++) {
    const float *x = call->x + row * cols;
    float *y = call->y + row * cols, mean, inverse_std;
    NAME(row_statistics)(x, cols, call->epsilon, &mean, &inverse_std);
    if (call->mean != NULL) call->mean[row] = mean;
    if (call->inverse_std != NULL) call->inverse_std[row] = inverse_std;
    for (int64_t at = 0; at < cols; at += LANES) {
      int64_t count = cols - at < LANES ? cols - at : LANES;
      vf v = (load_up_to(x + at, count) - mean) * inverse_std * load_up_to(call->scale + at, count);
      if (call->shift != NULL) v += load_up_to(call->shift + at, count);
      store_up_to(y + at, v, count);
    }
  }
}

/// dx of one part's rows, and their sums of dy * normalised x and of dy: float over some rows, double beyond.
static void NAME(layer_norm_gradient_part)(void *context, int part) {
  const layer_call *call = context;
  int64_t cols = call->cols;
  double *totals = call->sums + (int64_t)part * 2 * cols;
  float *products = pk_allocate(sizeof(float) * 2 * (size_t)cols), *sums = products + cols;
  memset(totals, 0, sizeof(double) * 2 * (size_t)cols);
  memset(products, 0, sizeof(float) * 2 * (size_t)cols);
  int64_t begin = pk_part_begin(call->rows, call->parts, part), end = pk_part_begin(call->rows, call->parts, part + 1);
  for (int64_t row = begin; row < end; row++) {
    const float *x = call->x + row * cols, *dy = call->dy + row * cols, *scale = call->scale;
    float *dx = call->y + row * cols, mean, inverse_std;
    NAME(row_statistics)(x, cols, call->epsilon, &mean, &inverse_std);
    double sum = 0, product = 0;
    ROW_TOTAL(sum, load_up_to(dy + at, count) * load_up_to(scale + at, count))
    ROW_TOTAL(product, load_up_to(dy + at, count) * load_up_to(scale + at, count) * (load_up_to(x + at, count) - mean))
    float offset = (float)(sum / (double)cols);
    float slope = (float)(product / (double)cols * inverse_std * inverse_std);
    for (int64_t at = 0; at < cols; at += LANES) {
      int64_t count = cols - at < LANES ? cols - at : LANES;
      vf g = load_up_to(dy + at, count), d = load_up_to(x + at, count) - mean;
      store_up_to(products + at, load_up_to(products + at, count) + g * d * inverse_std, count);
      store_up_to(sums + at, load_up_to(sums + at, count) + g, count);
      store_up_to(dx + at, (g * load_up_to(scale + at, count) - offset - d * slope) * inverse_std, count);
    }
    if ((row + 1 - begin) % PK_BLOCK_ROWS == 0 || row + 1 == end) {
      for (int64_t i = 0; i < 2 * cols; i++) totals[i] += products[i];
      memset(products, 0, sizeof(float) * 2 * (size_t)cols);
    }
  }
  free(products);
}
#undef ROW_TOTAL
