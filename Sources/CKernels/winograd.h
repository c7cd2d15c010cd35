// What the versions of the Winograd kernels share.
#ifndef PARE_CKERNELS_WINOGRAD_INTERNAL_H
#define PARE_CKERNELS_WINOGRAD_INTERNAL_H

#include "internal.h"

/// Taps along a kernel's side, and in all.
enum { PK_TILE_REACH = 3, PK_TILE_TAPS = 9 };

/// Pixels, and products, along the side of a tile with so many results along it.
#define PK_TILE_SIDE(TILE) ((TILE) + PK_TILE_REACH - 1)

/// The most of them, and of products of a tile.
enum { PK_MOST_SIDE = PK_TILE_SIDE(4), PK_MOST_PRODUCTS = PK_MOST_SIDE * PK_MOST_SIDE };

/// Products of a tile.
static inline int64_t tile_products(int64_t tile) { return PK_TILE_SIDE(tile) * PK_TILE_SIDE(tile); }

/// Channels are rounded up to this in transformed tensors.
enum { PK_TILE_CHANNELS = 16 };

/// Output channels whose weights lie together; the last panel may be narrower.
enum { PK_PANEL_CHANNELS = 32 };

/// The width of the panel that begins at an output channel, of `width` in all.
static inline int64_t panel_width(int64_t width, int64_t panel) {
  return width - panel < PK_PANEL_CHANNELS ? width - panel : PK_PANEL_CHANNELS;
}

/// A convolution or gradient under way.
typedef struct {
  pk_winograd_window window;
  /// Channels rounded up, products of a tile, tiles along an image's sides and in all, tiles of a block, blocks.
  int64_t c, o, products, rows, columns, tiles, block, blocks;
  /// Panels of one product's weights.
  int64_t panels;
  /// Floats from one product's plane of a block to the next: a line more than it holds, so that planes do not fall on the
  /// same lines of the cache.
  int64_t in_plane, out_plane;
  const float *x, *packed, *bias, *residual, *dy;
  const pk_activation *activation;
  float *y, *scratch;
  /// Floats of scratch memory for each part, and the parts.
  int64_t part_floats;
  int parts;
} pk_winograd_call;

#endif
