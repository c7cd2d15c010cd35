// Convolutions with weights that are mostly zero: a tile of the output is added up from vectors of the input, shifted
// once for each weight that is not zero. How the input lies for that says sparse_convolution.h.
#include "sparse_convolution.h"

#define PK_BODY "sparse_convolution_body.h"
#include "levels.h"

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/// Where the taps of one axis find their input: place j of plane p of a patch is place j * stride + origin[p] of the
/// input, and output place i of tap k is place i + shift[k] of plane plane[k]. A plane has `extent` places.
typedef struct {
  int64_t planes, extent;
  int64_t origin[PK_SPARSE_TAPS], plane[PK_SPARSE_TAPS], shift[PK_SPARSE_TAPS];
} axis_map;

/// - own: whether each tap has a plane of its own, shifted beforehand; else each place within a stride has one.
static axis_map map_taps(int64_t taps, int64_t stride, int64_t dilation, int64_t pad, int64_t extent, int own) {
  axis_map map = {.extent = extent};
  for (int64_t k = 0; k < taps; k++) {
    int64_t phase = own ? k * dilation : k * dilation % stride;
    map.shift[k] = own ? 0 : k * dilation / stride;
    map.extent = larger(map.extent, extent + map.shift[k]);
    int64_t plane = 0;
    while (plane < map.planes && map.origin[plane] != phase - pad) plane++;
    map.plane[k] = plane;
    if (plane == map.planes) map.origin[map.planes++] = phase - pad;
  }
  return map;
}

/// The map with the fewest places, of tiles of `extent` places: far taps have planes of their own.
static axis_map map_axis(int64_t taps, int64_t stride, int64_t dilation, int64_t pad, int64_t extent) {
  axis_map shared = map_taps(taps, stride, dilation, pad, extent, 0);
  return shared.planes * shared.extent <= taps * extent ? shared : map_taps(taps, stride, dilation, pad, extent, 1);
}

static axis_map map_rows(const pk_window *w, int64_t rows) {
  return map_axis(w->kh, w->stride_h, w->dilation_h, w->pad_top, rows);
}

static axis_map map_columns(const pk_window *w, int64_t columns) {
  return map_axis(w->kw, w->stride_w, w->dilation_w, w->pad_left, columns);
}

/// The vectors of a patch.
static int64_t patch_vectors(const pk_sparse_convolution *s, const axis_map *rows, const axis_map *columns) {
  int64_t floats = rows->planes * rows->extent * columns->planes * columns->extent * s->lanes;
  return divide_up(floats, s->version.width);
}

/// Floats of blocks' sums are channels: so many vectors a place.
static int64_t vectors_of_place(const pk_sparse_convolution *s) {
  return s->form == PK_SPARSE_BLOCKS ? PK_SPARSE_BLOCK / s->version.width : 1;
}

/// Derives the extents of parts and the numbers of areas.
static void cut(pk_sparse_convolution *s) {
  const pk_window *w = &s->window;
  s->images = smaller(w->n, s->lanes / (s->parts_down * s->parts_across));
  s->part_rows = divide_up(w->oh, s->parts_down);
  s->part_columns = divide_up(w->ow, s->parts_across);
  s->areas_down = divide_up(s->part_rows, s->rows * s->span_down);
  s->areas_across = divide_up(s->part_columns, s->columns * s->span_across);
  s->areas = divide_up(w->n, s->images) * s->areas_down * s->areas_across;
}

/// About how long a run's products take, in products of a vector: a weight costs three more than its own, a tile 300.
static int64_t product_cost(const pk_sparse_convolution *s) {
  int64_t tiles = divide_up(s->part_rows, s->rows) * divide_up(s->part_columns, s->columns);
  int64_t products = s->kept * (s->rows * s->columns * vectors_of_place(s) + 3) + 300;
  return divide_up(s->window.n, s->images) * tiles * products;
}

/// And its patches: a vector costs eight for each channel, and as many as 16 channels before the first.
static int64_t patch_cost(const pk_sparse_convolution *s) {
  axis_map rows = map_rows(&s->window, s->rows * s->span_down);
  axis_map columns = map_columns(&s->window, s->columns * s->span_across);
  return s->areas * 8 * (s->window.c + 16) * patch_vectors(s, &rows, &columns);
}

/// Chooses the cheapest parts, tiles and areas; the maps say where taps find their input in a patch.
static void lay_out(pk_sparse_convolution *s, axis_map *rows, axis_map *columns) {
  const int64_t heights[] = {1, 2, 4}, widths[] = {1, 2, 3, 4, 5, 6, 7, 8, 14};
  pk_sparse_convolution best = *s;
  int64_t least = INT64_MAX;
  for (s->parts_down = 1; s->parts_down <= s->lanes; s->parts_down++) {
    for (s->parts_across = 1; s->parts_down * s->parts_across <= s->lanes; s->parts_across++) {
      for (int shape = 0; shape < 27 * 9; shape++) {
        s->rows = heights[shape % 3];
        s->columns = widths[shape / 3 % 9];
        s->span_down = heights[shape / 27 % 3];
        s->span_across = heights[shape / 81];
        if (s->rows * s->columns * vectors_of_place(s) > s->version.most_sums) continue;
        cut(s);
        int64_t now = product_cost(s);
        if (now < least) now += patch_cost(s);
        if (now >= least) continue;
        least = now;
        best = *s;
      }
    }
  }
  *s = best;
  // A chunk is what a tile reads.
  *rows = map_rows(&s->window, s->rows);
  *columns = map_columns(&s->window, s->columns);
  int64_t width = s->version.width * (int64_t)sizeof(float);
  s->chunk = larger(1, PK_SPARSE_CACHE / (patch_vectors(s, rows, columns) * width));
  s->chunks = divide_up(s->window.c, s->chunk);
  *rows = map_rows(&s->window, s->rows * s->span_down);
  *columns = map_columns(&s->window, s->columns * s->span_across);
  s->pitch = columns->planes * columns->extent * s->lanes;
  s->patch = patch_vectors(s, rows, columns) * s->version.width;
  s->pass = smaller(s->areas, larger(1, PK_SPARSE_PASS / (s->patch * s->window.c * (int64_t)sizeof(float))));
  // Large groups share what is in the caches, small ones keep all threads busy.
  int64_t tiles = s->pass * s->span_down * s->span_across;
  s->turn = PK_SPARSE_TURN;
  while (s->turn > s->version.width && tiles * divide_up(s->lists, s->turn) < 2 * pk_max_threads()) s->turn /= 2;
  s->turns = divide_up(s->lists, s->turn);
}

static void allocate_places(pk_sparse_places *places, int64_t count) {
  places->image = pk_allocate((size_t)count * sizeof *places->image);
  places->row = pk_allocate((size_t)count * sizeof *places->row);
  places->column = pk_allocate((size_t)count * sizeof *places->column);
  for (int64_t i = 0; i < count; i++) places->image[i] = PK_SPARSE_NOWHERE;
}

static void free_places(pk_sparse_places *places) {
  free(places->image);
  free(places->row);
  free(places->column);
}

/// Writes the places from `next` on that the lanes have at (row, column) of the first area, times the strides plus an
/// origin; none where there are more lanes than parts. Returns what is next.
static int64_t put_places(const pk_sparse_convolution *s, const pk_sparse_places *places, int64_t next, int64_t row,
                          int64_t column, int64_t stride_h, int64_t stride_w, int64_t top, int64_t left) {
  for (int64_t lane = 0; lane < s->lanes; lane++, next++) {
    int64_t across = lane % s->parts_across, down = lane / s->parts_across % s->parts_down;
    int64_t image = lane / (s->parts_across * s->parts_down);
    if (image < s->images) places->image[next] = (int32_t)image;
    places->row[next] = (int32_t)((down * s->part_rows + row) * stride_h + top);
    places->column[next] = (int32_t)((across * s->part_columns + column) * stride_w + left);
  }
  return next;
}

static void list_places(pk_sparse_convolution *s, const axis_map *rows, const axis_map *columns) {
  const pk_window *w = &s->window;
  allocate_places(&s->targets, divide_up(s->rows * s->columns * s->lanes, s->version.width) * s->version.width);
  int64_t next = 0;
  for (int64_t i = 0; i < s->rows * s->columns; i++) {
    next = put_places(s, &s->targets, next, i / s->columns, i % s->columns, 1, 1, 0, 0);
  }
  allocate_places(&s->sources, s->patch);
  next = 0;
  for (int64_t i = 0; i < rows->planes * rows->extent; i++) {
    int64_t top = rows->origin[i / rows->extent];
    for (int64_t j = 0; j < columns->planes * columns->extent; j++) {
      int64_t left = columns->origin[j / columns->extent], row = i % rows->extent, column = j % columns->extent;
      next = put_places(s, &s->sources, next, row, column, w->stride_h, w->stride_w, top, left);
    }
  }
}

/// Where in a tile's patches tap `tap` of channel c begins.
static int64_t tap_offset(const pk_sparse_convolution *s, const axis_map *rows, const axis_map *columns, int64_t c,
                          int64_t tap) {
  int64_t ky = tap / s->window.kw, kx = tap % s->window.kw;
  int64_t row = rows->plane[ky] * rows->extent + rows->shift[ky];
  int64_t column = columns->plane[kx] * columns->extent + columns->shift[kx];
  return c * s->patch + (row * columns->planes * columns->extent + column) * s->lanes;
}

/// Counts what a list keeps of the input channels of a chunk (next < 0), or writes it from `next` on; returns how much.
static int64_t pack_list(pk_sparse_convolution *s, const axis_map *rows, const axis_map *columns, const float *weights,
                         int64_t list, int64_t chunk, int64_t next) {
  int is_block = s->form == PK_SPARSE_BLOCKS;
  int64_t taps = s->window.kh * s->window.kw, depth = s->window.c * taps, height = is_block ? PK_SPARSE_BLOCK : 1;
  int64_t o = list * height, lanes = smaller(s->window.o - o, height), kept = 0;
  for (int64_t i = chunk * s->chunk * taps; i < smaller((chunk + 1) * s->chunk * taps, depth); i++) {
    const float *w = weights + o * depth + i;
    int any = 0;
    for (int64_t lane = 0; lane < lanes; lane++) any |= w[lane * depth] != 0;
    if (!any) continue;
    kept++;
    if (next < 0) continue;
    int32_t offset = (int32_t)tap_offset(s, rows, columns, i / taps, i % taps);
    if (is_block) {
      float *value = s->values + next * height;
      for (int64_t lane = 0; lane < height; lane++) value[lane] = lane < lanes ? w[lane * depth] : 0;
      s->offsets[next++] = offset;
    } else {
      s->elements[next++] = (pk_sparse_element){offset, *w};
    }
  }
  return kept;
}

static void pack(pk_sparse_convolution *s, const axis_map *rows, const axis_map *columns, const float *weights) {
  size_t turns = (size_t)(s->turns * s->chunks * s->turn), kept = (size_t)s->kept;
  s->starts = pk_allocate((turns + 1) * sizeof *s->starts);
  s->order = pk_allocate(turns);
  if (s->form == PK_SPARSE_BLOCKS) {
    s->offsets = pk_allocate(kept * sizeof *s->offsets);
    s->values = pk_allocate(kept * PK_SPARSE_BLOCK * sizeof *s->values);
  } else {
    s->elements = pk_allocate(kept * sizeof *s->elements);
  }
  int64_t next = 0, *start = s->starts;
  uint8_t *order = s->order;
  for (int64_t part = 0; part < s->turns * s->chunks; part++, start += s->turn, order += s->turn) {
    int64_t first = part / s->chunks * s->turn, lists = smaller(s->lists - first, s->turn), chunk = part % s->chunks;
    int64_t lengths[PK_SPARSE_TURN];
    for (int64_t list = 0; list < lists; list++) {
      lengths[list] = pack_list(s, rows, columns, weights, first + list, chunk, -1);
      int64_t at = list;
      for (; at > 0 && lengths[order[at - 1]] > lengths[list]; at--) order[at] = order[at - 1];
      order[at] = (uint8_t)list;
    }
    for (int64_t at = 0; at < s->turn; at++) {
      start[at] = next;
      if (at < lists) next += pack_list(s, rows, columns, weights, first + order[at], chunk, next);
    }
  }
  *start = next;
}

pk_sparse_convolution *pk_sparse_convolution_pack(const pk_window *window, pk_sparse_form form,
                                                  const float *weights) {
  pk_window w = *window;
  if (form == PK_SPARSE_MASKS || w.groups != 1 || w.kh > PK_SPARSE_TAPS || w.kw > PK_SPARSE_TAPS) return NULL;
  if (w.n * w.h * w.w * w.c > INT32_MAX || w.n * w.oh * w.ow * w.o > INT32_MAX) return NULL;
  int is_plain = w.kh == 1 && w.kw == 1 && w.stride_h == 1 && w.stride_w == 1;
  if (is_plain && w.pad_top == 0 && w.pad_left == 0 && w.oh == w.h && w.ow == w.w) {
    // All pixels are one row, so that parts are equal.
    w.w = w.ow = w.n * w.h * w.w;
    w.n = w.h = w.oh = 1;
  }
  int is_block = form == PK_SPARSE_BLOCKS;
  pk_sparse_version version = PK_SELECT(version);
  int64_t elements, blocks;
  pk_sparse_count(w.o, w.c * w.kh * w.kw, weights, &elements, &blocks);
  pk_sparse_convolution *s = pk_allocate(sizeof *s);
  *s = (pk_sparse_convolution){
    .window = w, .form = form, .version = version, .lanes = is_block ? 1 : version.width,
    .kept = is_block ? blocks : elements, .lists = is_block ? divide_up(w.o, PK_SPARSE_BLOCK) : w.o,
  };
  axis_map rows, columns;
  lay_out(s, &rows, &columns);
  if (w.c * s->patch > PK_SPARSE_MOST) {
    free(s);
    return NULL;
  }
  list_places(s, &rows, &columns);
  pack(s, &rows, &columns, weights);
  return s;
}

void pk_sparse_convolution_free(pk_sparse_convolution *weights) {
  if (!weights) return;
  free_places(&weights->sources);
  free_places(&weights->targets);
  free(weights->starts);
  free(weights->order);
  free(weights->elements);
  free(weights->offsets);
  free(weights->values);
  free(weights);
}

size_t pk_sparse_convolution_scratch(const pk_sparse_convolution *s) {
  return (size_t)(s->pass * s->window.c * s->patch) * sizeof(float);
}

void pk_sparse_convolution_run(const pk_sparse_convolution *weights, const float *x, const float *bias,
                               const float *residual, const pk_activation *activation, float *y, void *scratch) {
  const pk_sparse_convolution *s = weights;
  sparse_call call = {s, x, bias, residual, y, scratch, *activation, 0};
  int64_t products = s->kept * (s->form == PK_SPARSE_BLOCKS ? 4 : 1) * s->rows * s->columns * s->lanes / 4;
  int64_t width = s->version.width;
  for (; call.first < s->areas; call.first += s->pass) {
    int64_t areas = smaller(s->areas - call.first, s->pass), tiles = s->span_down * s->span_across;
    pk_parallel_for(areas * s->patch / width, pk_grain(width * s->window.c), s->version.to_patches, &call);
    pk_parallel_for(areas * tiles * s->turns, pk_grain(products / s->turns), s->version.multiply, &call);
  }
}
