// Bytes as vectors of integers, and numbers rounded to bytes, at one CPU level. No include guard.

typedef uint8_t NAME(pk_vb) __attribute__((ext_vector_type(LANES)));

/// The first `count` bytes (all LANES in the fast case) as integers from 0 to 255, signed bytes flipped to that.
PK_INLINE vi NAME(load_bytes)(const uint8_t *x, int64_t count, uint8_t flip) {
  NAME(pk_vb) bytes = (NAME(pk_vb))(uint8_t)0;
  if (count == LANES) {
    memcpy(&bytes, x, LANES);
  } else {
    for (int64_t k = 0; k < count; k++) bytes[k] = x[k];
  }
  return __builtin_convertvector(bytes ^ (NAME(pk_vb))flip, vi);
}

/// The low bytes of integers.
PK_INLINE void NAME(store_bytes)(uint8_t *y, vi v, int64_t count) {
  NAME(pk_vb) bytes = __builtin_convertvector(v, NAME(pk_vb));
  if (count == LANES) {
    memcpy(y, &bytes, LANES);
  } else {
    for (int64_t k = 0; k < count; k++) y[k] = bytes[k];
  }
}

/// v / scale, rounded once: with fused multiply-adds the quotient by the inverse is corrected by its remainder, which
/// is faster than a division. `scale` and `v` are far from the ends of float's range.
PK_INLINE vf NAME(divided)(vf v, float scale, float inverse) {
#if LANES > 4
  vf quotient = v * inverse;
  vf rest = __builtin_elementwise_fma(-quotient, (vf)scale, v);
  return __builtin_elementwise_fma(rest, (vf)inverse, quotient);
#else
  (void)inverse;
  return v / scale;
#endif
}

/// What a result needs on its way to bytes.
typedef struct {
  float scale, inverse, low, high;
  int32_t zero_point;
} NAME(q8_result);

PK_INLINE NAME(q8_result) NAME(q8_result_of)(pk_q8 format, int32_t low, int32_t high) {
  return (NAME(q8_result)){
      format.scale, 1.0f / format.scale, (float)(low - format.zero_point), (float)(high - format.zero_point),
      format.zero_point};
}

/// round(q) + zero point within the limits, which are integers, so that limiting first changes nothing. Only the low
/// bytes are right: adding 1.5 * 2^23, whose low byte is 0, leaves the rounded number in the low bits.
PK_INLINE vi NAME(q8_limited)(vf q, const NAME(q8_result) *result) {
  q = q > (vf)result->low ? q : (vf)result->low;
  q = q < (vf)result->high ? q : (vf)result->high;
  return (vi)(q + (vf)12582912.0f) + result->zero_point;
}

/// round(v / scale) + zero point within the limits; see q8_limited.
PK_INLINE vi NAME(q8_rounded)(vf v, const NAME(q8_result) *result) {
  return NAME(q8_limited)(NAME(divided)(v, result->scale, result->inverse), result);
}
