// Reductions at one CPU level; see reduction.c.

/// Adds EXPRESSION over begin..<end: float lanes over 4,096 elements, double beyond.
#define SUM_LOOP(EXPRESSION)                                                                                          \
  for (int64_t start = begin; start < end; start += 4096) {                                                           \
    int64_t stop = start + 4096 < end ? start + 4096 : end, i = start;                                                \
    vf lanes[4] = {(vf)0.0f, (vf)0.0f, (vf)0.0f, (vf)0.0f};                                                           \
    for (; i + 4 * LANES <= stop; i += 4 * LANES) {                                                                   \
      _Pragma("clang loop unroll(full)") for (int k = 0; k < 4; k++) {                                                \
        int64_t at = i + k * LANES, count = LANES;                                                                    \
        lanes[k] += EXPRESSION;                                                                                       \
      }                                                                                                               \
    }                                                                                                                 \
    for (; i < stop; i += LANES) {                                                                                    \
      int64_t at = i, count = stop - i < LANES ? stop - i : LANES;                                                    \
      lanes[0] += EXPRESSION;                                                                                         \
    }                                                                                                                 \
    total += sum_of((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]));                                                   \
  }                                                                                                                   \
  return total;

static double NAME(sum_span)(const float *x, const float *y, int64_t begin, int64_t end) {
  double total = 0;
  (void)y;
  SUM_LOOP(load_up_to(x + at, count))
}

static double NAME(dot_span)(const float *x, const float *y, int64_t begin, int64_t end) {
  double total = 0;
  SUM_LOOP(load_up_to(x + at, count) * load_up_to(y + at, count))
}
#undef SUM_LOOP

static void NAME(sum_part)(void *context, int part) {
  reduction_call *call = context;
  call->totals[part] = NAME(sum_span)(call->x, call->x, pk_part_begin(call->n, call->parts, part),
                                      pk_part_begin(call->n, call->parts, part + 1));
}

static void NAME(dot_part)(void *context, int part) {
  reduction_call *call = context;
  call->totals[part] = NAME(dot_span)(call->x, call->y, pk_part_begin(call->n, call->parts, part),
                                      pk_part_begin(call->n, call->parts, part + 1));
}

/// Sum of each row: items are rows of `channels` elements.
static void NAME(row_sums_range)(void *context, int64_t begin, int64_t end) {
  const reduction_call *call = context;
  for (int64_t r = begin; r < end; r++) {
    const float *x = call->x + r * call->channels;
    call->out[r] = (float)NAME(sum_span)(x, x, 0, call->channels);
  }
}

/// Adds the sums of `rows` rows to `sums`.
static void NAME(column_sums)(const float *x, int64_t rows, int64_t channels, double *sums) {
  for (int64_t row = 0; row < rows; row += PK_BLOCK_ROWS) {
    int64_t stop = row + PK_BLOCK_ROWS < rows ? row + PK_BLOCK_ROWS : rows;
    for (int64_t c = 0; c < channels; c += LANES) {
      int64_t count = channels - c < LANES ? channels - c : LANES, r = row;
      vf s0 = (vf)0.0f, s1 = s0, s2 = s0, s3 = s0;
      for (; r + 4 <= stop; r += 4) {
        const float *p = x + r * channels + c;
        s0 += load_up_to(p, count), s1 += load_up_to(p + channels, count);
        s2 += load_up_to(p + 2 * channels, count), s3 += load_up_to(p + 3 * channels, count);
      }
      for (; r < stop; r++) s0 += load_up_to(x + r * channels + c, count);
      float lanes[LANES];
      store(lanes, (s0 + s1) + (s2 + s3));
      for (int64_t k = 0; k < count; k++) sums[c + k] += lanes[k];
    }
  }
}

static void NAME(column_sums_part)(void *context, int part) {
  const reduction_call *call = context;
  int64_t begin = pk_part_begin(call->n, call->parts, part), end = pk_part_begin(call->n, call->parts, part + 1);
  double *sums = call->sums + (int64_t)part * call->channels;
  memset(sums, 0, sizeof(double) * (size_t)call->channels);
  NAME(column_sums)(call->x + begin * call->channels, end - begin, call->channels, sums);
}

/// Column sums of each of several images of `n` rows.
static void NAME(image_sums_range)(void *context, int64_t begin, int64_t end) {
  const reduction_call *call = context;
  int64_t channels = call->channels;
  double *sums = pk_allocate(sizeof(double) * (size_t)channels);
  for (int64_t image = begin; image < end; image++) {
    memset(sums, 0, sizeof(double) * (size_t)channels);
    NAME(column_sums)(call->x + image * call->n * channels, call->n, channels, sums);
    for (int64_t c = 0; c < channels; c++) call->out[image * channels + c] = (float)sums[c];
  }
  free(sums);
}

static void NAME(nonfinite_part)(void *context, int part) {
  reduction_call *call = context;
  int64_t end = pk_part_begin(call->n, call->parts, part + 1);
  call->totals[part] = 0;
  for (int64_t start = pk_part_begin(call->n, call->parts, part); start < end; start += 4096) {
    int64_t stop = start + 4096 < end ? start + 4096 : end;
    vi found = (vi)0;
    for (int64_t i = start; i < stop; i += LANES) {
      vi bits = (vi)load_up_to(call->x + i, stop - i < LANES ? stop - i : LANES);
      found |= (bits & (vi)0x7f800000) == (vi)0x7f800000;
    }
    if (__builtin_reduce_or(found) != 0) {
      call->totals[part] = 1;
      return;
    }
  }
}

/// Smallest and largest of each column of one part's rows.
static void NAME(min_max_part)(void *context, int part) {
  const reduction_call *call = context;
  int64_t begin = pk_part_begin(call->n, call->parts, part), end = pk_part_begin(call->n, call->parts, part + 1);
  int64_t channels = call->channels;
  float *low = call->limits + (int64_t)part * 2 * channels, *high = low + channels;
  for (int64_t c = 0; c < channels; c += LANES) {
    int64_t count = channels - c < LANES ? channels - c : LANES;
    vf least = (vf)INFINITY, most = (vf)-INFINITY;
    for (int64_t r = begin; r < end; r++) {
      vf v = load_up_to(call->x + r * channels + c, count);
      least = v < least ? v : least;
      most = v > most ? v : most;
    }
    store_up_to(low + c, least, count);
    store_up_to(high + c, most, count);
  }
}
