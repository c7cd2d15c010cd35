// Largest and smallest elements along axes: themselves, their places, and the first k of them.
#include "internal.h"

typedef struct {
  int64_t extent, inner, blocks;
  /// 1 for the largest, -1 for the smallest: the extreme is sign * max(sign * x).
  float sign;
  const float *x, *y, *dy;
  float *out;
} extreme_call;

/// Columns that one item of a reduction over rows takes.
#define COLUMNS 64

#define PK_BODY "extremes_body.h"
#include "levels.h"

/// Over the middle axis of outer x extent x inner.
static void extreme_of_axis(int64_t outer, int64_t extent, int64_t inner, float sign, const float *x, float *y) {
  extreme_call call = {.extent = extent, .inner = inner, .sign = sign, .x = x, .out = y};
  if (inner == 1) {
    pk_parallel_for(outer, pk_grain(extent), PK_SELECT(extreme_rows_range), &call);
    return;
  }
  call.blocks = (inner + COLUMNS - 1) / COLUMNS;
  pk_parallel_for(outer * call.blocks, pk_grain(extent * COLUMNS), PK_SELECT(extreme_columns_range), &call);
}

void pk_reduce_extreme(int rank, const int64_t *dims, uint32_t keep, int minimum, const float *x, float *y) {
  int64_t left[PK_MAX_RANK], outputs = 1, inputs = 1;
  int reductions = 0;
  for (int axis = 0; axis < rank; axis++) {
    left[axis] = dims[axis];
    inputs *= dims[axis];
    if ((keep >> axis) & 1) outputs *= dims[axis];
  }
  if (inputs == 0) {
    for (int64_t i = 0; i < outputs; i++) y[i] = minimum ? INFINITY : -INFINITY;
    return;
  }
  // Runs of neighbouring axes go together, from the last one on; each leaves a smaller tensor.
  const float *source = x;
  float *owned = NULL;
  int64_t size = inputs;
  for (int end = rank; end > 0;) {
    int begin = end - 1;
    if ((keep >> begin) & 1) {
      end = begin;
      continue;
    }
    int64_t extent = left[begin], outer = 1, inner = 1;
    while (begin > 0 && !((keep >> (begin - 1)) & 1)) extent *= left[--begin];
    for (int axis = 0; axis < begin; axis++) outer *= left[axis];
    for (int axis = end; axis < rank; axis++) inner *= left[axis];
    for (int axis = begin; axis < end; axis++) left[axis] = 1;
    end = begin;
    reductions++;
    size = outer * inner;
    float *target = size == outputs ? y : pk_allocate(sizeof(float) * (size_t)size);
    extreme_of_axis(outer, extent, inner, minimum ? -1.0f : 1.0f, source, target);
    free(owned);
    owned = target == y ? NULL : target;
    source = target;
    if (size == outputs) break;
  }
  if (reductions == 0) memcpy(y, x, sizeof(float) * (size_t)inputs);
}

/// Items are the outer blocks.
static void extreme_gradient_range(void *context, int64_t begin, int64_t end) {
  const extreme_call *call = context;
  int64_t inner = call->inner;
  float *share = pk_allocate(sizeof(float) * (size_t)inner);
  for (int64_t block = begin; block < end; block++) {
    const float *x = call->x + block * call->extent * inner, *y = call->y + block * inner;
    float *dx = call->out + block * call->extent * inner;
    memset(share, 0, sizeof(float) * (size_t)inner);
    for (int64_t row = 0; row < call->extent; row++) {
      for (int64_t i = 0; i < inner; i++) {
        float v = x[row * inner + i];
        share[i] += v == y[i] || v != v ? 1.0f : 0.0f;
      }
    }
    for (int64_t i = 0; i < inner; i++) share[i] = call->dy[block * inner + i] / share[i];
    for (int64_t row = 0; row < call->extent; row++) {
      for (int64_t i = 0; i < inner; i++) {
        float v = x[row * inner + i];
        dx[row * inner + i] = v == y[i] || v != v ? share[i] : 0.0f;
      }
    }
  }
  free(share);
}

void pk_reduce_extreme_gradient(int64_t outer, int64_t extent, int64_t inner, const float *x, const float *y,
                                const float *dy, float *dx) {
  extreme_call call = {.extent = extent, .inner = inner, .x = x, .y = y, .dy = dy, .out = dx};
  pk_parallel_for(outer, pk_grain(2 * extent * inner), extreme_gradient_range, &call);
}

typedef struct {
  int64_t extent, inner, k;
  int last, largest;
  float sign;
  const float *x;
  float *values;
  int64_t *indices;
} place_call;

/// Items are lines along the axis.
static void arg_extreme_range(void *context, int64_t begin, int64_t end) {
  const place_call *call = context;
  for (int64_t line = begin; line < end; line++) {
    const float *x = call->x + line / call->inner * call->extent * call->inner + line % call->inner;
    float most = -INFINITY;
    int64_t place = -1;
    for (int64_t i = 0; i < call->extent; i++) {
      float v = call->sign * x[i * call->inner];
      if (v > most || (v == most && (place < 0 || call->last))) {
        most = v;
        place = i;
      }
    }
    call->indices[line] = place < 0 ? 0 : place;
  }
}

void pk_arg_extreme(int64_t outer, int64_t extent, int64_t inner, int minimum, int last, const float *x, int64_t *y) {
  place_call call = {
      .extent = extent, .inner = inner, .last = last, .sign = minimum ? -1.0f : 1.0f, .x = x, .indices = y};
  pk_parallel_for(outer * inner, pk_grain(extent), arg_extreme_range, &call);
}

typedef struct {
  float value;
  int64_t index;
} candidate;

/// Whether `a` comes before `b` among the k: the order of the result.
static inline int comes_before(const candidate *a, const candidate *b, int largest) {
  int a_nan = a->value != a->value, b_nan = b->value != b->value;
  if (a_nan != b_nan) return largest ? a_nan : b_nan;
  if (!a_nan && a->value != b->value) return largest ? a->value > b->value : a->value < b->value;
  return a->index < b->index;
}

/// Lets the candidate at `place` sink in a heap whose root comes last.
static void sink(candidate *heap, int64_t count, int64_t place, int largest) {
  candidate moved = heap[place];
  for (;;) {
    int64_t child = 2 * place + 1;
    if (child >= count) break;
    if (child + 1 < count && comes_before(&heap[child], &heap[child + 1], largest)) child++;
    if (!comes_before(&moved, &heap[child], largest)) break;
    heap[place] = heap[child];
    place = child;
  }
  heap[place] = moved;
}

/// Items are lines along the axis: a heap of the k best so far, then sorted.
static void top_k_range(void *context, int64_t begin, int64_t end) {
  const place_call *call = context;
  int64_t k = call->k, inner = call->inner;
  candidate *heap = pk_allocate(sizeof(candidate) * (size_t)k);
  for (int64_t line = begin; line < end; line++) {
    const float *x = call->x + line / inner * call->extent * inner + line % inner;
    for (int64_t i = 0; i < k; i++) heap[i] = (candidate){x[i * inner], i};
    for (int64_t i = k / 2 - 1; i >= 0; i--) sink(heap, k, i, call->largest);
    for (int64_t i = k; i < call->extent; i++) {
      candidate next = {x[i * inner], i};
      if (!comes_before(&next, &heap[0], call->largest)) continue;
      heap[0] = next;
      sink(heap, k, 0, call->largest);
    }
    for (int64_t count = k - 1; count > 0; count--) {
      candidate last = heap[0];
      heap[0] = heap[count];
      heap[count] = last;
      sink(heap, count, 0, call->largest);
    }
    int64_t target = line / inner * k * inner + line % inner;
    for (int64_t i = 0; i < k; i++) {
      if (call->values != NULL) call->values[target + i * inner] = heap[i].value;
      if (call->indices != NULL) call->indices[target + i * inner] = heap[i].index;
    }
  }
  free(heap);
}

void pk_top_k(int64_t outer, int64_t extent, int64_t inner, int64_t k, int largest, const float *x, float *values,
              int64_t *indices) {
  if (k <= 0) return;
  place_call call = {.extent = extent, .inner = inner, .k = k, .largest = largest, .x = x};
  call.values = values;
  call.indices = indices;
  pk_parallel_for(outer * inner, pk_grain(4 * extent), top_k_range, &call);
}
