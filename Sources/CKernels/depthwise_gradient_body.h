// The gradient of a depthwise convolution by its weights at one CPU level; see depthwise_gradient.c.

/// Vectors of a block of channels.
#undef VECTORS
#define VECTORS (PK_DEPTHWISE_CHANNELS / LANES)

/// Adds the products of `count` outputs of a row with the inputs of `columns` (a constant) neighbouring taps to the taps'
/// sums, which lie w->c apart, for a block of channels.
PK_INLINE void NAME(depthwise_products)(int columns, int vectors, int64_t lanes, const pk_window *w, const float *x,
                                        const float *dy, int64_t count, float *sums) {
  vf sum[PK_DEPTHWISE_COLUMNS][VECTORS];
  for (int k = 0; k < columns; k++) {
    for (int v = 0; v < vectors; v++) sum[k][v] = (vf)0.0f;
  }
  int64_t step = w->stride_w * w->c, apart = w->dilation_w * w->c;
  for (int64_t i = 0; i < count; i++, x += step, dy += w->c) {
    for (int v = 0; v < vectors; v++) {
      vf slope = load_up_to(dy + v * LANES, lanes);
      for (int k = 0; k < columns; k++) sum[k][v] += load_up_to(x + k * apart + v * LANES, lanes) * slope;
    }
  }
  for (int k = 0; k < columns; k++) {
    for (int v = 0; v < vectors; v++) {
      float *place = sums + k * w->c + v * LANES;
      store_up_to(place, load_up_to(place, lanes) + sum[k][v], lanes);
    }
  }
}

/// depthwise_products for all channels.
PK_INLINE void NAME(depthwise_row)(int columns, const pk_window *w, const float *x, const float *dy, int64_t count,
                                   float *sums) {
  if (count <= 0) return;
  int64_t c = 0;
  for (; c + PK_DEPTHWISE_CHANNELS <= w->c; c += PK_DEPTHWISE_CHANNELS) {
    NAME(depthwise_products)(columns, VECTORS, LANES, w, x + c, dy + c, count, sums + c);
  }
  for (; c < w->c; c += LANES) {
    int64_t lanes = w->c - c < LANES ? w->c - c : LANES;
    NAME(depthwise_products)(columns, 1, lanes, w, x + c, dy + c, count, sums + c);
  }
}

static void NAME(depthwise_columns)(int64_t columns, const pk_window *w, const float *x, const float *dy,
                                    int64_t count, float *sums) {
  switch (columns) {
#define PK_COUNT(n)                                                                                                   \
  case n: NAME(depthwise_row)(n, w, x, dy, count, sums); return;
    PK_COUNT(1)
    PK_COUNT(2)
    PK_COUNT(3)
    PK_COUNT(4)
    PK_COUNT(5)
    PK_COUNT(6)
    PK_COUNT(7)
#undef PK_COUNT
  default: return;
  }
}

/// The outputs from `begin` to `end` of a row with `columns` taps from `tap` on.
PK_INLINE void NAME(depthwise_span)(const pk_window *w, const float *row, const float *dy, int64_t tap, int64_t columns,
                                    int64_t begin, int64_t end, float *sums) {
  int64_t left = begin * w->stride_w + tap * w->dilation_w - w->pad_left;
  NAME(depthwise_columns)(columns, w, row + left * w->c, dy + begin * w->c, end - begin, sums + tap * w->c);
}

/// The part's rows of outputs. Taps of a row are taken together over the outputs that all of them find inside, and one by
/// one over the others.
static void NAME(depthwise_weight_gradient_part)(void *context, int part) {
  const depthwise_gradient_call *call = context;
  const pk_window *w = &call->window;
  int64_t size = w->kh * w->kw * w->c, rows = w->n * w->oh;
  float *sums = call->sums + part * size;
  memset(sums, 0, (size_t)size * sizeof *sums);
  for (int64_t item = pk_part_begin(rows, call->parts, part); item < pk_part_begin(rows, call->parts, part + 1); item++) {
    const float *dy = call->dy + item * w->ow * w->c;
    for (int64_t ky = 0; ky < w->kh; ky++) {
      int64_t i = item % w->oh * w->stride_h - w->pad_top + ky * w->dilation_h;
      if (i < 0 || i >= w->h) continue;
      const float *row = call->x + (item / w->oh * w->h + i) * w->w * w->c;
      float *row_sums = sums + ky * w->kw * w->c;
      for (int64_t first = 0; first < w->kw; first += PK_DEPTHWISE_COLUMNS) {
        int64_t columns = smaller(PK_DEPTHWISE_COLUMNS, w->kw - first), begin = 0, end = w->ow;
        for (int64_t k = first; k < first + columns; k++) {
          int64_t own_begin, own_end;
          outputs_of_tap(k, w->w, w->ow, w->stride_w, w->dilation_w, w->pad_left, &own_begin, &own_end);
          if (own_begin > begin) begin = own_begin;
          if (own_end < end) end = own_end;
        }
        if (end < begin) end = begin;
        NAME(depthwise_span)(w, row, dy, first, columns, begin, end, row_sums);
        for (int64_t k = first; k < first + columns; k++) {
          int64_t own_begin, own_end;
          outputs_of_tap(k, w->w, w->ow, w->stride_w, w->dilation_w, w->pad_left, &own_begin, &own_end);
          NAME(depthwise_span)(w, row, dy, k, 1, own_begin, smaller(begin, own_end), row_sums);
          NAME(depthwise_span)(w, row, dy, k, 1, end > own_begin ? end : own_begin, own_end, row_sums);
        }
      }
    }
  }
}
