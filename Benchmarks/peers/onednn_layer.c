// Latency of one dense layer at batch 1 in oneDNN, through Pare's shim over its versions (Sources/COneDNN).
//
//   onednn_layer conv|dense direct|winograd THREADS
//
// conv: 3x3, 256 to 256 channels, 14 x 14 pixels, with bias; dense: 4096 to 4096, with bias. Several layouts (conv) or
// layouts of the weights (dense) are measured, and the fastest is reported, as `pare profile --json` would.
#include "COneDNN.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern void omp_set_num_threads(int threads);

enum { CHANNELS = 256, SIDE = 14, FEATURES = 4096, LEAST_RUNS = 30, MOST_RUNS = 2000 };
static const double SECONDS = 0.3;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static float *numbers(size_t bytes) {
  size_t count = (bytes + 63) / 64 * 16;
  float *memory = aligned_alloc(64, count * sizeof(float) + 64);
  for (size_t i = 0; i < count; i++) memory[i] = (float)(i % 17) * 0.1f - 0.8f;
  return memory;
}

typedef struct {
  pdnn_op *op;
  int is_conv;
  float *x, *weights, *bias, *y, *scratch;
} layer;

static int run(const layer *l) {
  if (l->is_conv) return pdnn_conv_execute(l->op, l->x, l->weights, l->bias, l->y, l->scratch);
  return pdnn_matmul_execute(l->op, l->x, l->weights, l->bias, l->y, l->scratch);
}

/// The median milliseconds of a layer; 0 where it cannot run.
static double median_ms(layer *l, size_t plain_weights, size_t in, size_t out) {
  l->x = numbers(in);
  l->y = numbers(out);
  l->bias = numbers(FEATURES * sizeof(float));
  l->scratch = numbers(pdnn_scratchpad_bytes(l->op) + 64);
  l->weights = numbers(plain_weights);
  if (!pdnn_weights_are_plain(l->op)) {
    float *packed = numbers(pdnn_weights_bytes(l->op));
    if (pdnn_pack_weights(l->op, l->weights, packed) != 0) return 0;
    free(l->weights);
    l->weights = packed;
  }
  static double times[MOST_RUNS];
  int count = 0;
  for (int i = 0; i < 3; i++) {
    if (run(l) != 0) return 0;
  }
  double started = now();
  while (count < MOST_RUNS && (count < LEAST_RUNS || now() - started < SECONDS)) {
    double before = now();
    run(l);
    times[count++] = (now() - before) * 1e3;
  }
  free(l->x);
  free(l->y);
  free(l->bias);
  free(l->scratch);
  free(l->weights);
  pdnn_destroy(l->op);
  qsort(times, (size_t)count, sizeof *times, ascending);
  return times[count / 2];
}

static double convolution(pdnn_algorithm algorithm, pdnn_layout layout) {
  pdnn_conv_spec spec = {.direction = PDNN_INFERENCE, .algorithm = algorithm, .n = 1, .c = CHANNELS, .h = SIDE,
                         .w = SIDE, .o = CHANNELS, .oh = SIDE, .ow = SIDE, .kh = 3, .kw = 3, .groups = 1,
                         .stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1, .pad_top = 1, .pad_left = 1,
                         .pad_bottom = 1, .pad_right = 1, .src_layout = layout, .dst_layout = layout, .has_bias = 1,
                         .src_scale = 1, .dst_scale = 1, .residual_scale = 1};
  layer l = {.is_conv = 1};
  if (pdnn_conv_create(&spec, &l.op) != 0) return 0;
  size_t image = CHANNELS * SIDE * SIDE * sizeof(float);
  return median_ms(&l, (size_t)CHANNELS * CHANNELS * 9 * sizeof(float), image, image);
}

static double dense(int transposed, int packed) {
  pdnn_matmul_spec spec = {.batch = 1, .m = 1, .n = FEATURES, .k = FEATURES, .transpose_b = transposed,
                           .has_bias = 1, .packed_b = packed};
  layer l = {.is_conv = 0};
  if (pdnn_matmul_create(&spec, &l.op) != 0) return 0;
  size_t row = FEATURES * sizeof(float);
  return median_ms(&l, FEATURES * row, row, row);
}

static double faster(double a, double b) { return b > 0 && (a == 0 || b < a) ? b : a; }

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "usage: onednn_layer conv|dense direct|winograd THREADS\n");
    return 64;
  }
  omp_set_num_threads(atoi(arguments[3]));
  pdnn_algorithm algorithm = strcmp(arguments[2], "winograd") == 0 ? PDNN_ALGO_WINOGRAD : PDNN_ALGO_DIRECT;
  double best = 0;
  if (strcmp(arguments[1], "conv") == 0) {
    pdnn_layout layouts[] = {PDNN_CHANNELS_LAST, PDNN_BLOCKED16, PDNN_BLOCKED8};
    for (int i = 0; i < 3; i++) best = faster(best, convolution(algorithm, layouts[i]));
  } else {
    for (int form = 0; form < 4; form++) best = faster(best, dense(form & 1, form >> 1));
  }
  if (best == 0) {
    fprintf(stderr, "onednn_layer: oneDNN has no such layer\n");
    return 1;
  }
  printf("{\"latency_ms\": {\"p50\": %.6f}}\n", best);
  return 0;
}
