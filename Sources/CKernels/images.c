// Images to tensors, and dropout.
#include "internal.h"

typedef struct {
  int64_t h, w, c, pad;
  const uint8_t *const *images;
  const uint8_t *dense;
  const int32_t *offsets;
  const uint8_t *flips;
  float *out;
} image_call;

static void crop_flip_range(void *context, int64_t begin, int64_t end) {
  const image_call *call = context;
  int64_t h = call->h, w = call->w, c = call->c;
  for (int64_t i = begin; i < end; i++) {
    const uint8_t *image = call->images[i];
    int64_t down = call->offsets[2 * i] - call->pad, right = call->offsets[2 * i + 1] - call->pad;
    int flip = call->flips[i] != 0;
    for (int64_t channel = 0; channel < c; channel++) {
      for (int64_t y = 0; y < h; y++) {
        float *out = call->out + ((i * c + channel) * h + y) * w;
        if (y + down < 0 || y + down >= h) {
          memset(out, 0, sizeof(float) * (size_t)w);
          continue;
        }
        const uint8_t *row = image + (y + down) * w * c + channel;
        for (int64_t x = 0; x < w; x++) {
          int64_t from = (flip ? w - 1 - x : x) + right;
          out[x] = from >= 0 && from < w ? (float)row[from * c] / 255.0f : 0.0f;
        }
      }
    }
  }
}

void pk_crop_flip(int64_t count, const uint8_t *const *images, int64_t h, int64_t w, int64_t c, int64_t pad,
                  const int32_t *offsets_yx, const uint8_t *flips, float *out) {
  image_call call = {.h = h, .w = w, .c = c, .pad = pad, .images = images, .offsets = offsets_yx, .flips = flips};
  call.out = out;
  pk_parallel_for(count, pk_grain(h * w * c), crop_flip_range, &call);
}

static void bytes_to_float_range(void *context, int64_t begin, int64_t end) {
  const image_call *call = context;
  int64_t pixels = call->h * call->w, c = call->c;
  for (int64_t plane = begin; plane < end; plane++) {
    const uint8_t *x = call->dense + plane / c * pixels * c + plane % c;
    float *out = call->out + plane * pixels;
    for (int64_t i = 0; i < pixels; i++) out[i] = (float)x[i * c] / 255.0f;
  }
}

void pk_bytes_to_float(int64_t count, int64_t h, int64_t w, int64_t c, const uint8_t *x, float *y) {
  image_call call = {.h = h, .w = w, .c = c, .dense = x, .out = y};
  pk_parallel_for(count * c, pk_grain(h * w), bytes_to_float_range, &call);
}

typedef struct {
  int64_t n;
  const float *x;
  uint8_t *mask;
  uint64_t seed, counter;
  uint32_t threshold;
  float scale;
  float *y;
} dropout_call;

#define PK_BODY "images_body.h"
#include "levels.h"

void pk_dropout(int64_t n, const float *x, uint8_t *mask_out, uint64_t seed, uint64_t counter, float rate, float *y) {
  dropout_call call = {.n = n, .x = x, .mask = mask_out, .seed = seed, .counter = counter, .y = y};
  call.threshold = (uint32_t)((double)rate * 4294967296.0);
  call.scale = 1.0f / (1.0f - rate);
  pk_parallel_for((n + 3) / 4, PK_GRAIN / 4, PK_SELECT(dropout_range), &call);
}

static void dropout_gradient_range(void *context, int64_t begin, int64_t end) {
  const dropout_call *call = context;
  for (int64_t i = begin; i < end; i++) call->y[i] = call->mask[i] ? call->x[i] * call->scale : 0.0f;
}

void pk_dropout_gradient(int64_t n, const float *dy, const uint8_t *mask, float rate, float *dx) {
  dropout_call call = {.n = n, .x = dy, .mask = (uint8_t *)mask, .scale = 1.0f / (1.0f - rate), .y = dx};
  pk_parallel_for(n, PK_GRAIN, dropout_gradient_range, &call);
}
