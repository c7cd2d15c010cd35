// Comparison and selection kernels at one CPU level; see selection.c.

/// Runs EXPRESSION (of a and b) over a row; neighbouring or repeated inputs have loops that vectorise.
#define PAIR_LOOP(TYPE, EXPRESSION)                                                                                   \
  {                                                                                                                   \
    if (a_step == 1 && b_step == 1) {                                                                                 \
      for (int64_t i = 0; i < inner; i++) {                                                                           \
        TYPE a = pa[i], b = pb[i];                                                                                    \
        y[i] = (uint8_t)(EXPRESSION);                                                                                 \
      }                                                                                                               \
    } else if (a_step == 1 && b_step == 0) {                                                                          \
      TYPE b = *pb;                                                                                                   \
      for (int64_t i = 0; i < inner; i++) {                                                                           \
        TYPE a = pa[i];                                                                                               \
        y[i] = (uint8_t)(EXPRESSION);                                                                                 \
      }                                                                                                               \
    } else {                                                                                                          \
      for (int64_t i = 0; i < inner; i++) {                                                                           \
        TYPE a = pa[i * a_step], b = pb[i * b_step];                                                                  \
        y[i] = (uint8_t)(EXPRESSION);                                                                                 \
      }                                                                                                               \
    }                                                                                                                 \
    break;                                                                                                            \
  }

static void NAME(compare_range)(void *context, int64_t begin, int64_t end) {
  const selection_call *call = context;
  int last = call->rank - 1;
  int64_t inner = call->dims[last], a_step = call->strides[0][last], b_step = call->strides[1][last], offsets[2];
  for (int64_t row = begin; row < end; row++) {
    row_offsets(call, 2, row, offsets);
    const float *pa = (const float *)call->inputs[0] + offsets[0], *pb = (const float *)call->inputs[1] + offsets[1];
    uint8_t *y = (uint8_t *)call->y + row * inner;
    switch ((pk_comparison)call->op) {
    case PK_EQUAL: PAIR_LOOP(float, a == b)
    case PK_GREATER: PAIR_LOOP(float, a > b)
    case PK_GREATER_OR_EQUAL: PAIR_LOOP(float, a >= b)
    case PK_LESS: PAIR_LOOP(float, a < b)
    case PK_LESS_OR_EQUAL: PAIR_LOOP(float, a <= b)
    }
  }
}

static void NAME(logic_range)(void *context, int64_t begin, int64_t end) {
  const selection_call *call = context;
  int last = call->rank - 1;
  int64_t inner = call->dims[last], a_step = call->strides[0][last], b_step = call->strides[1][last], offsets[2];
  for (int64_t row = begin; row < end; row++) {
    row_offsets(call, 2, row, offsets);
    const uint8_t *pa = (const uint8_t *)call->inputs[0] + offsets[0];
    const uint8_t *pb = (const uint8_t *)call->inputs[1] + offsets[1];
    uint8_t *y = (uint8_t *)call->y + row * inner;
    switch ((pk_logic_op)call->op) {
    case PK_AND: PAIR_LOOP(uint8_t, a & b)
    case PK_OR: PAIR_LOOP(uint8_t, a | b)
    case PK_XOR: PAIR_LOOP(uint8_t, a ^ b)
    }
  }
}

/// A row of one element type; the common steps have loops that vectorise.
#define WHERE_LOOP(TYPE)                                                                                              \
  {                                                                                                                   \
    const TYPE *pa = (const TYPE *)call->inputs[1] + offsets[1], *pb = (const TYPE *)call->inputs[2] + offsets[2];    \
    TYPE *y = (TYPE *)call->y + row * inner;                                                                          \
    if (c_step == 1 && a_step == 1 && b_step == 1) {                                                                  \
      for (int64_t i = 0; i < inner; i++) {                                                                           \
        TYPE a = pa[i], b = pb[i];                                                                                    \
        y[i] = c[i] ? a : b;                                                                                          \
      }                                                                                                               \
    } else if (c_step == 1 && a_step == 1 && b_step == 0) {                                                           \
      TYPE b = *pb;                                                                                                   \
      for (int64_t i = 0; i < inner; i++) {                                                                           \
        TYPE a = pa[i];                                                                                               \
        y[i] = c[i] ? a : b;                                                                                          \
      }                                                                                                               \
    } else if (c_step == 1 && a_step == 0 && b_step == 1) {                                                           \
      TYPE a = *pa;                                                                                                   \
      for (int64_t i = 0; i < inner; i++) {                                                                           \
        TYPE b = pb[i];                                                                                               \
        y[i] = c[i] ? a : b;                                                                                          \
      }                                                                                                               \
    } else {                                                                                                          \
      for (int64_t i = 0; i < inner; i++) {                                                                           \
        TYPE a = pa[i * a_step], b = pb[i * b_step];                                                                  \
        y[i] = c[i * c_step] ? a : b;                                                                                 \
      }                                                                                                               \
    }                                                                                                                 \
    break;                                                                                                            \
  }

static void NAME(where_range)(void *context, int64_t begin, int64_t end) {
  const selection_call *call = context;
  int last = call->rank - 1;
  int64_t inner = call->dims[last], offsets[3];
  int64_t c_step = call->strides[0][last], a_step = call->strides[1][last], b_step = call->strides[2][last];
  for (int64_t row = begin; row < end; row++) {
    row_offsets(call, 3, row, offsets);
    const uint8_t *c = (const uint8_t *)call->inputs[0] + offsets[0];
    switch (call->element_size) {
    case 1: WHERE_LOOP(uint8_t)
    case 2: WHERE_LOOP(uint16_t)
    case 4: WHERE_LOOP(uint32_t)
    default: WHERE_LOOP(uint64_t)
    }
  }
}

/// How many elements of a line have a key of at least `least`.
static int64_t NAME(count_from)(const float *x, int64_t extent, int64_t step, int32_t least) {
  int64_t count = 0;
  if (step == 1) {
    for (int64_t i = 0; i < extent; i++) count += sort_key(x[i]) >= least;
  } else {
    for (int64_t i = 0; i < extent; i++) count += sort_key(x[i * step]) >= least;
  }
  return count;
}

/// The k-th largest key of each line is found bit by bit, so that nothing is sorted or allocated.
static void NAME(top_k_range)(void *context, int64_t begin, int64_t end) {
  const top_k_call *call = context;
  int64_t extent = call->extent, step = call->inner;
  for (int64_t line = begin; line < end; line++) {
    int64_t start = line / step * extent * step + line % step;
    const float *x = call->x + start;
    float *y = call->y + start;
    if (call->k <= 0 || call->k >= extent) {
      for (int64_t i = 0; i < extent; i++) y[i * step] = call->k > 0;
      continue;
    }
    // The largest key that at least k elements reach: the sign first, then the bits below it.
    int32_t least = NAME(count_from)(x, extent, step, 0) >= call->k ? 0 : INT32_MIN;
    for (int bit = 30; bit >= 0; bit--) {
      int32_t candidate = least + (int32_t)(1u << bit);
      if (NAME(count_from)(x, extent, step, candidate) >= call->k) least = candidate;
    }
    int64_t above = least == INT32_MAX ? 0 : NAME(count_from)(x, extent, step, least + 1);
    int64_t equal = call->k - above;
    for (int64_t i = 0; i < extent; i++) {
      int32_t key = sort_key(x[i * step]);
      y[i * step] = key > least || (key == least && equal-- > 0);
    }
  }
}

#undef PAIR_LOOP
#undef WHERE_LOOP
