// Matrices that are mostly zero, times a few vectors.
#include "internal.h"

#define GROUP 16

struct pk_sparse_matrix {
  pk_sparse_form form;
  int64_t outputs, inputs;
  /// Where a row (of elements) or a group of 16 rows (of blocks and masks) begins among the values; one more at the end.
  int64_t *starts;
  /// The input of each element or block.
  uint16_t *columns;
  /// For each group of rows and each input, a bit for each row.
  uint16_t *masks;
  float *values;
};

typedef struct {
  const pk_sparse_matrix *weights;
  int64_t rows;
  const float *x, *bias;
  float *y;
  /// Whether gathers are faster than single loads.
  int gathers;
} matrix_call;

#define PK_BODY "sparse_matrix_body.h"
#include "levels.h"

void pk_sparse_count(int64_t rows, int64_t columns, const float *weights, int64_t *elements, int64_t *blocks) {
  *elements = *blocks = 0;
  uint8_t *any = pk_allocate((size_t)columns);
  for (int64_t begin = 0; begin < rows; begin += GROUP) {
    int64_t end = begin + GROUP < rows ? begin + GROUP : rows;
    memset(any, 0, (size_t)columns);
    int64_t count = 0, held = 0;
    for (int64_t row = begin; row < end; row++) {
      const float *w = weights + row * columns;
      for (int64_t i = 0; i < columns; i++) {
        uint8_t is_kept = w[i] != 0;
        any[i] |= is_kept;
        count += is_kept;
      }
    }
    for (int64_t i = 0; i < columns; i++) held += any[i];
    *elements += count;
    *blocks += held;
  }
  free(any);
}

/// Counts what is kept (values == NULL) or writes it, and returns how many values there are.
static int64_t pack(pk_sparse_matrix *m, const float *weights) {
  int is_row = m->form == PK_SPARSE_ELEMENTS, is_block = m->form == PK_SPARSE_BLOCKS;
  int64_t step = is_row ? 1 : GROUP, group = 0, kept = 0;
  for (int64_t begin = 0; begin < m->outputs; begin += step, group++) {
    m->starts[group] = kept;
    int64_t lanes = m->outputs - begin < step ? m->outputs - begin : step;
    for (int64_t i = 0; i < m->inputs; i++) {
      const float *w = weights + begin * m->inputs + i;
      int mask = 0;
      for (int64_t lane = 0; lane < lanes; lane++) mask |= (w[lane * m->inputs] != 0) << lane;
      if (m->masks) m->masks[group * m->inputs + i] = (uint16_t)mask;
      if (mask == 0) continue;
      if (m->values && m->columns) m->columns[kept] = (uint16_t)i;
      for (int64_t lane = 0; lane < (is_block ? GROUP : lanes); lane++) {
        float value = lane < lanes ? w[lane * m->inputs] : 0;
        if (is_block && m->values) m->values[kept * GROUP + lane] = value;
        if (is_block || value == 0) continue;
        if (m->values) m->values[kept] = value;
        kept++;
      }
      kept += is_block;
    }
  }
  m->starts[group] = kept;
  return kept;
}

pk_sparse_matrix *pk_sparse_matrix_pack(pk_sparse_form form, int64_t outputs, int64_t inputs, const float *weights) {
  if (inputs < 1 || inputs > 65536 || outputs < 1) return NULL;
  pk_sparse_matrix *m = pk_allocate(sizeof *m);
  *m = (pk_sparse_matrix){.form = form, .outputs = outputs, .inputs = inputs};
  int64_t groups = form == PK_SPARSE_ELEMENTS ? outputs : (outputs + GROUP - 1) / GROUP;
  m->starts = pk_allocate((size_t)(groups + 1) * sizeof *m->starts);
  if (form == PK_SPARSE_MASKS) m->masks = pk_allocate((size_t)(groups * inputs) * sizeof *m->masks);
  int64_t kept = pack(m, weights);
  if (form != PK_SPARSE_MASKS) m->columns = pk_allocate((size_t)kept * sizeof *m->columns);
  // Kernels read up to 16 values past the last one.
  int64_t count = (form == PK_SPARSE_BLOCKS ? kept * GROUP : kept) + GROUP;
  m->values = pk_allocate((size_t)count * sizeof *m->values);
  memset(m->values + count - GROUP, 0, GROUP * sizeof *m->values);
  pack(m, weights);
  return m;
}

void pk_sparse_matrix_free(pk_sparse_matrix *weights) {
  if (!weights) return;
  free(weights->starts);
  free(weights->columns);
  free(weights->masks);
  free(weights->values);
  free(weights);
}

/// Intel's CPUs with AVX-512 for float16 gather 16 numbers in some 8 cycles. Older ones are slowed down against data
/// sampling, and AMD's load one by one.
static int has_fast_gathers(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512fp16") != 0;
#else
  return 0;
#endif
}

void pk_sparse_matrix_run(const pk_sparse_matrix *weights, int64_t rows, const float *x, const float *bias, float *y) {
  matrix_call call = {weights, rows, x, bias, y, has_fast_gathers()};
  int64_t groups = (weights->outputs + GROUP - 1) / GROUP;
  int64_t kept = weights->starts[weights->form == PK_SPARSE_ELEMENTS ? weights->outputs : groups];
  int64_t grain = pk_grain((weights->form == PK_SPARSE_BLOCKS ? 4 : 1) * kept / groups * rows + GROUP);
  switch (weights->form) {
  case PK_SPARSE_ELEMENTS: pk_parallel_for(groups, grain, PK_SELECT(elements_range), &call); break;
  case PK_SPARSE_BLOCKS: pk_parallel_for(groups, grain, PK_SELECT(blocks_range), &call); break;
  case PK_SPARSE_MASKS: pk_parallel_for(groups, grain, PK_SELECT(masks_range), &call); break;
  }
}
