// Convolutions of bytes with exact sums. Each pass widens some images, or some rows of one, into 16 bits with their borders
// written out, so that a tap is an offset; neighbouring values along a row of memory are multiplied in pairs.
#include "internal.h"

/// Output channels of a block of packed weights.
#define PK_INTEGER_BLOCK 16
/// Channels that depthwise weights are rounded up to: the widest vector of 16-bit numbers.
#define PK_INTEGER_CHANNELS 32
/// Bytes of widened rows in a pass (more only for one row of outputs), so that they stay in the second cache.
#define PK_INTEGER_PASS (256 << 10)
/// Pixels whose sums are computed block by block.
#define PK_INTEGER_CHUNK 96
/// Most taps of a depthwise kernel, in pairs, whose weights are held at once.
#define PK_INTEGER_PAIRS 64

typedef struct {
  const pk_integer_convolution *form;
  /// Channels of a group: in and out.
  int64_t c, o;
  /// A pass: images, and rows of outputs of each; how many there are, in all and to an image, and how many at a time.
  int64_t images, rows, passes, image_passes, threads;
  /// Pixels in a widened row.
  int64_t columns;
  /// Values that lie one behind the other and their number of pairs; how many such runs there are in a row of taps.
  int64_t run, pairs, runs;
  /// Blocks of output channels in a group.
  int64_t blocks;
  int is_depthwise;
} integer_plan;

typedef struct {
  integer_plan plan;
  const uint8_t *x;
  int32_t zero;
  const int16_t *weights;
  const float *factors, *bias;
  uint8_t *y;
  int16_t *widened;
  /// The images and rows of outputs of this pass, and how many widened rows an image has in it.
  int64_t first_image, images, first_row, rows, widened_rows;
} integer_call;

static int64_t rounded_up(int64_t count, int64_t unit) { return divide_up(count, unit) * unit; }

/// Rows of a widened image that give `rows` rows of outputs.
static int64_t widened_rows(const pk_window *w, int64_t rows) {
  return (rows - 1) * w->stride_h + (w->kh - 1) * w->dilation_h + 1;
}

/// Splits the work into passes: as many rows as fit the cache, but one for each thread where that is worth it.
static void split(integer_plan *plan) {
  const pk_window *w = &plan->form->window;
  int64_t most = PK_INTEGER_PASS / (plan->columns * w->c * (int64_t)sizeof(int16_t));
  int64_t work = w->n * w->oh * w->ow * w->o * plan->c * w->kh * w->kw / 16;
  int64_t threads = smaller(pk_max_threads(), 1 + work / PK_GRAIN);
  plan->images = smaller(most / widened_rows(w, w->oh), divide_up(w->n, threads));
  plan->rows = w->oh;
  if (plan->images < 1) {
    int64_t beyond = most - widened_rows(w, 1);
    plan->images = 1;
    plan->rows = beyond > 0 ? smaller(w->oh, beyond / w->stride_h + 1) : 1;
  }
  if (w->n < threads) plan->rows = smaller(plan->rows, divide_up(w->oh, divide_up(threads, w->n)));
  plan->image_passes = divide_up(w->oh, plan->rows);
  plan->passes = divide_up(w->n, plan->images) * plan->image_passes;
  plan->threads = plan->passes < threads ? 1 : threads;
}

static integer_plan plan_of(const pk_integer_convolution *form) {
  const pk_window *w = &form->window;
  integer_plan plan = {.form = form, .c = w->c / w->groups, .o = w->o / w->groups};
  plan.columns = (w->ow - 1) * w->stride_w + (w->kw - 1) * w->dilation_w + 1;
  int is_dense = w->groups == 1 && (w->dilation_w == 1 || w->kw == 1);
  plan.run = is_dense ? w->kw * w->c : plan.c;
  plan.runs = is_dense ? 1 : w->kw;
  plan.pairs = (plan.run + 1) / 2;
  plan.blocks = divide_up(plan.o, PK_INTEGER_BLOCK);
  plan.is_depthwise = w->groups > 1 && plan.c == 1 && plan.o == 1 && w->kh * w->kw <= 2 * PK_INTEGER_PAIRS;
  split(&plan);
  return plan;
}

static size_t result_size(const pk_integer_convolution *form) {
  return form->result == PK_BYTES ? 1 : sizeof(float);
}

#define PK_BODY "integer_convolution_body.h"
#include "levels.h"

size_t pk_integer_convolution_weights(const pk_integer_convolution *convolution) {
  const pk_window *w = &convolution->window;
  integer_plan plan = plan_of(convolution);
  int64_t taps = w->kh * w->kw;
  int64_t count = plan.is_depthwise
      ? rounded_up(taps, 2) * rounded_up(w->c, PK_INTEGER_CHANNELS)
      : w->groups * plan.blocks * w->kh * plan.runs * plan.pairs * 2 * PK_INTEGER_BLOCK;
  return (size_t)count * sizeof(int16_t);
}

/// The widened values of a pass. Pairs and vectors of channels may read past the last one.
static int64_t widened_size(const integer_plan *plan) {
  const pk_window *w = &plan->form->window;
  return rounded_up(plan->images * widened_rows(w, plan->rows) * plan->columns * w->c, PK_INTEGER_CHANNELS) + 2 * PK_INTEGER_CHANNELS;
}

size_t pk_integer_convolution_scratch(const pk_integer_convolution *convolution) {
  integer_plan plan = plan_of(convolution);
  return (size_t)(plan.threads * widened_size(&plan)) * sizeof(int16_t);
}

/// taps x channels, each channel's weights one below the other.
static void pack_depthwise(const integer_plan *plan, const int8_t *weights, const int64_t *strides, int32_t zero,
                           int16_t *packed) {
  const pk_window *w = &plan->form->window;
  int64_t channels = rounded_up(w->c, PK_INTEGER_CHANNELS);
  for (int64_t tap = 0; tap < w->kh * w->kw; tap++) {
    for (int64_t c = 0; c < w->c; c++) {
      int64_t at = c * strides[0] + tap / w->kw * strides[2] + tap % w->kw * strides[3];
      packed[tap * channels + c] = (int16_t)(weights[at] - zero);
    }
  }
}

/// group x block x rows of taps x runs x pairs x 16 output channels x 2.
static void pack_blocks(const integer_plan *plan, const int8_t *weights, const int64_t *strides, int32_t zero,
                        int16_t *packed) {
  const pk_window *w = &plan->form->window;
  for (int64_t group = 0; group < w->groups; group++) {
    for (int64_t block = 0; block < plan->blocks; block++) {
      for (int64_t row = 0; row < w->kh; row++) {
        for (int64_t i = 0; i < plan->runs * plan->run; i++) {
          int64_t column = i / plan->c, c = i % plan->c;
          int64_t pair = i / plan->run * plan->pairs + i % plan->run / 2;
          for (int64_t lane = 0; lane < PK_INTEGER_BLOCK; lane++) {
            int64_t o = block * PK_INTEGER_BLOCK + lane;
            if (o >= plan->o) break;
            int64_t at = (group * plan->o + o) * strides[0] + c * strides[1] + row * strides[2] + column * strides[3];
            packed[(pair * PK_INTEGER_BLOCK + lane) * 2 + i % plan->run % 2] = (int16_t)(weights[at] - zero);
          }
        }
        packed += plan->runs * plan->pairs * 2 * PK_INTEGER_BLOCK;
      }
    }
  }
}

void pk_integer_convolution_pack(const pk_integer_convolution *convolution, const int8_t *weights,
                                 const int64_t *strides, int32_t zero_point, void *packed) {
  integer_plan plan = plan_of(convolution);
  memset(packed, 0, pk_integer_convolution_weights(convolution));
  if (plan.is_depthwise) {
    pack_depthwise(&plan, weights, strides, zero_point, packed);
  } else {
    pack_blocks(&plan, weights, strides, zero_point, packed);
  }
}

/// Calls a kernel on 0..<count: on several threads where passes follow each other, on this one where they run at once.
static void for_all(integer_call *call, int64_t count, int64_t cost, void (*body)(void *, int64_t, int64_t)) {
  if (call->plan.threads > 1) {
    body(call, 0, count);
  } else {
    pk_parallel_for(count, pk_grain(cost), body, call);
  }
}

static void run_pass(integer_call *call, int64_t pass) {
  const integer_plan *plan = &call->plan;
  const pk_window *w = &plan->form->window;
  call->first_image = pass / plan->image_passes * plan->images;
  call->images = smaller(w->n - call->first_image, plan->images);
  call->first_row = pass % plan->image_passes * plan->rows;
  call->rows = smaller(w->oh - call->first_row, plan->rows);
  call->widened_rows = widened_rows(w, call->rows);
  for_all(call, call->images * call->widened_rows, plan->columns * w->c, PK_SELECT(widen_range));
  if (plan->is_depthwise) {
    for_all(call, call->images * call->rows, w->ow * w->c * w->kh * w->kw / 4, PK_SELECT(depthwise_range));
  } else {
    int64_t pixels = call->images * call->rows * w->ow, chunks = divide_up(pixels, PK_INTEGER_CHUNK);
    int64_t cost = plan->pairs * plan->runs * w->kh * smaller(pixels, PK_INTEGER_CHUNK);
    for_all(call, chunks * w->groups * plan->blocks, cost, PK_SELECT(blocks_range));
  }
}

static void run_part(void *context, int part) {
  integer_call call = *(const integer_call *)context;
  const integer_plan *plan = &call.plan;
  int parts = (int)plan->threads;
  call.widened += part * widened_size(plan);
  int64_t end = pk_part_begin(plan->passes, parts, part + 1);
  for (int64_t pass = pk_part_begin(plan->passes, parts, part); pass < end; pass++) run_pass(&call, pass);
}

void pk_integer_convolution_run(const pk_integer_convolution *convolution, const void *x, int32_t x_zero_point,
                                const void *packed, const float *factors, const float *bias, void *y, void *scratch) {
  integer_call call = {
      .plan = plan_of(convolution), .x = x, .zero = x_zero_point, .weights = packed, .factors = factors, .bias = bias,
      .y = y, .widened = scratch};
  if (call.plan.threads > 1) {
    pk_parallel_parts((int)call.plan.threads, run_part, &call);
  } else {
    run_part(&call, 0);
  }
}
