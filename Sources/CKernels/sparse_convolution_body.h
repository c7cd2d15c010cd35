// Sparse convolutions at one CPU level; see sparse_convolution.c.
#include "activation_body.h"
#include "sparse_planes_body.h"

/// Stores the 16 channels from o on of places begin..<end of the run; sums[(place - begin) * PK_SPARSE_BLOCK + lane].
static void NAME(store_places)(const sparse_call *call, int64_t o, int64_t begin, int64_t end, const float *sums) {
  const pk_sparse_convolution *s = call->weights;
  int64_t channels = s->window.o;
  int64_t image = begin / (s->rows * s->pitch), row = begin / s->pitch % s->rows, column = begin % s->pitch;
  vf bias[PK_SPARSE_BLOCK / LANES];
  for (int part = 0; part < PK_SPARSE_BLOCK / LANES; part++) {
    int64_t left = channels - o - part * LANES, lanes = left < 0 ? 0 : left < LANES ? left : LANES;
    bias[part] = call->bias ? load_first(call->bias + (lanes > 0 ? o + part * LANES : 0), lanes) : (vf)0.0f;
  }
  for (int64_t place = begin; place < end; place++, sums += PK_SPARSE_BLOCK) {
    if (column < s->window.ow && row < s->window.oh) {
      int64_t at = ((image * s->window.oh + row) * s->window.ow + column) * channels + o;
#pragma clang loop unroll(full)
      for (int part = 0; part < PK_SPARSE_BLOCK / LANES; part++) {
        int64_t left = channels - o - part * LANES, lanes = left < LANES ? left : LANES;
        if (lanes <= 0) break;
        vf v = load(sums + part * LANES) + bias[part];
        if (call->residual) v += load_up_to(call->residual + at + part * LANES, lanes);
        store_up_to(call->y + at + part * LANES, activated(&call->activation, v), lanes);
      }
    }
    if (++column == s->pitch) {
      column = 0;
      if (++row == s->rows) {
        row = 0;
        image++;
      }
    }
  }
}

// MARK: Single weights

/// sums[channel][place] of a group over V vectors of places from x on.
#define ELEMENT_TILE(V)                                                                                               \
  static void NAME(element_tile_##V)(const pk_sparse_convolution *s, int64_t group, const float *x, float *sums) {    \
    const int64_t *start = s->starts + group * s->chunks * PK_SPARSE_TURN;                                           \
    for (int64_t chunk = 0; chunk < s->chunks; chunk++) {                                                             \
      for (int channel = 0; channel < PK_SPARSE_TURN; channel++, start++) {                                          \
        const pk_sparse_element *element = s->elements + start[0], *end = s->elements + start[1];                     \
        float *own = sums + channel * (V) * LANES;                                                                    \
        if (element == end && chunk > 0) continue;                                                                    \
        vf sum[V];                                                                                                    \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < (V); i++) {                                            \
          sum[i] = chunk == 0 ? (vf)0.0f : load(own + i * LANES);                                                     \
        }                                                                                                             \
        for (; element < end; element++) {                                                                            \
          const float *run = x + element->offset;                                                                     \
          vf value = (vf)element->value;                                                                              \
          _Pragma("clang loop unroll(full)") for (int i = 0; i < (V); i++) sum[i] += value * load(run + i * LANES);   \
        }                                                                                                             \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < (V); i++) store(own + i * LANES, sum[i]);              \
      }                                                                                                               \
    }                                                                                                                 \
  }

ELEMENT_TILE(1)
ELEMENT_TILE(2)
ELEMENT_TILE(3)
ELEMENT_TILE(4)
ELEMENT_TILE(5)
ELEMENT_TILE(6)
ELEMENT_TILE(7)
ELEMENT_TILE(8)
ELEMENT_TILE(9)
ELEMENT_TILE(10)
#if LANES == 16
ELEMENT_TILE(11)
ELEMENT_TILE(12)
ELEMENT_TILE(13)
ELEMENT_TILE(14)
#endif

static void (*const NAME(element_tiles)[])(const pk_sparse_convolution *, int64_t, const float *, float *) = {
  NAME(element_tile_1), NAME(element_tile_2), NAME(element_tile_3), NAME(element_tile_4), NAME(element_tile_5),
  NAME(element_tile_6), NAME(element_tile_7), NAME(element_tile_8), NAME(element_tile_9), NAME(element_tile_10),
#if LANES == 16
  NAME(element_tile_11), NAME(element_tile_12), NAME(element_tile_13), NAME(element_tile_14),
#endif
};

/// Computes one tile of single weights and stores it, channels innermost.
static void NAME(element_item)(const sparse_call *call, int64_t group, int64_t tile) {
  const pk_sparse_convolution *s = call->weights;
  float sums[PK_SPARSE_TURN * PK_SPARSE_RUN] __attribute__((aligned(64)));
  float turned[8 * PK_SPARSE_BLOCK] __attribute__((aligned(64)));
  int64_t width = call->tile * LANES, begin = tile * width, first = group * PK_SPARSE_TURN;
  int64_t end = begin + width < call->run ? begin + width : call->run;
  int64_t channels = s->window.o - first < PK_SPARSE_TURN ? s->window.o - first : PK_SPARSE_TURN;
  NAME(element_tiles)[call->tile - 1](s, group, call->planar + begin, sums);
  for (int64_t channel = 0; channel < channels; channel += PK_SPARSE_BLOCK) {
    for (int64_t place = begin; place < end; place += 8) {
      // A tile of 4 places, at the portable level, has no 8: what is read beyond it is not stored.
      for (int half = 0; half < PK_SPARSE_BLOCK; half += 8) {
        const float *from = sums + (channel + half) * width + place - begin;
        NAME(transpose8)(from, width, turned + half, PK_SPARSE_BLOCK);
      }
      NAME(store_places)(call, first + channel, place, place + 8 < end ? place + 8 : end, turned);
    }
  }
}

// MARK: Blocks of 16 output channels

enum {
  NAME(block_parts) = PK_SPARSE_BLOCK / LANES,
  /// Places whose sums fit into the registers.
  NAME(block_places) = LANES == 16 ? 28 : LANES == 8 ? 6 : 3,
};

/// sums[place][channel] of a group over P places from x on.
#define BLOCK_TILE(NAME_OF_TILE, P)                                                                                   \
  static void NAME(NAME_OF_TILE)(const pk_sparse_convolution *s, int64_t group, const float *x, float *sums) {        \
    vf sum[P][NAME(block_parts)] = {{0}};                                                                             \
    const float *value = s->values + s->starts[group] * PK_SPARSE_BLOCK;                                              \
    for (int64_t k = s->starts[group]; k < s->starts[group + 1]; k++, value += PK_SPARSE_BLOCK) {                     \
      const float *run = x + s->offsets[k];                                                                           \
      _Pragma("clang loop unroll(full)") for (int part = 0; part < NAME(block_parts); part++) {                       \
        vf factor = load(value + part * LANES);                                                                       \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < (P); i++) sum[i][part] += factor * (vf)run[i];         \
      }                                                                                                               \
    }                                                                                                                 \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < (P); i++) {                                                \
      _Pragma("clang loop unroll(full)") for (int part = 0; part < NAME(block_parts); part++) {                       \
        store(sums + i * PK_SPARSE_BLOCK + part * LANES, sum[i][part]);                                               \
      }                                                                                                               \
    }                                                                                                                 \
  }

BLOCK_TILE(wide_block_tile, NAME(block_places))
BLOCK_TILE(half_block_tile, NAME(block_places) / 2)
BLOCK_TILE(single_block_tile, 1)

static void NAME(block_item)(const sparse_call *call, int64_t group, int64_t tile) {
  const pk_sparse_convolution *s = call->weights;
  float sums[NAME(block_places) * PK_SPARSE_BLOCK] __attribute__((aligned(64)));
  int64_t begin = tile * call->tile, end = begin + call->tile < call->run ? begin + call->tile : call->run;
  const float *x = call->planar + begin;
  if (call->tile == NAME(block_places)) {
    NAME(wide_block_tile)(s, group, x, sums);
  } else if (call->tile == NAME(block_places) / 2) {
    NAME(half_block_tile)(s, group, x, sums);
  } else {
    NAME(single_block_tile)(s, group, x, sums);
  }
  NAME(store_places)(call, group * PK_SPARSE_BLOCK, begin, end, sums);
}

/// The size of tiles that computes the fewest places; each tile costs about a place more.
static void NAME(split_tiles)(sparse_call *call) {
  if (call->weights->form == PK_SPARSE_BLOCKS) {
    const int64_t sizes[] = {NAME(block_places), NAME(block_places) / 2, 1};
    int64_t least = INT64_MAX;
    for (int i = 0; i < 3; i++) {
      int64_t tiles = (call->run + sizes[i] - 1) / sizes[i], cost = tiles * (sizes[i] + 1);
      if (cost >= least) continue;
      least = cost;
      call->tile = sizes[i];
      call->tiles = tiles;
    }
    return;
  }
  int64_t most = LANES == 16 ? (call->weights->is_aligned ? 7 : 14) : 10;
  int64_t vectors = (call->run + LANES - 1) / LANES;
  call->tiles = (vectors + most - 1) / most;
  call->tile = (vectors + call->tiles - 1) / call->tiles;
}

/// Items are (group of output channels, tile).
static void NAME(tiles_range)(void *context, int64_t begin, int64_t end) {
  const sparse_call *call = context;
  for (int64_t item = begin; item < end; item++) {
    if (call->weights->form == PK_SPARSE_BLOCKS) {
      NAME(block_item)(call, item / call->tiles, item % call->tiles);
    } else {
      NAME(element_item)(call, item / call->tiles, item % call->tiles);
    }
  }
}

#undef activated
#undef ELEMENT_TILE
#undef BLOCK_TILE
