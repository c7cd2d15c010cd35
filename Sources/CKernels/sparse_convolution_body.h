// Sparse convolutions at one CPU level; see sparse_convolution.c.
#include "activation_body.h"
#include "sparse_patches_body.h"

enum {
  /// Vectors of sums that stay in registers.
  NAME(most_sums) = LANES == 16 ? 28 : 12,
  NAME(block_parts) = PK_SPARSE_BLOCK / LANES,
};

// MARK: Tiles

/// sums[list][place] of a group of single weights over a tile of `rows` x `columns` vectors.
PK_INLINE void NAME(element_tile)(const pk_sparse_convolution *s, int64_t group, const float *x, float *sums, int rows,
                                  int columns) {
  const int64_t *start = s->starts + group * s->chunks * s->turn;
  int64_t lists = smaller(s->lists - group * s->turn, s->turn), pitch = s->pitch;
  const uint8_t *order = s->order + group * s->chunks * s->turn;
  for (int64_t chunk = 0; chunk < s->chunks; chunk++, start += s->turn, order += s->turn) {
    for (int64_t turn = 0; turn < lists; turn++) {
      const pk_sparse_element *element = s->elements + start[turn], *end = s->elements + start[turn + 1];
      float *own = sums + order[turn] * rows * columns * LANES;
      if (element == end && chunk > 0) continue;
      vf sum[NAME(most_sums)];
#pragma clang loop unroll(full)
      for (int i = 0; i < rows * columns; i++) sum[i] = chunk == 0 ? (vf)0.0f : load(own + i * LANES);
      for (; element < end; element++) {
        const float *run = x + element->offset;
        vf value = (vf)element->value;
#pragma clang loop unroll(full)
        for (int i = 0; i < rows * columns; i++) {
          sum[i] += value * load(run + i / columns * pitch + i % columns * LANES);
        }
      }
#pragma clang loop unroll(full)
      for (int i = 0; i < rows * columns; i++) store(own + i * LANES, sum[i]);
    }
  }
}

/// sums[list][place][channel] of a group of blocks over a tile of `rows` x `columns` places.
PK_INLINE void NAME(block_tile)(const pk_sparse_convolution *s, int64_t group, const float *x, float *sums, int rows,
                                int columns) {
  enum { PARTS = NAME(block_parts) };
  const int64_t *start = s->starts + group * s->chunks * s->turn;
  int64_t lists = smaller(s->lists - group * s->turn, s->turn), pitch = s->pitch;
  const uint8_t *order = s->order + group * s->chunks * s->turn;
  for (int64_t chunk = 0; chunk < s->chunks; chunk++, start += s->turn, order += s->turn) {
    for (int64_t turn = 0; turn < lists; turn++) {
      int64_t k = start[turn], end = start[turn + 1];
      float *own = sums + order[turn] * rows * columns * PK_SPARSE_BLOCK;
      if (k == end && chunk > 0) continue;
      vf sum[NAME(most_sums)];
#pragma clang loop unroll(full)
      for (int i = 0; i < rows * columns * PARTS; i++) sum[i] = chunk == 0 ? (vf)0.0f : load(own + i * LANES);
      const float *value = s->values + k * PK_SPARSE_BLOCK;
      for (; k < end; k++, value += PK_SPARSE_BLOCK) {
        const float *run = x + s->offsets[k];
#pragma clang loop unroll(full)
        for (int part = 0; part < PARTS; part++) {
          vf factor = load(value + part * LANES);
#pragma clang loop unroll(full)
          for (int i = 0; i < rows * columns; i++) {
            sum[i * PARTS + part] += factor * (vf)run[i / columns * pitch + i % columns];
          }
        }
      }
#pragma clang loop unroll(full)
      for (int i = 0; i < rows * columns * PARTS; i++) store(own + i * LANES, sum[i]);
    }
  }
}

/// Extents of tiles are constants to the compiler; those whose sums exceed the registers are never chosen.
#define TILE(ROWS, COLUMNS)                                                                                           \
  case (ROWS) * 16 + (COLUMNS):                                                                                       \
    if (s->form == PK_SPARSE_ELEMENTS) {                                                                              \
      if ((ROWS) * (COLUMNS) <= NAME(most_sums)) NAME(element_tile)(s, group, x, sums, ROWS, COLUMNS);                \
    } else if ((ROWS) * (COLUMNS) * NAME(block_parts) <= NAME(most_sums)) {                                           \
      NAME(block_tile)(s, group, x, sums, ROWS, COLUMNS);                                                             \
    }                                                                                                                 \
    break;
#define TILES_OF(ROWS)                                                                                                \
  TILE(ROWS, 1) TILE(ROWS, 2) TILE(ROWS, 3) TILE(ROWS, 4) TILE(ROWS, 5) TILE(ROWS, 6) TILE(ROWS, 7) TILE(ROWS, 8)     \
  TILE(ROWS, 14)

static void NAME(sum_tile)(const pk_sparse_convolution *s, int64_t group, const float *x, float *sums) {
  switch (s->rows * 16 + s->columns) { TILES_OF(1) TILES_OF(2) TILES_OF(4) }
}

#undef TILES_OF
#undef TILE

// MARK: Results

/// Adds bias and residual to up to LANES channels from o on, and stores them at `at`, where the place's channels begin.
PK_INLINE void NAME(store_channels)(const sparse_call *call, int64_t at, int64_t o, vf v) {
  int64_t lanes = smaller(call->weights->window.o - o, LANES);
  if (at < 0 || lanes <= 0) return;
  if (call->bias) v += load_up_to(call->bias + o, lanes);
  if (call->residual) v += load_up_to(call->residual + at + o, lanes);
  store_up_to(call->y + at + o, activated(&call->activation, v), lanes);
}

/// Stores the sums of a group over the tile at a place of the parts, channels innermost.
static void NAME(store_tile)(const sparse_call *call, int64_t group, pk_sparse_place tile, const float *sums) {
  const pk_sparse_convolution *s = call->weights;
  const pk_window *w = &s->window;
  int64_t first = group * s->turn, lists = smaller(s->lists - first, s->turn), count = s->rows * s->columns;
  for (int64_t i = 0; i < count; i += LANES / s->lanes) {
    int32_t at[LANES];
    NAME(locate)(&s->targets, i * s->lanes, tile, w->n, w->oh, w->ow, w->o, at);
    if (s->form == PK_SPARSE_BLOCKS) {
      for (int64_t place = i; place < smaller(i + LANES, count); place++) {
        for (int64_t o = 0; o < lists * PK_SPARSE_BLOCK; o += LANES) {
          const float *own = sums + (o / PK_SPARSE_BLOCK * count + place) * PK_SPARSE_BLOCK + o % PK_SPARSE_BLOCK;
          NAME(store_channels)(call, at[place - i], first * PK_SPARSE_BLOCK + o, load(own));
        }
      }
      continue;
    }
    // Behind its part, a tile has the places of another.
    if (tile.row + i / s->columns >= s->part_rows || tile.column + i % s->columns >= s->part_columns) continue;
    for (int64_t list = 0; list < lists; list += LANES) {
      vf v[LANES];
#pragma clang loop unroll(full)
      for (int lane = 0; lane < LANES; lane++) v[lane] = load(sums + ((list + lane) * count + i) * LANES);
      NAME(transpose_lanes)(v);
#pragma clang loop unroll(full)
      for (int lane = 0; lane < LANES; lane++) NAME(store_channels)(call, at[lane], first + list, v[lane]);
    }
  }
}

/// Items are (area of the pass, its tile, group of lists).
static void NAME(multiply_range)(void *context, int64_t begin, int64_t end) {
  const sparse_call *call = context;
  const pk_sparse_convolution *s = call->weights;
  float sums[PK_SPARSE_TURN * NAME(most_sums) * LANES] __attribute__((aligned(64)));
  int64_t tiles = s->span_down * s->span_across, area = -1;
  pk_sparse_place corner = {0, 0, 0};
  for (int64_t item = begin; item < end; item++) {
    int64_t group = item % s->turns, tile = item / s->turns % tiles;
    if (tile == 0 || area < 0) {
      area = item / s->turns / tiles;
      corner = NAME(place_of_area)(s, call->first + area);
    }
    int64_t row = tile / s->span_across * s->rows, column = tile % s->span_across * s->columns;
    pk_sparse_place place = {corner.image, corner.row + row, corner.column + column};
    if (place.row >= s->part_rows || place.column >= s->part_columns) continue;
    const float *x = call->patches + area * s->window.c * s->patch + row * s->pitch + column * s->lanes;
    NAME(sum_tile)(s, group, x, sums);
    NAME(store_tile)(call, group, place, sums);
  }
}

static const pk_sparse_version NAME(version) = {LANES, NAME(most_sums), NAME(to_patches_range), NAME(multiply_range)};

#undef activated
