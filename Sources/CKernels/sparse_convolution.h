// How the weights of a sparse convolution are packed, and how its input is laid out.
#ifndef PARE_CKERNELS_SPARSE_CONVOLUTION_H
#define PARE_CKERNELS_SPARSE_CONVOLUTION_H

#include "internal.h"

/// Output channels of a block.
#define PK_SPARSE_BLOCK 16
/// Most lists (of an output channel or a block of them) that take their turn while a chunk of the input is in the first
/// cache.
#define PK_SPARSE_TURN 64
/// Most taps along an axis.
#define PK_SPARSE_TAPS 16
/// Bytes of the patches that a chunk of input channels may take up, so that they stay in the first cache.
#define PK_SPARSE_CACHE (40 << 10)
/// Bytes of patches that are laid out before they are multiplied, so that they stay in the second cache.
#define PK_SPARSE_PASS (1 << 20)
/// Most floats of a tile's patches.
#define PK_SPARSE_MOST (1 << 26)

/// One weight, and where in the patches the numbers that it is multiplied with begin.
typedef struct {
  int32_t offset;
  float value;
} pk_sparse_element;

/// Places of the input or output, by image, row and column. Arrays end at a whole number of vectors; an image of
/// PK_SPARSE_NOWHERE, more than there are also where some are added, is none.
#define PK_SPARSE_NOWHERE (INT32_MAX / 2)

typedef struct {
  int32_t *image, *row, *column;
} pk_sparse_places;

typedef struct {
  int64_t image, row, column;
} pk_sparse_place;

/// What differs between CPU levels: floats of a vector, vectors of sums that stay in registers, and the loops.
typedef struct {
  int64_t width, most_sums;
  void (*to_patches)(void *context, int64_t begin, int64_t end);
  void (*multiply)(void *context, int64_t begin, int64_t end);
} pk_sparse_version;

/// The output is cut into equal parts, one for each lane of a vector (of elements; blocks have output channels in the
/// lanes, and one part), and the parts into tiles of `rows` x `columns` places whose sums stay in registers. For an
/// area of some tiles and each input channel lies a patch: all that the area's taps read, lanes innermost, zeros at the
/// borders written out. So every tap is a shift by whole vectors, and no load of elements crosses a cache line.
struct pk_sparse_convolution {
  pk_window window;
  pk_sparse_form form;
  /// Of the CPU level that was in use when the weights were packed: tiles depend on it.
  pk_sparse_version version;
  /// Lanes in which parts lie (1 of blocks), images side by side in them, numbers of parts of an image, their extents.
  int64_t lanes, images, parts_down, parts_across, part_rows, part_columns;
  /// Extents of a tile, tiles of an area along both axes, areas of a part along both, and areas in all.
  int64_t rows, columns, span_down, span_across, areas_down, areas_across, areas;
  /// Floats from a tile's row to the next in a patch, and floats of a patch.
  int64_t pitch, patch;
  /// Where the floats of the first area's patches come from, and the first tile's sums go to.
  pk_sparse_places sources, targets;
  /// Areas whose patches are laid out at once.
  int64_t pass;
  /// Elements or blocks.
  int64_t kept;
  /// Lists of weights: one for each output channel (elements) or PK_SPARSE_BLOCK of them (blocks), in `turns` groups of
  /// `turn`.
  int64_t lists, turn, turns;
  /// Input channels are taken in chunks, for each of which all lists of a group take their turn.
  int64_t chunk, chunks;
  /// Where the weights of (group, chunk, turn) begin; one more at the end.
  int64_t *starts;
  /// The list of the group whose turn it is. Lists take their turns by length: loops of equal lengths in a row end
  /// where the processor expects it.
  uint8_t *order;
  pk_sparse_element *elements;
  int32_t *offsets;
  float *values;
};

typedef struct {
  const pk_sparse_convolution *weights;
  const float *x, *bias, *residual;
  float *y, *patches;
  pk_activation activation;
  /// The first area of this pass.
  int64_t first;
} sparse_call;

#endif
