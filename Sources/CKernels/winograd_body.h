// Winograd's transforms and products at one CPU level; see winograd.c.
#include "activation_body.h"

// MARK: Transforms of one line

// `side` is the number of pixels and products along a tile: 6 for 4 results, 4 for 2.

/// Bt d.
#define input_line NAME(winograd_input_line)
PK_INLINE void input_line(const int side, const vf *d, int step, vf *v) {
  if (side == 4) {
    v[0] = d[0] - d[2 * step];
    v[1] = d[step] + d[2 * step];
    v[2] = d[2 * step] - d[step];
    v[3] = d[step] - d[3 * step];
    return;
  }
  vf d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step];
  vf even = d4 - 4.0f * d2, odd = d3 - 4.0f * d1;
  vf near = d4 - d2, far = 2.0f * (d3 - d1);
  v[0] = 4.0f * d[0] - 5.0f * d2 + d4;
  v[1] = even + odd;
  v[2] = even - odd;
  v[3] = near + far;
  v[4] = near - far;
  v[5] = 4.0f * d1 - 5.0f * d3 + d[5 * step];
}

/// At m.
#define output_line NAME(winograd_output_line)
PK_INLINE void output_line(const int side, const vf *m, int step, vf *y) {
  if (side == 4) {
    y[0] = m[0] + m[step] + m[2 * step];
    y[1] = m[step] - m[2 * step] - m[3 * step];
    return;
  }
  vf sum = m[step] + m[2 * step], difference = m[step] - m[2 * step];
  vf sum2 = m[3 * step] + m[4 * step], difference2 = m[3 * step] - m[4 * step];
  y[0] = m[0] + sum + sum2;
  y[1] = difference + 2.0f * difference2;
  y[2] = sum + 4.0f * sum2;
  y[3] = difference + 8.0f * difference2 + m[5 * step];
}

/// A z, of 4x4 results.
#define spread_line NAME(winograd_spread_line)
PK_INLINE void spread_line(const vf *z, int step, vf *v) {
  vf even = z[0] + z[2 * step], odd = z[step] + z[3 * step];
  vf even2 = z[0] + 4.0f * z[2 * step], odd2 = 2.0f * z[step] + 8.0f * z[3 * step];
  v[0] = z[0];
  v[1] = even + odd;
  v[2] = even - odd;
  v[3] = even2 + odd2;
  v[4] = even2 - odd2;
  v[5] = z[3 * step];
}

/// Bt d of as many pixels as products, A z of fewer.
#define pixel_line NAME(winograd_pixel_line)
PK_INLINE void pixel_line(const int pixels, const int side, const vf *d, int step, vf *v) {
  if (pixels == side) {
    input_line(side, d, step, v);
  } else {
    spread_line(d, step, v);
  }
}

/// G g.
#define weight_line NAME(winograd_weight_line)
PK_INLINE void weight_line(const int side, const vf *g, int step, vf *u) {
  if (side == 4) {
    vf ends = (g[0] + g[2 * step]) * 0.5f, middle = g[step] * 0.5f;
    u[0] = g[0];
    u[1] = ends + middle;
    u[2] = ends - middle;
    u[3] = g[2 * step];
    return;
  }
  vf outer = (g[0] + g[2 * step]) * (1.0f / 6), inner = g[step] * (1.0f / 6);
  vf outer2 = g[0] * (1.0f / 24) + g[2 * step] * (1.0f / 6), inner2 = g[step] * (1.0f / 12);
  u[0] = g[0] * 0.25f;
  u[1] = -outer - inner;
  u[2] = inner - outer;
  u[3] = outer2 + inner2;
  u[4] = outer2 - inner2;
  u[5] = g[2 * step];
}

/// Gt u, of 4x4 results.
#define tap_line NAME(winograd_tap_line)
PK_INLINE void tap_line(const vf *u, int step, vf *g) {
  vf sum = (u[step] + u[2 * step]) * (1.0f / 6), difference = (u[2 * step] - u[step]) * (1.0f / 6);
  vf sum2 = u[3 * step] + u[4 * step], difference2 = (u[3 * step] - u[4 * step]) * (1.0f / 12);
  g[0] = u[0] * 0.25f - sum + sum2 * (1.0f / 24);
  g[1] = difference + difference2;
  g[2] = sum2 * (1.0f / 6) - sum + u[5 * step];
}

// MARK: Weights

/// Transforms the weights of input channels begin..<end (of the convolution that is run). For each product they lie in
/// panels of PK_PANEL_CHANNELS outputs, input after input, in the order in which winograd_products reads them: with the
/// whole row of an input's outputs in between, hardware fetches too little ahead.
#define pack_tiles NAME(winograd_pack_tiles)
PK_INLINE void pack_tiles(const int side, int64_t c, int64_t o, int is_turned, const float *weights, int64_t begin,
                          int64_t end, float *packed) {
  int64_t width = (o + PK_TILE_CHANNELS - 1) / PK_TILE_CHANNELS * PK_TILE_CHANNELS;
  for (int64_t i = begin; i < end; i++) {
    for (int64_t j = 0; j < width; j += LANES) {
      int64_t panel = j / PK_PANEL_CHANNELS * PK_PANEL_CHANNELS;
      float *target = packed + panel * c + i * panel_width(width, panel) + j - panel;
      float taps[PK_TILE_TAPS][LANES];
      memset(taps, 0, sizeof taps);
      for (int64_t lane = 0; lane < LANES && j + lane < o; lane++) {
        // Turned, weights have the outputs of the run as their inputs.
        const float *kernel = weights + PK_TILE_TAPS * (is_turned ? i * o + j + lane : (j + lane) * c + i);
        for (int tap = 0; tap < PK_TILE_TAPS; tap++) taps[tap][lane] = kernel[is_turned ? PK_TILE_TAPS - 1 - tap : tap];
      }
      vf g[PK_TILE_TAPS], half[PK_TILE_REACH * PK_MOST_SIDE], u[PK_MOST_SIDE];
      for (int tap = 0; tap < PK_TILE_TAPS; tap++) g[tap] = load(taps[tap]);
      for (int column = 0; column < PK_TILE_REACH; column++) weight_line(side, g + column, PK_TILE_REACH, half + column * side);
      for (int row = 0; row < side; row++) {
        weight_line(side, half + row, side, u);
        for (int column = 0; column < side; column++) store(target + (row * side + column) * c * width, u[column]);
      }
    }
  }
}

static void NAME(winograd_pack)(int64_t tile, int64_t c, int64_t o, int is_turned, const float *weights, int64_t begin,
                                int64_t end, float *packed) {
  if (tile == 4) {
    pack_tiles(PK_TILE_SIDE(4), c, o, is_turned, weights, begin, end, packed);
  } else {
    pack_tiles(PK_TILE_SIDE(2), c, o, is_turned, weights, begin, end, packed);
  }
}

// MARK: Tiles

/// Where tile `index` stands: its image, and the row and column of its first result.
#define tile_place NAME(winograd_tile_place)
PK_INLINE void tile_place(const pk_winograd_call *call, int64_t index, int64_t *image, int64_t *row, int64_t *column) {
  *column = index % call->columns * call->window.tile;
  *row = index / call->columns % call->rows * call->window.tile;
  *image = index / (call->columns * call->rows);
}

/// LANES channels of `side` x `side` pixels from (row, column) on; pixels outside and channels behind the last are 0.
#define load_pixels NAME(winograd_load_pixels)
PK_INLINE void load_pixels(const float *image, int64_t h, int64_t w, int64_t channels, int64_t row, int64_t column,
                           int64_t channel, const int side, vf *pixels) {
  int64_t lanes = channels - channel < LANES ? channels - channel : LANES;
  const float *corner = image + (row * w + column) * channels + channel;
  if (row >= 0 && column >= 0 && row + side <= h && column + side <= w && lanes == LANES) {
#pragma clang loop unroll(full)
    for (int i = 0; i < side; i++) {
#pragma clang loop unroll(full)
      for (int j = 0; j < side; j++) pixels[i * side + j] = load(corner + (i * w + j) * channels);
    }
    return;
  }
  for (int i = 0; i < side; i++) {
    for (int j = 0; j < side; j++) {
      int is_inside = row + i >= 0 && row + i < h && column + j >= 0 && column + j < w;
      pixels[i * side + j] = is_inside ? load_up_to(corner + (i * w + j) * channels, lanes) : (vf)0.0f;
    }
  }
}

/// Transformed tiles, `count` from `first` on, into side x side planes of products: Bt d B of as many pixels, A dY At of
/// fewer. Tile (row, column) begins at (row - pad_top, column - pad_left) of h x w images; `width` channels are written.
#define transform_tiles NAME(winograd_transform_tiles)
PK_INLINE void transform_tiles(const pk_winograd_call *call, int64_t first, int64_t count, const int pixels, const int side,
                               const float *images, int64_t h, int64_t w, int64_t channels, int64_t width,
                               int64_t pad_top, int64_t pad_left, int64_t plane, float *products) {
  for (int64_t t = 0; t < count; t++) {
    int64_t image, row, column;
    tile_place(call, first + t, &image, &row, &column);
    const float *source = images + image * h * w * channels;
    for (int64_t channel = 0; channel < width; channel += LANES) {
      vf d[PK_MOST_PRODUCTS], half[PK_MOST_PRODUCTS], line[PK_MOST_SIDE];
      load_pixels(source, h, w, channels, row - pad_top, column - pad_left, channel, pixels, d);
#pragma clang loop unroll(full)
      for (int j = 0; j < pixels; j++) pixel_line(pixels, side, d + j, pixels, half + j * side);
      float *target = products + t * width + channel;
#pragma clang loop unroll(full)
      for (int i = 0; i < side; i++) {
        pixel_line(pixels, side, half + i, side, line);
#pragma clang loop unroll(full)
        for (int j = 0; j < side; j++) store(target + (i * side + j) * plane, line[j]);
      }
    }
  }
}

/// Bt d B of the input's tiles.
static void NAME(winograd_input)(const pk_winograd_call *call, int64_t first, int64_t count, float *v) {
  const pk_winograd_window *s = &call->window;
#define INPUT(SIDE)                                                                                                   \
  transform_tiles(call, first, count, SIDE, SIDE, call->x, s->h, s->w, s->c, call->c, s->pad_top, s->pad_left,        \
                  call->in_plane, v)
  if (s->tile == 4) {
    INPUT(PK_TILE_SIDE(4));
  } else {
    INPUT(PK_TILE_SIDE(2));
  }
#undef INPUT
}

/// A dY At of the output's gradient.
static void NAME(winograd_spread)(const pk_winograd_call *call, int64_t first, int64_t count, float *z) {
  const pk_winograd_window *s = &call->window;
  transform_tiles(call, first, count, 4, PK_TILE_SIDE(4), call->dy, s->oh, s->ow, s->o, call->o, 0, 0, call->out_plane, z);
}

/// At M A of `count` tiles, with what is fused behind.
#define output_tiles NAME(winograd_output_tiles)
PK_INLINE void output_tiles(const int tile, const pk_winograd_call *call, int64_t first, int64_t count, const float *m) {
  const int side = PK_TILE_SIDE(tile);
  const pk_winograd_window *s = &call->window;
  for (int64_t t = 0; t < count; t++) {
    int64_t image, row, column;
    tile_place(call, first + t, &image, &row, &column);
    int64_t rows = s->oh - row < tile ? s->oh - row : tile;
    int64_t columns = s->ow - column < tile ? s->ow - column : tile;
    int64_t corner = ((image * s->oh + row) * s->ow + column) * s->o;
    for (int64_t channel = 0; channel < s->o; channel += LANES) {
      int64_t lanes = s->o - channel < LANES ? s->o - channel : LANES;
      vf half[PK_MOST_PRODUCTS], line[PK_MOST_SIDE], y[PK_MOST_SIDE];
      const float *source = m + t * call->o + channel;
#pragma clang loop unroll(full)
      for (int j = 0; j < side; j++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < side; i++) line[i] = load(source + (i * side + j) * call->out_plane);
        output_line(side, line, 1, half + j * tile);
      }
      vf bias = call->bias ? load_up_to(call->bias + channel, lanes) : (vf)0.0f;
#pragma clang loop unroll(full)
      for (int i = 0; i < tile; i++) {
        if (i >= rows) break;
        output_line(side, half + i, tile, y);
#pragma clang loop unroll(full)
        for (int j = 0; j < tile; j++) {
          if (j >= columns) break;
          int64_t place = corner + (i * s->ow + j) * s->o + channel;
          vf value = y[j] + bias;
          if (call->residual) value += load_up_to(call->residual + place, lanes);
          store_up_to(call->y + place, activated(call->activation, value), lanes);
        }
      }
    }
  }
}

static void NAME(winograd_output)(const pk_winograd_call *call, int64_t first, int64_t count, const float *m) {
  if (call->window.tile == 4) {
    output_tiles(4, call, first, count, m);
  } else {
    output_tiles(2, call, first, count, m);
  }
}

// MARK: Products

/// Rows and vectors of results that stay in registers.
#if LANES == 16
#define PRODUCT_ROWS 8
#else
#define PRODUCT_ROWS 4
#endif

/// How many rows ahead a product asks for its right factor, which may lie outside the cache.
#define PRODUCT_AHEAD 24

/// y[i][j] = sum over k of a[i a_row + k a_step] b[k b_row + j], added to what is there where `adds`.
#define product_tile NAME(winograd_product_tile)
PK_INLINE void product_tile(const int rows, const int vectors, int64_t depth, const float *a, int64_t a_row,
                            int64_t a_step, const float *b, int64_t b_row, int adds, float *y, int64_t y_row) {
  vf sums[PRODUCT_ROWS][2];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) sums[i][j] = adds ? load(y + i * y_row + j * LANES) : (vf)0.0f;
  }
  for (int64_t k = 0; k < depth; k++) {
    vf factors[2];
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) {
      factors[j] = load(b + k * b_row + j * LANES);
      __builtin_prefetch(b + (k + PRODUCT_AHEAD) * b_row + j * LANES);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      vf factor = (vf)a[i * a_row + k * a_step];
#pragma clang loop unroll(full)
      for (int j = 0; j < vectors; j++) sums[i][j] += factor * factors[j];
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) store(y + i * y_row + j * LANES, sums[i][j]);
  }
}

/// A product of rows x depth by depth x columns (a multiple of LANES).
static void NAME(winograd_product)(int64_t rows, int64_t columns, int64_t depth, const float *a, int64_t a_row,
                                   int64_t a_step, const float *b, int64_t b_row, int adds, float *y, int64_t y_row) {
#define TILES(ROWS, VECTORS)                                                                                          \
  for (; i + ROWS <= rows; i += ROWS) {                                                                               \
    product_tile(ROWS, VECTORS, depth, a + i * a_row, a_row, a_step, b + j, b_row, adds, y + i * y_row + j, y_row);   \
  }
#if LANES == 16
#define ALL_TILES(VECTORS) TILES(8, VECTORS) TILES(4, VECTORS) TILES(1, VECTORS)
#else
#define ALL_TILES(VECTORS) TILES(4, VECTORS) TILES(1, VECTORS)
#endif
  int64_t j = 0;
  for (; j + 2 * LANES <= columns; j += 2 * LANES) {
    int64_t i = 0;
    ALL_TILES(2)
  }
  for (; j < columns; j += LANES) {
    int64_t i = 0;
    ALL_TILES(1)
  }
#undef TILES
#undef ALL_TILES
}

#undef PRODUCT_ROWS
#undef PRODUCT_AHEAD

// MARK: Blocks

static int64_t NAME(winograd_count)(const pk_winograd_call *call, int64_t block) {
  int64_t left = call->tiles - block * call->block;
  return left < call->block ? left : call->block;
}

/// Panels begin..<end of all products' weights, by the tiles that lie at `v`.
static void NAME(winograd_products)(const pk_winograd_call *call, int64_t count, const float *v, int64_t begin,
                                    int64_t end, float *m) {
  int64_t depth = call->window.c;
  for (int64_t item = begin; item < end; item++) {
    int64_t k = item / call->panels, panel = item % call->panels * PK_PANEL_CHANNELS;
    int64_t width = panel_width(call->o, panel);
    NAME(winograd_product)(count, width, depth, v + k * call->in_plane, call->c, 1,
                           call->packed + (k * call->o + panel) * depth, width, 0, m + k * call->out_plane + panel,
                           call->o);
  }
}

static void NAME(winograd_block)(const pk_winograd_call *call, int64_t block, float *memory) {
  int64_t first = block * call->block, count = NAME(winograd_count)(call, block);
  float *v = memory, *m = memory + call->products * call->in_plane;
  NAME(winograd_input)(call, first, count, v);
  NAME(winograd_products)(call, count, v, 0, call->products * call->panels, m);
  NAME(winograd_output)(call, first, count, m);
}

static void NAME(winograd_gradient_block)(const pk_winograd_call *call, int64_t block, int adds, float *memory,
                                          float *sums) {
  int64_t first = block * call->block, count = NAME(winograd_count)(call, block);
  float *v = memory, *z = memory + call->products * call->in_plane;
  NAME(winograd_input)(call, first, count, v);
  NAME(winograd_spread)(call, first, count, z);
  for (int64_t k = 0; k < call->products; k++) {
    NAME(winograd_product)(call->window.c, call->o, count, v + k * call->in_plane, 1, call->c,
                           z + k * call->out_plane, call->o, adds, sums + k * call->c * call->o, call->o);
  }
}

/// Adds the parts' sums up and transforms them back, for input channels begin..<end.
static void NAME(winograd_gradient_rows)(const pk_winograd_call *call, int64_t part_floats, int64_t begin, int64_t end) {
  int64_t c = call->window.c, o = call->window.o;
  for (int64_t i = begin; i < end; i++) {
    for (int64_t j = 0; j < call->o; j += LANES) {
      vf u[PK_MOST_PRODUCTS], half[PK_TILE_REACH * PK_MOST_SIDE], g[PK_TILE_REACH];
      for (int k = 0; k < PK_MOST_PRODUCTS; k++) {
        const float *source = call->scratch + (k * call->c + i) * call->o + j;
        u[k] = load(source);
        for (int part = 1; part < call->parts; part++) u[k] += load(source + part * part_floats);
      }
      for (int column = 0; column < PK_MOST_SIDE; column++) tap_line(u + column, PK_MOST_SIDE, half + column * PK_TILE_REACH);
      for (int row = 0; row < PK_TILE_REACH; row++) {
        tap_line(half + row, PK_TILE_REACH, g);
        for (int column = 0; column < PK_TILE_REACH; column++) {
          float taps[LANES];
          store(taps, g[column]);
          for (int64_t lane = 0; lane < LANES && j + lane < o; lane++) {
            call->y[((j + lane) * c + i) * PK_TILE_TAPS + row * PK_TILE_REACH + column] = taps[lane];
          }
        }
      }
    }
  }
}
