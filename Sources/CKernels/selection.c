// Comparisons, logic, selection by a condition, and masks of the largest elements.
#include "internal.h"

typedef struct {
  int rank, op, element_size;
  int64_t dims[PK_MAX_RANK], strides[3][PK_MAX_RANK];
  const char *inputs[3];
  char *y;
} selection_call;

typedef struct {
  int64_t extent, inner, k;
  const float *x;
  float *y;
} top_k_call;

/// The offsets in elements of a row's first elements; the last axis is the row.
static inline void row_offsets(const selection_call *call, int inputs, int64_t row, int64_t *offsets) {
  for (int input = 0; input < inputs; input++) offsets[input] = 0;
  for (int axis = call->rank - 2; axis >= 0; axis--) {
    int64_t index = row % call->dims[axis];
    row /= call->dims[axis];
    for (int input = 0; input < inputs; input++) offsets[input] += index * call->strides[input][axis];
  }
}

/// An integer that sorts as the float does, with 0 and -0 alike and NaN above everything.
static inline int32_t sort_key(float value) {
  if (value != value) return INT32_MAX;
  value += 0.0f;
  int32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  return bits < 0 ? bits ^ INT32_MAX : bits;
}

#define PK_BODY "selection_body.h"
#include "levels.h"

static void set_axes(selection_call *call, int rank, const int64_t *dims, int inputs, const int64_t *const *strides) {
  memcpy(call->dims, dims, sizeof(int64_t) * (size_t)rank);
  for (int input = 0; input < inputs; input++) {
    memcpy(call->strides[input], strides[input], sizeof(int64_t) * (size_t)rank);
  }
  call->rank = pk_merge_stride_sets(rank, call->dims, inputs, call->strides);
}

static void run_rows(selection_call *call, void (*body)(void *, int64_t, int64_t)) {
  int64_t rows = 1, inner = call->dims[call->rank - 1];
  for (int axis = 0; axis < call->rank - 1; axis++) rows *= call->dims[axis];
  if (rows == 0 || inner == 0) return;
  pk_parallel_for(rows, pk_grain(inner), body, call);
}

void pk_compare(pk_comparison op, int rank, const int64_t *dims, const int64_t *a_strides, const int64_t *b_strides,
                const float *a, const float *b, uint8_t *y) {
  selection_call call = {.op = (int)op, .inputs = {(const char *)a, (const char *)b}, .y = (char *)y};
  set_axes(&call, rank, dims, 2, (const int64_t *const[]){a_strides, b_strides});
  run_rows(&call, PK_SELECT(compare_range));
}

void pk_logic(pk_logic_op op, int rank, const int64_t *dims, const int64_t *a_strides, const int64_t *b_strides,
              const uint8_t *a, const uint8_t *b, uint8_t *y) {
  selection_call call = {.op = (int)op, .inputs = {(const char *)a, (const char *)b}, .y = (char *)y};
  set_axes(&call, rank, dims, 2, (const int64_t *const[]){a_strides, b_strides});
  run_rows(&call, PK_SELECT(logic_range));
}

void pk_where(int rank, const int64_t *dims, const int64_t *condition_strides, const int64_t *a_strides,
              const int64_t *b_strides, int element_size, const uint8_t *condition, const void *a, const void *b,
              void *y) {
  selection_call call = {.element_size = element_size, .inputs = {(const char *)condition, a, b}, .y = y};
  set_axes(&call, rank, dims, 3, (const int64_t *const[]){condition_strides, a_strides, b_strides});
  run_rows(&call, PK_SELECT(where_range));
}

void pk_top_k_mask(int64_t outer, int64_t extent, int64_t inner, int64_t k, const float *x, float *y) {
  top_k_call call = {.extent = extent, .inner = inner, .k = k, .x = x, .y = y};
  if (extent <= 0) return;
  pk_parallel_for(outer * inner, pk_grain(34 * extent), PK_SELECT(top_k_range), &call);
}
