// Products with sparse matrices at one CPU level; see sparse_matrix.c. Items are groups of 16 rows of the matrix.

typedef float NAME(pk_f4) __attribute__((ext_vector_type(4)));
typedef float NAME(pk_f4_unaligned) __attribute__((ext_vector_type(4), aligned(4), may_alias));

/// The sum of count values times the x at their columns. On most CPUs four loads make a vector faster than a gather.
PK_INLINE float NAME(row_product)(int64_t count, const float *v, const uint16_t *column, const float *x) {
  NAME(pk_f4) sum[4] = {0, 0, 0, 0};
  int64_t k = 0;
  for (; k + 16 <= count; k += 16) {
#pragma clang loop unroll(full)
    for (int part = 0; part < 4; part++) {
      const uint16_t *c = column + k + 4 * part;
      NAME(pk_f4) taken = {x[c[0]], x[c[1]], x[c[2]], x[c[3]]};
      sum[part] += *(const NAME(pk_f4_unaligned) *)(v + k + 4 * part) * taken;
    }
  }
  for (; k + 4 <= count; k += 4) {
    NAME(pk_f4) taken = {x[column[k]], x[column[k + 1]], x[column[k + 2]], x[column[k + 3]]};
    sum[0] += *(const NAME(pk_f4_unaligned) *)(v + k) * taken;
  }
  for (; k < count; k++) sum[0][0] += v[k] * x[column[k]];
  NAME(pk_f4) all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  return (all[0] + all[1]) + (all[2] + all[3]);
}

#if LANES == 16

/// row_product where gathers are fast.
PK_INLINE float NAME(gathered_product)(int64_t count, const float *v, const uint16_t *column, const float *x) {
  // Bytes: rows are too short for the processor to read the next pages by itself.
  enum { AHEAD = 2048 };
  __m512 sum[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
  int64_t k = 0;
  for (; k + 32 <= count; k += 32) {
    __builtin_prefetch((const char *)(v + k) + AHEAD);
    __builtin_prefetch((const char *)(v + k + 16) + AHEAD);
    __builtin_prefetch((const char *)(column + k) + AHEAD / 2);
#pragma clang loop unroll(full)
    for (int part = 0; part < 2; part++) {
      __m512i at = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const void *)(column + k + 16 * part)));
      __m512 taken = _mm512_i32gather_ps(at, x, sizeof *x);
      sum[part] = _mm512_fmadd_ps(_mm512_loadu_ps(v + k + 16 * part), taken, sum[part]);
    }
  }
  for (; k < count; k += 16) {
    __mmask16 mask = count - k >= 16 ? 0xffff : (__mmask16)((1u << (count - k)) - 1);
    __m512i at = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, column + k));
    __m512 taken = _mm512_mask_i32gather_ps(_mm512_setzero_ps(), mask, at, x, sizeof *x);
    sum[0] = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, v + k), taken, sum[0]);
  }
  return _mm512_reduce_add_ps(_mm512_add_ps(sum[0], sum[1]));
}

#endif

static void NAME(elements_range)(void *context, int64_t begin, int64_t end) {
  const matrix_call *call = context;
  const pk_sparse_matrix *m = call->weights;
  int64_t last = end * GROUP < m->outputs ? end * GROUP : m->outputs;
  for (int64_t o = begin * GROUP; o < last; o++) {
    int64_t start = m->starts[o], count = m->starts[o + 1] - start;
    float bias = call->bias ? call->bias[o] : 0;
    for (int64_t row = 0; row < call->rows; row++) {
      const float *x = call->x + row * m->inputs, *v = m->values + start;
#if LANES == 16
      if (call->gathers) {
        call->y[row * m->outputs + o] = bias + NAME(gathered_product)(count, v, m->columns + start, x);
        continue;
      }
#endif
      call->y[row * m->outputs + o] = bias + NAME(row_product)(count, v, m->columns + start, x);
    }
  }
}

/// The sums of a group of rows, plus the bias, to y.
PK_INLINE void NAME(store_group)(const matrix_call *call, int64_t row, int64_t group, const vf *sum) {
  const pk_sparse_matrix *m = call->weights;
  float *y = call->y + row * m->outputs;
#pragma clang loop unroll(full)
  for (int part = 0; part < GROUP / LANES; part++) {
    int64_t o = group * GROUP + part * LANES, lanes = m->outputs - o < LANES ? m->outputs - o : LANES;
    if (lanes <= 0) return;
    vf bias = call->bias ? load_up_to(call->bias + o, lanes) : (vf)0.0f;
    store_up_to(y + o, sum[part] + bias, lanes);
  }
}

static void NAME(blocks_range)(void *context, int64_t begin, int64_t end) {
  const matrix_call *call = context;
  const pk_sparse_matrix *m = call->weights;
  enum { PARTS = GROUP / LANES };
  for (int64_t group = begin; group < end; group++) {
    for (int64_t row = 0; row < call->rows; row++) {
      const float *x = call->x + row * m->inputs;
      int64_t k = m->starts[group], stop = m->starts[group + 1];
      vf sum[4][PARTS] = {{0}};
      for (; k + 4 <= stop; k += 4) {
#pragma clang loop unroll(full)
        for (int block = 0; block < 4; block++) {
          vf factor = (vf)x[m->columns[k + block]];
#pragma clang loop unroll(full)
          for (int part = 0; part < PARTS; part++) {
            sum[block][part] += factor * load(m->values + (k + block) * GROUP + part * LANES);
          }
        }
      }
      for (; k < stop; k++) {
        vf factor = (vf)x[m->columns[k]];
#pragma clang loop unroll(full)
        for (int part = 0; part < PARTS; part++) {
          sum[0][part] += factor * load(m->values + k * GROUP + part * LANES);
        }
      }
#pragma clang loop unroll(full)
      for (int part = 0; part < PARTS; part++) {
        sum[0][part] = (sum[0][part] + sum[1][part]) + (sum[2][part] + sum[3][part]);
      }
      NAME(store_group)(call, row, group, sum[0]);
    }
  }
}

#if LANES == 16

/// A group's weights for one input: the next values, spread to the lanes whose bits are set.
#define spread NAME(spread)
PK_INLINE vf spread(uint64_t mask, const float *v) {
  __m512 next = (__m512)load(v);
  // Kept in a register: reading memory, the instruction takes twice as long on Zen 4.
  __asm__("" : "+v"(next));
  return (vf)_mm512_maskz_expand_ps((__mmask16)mask, next);
}

/// sum += the group's weights times x, four inputs at a time so that the places of the values are known early.
PK_INLINE vf NAME(masked_product)(int64_t inputs, const uint16_t *masks, const float *v, const float *x) {
  vf a = (vf)0.0f, b = a, c = a, d = a;
  int64_t i = 0;
  for (; i + 4 <= inputs; i += 4) {
    uint64_t bits;
    memcpy(&bits, masks + i, sizeof bits);
    a += (vf)x[i] * spread(bits, v);
    b += (vf)x[i + 1] * spread(bits >> 16, v + __builtin_popcountll(bits & 0xffff));
    c += (vf)x[i + 2] * spread(bits >> 32, v + __builtin_popcountll(bits & 0xffffffff));
    d += (vf)x[i + 3] * spread(bits >> 48, v + __builtin_popcountll(bits & 0xffffffffffff));
    v += __builtin_popcountll(bits);
  }
  for (; i < inputs; i++) {
    a += (vf)x[i] * spread(masks[i], v);
    v += __builtin_popcount(masks[i]);
  }
  return (a + b) + (c + d);
}

#undef spread

#endif

static void NAME(masks_range)(void *context, int64_t begin, int64_t end) {
  const matrix_call *call = context;
  const pk_sparse_matrix *m = call->weights;
  for (int64_t group = begin; group < end; group++) {
    const uint16_t *masks = m->masks + group * m->inputs;
    for (int64_t row = 0; row < call->rows; row++) {
      const float *x = call->x + row * m->inputs, *v = m->values + m->starts[group];
#if LANES == 16
      vf sum = NAME(masked_product)(m->inputs, masks, v, x);
      NAME(store_group)(call, row, group, &sum);
#else
      float lanes[GROUP] = {0};
      for (int64_t i = 0; i < m->inputs; i++) {
        for (unsigned bits = masks[i]; bits != 0; bits &= bits - 1) lanes[__builtin_ctz(bits)] += x[i] * *v++;
      }
      vf sum[GROUP / LANES];
      for (int part = 0; part < GROUP / LANES; part++) sum[part] = load(lanes + part * LANES);
      NAME(store_group)(call, row, group, sum);
#endif
    }
  }
}
