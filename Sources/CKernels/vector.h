// A vector of LANES floats and its operations at the level that levels.h is instantiating. No include guard.
// Clang's vector extensions compile to AVX-512, AVX2, SSE2 or NEON; masked loads and stores are intrinsics.
#define vf NAME(pk_vf)
#define vi NAME(pk_vi)
#define vu NAME(pk_vu)
#define vf_unaligned NAME(pk_vf_unaligned)

typedef float vf __attribute__((ext_vector_type(LANES)));
typedef int32_t vi __attribute__((ext_vector_type(LANES)));
typedef uint32_t vu __attribute__((ext_vector_type(LANES)));
typedef float vf_unaligned __attribute__((ext_vector_type(LANES), aligned(4), may_alias));

#define PK_INLINE static inline __attribute__((always_inline, unused))

#define load NAME(pk_load)
PK_INLINE vf load(const float *p) { return *(const vf_unaligned *)p; }

#define store NAME(pk_store)
PK_INLINE void store(float *p, vf v) { *(vf_unaligned *)p = v; }

/// The first n (0...LANES) floats at p, then zeros.
#define load_first NAME(pk_load_first)
PK_INLINE vf load_first(const float *p, int64_t n) {
#if LANES == 16
  return (vf)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#elif LANES == 8
  const vi lane = {0, 1, 2, 3, 4, 5, 6, 7};
  return (vf)_mm256_maskload_ps(p, (__m256i)(lane < (vi)(int32_t)n));
#else
  vf v = (vf)0.0f;
  for (int64_t k = 0; k < n; k++) v[k] = p[k];
  return v;
#endif
}

/// Stores the first n (0...LANES) lanes at p.
#define store_first NAME(pk_store_first)
PK_INLINE void store_first(float *p, vf v, int64_t n) {
#if LANES == 16
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
#elif LANES == 8
  const vi lane = {0, 1, 2, 3, 4, 5, 6, 7};
  _mm256_maskstore_ps(p, (__m256i)(lane < (vi)(int32_t)n), (__m256)v);
#else
  for (int64_t k = 0; k < n; k++) p[k] = v[k];
#endif
}

/// n lanes, n == LANES being the fast case.
#define load_up_to NAME(pk_load_up_to)
PK_INLINE vf load_up_to(const float *p, int64_t n) { return n == LANES ? load(p) : load_first(p, n); }

#define store_up_to NAME(pk_store_up_to)
PK_INLINE void store_up_to(float *p, vf v, int64_t n) {
  if (n == LANES) {
    store(p, v);
  } else {
    store_first(p, v, n);
  }
}

/// max(v, 0) that keeps NaN.
#define relu_of NAME(pk_relu_of)
PK_INLINE vf relu_of(vf v) { return v < (vf)0.0f ? (vf)0.0f : v; }

/// Limits to [lo, hi]; keeps NaN.
#define clip_of NAME(pk_clip_of)
PK_INLINE vf clip_of(vf v, float lo, float hi) {
  v = v < (vf)lo ? (vf)lo : v;
  return v > (vf)hi ? (vf)hi : v;
}

#define min_of NAME(pk_min_of)
PK_INLINE vf min_of(vf a, vf b) {
  vf m = a < b ? a : b;
  return a != a ? a : m;
}

#define max_of NAME(pk_max_of)
PK_INLINE vf max_of(vf a, vf b) {
  vf m = a > b ? a : b;
  return a != a ? a : m;
}

/// Nearest integer, ties to even, for |v| < 2^22: adding 1.5 * 2^23 leaves no bits for the fraction.
#define round_of NAME(pk_round_of)
PK_INLINE vf round_of(vf v) {
  const vf magic = (vf)12582912.0f;
  vf shifted = v + magic;
  return shifted - magic;
}

#define sqrt_of NAME(pk_sqrt_of)
PK_INLINE vf sqrt_of(vf v) { return __builtin_elementwise_sqrt(v); }

#define abs_of NAME(pk_abs_of)
PK_INLINE vf abs_of(vf v) { return (vf)((vi)v & (vi)0x7fffffff); }

/// e^r - 1 and the whole number n of v = n ln 2 + r, by a polynomial in r (Cephes); |v| at most some 100.
#define exp_fraction NAME(pk_exp_fraction)
PK_INLINE vf exp_fraction(vf v, vi *exponent) {
  const vf magic = (vf)12582912.0f;
  vf shifted = v * 1.44269504088896341f + magic;
  vf n = shifted - magic;
  *exponent = (vi)shifted - (vi)magic;
  vf r = v - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  vf p = (vf)1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  return (p * r) * r + r;
}

/// e^v within 2 units in the last place: 2^n in two factors, so that results that are subnormal or overflow come out
/// right. NaN stays NaN.
#define exp_of NAME(pk_exp_of)
PK_INLINE vf exp_of(vf v) {
  vi exponent;
  vf p = exp_fraction(clip_of(v, -104.0f, 89.0f), &exponent) + 1.0f;
  vi half = exponent >> 1;
  vf low = (vf)((half + 127) << 23);
  vf high = (vf)((exponent - half + 127) << 23);
  vf result = p * low * high;
  return v != v ? v : result;
}

/// 1 / v within 2 units in the last place, v being a normal number whose reciprocal is one.
#define reciprocal_of NAME(pk_reciprocal_of)
PK_INLINE vf reciprocal_of(vf v) {
#if LANES == 16
  vf guess = (vf)_mm512_rcp14_ps((__m512)v);
  return guess * (2.0f - v * guess);
#else
  return 1.0f / v;
#endif
}

/// 1 / (1 + e^-v), e^-v as exp_of has it for |v| up to 87, so that a shift of the exponent is enough; beyond, where the
/// function is 1 or under 2e-38, as at that limit. NaN stays NaN.
#define sigmoid_of NAME(pk_sigmoid_of)
PK_INLINE vf sigmoid_of(vf v) {
  vi exponent;
  vf p = exp_fraction(clip_of(-v, -87.0f, 87.0f), &exponent) + 1.0f;
  return reciprocal_of(1.0f + (vf)((vi)p + (exponent << 23)));
}

#define swish_of NAME(pk_swish_of)
PK_INLINE vf swish_of(vf v, float alpha) { return v * sigmoid_of(v * alpha); }

/// tanh by a polynomial below 0.625 (Cephes) and by exp above.
#define tanh_of NAME(pk_tanh_of)
PK_INLINE vf tanh_of(vf v) {
  vf a = abs_of(v);
  vf z = v * v;
  vf p = (vf)-5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  vf small = p * z * v + v;
  vf large = 1.0f - 2.0f / (exp_of(a + a) + 1.0f);
  large = (vf)((vi)large | ((vi)v & (vi)INT32_MIN));
  vf result = a < (vf)0.625f ? small : large;
  return v != v ? v : result;
}

/// Sum of the lanes, pairwise.
#define sum_of NAME(pk_sum_of)
PK_INLINE float sum_of(vf v) {
  float lanes[LANES];
  store(lanes, v);
  for (int width = LANES / 2; width > 0; width /= 2) {
    for (int k = 0; k < width; k++) lanes[k] += lanes[k + width];
  }
  return lanes[0];
}
