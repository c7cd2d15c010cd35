// Copies that change layout: channels first and last, strided boxes, gathered and scattered rows.
#include "internal.h"

typedef struct {
  int64_t channels, pixels, blocks;
  int to_interleaved;
  const float *x;
  float *y;
  const uint8_t *x_bytes;
  uint8_t *y_bytes;
} transpose_call;

/// A strided copy. `across` is the axis along which the source is dense where that is not the last one, else -1.
typedef struct {
  int rank, element_size, across;
  int64_t dims[PK_MAX_RANK], src_strides[PK_MAX_RANK], dst_strides[PK_MAX_RANK];
  const char *src;
  char *dst;
} copy_call;

/// Elements along the dense axis of the source that a transposing copy takes at a time: whole cache lines of floats.
#define TILE 16

/// The offsets in elements of box number `row` of the axes other than `skip` and the last.
static inline void copy_offsets(const copy_call *call, int64_t row, int skip, int64_t *from, int64_t *to) {
  *from = *to = 0;
  for (int axis = call->rank - 2; axis >= 0; axis--) {
    if (axis == skip) continue;
    int64_t index = row % call->dims[axis];
    row /= call->dims[axis];
    *from += index * call->src_strides[axis];
    *to += index * call->dst_strides[axis];
  }
}

#define PK_BODY "layout_body.h"
#include "levels.h"

static void transpose_floats(int64_t n, int64_t c, int64_t hw, const float *x, float *y, int to_interleaved) {
  if (c == 1 || hw == 1) {
    memcpy(y, x, (size_t)(n * c * hw) * sizeof(float));
    return;
  }
  transpose_call call = {.channels = c, .pixels = hw, .blocks = (hw + 15) / 16, .to_interleaved = to_interleaved};
  call.x = x;
  call.y = y;
  pk_parallel_for(n * call.blocks, pk_grain(16 * c), PK_SELECT(transpose_range), &call);
}

void pk_nchw_to_nhwc(int64_t n, int64_t c, int64_t hw, const float *x, float *y) {
  transpose_floats(n, c, hw, x, y, 1);
}

void pk_nhwc_to_nchw(int64_t n, int64_t c, int64_t hw, const float *x, float *y) {
  transpose_floats(n, c, hw, x, y, 0);
}

static void transpose_bytes(int64_t n, int64_t c, int64_t hw, const uint8_t *x, uint8_t *y, int to_interleaved) {
  transpose_call call = {.channels = c, .pixels = hw, .blocks = (hw + 63) / 64, .to_interleaved = to_interleaved};
  call.x_bytes = x;
  call.y_bytes = y;
  pk_parallel_for(n * call.blocks, pk_grain(64 * c), PK_SELECT(transpose_bytes_range), &call);
}

void pk_nchw_to_nhwc_u8(int64_t n, int64_t c, int64_t hw, const uint8_t *x, uint8_t *y) {
  transpose_bytes(n, c, hw, x, y, 1);
}

void pk_nhwc_to_nchw_u8(int64_t n, int64_t c, int64_t hw, const uint8_t *x, uint8_t *y) {
  transpose_bytes(n, c, hw, x, y, 0);
}

#define STRIDED_LOOP(TYPE)                                                                                            \
  {                                                                                                                   \
    const TYPE *from = (const TYPE *)src;                                                                             \
    TYPE *to = (TYPE *)dst;                                                                                           \
    if (from_stride == 0) {                                                                                           \
      TYPE value = *from;                                                                                             \
      for (int64_t i = 0; i < count; i++) to[i * to_stride] = value;                                                  \
    } else {                                                                                                          \
      for (int64_t i = 0; i < count; i++) to[i * to_stride] = from[i * from_stride];                                  \
    }                                                                                                                 \
    break;                                                                                                            \
  }

static void copy_run(int size, int64_t count, const char *src, int64_t from_stride, char *dst, int64_t to_stride) {
  if (from_stride == 1 && to_stride == 1) {
    memcpy(dst, src, (size_t)(count * size));
    return;
  }
  switch (size) {
  case 1: STRIDED_LOOP(uint8_t)
  case 2: STRIDED_LOOP(uint16_t)
  case 4: STRIDED_LOOP(uint32_t)
  default: STRIDED_LOOP(uint64_t)
  }
}

/// Items are the rows of all axes but the last.
static void copy_range(void *context, int64_t begin, int64_t end) {
  const copy_call *call = context;
  int last = call->rank - 1;
  for (int64_t row = begin; row < end; row++) {
    int64_t from, to;
    copy_offsets(call, row, -1, &from, &to);
    copy_run(call->element_size, call->dims[last], call->src + from * call->element_size, call->src_strides[last],
             call->dst + to * call->element_size, call->dst_strides[last]);
  }
}

#define TRANSPOSED_TILE(TYPE)                                                                                         \
  {                                                                                                                   \
    const TYPE *x = (const TYPE *)call->src + from;                                                                   \
    TYPE *y = (TYPE *)call->dst + to;                                                                                 \
    for (int64_t i = 0; i < call->dims[last]; i++) {                                                                  \
      for (int64_t j = 0; j < tile; j++) y[j * y_step + i] = x[i * x_step + j];                                       \
    }                                                                                                                 \
    break;                                                                                                            \
  }

/// Items are tiles along the source's dense axis, for every place of the other axes; floats have a range of their own.
static void copy_across_range(void *context, int64_t begin, int64_t end) {
  const copy_call *call = context;
  int last = call->rank - 1;
  int64_t extent = call->dims[call->across], tiles = (extent + TILE - 1) / TILE;
  int64_t x_step = call->src_strides[last], y_step = call->dst_strides[call->across];
  for (int64_t item = begin; item < end; item++) {
    int64_t from, to, start = item % tiles * TILE, tile = extent - start < TILE ? extent - start : TILE;
    copy_offsets(call, item / tiles, call->across, &from, &to);
    from += start;
    to += start * y_step;
    switch (call->element_size) {
    case 1: TRANSPOSED_TILE(uint8_t)
    case 2: TRANSPOSED_TILE(uint16_t)
    default: TRANSPOSED_TILE(uint64_t)
    }
  }
}

/// The axis along which the source is dense where the destination is dense along the last one, and it is not that one.
static int axis_across(const copy_call *call) {
  int last = call->rank - 1;
  if (call->dst_strides[last] != 1 || call->src_strides[last] == 1 || call->src_strides[last] == 0) return -1;
  for (int axis = 0; axis < last; axis++) {
    if (call->src_strides[axis] == 1 && call->dims[axis] > 1) return axis;
  }
  return -1;
}

void pk_copy_strided(int rank, const int64_t *dims, const int64_t *src_strides, const int64_t *dst_strides,
                     int element_size, const void *src, void *dst) {
  for (int axis = 0; axis < rank; axis++) {
    if (dims[axis] <= 0) return;
  }
  copy_call call = {.element_size = element_size, .src = src, .dst = dst};
  call.rank = pk_merge_axes(rank, dims, src_strides, dst_strides, call.dims, call.src_strides, call.dst_strides);
  call.across = axis_across(&call);
  int64_t rows = 1, inner = call.dims[call.rank - 1];
  for (int axis = 0; axis < call.rank - 1; axis++) rows *= call.dims[axis];
  if (call.across < 0) {
    pk_parallel_for(rows, pk_grain(inner), copy_range, &call);
    return;
  }
  int64_t extent = call.dims[call.across];
  int64_t items = rows / extent * ((extent + TILE - 1) / TILE);
  pk_parallel_for(items, pk_grain(inner * TILE), element_size == 4 ? PK_SELECT(copy_across_range) : copy_across_range,
                  &call);
}

typedef struct {
  int64_t row;
  const int64_t *indices;
  const char *src;
  char *dst;
} rows_call;

static void gather_range(void *context, int64_t begin, int64_t end) {
  const rows_call *call = context;
  for (int64_t i = begin; i < end; i++) {
    memcpy(call->dst + i * call->row, call->src + call->indices[i] * call->row, (size_t)call->row);
  }
}

void pk_gather_rows(int64_t count, int64_t row_bytes, const int64_t *indices, const void *src, void *dst) {
  rows_call call = {row_bytes, indices, src, dst};
  pk_parallel_for(count, pk_grain((row_bytes + 3) / 4), gather_range, &call);
}

typedef struct {
  int64_t extent, count, row;
  const int64_t *indices;
  const char *src;
  char *dst;
} axis_call;

/// Items are the rows of all blocks of the destination.
static void gather_axis_range(void *context, int64_t begin, int64_t end) {
  const axis_call *call = context;
  for (int64_t item = begin; item < end; item++) {
    int64_t block = item / call->count, index = call->indices[item % call->count];
    const char *src = call->src + (block * call->extent + index) * call->row;
    char *dst = call->dst + item * call->row;
    if (index < 0) {
      memset(dst, 0, (size_t)call->row);
    } else if (call->row == 4) {
      memcpy(dst, src, 4);
    } else {
      memcpy(dst, src, (size_t)call->row);
    }
  }
}

void pk_gather_axis(int64_t outer, int64_t extent, int64_t count, int64_t row_bytes, const int64_t *indices,
                    const void *src, void *dst) {
  axis_call call = {extent, count, row_bytes, indices, src, dst};
  pk_parallel_for(outer * count, pk_grain((row_bytes + 3) / 4), gather_axis_range, &call);
}

typedef struct {
  int64_t count, row;
  const int64_t *indices;
  const float *src;
  float *dst;
} scatter_call;

/// Items are columns: repeated indices then never meet on two threads.
static void scatter_range(void *context, int64_t begin, int64_t end) {
  const scatter_call *call = context;
  for (int64_t i = 0; i < call->count; i++) {
    const float *src = call->src + i * call->row;
    float *dst = call->dst + call->indices[i] * call->row;
    for (int64_t k = begin; k < end; k++) dst[k] += src[k];
  }
}

void pk_scatter_add_rows(int64_t count, int64_t row, const int64_t *indices, const float *src, float *dst) {
  if (count <= 0) return;
  scatter_call call = {count, row, indices, src, dst};
  pk_parallel_for(row, pk_grain(count), scatter_range, &call);
}
