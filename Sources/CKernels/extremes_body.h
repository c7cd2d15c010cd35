// Largest and smallest elements at one CPU level; see extremes.c.

/// Items are rows of `extent` elements.
static void NAME(extreme_rows_range)(void *context, int64_t begin, int64_t end) {
  const extreme_call *call = context;
  for (int64_t row = begin; row < end; row++) {
    const float *x = call->x + row * call->extent;
    float lanes[LANES], most = -INFINITY;
    vf best = (vf)-INFINITY;
    int64_t i = 0;
    for (; i + LANES <= call->extent; i += LANES) best = max_of(load(x + i) * call->sign, best);
    store(lanes, best);
    for (int k = 0; k < LANES; k++) most = lanes[k] > most || lanes[k] != lanes[k] ? lanes[k] : most;
    for (; i < call->extent; i++) most = x[i] * call->sign > most || x[i] != x[i] ? x[i] * call->sign : most;
    call->out[row] = most * call->sign;
  }
}

/// Items are blocks of columns of extent x inner.
static void NAME(extreme_columns_range)(void *context, int64_t begin, int64_t end) {
  const extreme_call *call = context;
  int64_t inner = call->inner;
  for (int64_t item = begin; item < end; item++) {
    int64_t block = item / call->blocks, start = item % call->blocks * COLUMNS;
    int64_t stop = start + COLUMNS < inner ? start + COLUMNS : inner;
    const float *x = call->x + block * call->extent * inner;
    for (int64_t c = start; c < stop; c += LANES) {
      int64_t count = stop - c < LANES ? stop - c : LANES;
      vf best = (vf)-INFINITY;
      for (int64_t row = 0; row < call->extent; row++) {
        best = max_of(load_up_to(x + row * inner + c, count) * call->sign, best);
      }
      store_up_to(call->out + block * inner + c, best * call->sign, count);
    }
  }
}
