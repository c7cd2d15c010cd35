// Quantization at one CPU level; see quantization.c.

typedef int8_t NAME(pk_v_int8_t) __attribute__((ext_vector_type(LANES)));
typedef uint8_t NAME(pk_v_uint8_t) __attribute__((ext_vector_type(LANES)));
typedef int16_t NAME(pk_v_int16_t) __attribute__((ext_vector_type(LANES)));
typedef uint16_t NAME(pk_v_uint16_t) __attribute__((ext_vector_type(LANES)));
typedef int32_t NAME(pk_v_int32_t) __attribute__((ext_vector_type(LANES)));

/// round(x / scale) + zero_point within [low + zero_point, high + zero_point]; the limits are integers, so limiting
/// first changes nothing and keeps the rounding exact. NaN rounds to 0.
PK_INLINE vi NAME(quantized)(vf x, vf scale, vf low, vf high, vi zero_point) {
  vf v = x / scale;
  v = v != v ? (vf)0.0f : v;
  v = v < low ? low : v;
  v = v > high ? high : v;
  return __builtin_convertvector(round_of(v), vi) + zero_point;
}

/// For each type: a span with one scale, and rows of channels with a scale each.
#define QUANTIZE(SUFFIX, TYPE, LOW, HIGH)                                                                             \
  PK_INLINE void NAME(store_##SUFFIX)(TYPE *y, vi v, int64_t count) {                                                 \
    NAME(pk_v_##TYPE) bytes = __builtin_convertvector(v, NAME(pk_v_##TYPE));                                          \
    if (count == LANES) {                                                                                             \
      memcpy(y, &bytes, LANES * sizeof(TYPE));                                                                        \
    } else {                                                                                                          \
      for (int64_t k = 0; k < count; k++) y[k] = bytes[k];                                                            \
    }                                                                                                                 \
  }                                                                                                                   \
                                                                                                                      \
  static void NAME(quantize_##SUFFIX)(const float *x, int64_t n, float scale, int32_t zero_point, TYPE *y) {          \
    vf low = (vf)(float)(LOW - zero_point), high = (vf)(float)(HIGH - zero_point);                                    \
    for (int64_t i = 0; i < n; i += LANES) {                                                                          \
      int64_t count = n - i < LANES ? n - i : LANES;                                                                  \
      vi q = NAME(quantized)(load_up_to(x + i, count), (vf)scale, low, high, (vi)zero_point);                         \
      NAME(store_##SUFFIX)(y + i, q, count);                                                                          \
    }                                                                                                                 \
  }                                                                                                                   \
                                                                                                                      \
  static void NAME(quantize_##SUFFIX##_range)(void *context, int64_t begin, int64_t end) {                            \
    const quantize_call *call = context;                                                                              \
    NAME(quantize_##SUFFIX)                                                                                           \
    (call->x + begin, end - begin, call->scales[0], call->zero_points[0], (TYPE *)call->y + begin);                   \
  }                                                                                                                   \
                                                                                                                      \
  static void NAME(quantize_##SUFFIX##_runs)(void *context, int64_t begin, int64_t end) {                             \
    const quantize_call *call = context;                                                                              \
    for (int64_t run = begin; run < end; run++) {                                                                     \
      int64_t c = run % call->channels;                                                                               \
      int32_t zero_point = call->zero_points == NULL ? 0 : call->zero_points[c];                                      \
      NAME(quantize_##SUFFIX)                                                                                         \
      (call->x + run * call->inner, call->inner, call->scales[c], zero_point, (TYPE *)call->y + run * call->inner);   \
    }                                                                                                                 \
  }                                                                                                                   \
                                                                                                                      \
  static void NAME(quantize_##SUFFIX##_rows)(void *context, int64_t begin, int64_t end) {                             \
    const quantize_call *call = context;                                                                              \
    for (int64_t row = begin; row < end; row++) {                                                                     \
      for (int64_t c = 0; c < call->channels; c += LANES) {                                                           \
        int64_t count = call->channels - c < LANES ? call->channels - c : LANES, at = row * call->channels + c;       \
        vi zero_point = (vi)0;                                                                                        \
        if (call->zero_points != NULL) {                                                                              \
          zero_point = (vi)load_up_to((const float *)call->zero_points + c, count);                                   \
        }                                                                                                             \
        vf low = __builtin_convertvector(LOW - zero_point, vf), high = __builtin_convertvector(HIGH - zero_point, vf); \
        vf x = load_up_to(call->x + at, count), scale = load_up_to(call->scales + c, count);                          \
        NAME(store_##SUFFIX)((TYPE *)call->y + at, NAME(quantized)(x, scale, low, high, zero_point), count);          \
      }                                                                                                               \
    }                                                                                                                 \
  }

QUANTIZE(s8, int8_t, -128, 127)
QUANTIZE(u8, uint8_t, 0, 255)
QUANTIZE(s16, int16_t, -32768, 32767)
QUANTIZE(u16, uint16_t, 0, 65535)
#undef QUANTIZE

#define DEQUANTIZE(SUFFIX, TYPE)                                                                                      \
  PK_INLINE vi NAME(load_##SUFFIX)(const TYPE *x, int64_t count) {                                                    \
    NAME(pk_v_##TYPE) v = (NAME(pk_v_##TYPE))0;                                                                       \
    if (count == LANES) {                                                                                             \
      memcpy(&v, x, LANES * sizeof(TYPE));                                                                            \
    } else {                                                                                                          \
      for (int64_t k = 0; k < count; k++) v[k] = x[k];                                                                \
    }                                                                                                                 \
    return __builtin_convertvector(v, vi);                                                                            \
  }                                                                                                                   \
                                                                                                                      \
  static void NAME(dequantize_##SUFFIX)(const TYPE *x, int64_t n, float scale, int32_t zero_point, float *y) {        \
    for (int64_t i = 0; i < n; i += LANES) {                                                                          \
      int64_t count = n - i < LANES ? n - i : LANES;                                                                  \
      vi v = NAME(load_##SUFFIX)(x + i, count) - (vi)zero_point;                                                      \
      store_up_to(y + i, __builtin_convertvector(v, vf) * scale, count);                                              \
    }                                                                                                                 \
  }                                                                                                                   \
                                                                                                                      \
  static void NAME(dequantize_##SUFFIX##_range)(void *context, int64_t begin, int64_t end) {                          \
    const dequantize_call *call = context;                                                                            \
    NAME(dequantize_##SUFFIX)                                                                                         \
    ((const TYPE *)call->x + begin, end - begin, call->scales[0], call->zero_points[0], call->y + begin);             \
  }                                                                                                                   \
                                                                                                                      \
  static void NAME(dequantize_##SUFFIX##_runs)(void *context, int64_t begin, int64_t end) {                           \
    const dequantize_call *call = context;                                                                            \
    for (int64_t run = begin; run < end; run++) {                                                                     \
      int64_t c = run % call->channels, at = run * call->inner;                                                       \
      int32_t zero_point = call->zero_points == NULL ? 0 : call->zero_points[c];                                      \
      NAME(dequantize_##SUFFIX)((const TYPE *)call->x + at, call->inner, call->scales[c], zero_point, call->y + at);  \
    }                                                                                                                 \
  }                                                                                                                   \
                                                                                                                      \
  static void NAME(dequantize_##SUFFIX##_rows)(void *context, int64_t begin, int64_t end) {                           \
    const dequantize_call *call = context;                                                                            \
    for (int64_t row = begin; row < end; row++) {                                                                     \
      for (int64_t c = 0; c < call->channels; c += LANES) {                                                           \
        int64_t count = call->channels - c < LANES ? call->channels - c : LANES, at = row * call->channels + c;       \
        vi v = NAME(load_##SUFFIX)((const TYPE *)call->x + at, count);                                                \
        if (call->zero_points != NULL) v -= (vi)load_up_to((const float *)call->zero_points + c, count);              \
        vf scale = load_up_to(call->scales + c, count);                                                               \
        store_up_to(call->y + at, __builtin_convertvector(v, vf) * scale, count);                                     \
      }                                                                                                               \
    }                                                                                                                 \
  }

DEQUANTIZE(s8, int8_t)
DEQUANTIZE(u8, uint8_t)
DEQUANTIZE(s16, int16_t)
DEQUANTIZE(u16, uint16_t)
DEQUANTIZE(s32, int32_t)
#undef DEQUANTIZE

static void NAME(quantize_dequantize_range)(void *context, int64_t begin, int64_t end) {
  const simulate_call *call = context;
  vf low = (vf)call->low, high = (vf)call->high;
  for (int64_t i = begin; i < end; i += LANES) {
    int64_t count = end - i < LANES ? end - i : LANES;
    vi q = NAME(quantized)(load_up_to(call->x + i, count), (vf)call->scale, low, high, (vi)0);
    store_up_to(call->y + i, __builtin_convertvector(q, vf) * call->scale, count);
  }
}
