// Matrix products.

#include "internal.h"

static int is_integer(pdnn_type type) { return type == PDNN_S8 || type == PDNN_U8; }

/// A batch of row-major matrices of `rows` by `columns`, seen transposed if asked.
static dnnl_status_t matrix(
    pdnn_md *out, int ndims, int64_t batch, int64_t rows, int64_t columns, int transposed, pdnn_type type) {
  int64_t dims[] = {batch, rows, columns};
  int64_t strides[] = {rows * columns, transposed ? 1 : columns, transposed ? rows : 1};
  return pdnn_md_strided(out, ndims, dims + (3 - ndims), type, strides + (3 - ndims));
}

/// One matrix `b` for a batch of untransposed `a` is a single product of a taller `a`.
static pdnn_matmul_spec flattened(const pdnn_matmul_spec *spec) {
  pdnn_matmul_spec s = *spec;
  if (s.batch > 1 && s.broadcast_b && !s.broadcast_a && !s.transpose_a) {
    s.m *= s.batch;
    s.batch = 1;
  }
  if (s.scale == 0) s.scale = 1;
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
  a.has_factors = a.factors || s->scale != 1;
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
  int64_t b_batch = s->broadcast_b ? 1 : s->batch;
  PDNN_TRY(matrix(&p->src, ndims, s->broadcast_a ? 1 : s->batch, s->m, s->k, s->transpose_a, s->a_type));
  if (s->packed_b) {
    int64_t dims[] = {b_batch, s->k, s->n};
    PDNN_TRY(pdnn_md_tagged(&p->weights, ndims, dims + (3 - ndims), s->b_type, dnnl_format_tag_any));
  } else {
    PDNN_TRY(matrix(&p->weights, ndims, b_batch, s->k, s->n, s->transpose_b, s->b_type));
  }
  PDNN_TRY(matrix(&p->dst, ndims, s->batch, s->m, s->n, 0, s->c_type));
  if (s->has_bias) PDNN_TRY(matrix(&p->bias, ndims, 1, 1, s->n, 0, PDNN_F32));
  return dnnl_success;
}

static dnnl_status_t build(pdnn_op *op, pdnn_parts *parts, const pdnn_matmul_spec *spec) {
  pdnn_matmul_spec s = flattened(spec);
  if (s.batch < 1 || s.m < 1 || s.n < 1 || s.k < 1) return dnnl_invalid_arguments;
  if (s.column_scale_count > 1 && s.column_scale_count != s.n) return dnnl_invalid_arguments;
  if (is_integer(s.a_type) && s.b_type != PDNN_S8) return dnnl_unimplemented;
  int ndims = s.batch > 1 ? 3 : 2;
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
  PDNN_TRY(pdnn_op_bind_scales(op));
  pdnn_md plain = {0};
  pdnn_type plain_type = s.b_type == PDNN_S8 ? PDNN_S8 : PDNN_F32;
  PDNN_TRY(matrix(&plain, ndims, s.broadcast_b ? 1 : s.batch, s.k, s.n, s.transpose_b, plain_type));
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
