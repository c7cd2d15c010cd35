// Loads and stores of bfloat16 as vectors of floats, at the level that levels.h is instantiating. No include guard.
#define vh NAME(pk_vh)
#define vh_unaligned NAME(pk_vh_unaligned)

typedef uint16_t vh __attribute__((ext_vector_type(LANES)));
typedef uint16_t vh_unaligned __attribute__((ext_vector_type(LANES), aligned(2), may_alias));

#define widened NAME(pk_widened)
PK_INLINE vf widened(vh v) { return (vf)(__builtin_convertvector(v, vu) << 16); }

/// Rounded to nearest even; a NaN keeps its upper half and becomes quiet.
#define narrowed NAME(pk_narrowed)
PK_INLINE vh narrowed(vf v) {
  vu bits = (vu)v;
  vu rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  vu quiet = (bits >> 16) | 0x40;
  return __builtin_convertvector(v != v ? quiet : rounded, vh);
}

/// n lanes (0...LANES), then zeros.
#define load_bf16 NAME(pk_load_bf16)
PK_INLINE vf load_bf16(const uint16_t *p, int64_t n) {
  if (n == LANES) return widened(*(const vh_unaligned *)p);
#if LANES == 16
  return widened((vh)_mm256_maskz_loadu_epi16((__mmask16)((1u << n) - 1), p));
#else
  vh v = (vh)(uint16_t)0;
  for (int64_t k = 0; k < n; k++) v[k] = p[k];
  return widened(v);
#endif
}

/// The first n lanes (0...LANES).
#define store_bf16 NAME(pk_store_bf16)
PK_INLINE void store_bf16(uint16_t *p, vf v, int64_t n) {
  vh half = narrowed(v);
  if (n == LANES) {
    *(vh_unaligned *)p = half;
    return;
  }
#if LANES == 16
  _mm256_mask_storeu_epi16(p, (__mmask16)((1u << n) - 1), (__m256i)half);
#else
  for (int64_t k = 0; k < n; k++) p[k] = half[k];
#endif
}
