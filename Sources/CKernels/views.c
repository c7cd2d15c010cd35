// Sums into parts of larger tensors.
#include "internal.h"

typedef struct {
  int rank;
  int64_t dims[PK_MAX_RANK], src_strides[PK_MAX_RANK], dst_strides[PK_MAX_RANK];
  const float *src;
  float *dst;
} add_call;

/// Items are the rows of all axes but the last.
static void add_range(void *context, int64_t begin, int64_t end) {
  const add_call *call = context;
  int last = call->rank - 1;
  int64_t count = call->dims[last], from_stride = call->src_strides[last], to_stride = call->dst_strides[last];
  for (int64_t row = begin; row < end; row++) {
    int64_t rest = row, from = 0, to = 0;
    for (int axis = last - 1; axis >= 0; axis--) {
      int64_t index = rest % call->dims[axis];
      rest /= call->dims[axis];
      from += index * call->src_strides[axis];
      to += index * call->dst_strides[axis];
    }
    const float *restrict src = call->src + from;
    float *restrict dst = call->dst + to;
    if (from_stride == 1 && to_stride == 1) {
      for (int64_t i = 0; i < count; i++) dst[i] += src[i];
    } else {
      for (int64_t i = 0; i < count; i++) dst[i * to_stride] += src[i * from_stride];
    }
  }
}

void pk_add_strided(int rank, const int64_t *dims, const int64_t *src_strides, const int64_t *dst_strides,
                    const float *src, float *dst) {
  for (int axis = 0; axis < rank; axis++) {
    if (dims[axis] <= 0) return;
  }
  add_call call = {.src = src, .dst = dst};
  call.rank = pk_merge_axes(rank, dims, src_strides, dst_strides, call.dims, call.src_strides, call.dst_strides);
  int64_t rows = 1, inner = call.dims[call.rank - 1];
  for (int axis = 0; axis < call.rank - 1; axis++) rows *= call.dims[axis];
  pk_parallel_for(rows, pk_grain(inner), add_range, &call);
}
