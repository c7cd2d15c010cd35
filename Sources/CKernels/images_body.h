// Dropout's random words at one CPU level; see images.c.

typedef uint64_t NAME(pk_vl) __attribute__((ext_vector_type(LANES)));

/// The high halves of a * factor.
PK_INLINE vu NAME(high_product)(vu a, uint32_t factor) {
  NAME(pk_vl) product = __builtin_convertvector(a, NAME(pk_vl)) * (uint64_t)factor;
  return __builtin_convertvector(product >> 32, vu);
}

/// words[4 j + k] = word k of Philox4x32-10 of counter (block + j, stream), for LANES consecutive blocks.
static void NAME(philox)(uint64_t seed, uint64_t block, uint64_t stream, uint32_t *words) {
  vu c0, c1, c2 = (vu)(uint32_t)stream, c3 = (vu)(uint32_t)(stream >> 32);
  for (int k = 0; k < LANES; k++) {
    c0[k] = (uint32_t)(block + (uint64_t)k);
    c1[k] = (uint32_t)((block + (uint64_t)k) >> 32);
  }
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    vu h0 = NAME(high_product)(c0, 0xD2511F53u), l0 = c0 * 0xD2511F53u;
    vu h1 = NAME(high_product)(c2, 0xCD9E8D57u), l1 = c2 * 0xCD9E8D57u;
    c0 = h1 ^ c1 ^ (vu)k0;
    c1 = l1;
    c2 = h0 ^ c3 ^ (vu)k1;
    c3 = l0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  for (int k = 0; k < LANES; k++) {
    words[4 * k] = c0[k];
    words[4 * k + 1] = c1[k];
    words[4 * k + 2] = c2[k];
    words[4 * k + 3] = c3[k];
  }
}

/// Items are blocks of 4 elements.
static void NAME(dropout_range)(void *context, int64_t begin, int64_t end) {
  const dropout_call *call = context;
  for (int64_t block = begin; block < end; block += LANES) {
    uint32_t words[4 * LANES];
    NAME(philox)(call->seed, (uint64_t)block, call->counter, words);
    int64_t start = 4 * block, blocks = end - block < LANES ? end - block : LANES;
    int64_t count = call->n - start < 4 * blocks ? call->n - start : 4 * blocks;
    uint8_t *restrict mask = call->mask + start;
    const uint32_t threshold = call->threshold;
    for (int64_t i = 0; i < count; i++) mask[i] = words[i] >= threshold;
    for (int64_t i = 0; i < count; i += LANES) {
      int64_t lanes = count - i < LANES ? count - i : LANES;
      vu drawn = (vu)load((const float *)words + i);
      vf v = load_up_to(call->x + start + i, lanes) * call->scale;
      store_up_to(call->y + start + i, drawn >= (vu)threshold ? v : (vf)0.0f, lanes);
    }
  }
}
