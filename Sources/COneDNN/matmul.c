// Matrix products.

#include "internal.h"

static int is_integer(pdnn_type type) { return type == PDNN_S8 || type == PDNN_U8; }

/// A batch of row-major matrices of `rows` by `columns`, seen transposed if asked; `batch` holds ndims - 2 extents.
static dnnl_status_t matrix(
    pdnn_md *out, int ndims, const int64_t *batch, int64_t rows, int64_t columns, int transposed, pdnn_type type) {
  int64_t dims[PDNN_MATMUL_AXES + 2], strides[PDNN_MATMUL_AXES + 2], step = rows * columns;
  int axes = ndims - 2;
  dims[axes] = rows;
  dims[axes + 1] = columns;
  strides[axes] = transposed ? 1 : columns;
  strides[axes + 1] = transposed ? rows : 1;
  for (int axis = axes - 1; axis >= 0; axis--) {
    dims[axis] = batch[axis];
    strides[axis] = step;
    step *= batch[axis];
  }
  return pdnn_md_strided(out, ndims, dims, type, strides);
}

/// The specification with its batch as axes, the fewest that do: one matrix `b` for a batch of untransposed `a` is a
/// single product of a taller `a`.
static pdnn_matmul_spec normalized(const pdnn_matmul_spec *spec) {
  pdnn_matmul_spec s = *spec;
  if (s.scale == 0) s.scale = 1;
  if (s.c_scale == 0) s.c_scale = 1;
  if (s.batch_rank > 0) return s;
  if (s.batch > 1 && s.broadcast_b && !s.broadcast_a && !s.transpose_a) {
    s.m *= s.batch;
    s.batch = 1;
  }
  if (s.batch > 1) {
    s.batch_rank = 1;
    s.a_batch[0] = s.broadcast_a ? 1 : s.batch;
    s.b_batch[0] = s.broadcast_b ? 1 : s.batch;
  }
  return s;
}

static pdnn_arithmetic arithmetic_of(const pdnn_matmul_spec *s, int ndims) {
  pdnn_arithmetic a = {0};
  a.activation = s->activation;
  a.alpha = s->alpha;
  a.beta = s->beta;
  a.residual_scale = 1;
  a.result_scale = 1;
  a.common_factor = s->scale;
  a.factors = s->column_scale_count > 0 ? s->column_scales : NULL;
  a.factor_count = s->column_scale_count;
  if (is_integer(s->c_type)) {
    a.result_scale = s->c_scale;
    a.zero_points[2] = s->c_zero_point;
    a.activation = pdnn_needed_activation(s->activation, s->alpha, s->c_type, s->c_zero_point);
  }
  a.zero_points[0] = s->a_zero_point;
  a.zero_points[1] = s->b_zero_point;
  a.has_factors = a.factors || s->scale != 1 || a.result_scale != 1;
  a.output_mask = 1 << (ndims - 1);
  a.weights_mask = 1 << (ndims - 1);
  return a;
}

static dnnl_status_t create_descriptor(pdnn_parts *p) {
  dnnl_engine_t engine;
  PDNN_TRY(pdnn_engine(&engine));
  pdnn_md_ref a = pdnn_md_get(&p->src), b = pdnn_md_get(&p->weights);
  pdnn_md_ref bias = pdnn_md_get(&p->bias), c = pdnn_md_get(&p->dst);
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_matmul_primitive_desc_create(&p->descriptor, engine, a, b, bias, c, p->attributes);
#else
  dnnl_matmul_desc_t product;
  PDNN_TRY(dnnl_matmul_desc_init(&product, a, b, bias, c));
  return dnnl_primitive_desc_create(&p->descriptor, &product, p->attributes, engine, NULL);
#endif
}

static dnnl_status_t describe(pdnn_parts *p, const pdnn_matmul_spec *s, int ndims) {
  int64_t c_batch[PDNN_MATMUL_AXES];
  const int64_t ones[PDNN_MATMUL_AXES] = {1, 1, 1, 1};
  for (int axis = 0; axis < s->batch_rank; axis++) {
    int64_t a = s->a_batch[axis], b = s->b_batch[axis];
    if (a != b && a != 1 && b != 1) return dnnl_invalid_arguments;
    c_batch[axis] = a > b ? a : b;
  }
  PDNN_TRY(matrix(&p->src, ndims, s->a_batch, s->m, s->k, s->transpose_a, s->a_type));
  if (s->packed_b) {
    int64_t dims[PDNN_MATMUL_AXES + 2];
    for (int axis = 0; axis < s->batch_rank; axis++) dims[axis] = s->b_batch[axis];
    dims[s->batch_rank] = s->k;
    dims[s->batch_rank + 1] = s->n;
    PDNN_TRY(pdnn_md_tagged(&p->weights, ndims, dims, s->b_type, dnnl_format_tag_any));
  } else {
    PDNN_TRY(matrix(&p->weights, ndims, s->b_batch, s->k, s->n, s->transpose_b, s->b_type));
  }
  PDNN_TRY(matrix(&p->dst, ndims, c_batch, s->m, s->n, 0, s->c_type));
  if (s->has_bias) PDNN_TRY(matrix(&p->bias, ndims, ones, 1, s->n, 0, PDNN_F32));
  return dnnl_success;
}

static dnnl_status_t build(pdnn_op *op, pdnn_parts *parts, const pdnn_matmul_spec *spec) {
  if (spec->batch_rank < 0 || spec->batch_rank > PDNN_MATMUL_AXES) return dnnl_invalid_arguments;
  pdnn_matmul_spec s = normalized(spec);
  if ((s.batch_rank == 0 && s.batch < 1) || s.m < 1 || s.n < 1 || s.k < 1) return dnnl_invalid_arguments;
  if (s.column_scale_count > 1 && s.column_scale_count != s.n) return dnnl_invalid_arguments;
  if (is_integer(s.a_type) && s.b_type != PDNN_S8) return dnnl_unimplemented;
  int ndims = s.batch_rank + 2;
  PDNN_TRY(describe(parts, &s, ndims));
  pdnn_arithmetic arithmetic = arithmetic_of(&s, ndims);
  PDNN_TRY(pdnn_attributes_create(&parts->attributes, &arithmetic, op));
  PDNN_TRY(create_descriptor(parts));
  PDNN_TRY(pdnn_op_build(op, parts->descriptor));
  PDNN_TRY(pdnn_op_bind(op, PDNN_SRC, DNNL_ARG_SRC));
  PDNN_TRY(pdnn_op_bind(op, PDNN_WEIGHTS, DNNL_ARG_WEIGHTS));
  PDNN_TRY(pdnn_op_bind(op, PDNN_DST, DNNL_ARG_DST));
  if (s.has_bias) {
    PDNN_TRY(pdnn_op_bind(op, PDNN_BIAS, DNNL_ARG_BIAS));
    op->bias_count = s.n;
  }
  PDNN_TRY(pdnn_op_bind_quantization(op));
  pdnn_md plain = {0};
  pdnn_type plain_type = s.b_type == PDNN_S8 ? PDNN_S8 : PDNN_F32;
  PDNN_TRY(matrix(&plain, ndims, s.b_batch, s.k, s.n, s.transpose_b, plain_type));
  pdnn_op_describe_weights(op, DNNL_ARG_WEIGHTS, &plain, s.b_type);
  return dnnl_success;
}

int pdnn_matmul_create(const pdnn_matmul_spec *spec, pdnn_op **out) {
  *out = NULL;
  pdnn_op *op = pdnn_op_new();
  if (!op) return dnnl_out_of_memory;
  pdnn_parts parts = {0};
  dnnl_status_t status = build(op, &parts, spec);
  pdnn_parts_clear(&parts);
  if (status != dnnl_success) {
    pdnn_destroy(op);
    return status;
  }
  *out = op;
  return dnnl_success;
}

int pdnn_matmul_execute(pdnn_op *op, const void *a, const void *b, const void *bias, void *c, void *scratch) {
  return pdnn_op_run(op, a, b, bias, c, scratch);
}
