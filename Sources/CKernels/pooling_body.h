// Pooling at one CPU level; see pooling.c. Items of the forward ranges are output rows, those of the gradients images.

static void NAME(max_pool_range)(void *context, int64_t begin, int64_t end) {
  const pool_call *call = context;
  const pk_pool *p = &call->pool;
  for (int64_t item = begin; item < end; item++) {
    const float *image = call->x + item / p->oh * p->h * p->w * p->c;
    for (int64_t ow = 0; ow < p->ow; ow++) {
      pool_window window = pool_window_at(p, item % p->oh, ow);
      float *y = call->y + (item * p->ow + ow) * p->c;
      for (int64_t c = 0; c < p->c; c += LANES) {
        int64_t lanes = p->c - c < LANES ? p->c - c : LANES;
        vf best = (vf)-INFINITY;
        for (int64_t i = window.top; i < window.bottom; i += p->dilation_h) {
          for (int64_t j = window.left; j < window.right; j += p->dilation_w) {
            best = max_of(load_up_to(image + (i * p->w + j) * p->c + c, lanes), best);
          }
        }
        store_up_to(y + c, best, lanes);
      }
    }
  }
}

static void NAME(max_pool_gradient_range)(void *context, int64_t begin, int64_t end) {
  const pool_call *call = context;
  const pk_pool *p = &call->pool;
  int64_t size = p->h * p->w * p->c;
  for (int64_t image = begin; image < end; image++) {
    const float *x = call->x + image * size;
    float *dx = call->dx + image * size;
    memset(dx, 0, sizeof(float) * (size_t)size);
    for (int64_t pixel = 0; pixel < p->oh * p->ow; pixel++) {
      pool_window window = pool_window_at(p, pixel / p->ow, pixel % p->ow);
      int64_t at = (image * p->oh * p->ow + pixel) * p->c;
      for (int64_t c = 0; c < p->c; c += LANES) {
        int64_t lanes = p->c - c < LANES ? p->c - c : LANES;
        vf best = load_up_to(call->y + at + c, lanes), left = load_up_to(call->dy + at + c, lanes);
        for (int64_t i = window.top; i < window.bottom; i += p->dilation_h) {
          for (int64_t j = window.left; j < window.right; j += p->dilation_w) {
            int64_t tap = (i * p->w + j) * p->c + c;
            vf v = load_up_to(x + tap, lanes);
            // What is left of dy goes to the first match: a maximum, or a NaN.
            vi match = (v == best) | (v != v);
            vf taken = match ? left : (vf)0.0f;
            left = match ? (vf)0.0f : left;
            store_up_to(dx + tap, load_up_to(dx + tap, lanes) + taken, lanes);
          }
        }
      }
    }
  }
}

static void NAME(average_pool_range)(void *context, int64_t begin, int64_t end) {
  const pool_call *call = context;
  const pk_pool *p = &call->pool;
  for (int64_t item = begin; item < end; item++) {
    const float *image = call->x + item / p->oh * p->h * p->w * p->c;
    for (int64_t ow = 0; ow < p->ow; ow++) {
      pool_window window = pool_window_at(p, item % p->oh, ow);
      float *y = call->y + (item * p->ow + ow) * p->c;
      float divisor = (float)window.divisor;
      for (int64_t c = 0; c < p->c; c += LANES) {
        int64_t lanes = p->c - c < LANES ? p->c - c : LANES;
        vf sum = (vf)0.0f;
        for (int64_t i = window.top; i < window.bottom; i += p->dilation_h) {
          for (int64_t j = window.left; j < window.right; j += p->dilation_w) {
            sum += load_up_to(image + (i * p->w + j) * p->c + c, lanes);
          }
        }
        store_up_to(y + c, sum / divisor, lanes);
      }
    }
  }
}

static void NAME(average_pool_gradient_range)(void *context, int64_t begin, int64_t end) {
  const pool_call *call = context;
  const pk_pool *p = &call->pool;
  int64_t size = p->h * p->w * p->c;
  for (int64_t image = begin; image < end; image++) {
    float *dx = call->dx + image * size;
    memset(dx, 0, sizeof(float) * (size_t)size);
    for (int64_t pixel = 0; pixel < p->oh * p->ow; pixel++) {
      pool_window window = pool_window_at(p, pixel / p->ow, pixel % p->ow);
      const float *dy = call->dy + (image * p->oh * p->ow + pixel) * p->c;
      float divisor = (float)window.divisor;
      for (int64_t c = 0; c < p->c; c += LANES) {
        int64_t lanes = p->c - c < LANES ? p->c - c : LANES;
        vf share = load_up_to(dy + c, lanes) / divisor;
        for (int64_t i = window.top; i < window.bottom; i += p->dilation_h) {
          for (int64_t j = window.left; j < window.right; j += p->dilation_w) {
            float *to = dx + (i * p->w + j) * p->c + c;
            store_up_to(to, load_up_to(to, lanes) + share, lanes);
          }
        }
      }
    }
  }
}

/// The largest bytes of a window for WIDTH channels at a time, while there are so many.
#define POOL_BYTES(TYPE, LOWEST, WIDTH)                                                                               \
  for (; c + WIDTH <= p->c; c += WIDTH) {                                                                             \
    typedef TYPE bytes __attribute__((ext_vector_type(WIDTH), aligned(1), may_alias));                                \
    bytes best = (bytes)(TYPE)LOWEST;                                                                                 \
    for (int64_t i = window.top; i < window.bottom; i += p->dilation_h) {                                             \
      for (int64_t j = window.left; j < window.right; j += p->dilation_w) {                                           \
        best = __builtin_elementwise_max(best, *(const bytes *)(image + (i * p->w + j) * p->c + c));                  \
      }                                                                                                               \
    }                                                                                                                 \
    *(bytes *)(y + c) = best;                                                                                         \
  }

#define BYTE_POOL(FUNCTION, TYPE, LOWEST)                                                                             \
  static void NAME(FUNCTION)(void *context, int64_t begin, int64_t end) {                                             \
    const pool_call *call = context;                                                                                  \
    const pk_pool *p = &call->pool;                                                                                   \
    for (int64_t item = begin; item < end; item++) {                                                                  \
      const TYPE *image = (const TYPE *)call->x_bytes + item / p->oh * p->h * p->w * p->c;                            \
      for (int64_t ow = 0; ow < p->ow; ow++) {                                                                        \
        pool_window window = pool_window_at(p, item % p->oh, ow);                                                     \
        TYPE *y = (TYPE *)call->y_bytes + (item * p->ow + ow) * p->c;                                                 \
        int64_t c = 0;                                                                                                \
        POOL_BYTES(TYPE, LOWEST, 64)                                                                                  \
        POOL_BYTES(TYPE, LOWEST, 16)                                                                                  \
        POOL_BYTES(TYPE, LOWEST, 1)                                                                                   \
      }                                                                                                               \
    }                                                                                                                 \
  }

BYTE_POOL(max_pool_u8_range, uint8_t, 0)
BYTE_POOL(max_pool_s8_range, int8_t, INT8_MIN)
#undef BYTE_POOL
#undef POOL_BYTES

/// Items are lines of channels of images; hw is kept in pool.h, rows in blocks so that a float sum never has many terms.
static void NAME(global_average_range)(void *context, int64_t begin, int64_t end) {
  const pool_call *call = context;
  int64_t pixels = call->pool.h, channels = call->pool.c, lines = channel_lines(channels);
  for (int64_t item = begin; item < end; item++) {
    int64_t image = item / lines, first = item % lines * PK_LINE_CHANNELS;
    const float *x = call->x + image * pixels * channels;
    for (int64_t c = first; c < smaller(first + PK_LINE_CHANNELS, channels); c += LANES) {
      int64_t lanes = channels - c < LANES ? channels - c : LANES;
      vf total = (vf)0.0f;
      for (int64_t start = 0; start < pixels; start += PK_BLOCK_ROWS) {
        int64_t stop = start + PK_BLOCK_ROWS < pixels ? start + PK_BLOCK_ROWS : pixels, i = start;
        vf s0 = (vf)0.0f, s1 = s0, s2 = s0, s3 = s0;
        for (; i + 4 <= stop; i += 4) {
          const float *p = x + i * channels + c;
          s0 += load_up_to(p, lanes), s1 += load_up_to(p + channels, lanes);
          s2 += load_up_to(p + 2 * channels, lanes), s3 += load_up_to(p + 3 * channels, lanes);
        }
        for (; i < stop; i++) s0 += load_up_to(x + i * channels + c, lanes);
        total += (s0 + s1) + (s2 + s3);
      }
      store_up_to(call->y + image * channels + c, total / (float)pixels, lanes);
    }
  }
}

static void NAME(global_average_gradient_range)(void *context, int64_t begin, int64_t end) {
  const pool_call *call = context;
  int64_t pixels = call->pool.h, channels = call->pool.c;
  for (int64_t item = begin; item < end; item++) {
    const float *dy = call->dy + item / pixels * channels;
    float *dx = call->dx + item * channels;
    for (int64_t c = 0; c < channels; c += LANES) {
      int64_t lanes = channels - c < LANES ? channels - c : LANES;
      store_up_to(dx + c, load_up_to(dy + c, lanes) / (float)pixels, lanes);
    }
  }
}
