// Functions of one byte, tabulated.
#include "internal.h"

typedef struct {
  const uint8_t *x, *table;
  uint8_t *y;
} lookup_call;

static void lookup_range(void *context, int64_t begin, int64_t end) {
  const lookup_call *call = context;
  const uint8_t *x = call->x, *table = call->table;
  uint8_t *y = call->y;
  for (int64_t i = begin; i < end; i++) y[i] = table[x[i]];
}

#if defined(__x86_64__)

/// The table in four registers: two permutations pick among 128 entries each, the index's top bit between the two.
__attribute__((target("avx512f,avx512bw,avx512vbmi"))) static void lookup_range_vbmi(void *context, int64_t begin,
                                                                                      int64_t end) {
  const lookup_call *call = context;
  __m512i part[4];
  for (int k = 0; k < 4; k++) part[k] = _mm512_loadu_si512(call->table + 64 * k);
  for (int64_t i = begin; i < end; i += 64) {
    __mmask64 mask = end - i < 64 ? ((__mmask64)1 << (end - i)) - 1 : ~(__mmask64)0;
    __m512i index = _mm512_maskz_loadu_epi8(mask, call->x + i);
    __m512i low = _mm512_permutex2var_epi8(part[0], index, part[1]);
    __m512i high = _mm512_permutex2var_epi8(part[2], index, part[3]);
    __m512i value = _mm512_mask_blend_epi8(_mm512_movepi8_mask(index), low, high);
    _mm512_mask_storeu_epi8(call->y + i, mask, value);
  }
}

static int has_vbmi(void) { return pk_level() == PK_LEVEL_AVX512 && __builtin_cpu_supports("avx512vbmi"); }

#endif

void pk_lookup(int64_t n, const void *x, const uint8_t *table, void *y) {
  lookup_call call = {x, table, y};
#if defined(__x86_64__)
  if (has_vbmi()) {
    pk_parallel_for(n, 4 * PK_GRAIN, lookup_range_vbmi, &call);
    return;
  }
#endif
  pk_parallel_for(n, PK_GRAIN, lookup_range, &call);
}
