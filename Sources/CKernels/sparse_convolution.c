// Convolutions with weights that are mostly zero. Memory is planar inside: an output channel's pixels are added up from
// shifted runs of the input's planes, one for each weight that is not zero.
#include "sparse_convolution.h"

#define PK_BODY "sparse_convolution_body.h"
#include "levels.h"

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/// Where the taps of one axis find their input: stored place j of a plane is place j * stride + origin of the input, and
/// output place i of tap k is stored place i + shift[k] of plane plane[k].
typedef struct {
  int64_t count, farthest;
  int64_t origin[PK_SPARSE_TAPS], plane[PK_SPARSE_TAPS], shift[PK_SPARSE_TAPS];
} axis_map;

/// - own: whether each tap has a plane of its own, shifted beforehand.
static axis_map map_axis(int64_t taps, int64_t stride, int64_t dilation, int64_t pad, int own) {
  axis_map map = {0};
  for (int64_t k = 0; k < taps; k++) {
    int64_t phase = own ? k * dilation : k * dilation % stride;
    map.shift[k] = own ? 0 : k * dilation / stride;
    map.farthest = larger(map.farthest, map.shift[k]);
    int64_t plane = 0;
    while (plane < map.count && map.origin[plane] != phase - pad) plane++;
    map.plane[k] = plane;
    if (plane == map.count) map.origin[map.count++] = phase - pad;
  }
  return map;
}

/// The least distance of rows at which the zeros before a row serve as those behind the one above.
static int64_t shared_pitch(const pk_window *w, const axis_map *columns) {
  int64_t needed = w->ow + columns->farthest, leading = needed, pitch = w->ow;
  for (int64_t plane = 0; plane < columns->count; plane++) {
    int64_t end = divide_up(w->w - columns->origin[plane], w->stride_w);
    pitch = larger(pitch, end < needed ? end : needed);
    int64_t zeros = divide_up(-columns->origin[plane], w->stride_w);
    leading = zeros < leading ? zeros : leading;
  }
  return larger(pitch, needed - leading);
}

/// Lays the planes out; the maps say where taps find them.
static void lay_out(pk_sparse_convolution *s, int64_t kept, axis_map *rows, axis_map *columns) {
  const pk_window *w = &s->window;
  *rows = map_axis(w->kh, w->stride_h, w->dilation_h, w->pad_top, 0);
  *columns = map_axis(w->kw, w->stride_w, w->dilation_w, w->pad_left, 0);
  s->pitch = shared_pitch(w, columns);
  // Loads that cross cache lines cost a third more; a plane for each column of taps avoids them, where weights are many
  // enough to be worth the copies and rounding up does not add more pixels than it saves.
  int64_t aligned = divide_up(w->ow, 16) * 16;
  if (s->form == PK_SPARSE_ELEMENTS && w->kw > 1 && kept > 16 * w->c && 10 * aligned < 13 * s->pitch) {
    *columns = map_axis(w->kw, w->stride_w, w->dilation_w, w->pad_left, 1);
    s->pitch = aligned;
    s->is_aligned = 1;
  }
  s->rows = w->oh + rows->farthest;
  s->planes = rows->count * columns->count;
  for (int64_t plane = 0; plane < s->planes; plane++) {
    s->row_origin[plane] = rows->origin[plane / columns->count];
    s->column_origin[plane] = columns->origin[plane % columns->count];
  }
  // Small images are computed side by side, so that vectors are full.
  int64_t image = s->rows * s->pitch, passes = divide_up(w->n, larger(1, PK_SPARSE_RUN / image));
  s->images = divide_up(w->n, passes);
  s->tail = larger(0, w->ow + columns->farthest - s->pitch);
  // A vector's room behind each plane; an odd number of cache lines from plane to plane spreads them over the cache.
  s->plane_size = (divide_up(s->images * image + s->tail + 16, 16) | 1) * 16;
  int64_t tile = s->is_aligned ? PK_SPARSE_RUN / 2 : PK_SPARSE_RUN;
  int64_t bytes = s->planes * (tile + rows->farthest * s->pitch) * (int64_t)sizeof(float);
  s->chunk = larger(1, PK_SPARSE_CACHE / bytes);
}

/// Where tap (ky, kx) of channel c begins in the planar input.
static int64_t tap_offset(const pk_sparse_convolution *s, const axis_map *rows, const axis_map *columns, int64_t c,
                          int64_t tap) {
  int64_t ky = tap / s->window.kw, kx = tap % s->window.kw;
  int64_t plane = rows->plane[ky] * columns->count + columns->plane[kx];
  return (c * s->planes + plane) * s->plane_size + rows->shift[ky] * s->pitch + columns->shift[kx];
}

static void pack_elements(pk_sparse_convolution *s, const axis_map *rows, const axis_map *columns, int64_t kept,
                          const float *weights) {
  int64_t channels = s->window.c, taps = s->window.kh * s->window.kw;
  s->chunks = divide_up(channels, s->chunk);
  s->starts = pk_allocate((size_t)(s->groups * s->chunks * PK_SPARSE_TURN + 1) * sizeof *s->starts);
  s->elements = pk_allocate((size_t)kept * sizeof *s->elements);
  int64_t next = 0, *start = s->starts;
  for (int64_t list = 0; list < s->groups * s->chunks * PK_SPARSE_TURN; list++) {
    int64_t o = list / (s->chunks * PK_SPARSE_TURN) * PK_SPARSE_TURN + list % PK_SPARSE_TURN;
    int64_t first = list / PK_SPARSE_TURN % s->chunks * s->chunk;
    int64_t last = first + s->chunk < channels ? first + s->chunk : channels;
    *start++ = next;
    if (o >= s->window.o) continue;
    for (int64_t i = first * taps; i < last * taps; i++) {
      float value = weights[o * channels * taps + i];
      if (value == 0) continue;
      s->elements[next++] = (pk_sparse_element){(int32_t)tap_offset(s, rows, columns, i / taps, i % taps), value};
    }
  }
  *start = next;
}

static void pack_blocks(pk_sparse_convolution *s, const axis_map *rows, const axis_map *columns, int64_t kept,
                        const float *weights) {
  int64_t columns_of_o = s->window.c * s->window.kh * s->window.kw, taps = s->window.kh * s->window.kw;
  s->starts = pk_allocate((size_t)(s->groups + 1) * sizeof *s->starts);
  s->offsets = pk_allocate((size_t)kept * sizeof *s->offsets);
  s->values = pk_allocate((size_t)kept * PK_SPARSE_BLOCK * sizeof *s->values);
  int64_t next = 0;
  for (int64_t group = 0; group < s->groups; group++) {
    s->starts[group] = next;
    int64_t o = group * PK_SPARSE_BLOCK, lanes = s->window.o - o < PK_SPARSE_BLOCK ? s->window.o - o : PK_SPARSE_BLOCK;
    for (int64_t i = 0; i < columns_of_o; i++) {
      float *block = s->values + next * PK_SPARSE_BLOCK;
      int any = 0;
      for (int64_t lane = 0; lane < lanes; lane++) any |= weights[(o + lane) * columns_of_o + i] != 0;
      if (!any) continue;
      for (int64_t lane = 0; lane < PK_SPARSE_BLOCK; lane++) {
        block[lane] = lane < lanes ? weights[(o + lane) * columns_of_o + i] : 0;
      }
      s->offsets[next++] = (int32_t)tap_offset(s, rows, columns, i / taps, i % taps);
    }
  }
  s->starts[s->groups] = next;
}

pk_sparse_convolution *pk_sparse_convolution_pack(const pk_window *window, pk_sparse_form form,
                                                  const float *weights) {
  const pk_window *w = window;
  if (form == PK_SPARSE_MASKS || w->groups != 1) return NULL;
  if (w->kh > PK_SPARSE_TAPS || w->kw > PK_SPARSE_TAPS || w->w > PK_SPARSE_WIDTH) return NULL;
  int64_t elements, blocks;
  pk_sparse_count(w->o, w->c * w->kh * w->kw, weights, &elements, &blocks);
  pk_sparse_convolution *s = pk_allocate(sizeof *s);
  *s = (pk_sparse_convolution){.window = *w, .form = form};
  s->kept = form == PK_SPARSE_BLOCKS ? blocks : elements;
  s->groups = divide_up(w->o, form == PK_SPARSE_BLOCKS ? PK_SPARSE_BLOCK : PK_SPARSE_TURN);
  axis_map rows, columns;
  lay_out(s, elements, &rows, &columns);
  if (w->c * s->planes * s->plane_size > PK_SPARSE_MOST) {
    free(s);
    return NULL;
  }
  if (form == PK_SPARSE_BLOCKS) {
    pack_blocks(s, &rows, &columns, blocks, weights);
  } else {
    pack_elements(s, &rows, &columns, elements, weights);
  }
  return s;
}

void pk_sparse_convolution_free(pk_sparse_convolution *weights) {
  if (!weights) return;
  free(weights->starts);
  free(weights->elements);
  free(weights->offsets);
  free(weights->values);
  free(weights);
}

size_t pk_sparse_convolution_scratch(const pk_sparse_convolution *s) {
  // Tiles may read a run and a shift past the last plane.
  int64_t slack = PK_SPARSE_RUN + s->plane_size;
  return (size_t)(s->window.c * s->planes * s->plane_size + slack) * sizeof(float);
}

void pk_sparse_convolution_run(const pk_sparse_convolution *weights, const float *x, const float *bias,
                               const float *residual, const pk_activation *activation, float *y, void *scratch) {
  const pk_window *w = &weights->window;
  sparse_call call = {.weights = weights, .bias = bias, .activation = *activation, .planar = scratch};
  int64_t blocks = divide_up(w->c, 16), image = weights->rows * weights->pitch;
  for (int64_t first = 0; first < w->n; first += weights->images) {
    call.images = w->n - first < weights->images ? w->n - first : weights->images;
    call.run = (call.images - 1) * image + (w->oh - 1) * weights->pitch + w->ow;
    call.x = x + first * w->h * w->w * w->c;
    call.y = y + first * w->oh * w->ow * w->o;
    call.residual = residual ? residual + first * w->oh * w->ow * w->o : NULL;
    pk_parallel_for(blocks, pk_grain(16 * weights->planes * call.run), PK_SELECT(to_planes_range), &call);
    PK_SELECT(split_tiles)(&call);
    int64_t items = weights->groups * call.tiles;
    int64_t cost = weights->kept * (weights->form == PK_SPARSE_BLOCKS ? 4 : 1) * call.run / 4 / items;
    pk_parallel_for(items, pk_grain(cost), PK_SELECT(tiles_range), &call);
  }
}
