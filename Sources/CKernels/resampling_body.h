// Interpolation along one axis at one CPU level; see resampling.c.

/// Items are the rows of all blocks of the result.
static void NAME(resample_range)(void *context, int64_t begin, int64_t end) {
  const resample_call *call = context;
  int64_t inner = call->inner;
  for (int64_t item = begin; item < end; item++) {
    const float *block = call->x + item / call->count * call->extent * inner;
    int64_t first = call->starts[item % call->count], last = call->starts[item % call->count + 1];
    float *y = call->y + item * inner;
    if (inner == 1) {
      float sum = 0;
      for (int64_t e = first; e < last; e++) sum += call->weights[e] * block[call->sources[e]];
      *y = sum;
      continue;
    }
    for (int64_t i = 0; i < inner; i += LANES) {
      int64_t lanes = inner - i < LANES ? inner - i : LANES;
      vf sum = (vf)0.0f;
      for (int64_t e = first; e < last; e++) {
        sum += call->weights[e] * load_up_to(block + call->sources[e] * inner + i, lanes);
      }
      store_up_to(y + i, sum, lanes);
    }
  }
}
