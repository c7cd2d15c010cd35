// Sums, extremes and histograms.
#include "internal.h"

typedef struct {
  int64_t n, channels;
  int parts;
  const float *x, *y;
  float *out, *limits;
  double *sums;
  double totals[PK_MAX_PARTS];
} reduction_call;

#define PK_BODY "reduction_body.h"
#include "levels.h"

static double run_totals(reduction_call *call, void (*part)(void *, int)) {
  call->parts = pk_part_count(call->n, 1);
  pk_parallel_parts(call->parts, part, call);
  double total = 0;
  for (int k = 0; k < call->parts; k++) total += call->totals[k];
  return total;
}

double pk_sum(int64_t n, const float *x) {
  reduction_call call = {.n = n, .x = x};
  return run_totals(&call, PK_SELECT(sum_part));
}

double pk_dot(int64_t n, const float *x, const float *y) {
  reduction_call call = {.n = n, .x = x, .y = y};
  return run_totals(&call, PK_SELECT(dot_part));
}

double pk_sum_of_squares(int64_t n, const float *x) { return pk_dot(n, x, x); }

int pk_any_nonfinite(int64_t n, const float *x) {
  reduction_call call = {.n = n, .x = x};
  return run_totals(&call, PK_SELECT(nonfinite_part)) > 0;
}

void pk_min_max_channel(int64_t rows, int64_t channels, const float *x, float *minimum, float *maximum) {
  if (channels <= 0) return;
  reduction_call call = {.n = rows, .channels = channels, .x = x, .parts = pk_part_count(rows, channels)};
  call.limits = pk_allocate(sizeof(float) * 2 * (size_t)channels * (size_t)call.parts);
  pk_parallel_parts(call.parts, PK_SELECT(min_max_part), &call);
  for (int64_t c = 0; c < channels; c++) {
    float low = INFINITY, high = -INFINITY;
    for (int part = 0; part < call.parts; part++) {
      const float *limits = call.limits + (int64_t)part * 2 * channels;
      if (limits[c] < low) low = limits[c];
      if (limits[channels + c] > high) high = limits[channels + c];
    }
    minimum[c] = low;
    maximum[c] = high;
  }
  free(call.limits);
}

void pk_min_max(int64_t n, const float *x, float *minimum, float *maximum) {
  // As rows of 64 columns, then the rest.
  enum { columns = 64 };
  int64_t rows = n / columns;
  float low[columns], high[columns];
  pk_min_max_channel(rows, columns, x, low, high);
  float least = INFINITY, most = -INFINITY;
  for (int c = 0; c < columns; c++) {
    if (low[c] < least) least = low[c];
    if (high[c] > most) most = high[c];
  }
  for (int64_t i = rows * columns; i < n; i++) {
    if (x[i] < least) least = x[i];
    if (x[i] > most) most = x[i];
  }
  *minimum = least;
  *maximum = most;
}

typedef struct {
  int64_t n, bins;
  int parts;
  const float *x;
  float lo, hi;
  int64_t *counts;
} histogram_call;

static void histogram_part(void *context, int part) {
  const histogram_call *call = context;
  int64_t *counts = call->counts + part * call->bins;
  memset(counts, 0, sizeof(int64_t) * (size_t)call->bins);
  int64_t end = pk_part_begin(call->n, call->parts, part + 1);
  double scale = (double)call->bins / ((double)call->hi - (double)call->lo);
  for (int64_t i = pk_part_begin(call->n, call->parts, part); i < end; i++) {
    float v = call->x[i];
    if (!(v >= call->lo && v <= call->hi)) continue;
    int64_t bin = (int64_t)(((double)v - (double)call->lo) * scale);
    counts[bin < call->bins ? bin : call->bins - 1]++;
  }
}

void pk_histogram(int64_t n, const float *x, float lo, float hi, int64_t bins, int64_t *counts) {
  histogram_call call = {.n = n, .bins = bins, .x = x, .lo = lo, .hi = hi, .parts = pk_part_count(n, 1)};
  call.counts = pk_allocate(sizeof(int64_t) * (size_t)bins * (size_t)call.parts);
  pk_parallel_parts(call.parts, histogram_part, &call);
  for (int part = 0; part < call.parts; part++) {
    for (int64_t bin = 0; bin < bins; bin++) counts[bin] += call.counts[part * bins + bin];
  }
  free(call.counts);
}

static void sum_columns(int64_t rows, int64_t channels, const float *x, float *y) {
  reduction_call call = {.n = rows, .channels = channels, .x = x, .parts = pk_part_count(rows, channels)};
  call.sums = pk_allocate(sizeof(double) * (size_t)channels * (size_t)call.parts);
  pk_parallel_parts(call.parts, PK_SELECT(column_sums_part), &call);
  for (int64_t c = 0; c < channels; c++) {
    double total = 0;
    for (int part = 0; part < call.parts; part++) total += call.sums[part * channels + c];
    y[c] = (float)total;
  }
  free(call.sums);
}

/// Any pattern of kept and summed axes, on one thread, in double.
static void sum_generic(int rank, const int64_t *dims, const int *kept, const float *x, float *y) {
  int64_t steps[PK_MAX_RANK], index[PK_MAX_RANK] = {0}, outputs = 1, outer = 1;
  for (int axis = rank - 1; axis >= 0; axis--) {
    steps[axis] = kept[axis] ? outputs : 0;
    if (kept[axis]) outputs *= dims[axis];
    if (axis < rank - 1) outer *= dims[axis];
  }
  double *sums = pk_allocate(sizeof(double) * (size_t)outputs);
  memset(sums, 0, sizeof(double) * (size_t)outputs);
  int64_t inner = dims[rank - 1], step = steps[rank - 1];
  for (int64_t row = 0; row < outer; row++) {
    double *to = sums;
    for (int axis = 0; axis < rank - 1; axis++) to += index[axis] * steps[axis];
    for (int64_t i = 0; i < inner; i++) to[i * step] += x[row * inner + i];
    for (int axis = rank - 2; axis >= 0; axis--) {
      if (++index[axis] < dims[axis]) break;
      index[axis] = 0;
    }
  }
  for (int64_t i = 0; i < outputs; i++) y[i] = (float)sums[i];
  free(sums);
}

void pk_reduce_sum(int rank, const int64_t *dims, uint32_t keep, const float *x, float *y) {
  int64_t merged[PK_MAX_RANK], outputs = 1, inputs = 1;
  int kept[PK_MAX_RANK], count = 0;
  for (int axis = 0; axis < rank; axis++) {
    int keeps = (keep >> axis) & 1;
    inputs *= dims[axis];
    if (keeps) outputs *= dims[axis];
    if (dims[axis] == 1) continue;
    if (count > 0 && kept[count - 1] == keeps) {
      merged[count - 1] *= dims[axis];
    } else {
      merged[count] = dims[axis];
      kept[count++] = keeps;
    }
  }
  if (inputs == 0) {
    memset(y, 0, sizeof(float) * (size_t)outputs);
  } else if (count == 0 || (count == 1 && kept[0])) {
    memcpy(y, x, sizeof(float) * (size_t)inputs);
  } else if (count == 1) {
    y[0] = (float)pk_sum(inputs, x);
  } else if (count == 2 && kept[1]) {
    sum_columns(merged[0], merged[1], x, y);
  } else if (count == 2) {
    reduction_call call = {.channels = merged[1], .x = x, .out = y};
    pk_parallel_for(merged[0], pk_grain(merged[1]), PK_SELECT(row_sums_range), &call);
  } else if (count == 3 && kept[0]) {
    reduction_call call = {.n = merged[1], .channels = merged[2], .x = x, .out = y};
    pk_parallel_for(merged[0], pk_grain(merged[1] * merged[2]), PK_SELECT(image_sums_range), &call);
  } else {
    sum_generic(count, merged, kept, x, y);
  }
}
