#include <math.h>
#include <stdlib.h>

#include "CImages.h"

/// Bits after the point in the fixed-point weights: 32 - 8 for the pixel - 2 for overshoot.
enum { WEIGHT_BITS = 32 - 8 - 2 };

/// For each output position: the first source position it reads, how many, and their weights.
typedef struct {
  int32_t *first;
  int32_t *count;
  int32_t *weights;
  int32_t longest;
} window_table;

static double bilinear(double x) {
  x = fabs(x);
  return x < 1 ? 1 - x : 0;
}

/// Keys' cubic with a = -0.5.
static double bicubic(double x) {
  const double a = -0.5;
  x = fabs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

static void free_windows(window_table *table) {
  free(table->first);
  free(table->count);
  free(table->weights);
}

/// Windows of the output positions `offset ..< offset + out` when `in` positions become `full`.
static int make_windows(int32_t in, int32_t full, int32_t offset, int32_t out, int32_t filter, window_table *table) {
  double (*value)(double) = filter == PARE_FILTER_BICUBIC ? bicubic : bilinear;
  double scale = (double)in / full;
  double stretch = scale < 1 ? 1 : scale;
  double support = (filter == PARE_FILTER_BICUBIC ? 2.0 : 1.0) * stretch;
  table->longest = (int32_t)ceil(support) * 2 + 1;
  table->first = malloc((size_t)out * sizeof(int32_t));
  table->count = malloc((size_t)out * sizeof(int32_t));
  table->weights = calloc((size_t)out * (size_t)table->longest, sizeof(int32_t));
  double *exact = malloc((size_t)table->longest * sizeof(double));
  if (!table->first || !table->count || !table->weights || !exact) {
    free(exact);
    free_windows(table);
    return -1;
  }
  for (int32_t i = 0; i < out; i++) {
    double centre = ((double)i + offset + 0.5) * scale;
    int32_t low = centre - support + 0.5 < 0 ? 0 : (int32_t)(centre - support + 0.5);
    int32_t high = centre + support + 0.5 > in ? in : (int32_t)(centre + support + 0.5);
    double sum = 0;
    for (int32_t k = 0; k < high - low; k++) sum += exact[k] = value((k + low - centre + 0.5) / stretch);
    for (int32_t k = 0; k < high - low; k++) {
      double weight = (sum != 0 ? exact[k] / sum : exact[k]) * (1 << WEIGHT_BITS);
      table->weights[(size_t)i * table->longest + k] = (int32_t)(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    table->first[i] = low;
    table->count[i] = high - low;
  }
  free(exact);
  return 0;
}

static inline uint8_t rounded(int32_t sum) {
  int32_t level = sum >> WEIGHT_BITS;
  return (uint8_t)(level < 0 ? 0 : level > 255 ? 255 : level);
}

static void resize_row(const uint8_t *row, const window_table *table, uint8_t *out, int32_t out_width) {
  for (int32_t x = 0; x < out_width; x++, out += 3) {
    const int32_t *weights = table->weights + (size_t)x * table->longest;
    const uint8_t *pixel = row + (size_t)table->first[x] * 3;
    int32_t red = 1 << (WEIGHT_BITS - 1), green = red, blue = red;
    for (int32_t k = 0; k < table->count[x]; k++, pixel += 3) {
      red += pixel[0] * weights[k];
      green += pixel[1] * weights[k];
      blue += pixel[2] * weights[k];
    }
    out[0] = rounded(red);
    out[1] = rounded(green);
    out[2] = rounded(blue);
  }
}

/// One output row from `count` rows of `stride` bytes; `sums` holds `stride` numbers.
static void blend_rows(
  const uint8_t *rows, size_t stride, const int32_t *weights, int32_t count, int32_t *sums, uint8_t *out) {
  for (size_t i = 0; i < stride; i++) sums[i] = 1 << (WEIGHT_BITS - 1);
  for (int32_t k = 0; k < count; k++) {
    const uint8_t *row = rows + (size_t)k * stride;
    int32_t weight = weights[k];
    for (size_t i = 0; i < stride; i++) sums[i] += row[i] * weight;
  }
  for (size_t i = 0; i < stride; i++) out[i] = rounded(sums[i]);
}

int pare_image_resize(
  const uint8_t *source, int32_t width, int32_t height, int32_t full_width, int32_t full_height, int32_t left,
  int32_t top, uint8_t *out, int32_t out_width, int32_t out_height, int32_t filter) {
  window_table across, down;
  if (make_windows(width, full_width, left, out_width, filter, &across) != 0) return -1;
  if (make_windows(height, full_height, top, out_height, filter, &down) != 0) {
    free_windows(&across);
    return -1;
  }
  int32_t first = down.first[0], end = down.first[out_height - 1] + down.count[out_height - 1];
  size_t stride = (size_t)out_width * 3;
  uint8_t *rows = malloc((size_t)(end - first) * stride);
  int32_t *sums = malloc(stride * sizeof(int32_t));
  int status = rows != NULL && sums != NULL ? 0 : -1;
  if (status == 0) {
    for (int32_t y = first; y < end; y++) {
      resize_row(source + (size_t)y * width * 3, &across, rows + (size_t)(y - first) * stride, out_width);
    }
    for (int32_t y = 0; y < out_height; y++) {
      const uint8_t *from = rows + (size_t)(down.first[y] - first) * stride;
      blend_rows(from, stride, down.weights + (size_t)y * down.longest, down.count[y], sums, out + y * stride);
    }
  }
  free(sums);
  free(rows);
  free_windows(&across);
  free_windows(&down);
  return status;
}
