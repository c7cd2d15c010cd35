// Winograd convolutions: the division into blocks of tiles that stay in the cache from one transform to the other.
#include "winograd.h"

#define PK_BODY "winograd_body.h"
#include "levels.h"

/// Bytes of a block's transformed tiles, half of a usual second-level cache.
#define BLOCK_BYTES (512 << 10)

/// Bytes of transformed weights from which on a block is large whatever the cache holds, so that they are read less often.
#define LARGE_WEIGHTS (1 << 20)

/// Tiles of a block at most.
#define MOST_TILES 64

static int64_t rounded(int64_t channels) { return (channels + PK_TILE_CHANNELS - 1) / PK_TILE_CHANNELS * PK_TILE_CHANNELS; }

static int64_t weight_bytes(const pk_winograd_window *window) {
  return (int64_t)pk_winograd_weight_bytes(window->tile, window->c, window->o);
}

/// Memory of a block of `call->block` tiles.
static void set_planes(pk_winograd_call *call) {
  call->in_plane = call->block * call->c + 16;
  call->out_plane = call->block * call->o + 16;
  call->part_floats = call->products * (call->in_plane + call->out_plane);
}

/// Whether few tiles meet large weights: then all threads work on one block, each with its part of the weights, which are
/// read once and not by every thread.
static int is_shared(const pk_winograd_call *call) {
  return pk_max_threads() > 1 && call->tiles <= MOST_TILES
         && weight_bytes(&call->window) > LARGE_WEIGHTS;
}

static pk_winograd_call layout(const pk_winograd_window *window) {
  int64_t tile = window->tile;
  pk_winograd_call call = {.window = *window, .c = rounded(window->c), .o = rounded(window->o), .products = tile_products(tile)};
  call.panels = (call.o + PK_PANEL_CHANNELS - 1) / PK_PANEL_CHANNELS;
  call.rows = (window->oh + tile - 1) / tile;
  call.columns = (window->ow + tile - 1) / tile;
  call.tiles = window->n * call.rows * call.columns;
  int64_t tile_bytes = call.products * (call.c + call.o) * (int64_t)sizeof(float);
  int64_t fitting = weight_bytes(window) > LARGE_WEIGHTS ? MOST_TILES : BLOCK_BYTES / tile_bytes;
  // Every thread has something to do, and tiles are multiplied eight at a time.
  int64_t share = (call.tiles + pk_max_threads() - 1) / pk_max_threads();
  call.block = (smaller(smaller(fitting, MOST_TILES), share) + 7) / 8 * 8;
  call.blocks = (call.tiles + call.block - 1) / call.block;
  call.parts = (int)smaller(call.blocks, pk_max_threads());
  set_planes(&call);
  return call;
}

size_t pk_winograd_weight_bytes(int64_t tile, int64_t c, int64_t o) {
  return sizeof(float) * (size_t)(tile_products(tile) * c * rounded(o));
}

typedef struct {
  int64_t tile, c, o;
  const float *weights;
  float *packed;
  int is_turned;
} pack_call;

static void pack_rows(void *context, int64_t begin, int64_t end) {
  const pack_call *call = context;
  PK_SELECT(winograd_pack)(call->tile, call->c, call->o, call->is_turned, call->weights, begin, end, call->packed);
}

void pk_winograd_pack(int64_t tile, int64_t c, int64_t o, const float *weights, float *packed) {
  pack_call call = {tile, c, o, weights, packed, 0};
  pk_parallel_for(c, pk_grain(tile_products(tile) * o), pack_rows, &call);
}

void pk_winograd_pack_turned(int64_t tile, int64_t c, int64_t o, const float *weights, float *packed) {
  pack_call call = {tile, o, c, weights, packed, 1};
  pk_parallel_for(o, pk_grain(tile_products(tile) * c), pack_rows, &call);
}

/// The division of a run, which may be by weights.
static pk_winograd_call run_layout(const pk_winograd_window *window) {
  pk_winograd_call call = layout(window);
  if (!is_shared(&call)) return call;
  call.block = call.tiles;
  call.blocks = call.parts = 1;
  set_planes(&call);
  return call;
}

size_t pk_winograd_scratch(const pk_winograd_window *window) {
  pk_winograd_call call = run_layout(window);
  return sizeof(float) * (size_t)(call.parts * call.part_floats);
}

static void run_part(void *context, int part) {
  const pk_winograd_call *call = context;
  int64_t end = pk_part_begin(call->blocks, call->parts, part + 1);
  for (int64_t block = pk_part_begin(call->blocks, call->parts, part); block < end; block++) {
    PK_SELECT(winograd_block)(call, block, call->scratch + part * call->part_floats);
  }
}

static void shared_input(void *context, int64_t begin, int64_t end) {
  const pk_winograd_call *call = context;
  PK_SELECT(winograd_input)(call, begin, end - begin, call->scratch + begin * call->c);
}

static void shared_products(void *context, int64_t begin, int64_t end) {
  const pk_winograd_call *call = context;
  float *m = call->scratch + call->products * call->in_plane;
  PK_SELECT(winograd_products)(call, call->tiles, call->scratch, begin, end, m);
}

static void shared_output(void *context, int64_t begin, int64_t end) {
  const pk_winograd_call *call = context;
  float *m = call->scratch + call->products * call->in_plane;
  PK_SELECT(winograd_output)(call, begin, end - begin, m + begin * call->o);
}

void pk_winograd_run(const pk_winograd_window *window, const float *x, const float *packed, const float *bias,
                     const float *residual, const pk_activation *activation, float *y, void *scratch) {
  pk_winograd_call call = run_layout(window);
  call.x = x;
  call.packed = packed;
  call.bias = bias;
  call.residual = residual;
  call.activation = activation;
  call.y = y;
  call.scratch = scratch;
  if (is_shared(&call)) {
    pk_parallel_for(call.tiles, 1, shared_input, &call);
    pk_parallel_for(call.products * call.panels, 1, shared_products, &call);
    pk_parallel_for(call.tiles, 1, shared_output, &call);
    return;
  }
  pk_parallel_parts(call.parts, run_part, &call);
}

/// Floats of the sums of one part: products x input channels x output channels.
static int64_t sum_floats(const pk_winograd_call *call) { return call->products * call->c * call->o; }

size_t pk_winograd_gradient_scratch(const pk_winograd_window *window) {
  pk_winograd_call call = layout(window);
  return sizeof(float) * (size_t)(call.parts * (call.part_floats + sum_floats(&call)));
}

static void gradient_part(void *context, int part) {
  const pk_winograd_call *call = context;
  int64_t floats = sum_floats(call);
  float *memory = call->scratch + call->parts * floats + part * call->part_floats;
  float *sums = call->scratch + part * floats;
  int64_t begin = pk_part_begin(call->blocks, call->parts, part), end = pk_part_begin(call->blocks, call->parts, part + 1);
  for (int64_t block = begin; block < end; block++) {
    PK_SELECT(winograd_gradient_block)(call, block, block > begin, memory, sums);
  }
}

static void gradient_rows(void *context, int64_t begin, int64_t end) {
  const pk_winograd_call *call = context;
  PK_SELECT(winograd_gradient_rows)(call, sum_floats(call), begin, end);
}

void pk_winograd_weight_gradient(const pk_winograd_window *window, const float *x, const float *dy, float *dw,
                                 void *scratch) {
  pk_winograd_call call = layout(window);
  call.x = x;
  call.dy = dy;
  call.y = dw;
  call.scratch = scratch;
  pk_parallel_parts(call.parts, gradient_part, &call);
  pk_parallel_for(window->c, pk_grain(call.products * window->o), gradient_rows, &call);
}
