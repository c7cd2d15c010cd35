// Interpolation along one axis by a table of sources and weights.
#include "internal.h"

typedef struct {
  int64_t extent, count, inner;
  const int64_t *starts, *sources;
  const float *weights, *x;
  float *y;
} resample_call;

#define PK_BODY "resampling_body.h"
#include "levels.h"

void pk_resample(int64_t outer, int64_t extent, int64_t count, int64_t inner, const int64_t *starts,
                 const int64_t *sources, const float *weights, const float *x, float *y) {
  resample_call call = {extent, count, inner, starts, sources, weights, x, y};
  int64_t taps = count > 0 ? 1 + starts[count] / count : 1;
  pk_parallel_for(outer * count, pk_grain(inner * taps), PK_SELECT(resample_range), &call);
}
