// Functions of a vector and their derivatives at the level that levels.h is instantiating, on top of vector.h.
// No include guard.

/// Natural logarithm within 2 units in the last place: v = m 2^e with m near 1, a polynomial in m - 1 (Cephes), plus
/// e ln 2. -infinity at 0, NaN below.
#define log_of NAME(pk_log_of)
PK_INLINE vf log_of(vf v) {
  vi tiny = v < (vf)1.17549435e-38f;
  vf x = tiny ? v * 8388608.0f : v;
  vi bits = (vi)x;
  vi exponent = (bits >> 23) - 126 - (tiny & 23);
  vf m = (vf)((bits & (vi)0x007fffff) | (vi)0x3f000000);
  vi low = m < (vf)0.707106781f;
  vf e = __builtin_convertvector(exponent + low, vf);
  m = (low ? m + m : m) - 1.0f;
  vf z = m * m;
  vf p = (vf)7.0376836292e-2f;
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  vf y = p * m * z - e * 2.12194440e-4f - 0.5f * z;
  vf result = m + y + e * 0.693359375f;
  result = v == (vf)0.0f ? (vf)-INFINITY : result;
  result = v < (vf)0.0f ? (vf)NAN : result;
  return v < (vf)INFINITY ? result : v;
}

/// log(1 + v) for v in 0...1, relatively precise for small v.
#define log1p_of NAME(pk_log1p_of)
PK_INLINE vf log1p_of(vf v) {
  vf u = 1.0f + v;
  vf d = u - 1.0f;
  return d == (vf)0.0f ? v : log_of(u) * (v / d);
}

/// e^v - 1 for v <= 0, relatively precise for small v; what is above 0 counts as 0.
#define expm1_of NAME(pk_expm1_of)
PK_INLINE vf expm1_of(vf v) {
  vi exponent;
  vf p = exp_fraction(clip_of(v, -30.0f, 0.0f), &exponent);
  vf scale = (vf)((exponent + 127) << 23);
  return p * scale + (scale - 1.0f);
}

/// The error function within 5e-7: v P(v^2) / Q(v^2) with polynomials of degrees 6 and 4, v limited to [-4, 4].
#define erf_of NAME(pk_erf_of)
PK_INLINE vf erf_of(vf v) {
  vf x = clip_of(v, -4.0f, 4.0f);
  vf z = x * x;
  vf p = (vf)-2.72614225801306e-10f;
  p = p * z + 2.77068142495902e-08f;
  p = p * z - 2.10102402082508e-06f;
  p = p * z - 5.69250639462346e-05f;
  p = p * z - 7.34990630326855e-04f;
  p = p * z - 2.95459980854025e-03f;
  p = p * z - 1.60960333262415e-02f;
  vf q = (vf)-1.45660718464996e-05f;
  q = q * z - 2.13374055278905e-04f;
  q = q * z - 1.68282697438203e-03f;
  q = q * z - 7.37332916720468e-03f;
  q = q * z - 1.42647390514189e-02f;
  return clip_of(x * p / q, -1.0f, 1.0f);
}

/// 1, 0 or -1; NaN stays NaN.
#define sign_of NAME(pk_sign_of)
PK_INLINE vf sign_of(vf v) { return v > (vf)0.0f ? (vf)1.0f : (v < (vf)0.0f ? (vf)-1.0f : v); }

#define elu_of NAME(pk_elu_of)
PK_INLINE vf elu_of(vf v, float alpha) { return v < (vf)0.0f ? expm1_of(v) * alpha : v; }

/// x Phi(x), Phi being the normal distribution.
#define gelu_of NAME(pk_gelu_of)
PK_INLINE vf gelu_of(vf v) { return 0.5f * v * (1.0f + erf_of(v * 0.70710678118654752f)); }

#define gelu_slope NAME(pk_gelu_slope)
PK_INLINE vf gelu_slope(vf v) {
  vf density = 0.39894228040143268f * exp_of(-0.5f * v * v);
  return 0.5f * (1.0f + erf_of(v * 0.70710678118654752f)) + v * density;
}

#define gelu_tanh_of NAME(pk_gelu_tanh_of)
PK_INLINE vf gelu_tanh_of(vf v) {
  vf inner = 0.79788456080286536f * (v + 0.044715f * v * v * v);
  return 0.5f * v * (1.0f + tanh_of(inner));
}

#define gelu_tanh_slope NAME(pk_gelu_tanh_slope)
PK_INLINE vf gelu_tanh_slope(vf v) {
  vf t = tanh_of(0.79788456080286536f * (v + 0.044715f * v * v * v));
  vf inner = 0.79788456080286536f * (1.0f + 0.134145f * v * v);
  return 0.5f * (1.0f + t) + 0.5f * v * (1.0f - t * t) * inner;
}

#define softplus_of NAME(pk_softplus_of)
PK_INLINE vf softplus_of(vf v) { return relu_of(v) + log1p_of(exp_of(-abs_of(v))); }

/// x tanh(log(1 + e^x)), which is x n / (n + 2) with n = e^x (e^x + 2); the fraction is 1 from 20 on.
#define mish_of NAME(pk_mish_of)
PK_INLINE vf mish_of(vf v) {
  vf e = exp_of(clip_of(v, -104.0f, 20.0f));
  vf n = e * (e + 2.0f);
  return v * (n / (n + 2.0f));
}

#define mish_slope NAME(pk_mish_slope)
PK_INLINE vf mish_slope(vf v) {
  vf e = exp_of(clip_of(v, -104.0f, 20.0f));
  vf n = e * (e + 2.0f);
  return n / (n + 2.0f) + v * (4.0f * e / (n + 2.0f)) * ((e + 1.0f) / (n + 2.0f));
}

#define swish_slope NAME(pk_swish_slope)
PK_INLINE vf swish_slope(vf v, float alpha) {
  vf s = sigmoid_of(v * alpha);
  return s * (1.0f + v * alpha * (1.0f - s));
}

/// a^b, lane by lane as the C library has it.
#define pow_of NAME(pk_pow_of)
PK_INLINE vf pow_of(vf a, vf b) {
  vf y;
  for (int k = 0; k < LANES; k++) y[k] = powf(a[k], b[k]);
  return y;
}

/// The derivative of a^b by a: b a^(b - 1), 0 for an exponent of 0.
#define pow_slope NAME(pk_pow_slope)
PK_INLINE vf pow_slope(vf a, vf b) { return b == (vf)0.0f ? b : b * pow_of(a, b - 1.0f); }

/// The derivative of a^b by b: a^b log(a), 0 where a is 0 and b is not negative.
#define pow_growth NAME(pk_pow_growth)
PK_INLINE vf pow_growth(vf a, vf b) {
  return ((a == (vf)0.0f) & (b >= (vf)0.0f)) ? (vf)0.0f : pow_of(a, b) * log_of(a);
}
