// How the weights of a sparse convolution are packed, and how its input is laid out.
#ifndef PARE_CKERNELS_SPARSE_CONVOLUTION_H
#define PARE_CKERNELS_SPARSE_CONVOLUTION_H

#include "internal.h"

/// Output channels of a block.
#define PK_SPARSE_BLOCK 16
/// Output channels that take their turn while a chunk of the input is in the first cache.
#define PK_SPARSE_TURN 32
/// Most taps along an axis, planes of a channel, and pixels in a row of the input.
#define PK_SPARSE_TAPS 16
#define PK_SPARSE_PLANES (PK_SPARSE_TAPS * PK_SPARSE_TAPS)
#define PK_SPARSE_WIDTH 1024
/// Floats from channel to channel of transposed pixels: no power of two, which would meet in one set of the cache.
#define PK_SPARSE_STRIP (PK_SPARSE_WIDTH + 16)
/// Most floats of the planar input.
#define PK_SPARSE_MOST (1 << 26)
/// Pixels whose sums stay in registers at most: 14 vectors of 16.
#define PK_SPARSE_RUN 224
/// Bytes of the planes that a chunk of input channels may take up, so that they stay in the first cache.
#define PK_SPARSE_CACHE (36 << 10)

/// One weight, and where the run that it is multiplied with begins.
typedef struct {
  int32_t offset;
  float value;
} pk_sparse_element;

/// A channel lies in `planes` planes of `images` images of `rows` rows at a distance of `pitch`, zeros at the borders
/// written out: one plane for each place within a stride (or, where is_aligned, for each column of taps), so that every
/// tap is a run at an offset. Output pixel (r, c) of image i is place (i * rows + r) * pitch + c of the run; what else
/// the run holds is computed and not stored.
struct pk_sparse_convolution {
  pk_window window;
  pk_sparse_form form;
  int is_aligned;
  int64_t images, planes, rows, pitch, plane_size;
  /// Zeros behind the last image.
  int64_t tail;
  int64_t row_origin[PK_SPARSE_PLANES], column_origin[PK_SPARSE_PLANES];
  /// Elements or blocks.
  int64_t kept;
  /// Groups of PK_SPARSE_TURN output channels (elements) or PK_SPARSE_BLOCK (blocks).
  int64_t groups;
  /// Input channels are taken in chunks, for each of which all output channels of a group take their turn.
  int64_t chunk, chunks;
  /// Where the elements of (group, chunk, output channel), or the blocks of a group, begin; one more at the end.
  int64_t *starts;
  pk_sparse_element *elements;
  int32_t *offsets;
  float *values;
};

typedef struct {
  const pk_sparse_convolution *weights;
  const float *x, *bias, *residual;
  float *y, *planar;
  pk_activation activation;
  /// Images in this pass, and places in its run.
  int64_t images, run;
  /// Tiles of the run: vectors (of elements) or places (of blocks) in each, and how many there are.
  int64_t tile, tiles;
} sparse_call;

#endif
