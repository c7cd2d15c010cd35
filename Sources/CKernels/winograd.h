// What the versions of the Winograd kernels share.
#ifndef PARE_CKERNELS_WINOGRAD_INTERNAL_H
#define PARE_CKERNELS_WINOGRAD_INTERNAL_H

#include "internal.h"

/// Products of a tile, pixels along a tile's side, results along it.
enum { PK_TILE_PRODUCTS = 36, PK_TILE_IN = 6, PK_TILE_OUT = 4, PK_TILE_TAPS = 9 };

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
  /// Channels rounded up, tiles along an image's sides and in all, tiles of a block, blocks.
  int64_t c, o, rows, columns, tiles, block, blocks;
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
