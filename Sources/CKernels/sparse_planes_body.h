// A channels-last input laid out as planes for sparse convolutions, at one CPU level; see sparse_convolution.h.
#include "transpose_body.h"

enum { NAME(strip_pixels) = 256 };

/// Lanes begin..<end (any integers) of what lies at p, zeros in the others; nothing else is read.
PK_INLINE vf NAME(load_between)(const float *p, int64_t begin, int64_t end) {
  if (begin <= 0 && end >= LANES) return load(p);
  if (end > LANES) end = LANES;
  if (begin < 0) begin = 0;
#if LANES == 16
  unsigned mask = end > begin ? (1u << end) - (1u << begin) : 0;
  return (vf)_mm512_maskz_loadu_ps((__mmask16)mask, p);
#elif LANES == 8
  const vi lane = {0, 1, 2, 3, 4, 5, 6, 7};
  vi mask = (lane >= (vi)(int32_t)begin) & (lane < (vi)(int32_t)end);
  return (vf)_mm256_maskload_ps(p, (__m256i)mask);
#else
  vf v = (vf)0.0f;
  for (int64_t k = begin; k < end; k++) v[k] = p[k];
  return v;
#endif
}

/// Writes a row of a plane for several channels: y[j] = x[j * stride + origin], zeros outside of the input. Up to a vector
/// behind the row is overwritten: rows are written in ascending order.
static void NAME(put_row)(const pk_sparse_convolution *s, int64_t plane, int64_t channels, const float *x, float *y) {
  int64_t stride = s->window.stride_w, origin = s->column_origin[plane], step = s->planes * s->plane_size;
  if (stride == 1) {
    for (int64_t j = 0; j < s->pitch; j += LANES) {
      int64_t begin = -origin - j, end = s->window.w - origin - j;
      for (int64_t channel = 0; channel < channels; channel++) {
        store(y + channel * step + j, NAME(load_between)(x + channel * PK_SPARSE_STRIP + j + origin, begin, end));
      }
    }
    return;
  }
  int64_t begin = origin < 0 ? (-origin + stride - 1) / stride : 0;
  int64_t end = s->window.w > origin ? (s->window.w - origin + stride - 1) / stride : 0;
  if (end > s->pitch) end = s->pitch;
  if (begin > end) begin = end;
  for (int64_t channel = 0; channel < channels; channel++, x += PK_SPARSE_STRIP, y += step) {
    for (int64_t j = 0; j < begin; j++) y[j] = 0;
    for (int64_t j = begin; j < end; j++) y[j] = x[j * stride + origin];
    for (int64_t j = end; j < s->pitch; j++) y[j] = 0;
  }
}

/// Zeros where the rows of a channel's planes lie outside of the input, and behind the last image.
static void NAME(put_margins)(const pk_sparse_convolution *s, int64_t images, float *y) {
  for (int64_t plane = 0; plane < s->planes; plane++, y += s->plane_size) {
    for (int64_t at = 0; at < images * s->rows; at++) {
      int64_t row = at % s->rows * s->window.stride_h + s->row_origin[plane];
      if (row >= 0 && row < s->window.h) continue;
      for (int64_t j = 0; j < s->pitch; j += LANES) {
        store_up_to(y + at * s->pitch + j, (vf)0.0f, s->pitch - j < LANES ? s->pitch - j : LANES);
      }
    }
    for (int64_t j = 0; j < s->tail; j++) y[images * s->rows * s->pitch + j] = 0;
  }
}

/// Writes rows begin..<end of the input, counted over all images, from their transposed pixels, which lie at `strip`.
static void NAME(put_strip)(const pk_sparse_convolution *s, int64_t begin, int64_t end, int64_t channels,
                            const float *strip, float *y) {
  for (int64_t at = begin; at < end; at++, strip += s->window.w) {
    int64_t image = at / s->window.h, row = at % s->window.h;
    for (int64_t plane = 0; plane < s->planes; plane++) {
      int64_t stored = row - s->row_origin[plane];
      if (stored < 0 || stored % s->window.stride_h != 0 || stored / s->window.stride_h >= s->rows) continue;
      int64_t to = (image * s->rows + stored / s->window.stride_h) * s->pitch;
      NAME(put_row)(s, plane, channels, strip, y + plane * s->plane_size + to);
    }
  }
}

/// Items are blocks of 16 channels.
static void NAME(to_planes_range)(void *context, int64_t begin, int64_t end) {
  const sparse_call *call = context;
  const pk_sparse_convolution *s = call->weights;
  const pk_window *w = &s->window;
  float strip[16 * PK_SPARSE_STRIP] __attribute__((aligned(64)));
  int64_t rows = call->images * w->h, step = w->w < NAME(strip_pixels) ? NAME(strip_pixels) / w->w : 1;
  for (int64_t block = begin; block < end; block++) {
    int64_t c = block * 16, channels = w->c - c < 16 ? w->c - c : 16;
    float *y = call->planar + c * s->planes * s->plane_size;
    for (int64_t row = 0; row < rows; row += step) {
      int64_t count = rows - row < step ? rows - row : step, pixels = count * w->w;
      const float *x = call->x + row * w->w * w->c + c;
      for (int64_t half = 0; half < channels; half += 8) {
        int64_t taken = channels - half < 8 ? channels - half : 8;
        for (int64_t pixel = 0; pixel < pixels; pixel += 8) {
          // The last pixels overlap those before, so that eight can be taken at once.
          int64_t from = pixels - pixel >= 8 || pixels < 8 ? pixel : pixels - 8;
          NAME(transpose_block)(x + from * w->c + half, w->c, strip + half * PK_SPARSE_STRIP + from, PK_SPARSE_STRIP,
                                pixels < 8 ? pixels : 8, taken);
        }
      }
      NAME(put_strip)(s, row, row + count, channels, strip, y);
    }
    for (int64_t channel = 0; channel < channels; channel++) {
      NAME(put_margins)(s, call->images, y + channel * s->planes * s->plane_size);
    }
  }
}
