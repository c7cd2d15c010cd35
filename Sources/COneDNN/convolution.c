// Convolution forward and its two gradients.

#include <string.h>

#include "internal.h"

static int is_integer(pdnn_type type) { return type == PDNN_S8 || type == PDNN_U8; }

static dnnl_status_t check(const pdnn_conv_spec *s) {
  if (s->groups < 1 || s->c < 1 || s->o < 1 || s->c % s->groups || s->o % s->groups) return dnnl_invalid_arguments;
  if (s->stride_h < 1 || s->stride_w < 1 || s->dilation_h < 1 || s->dilation_w < 1) return dnnl_invalid_arguments;
  if (is_integer(s->src_type)) {
    if (s->direction != PDNN_INFERENCE) return dnnl_invalid_arguments;
    if (!s->weight_scales || (s->weight_scale_count != 1 && s->weight_scale_count != s->o)) {
      return dnnl_invalid_arguments;
    }
  }
  return dnnl_success;
}

static pdnn_arithmetic arithmetic_of(const pdnn_conv_spec *s) {
  pdnn_arithmetic a = {0};
  int forward = s->direction == PDNN_INFERENCE || s->direction == PDNN_TRAINING;
  a.residual_scale = 1;
  a.result_scale = 1;
  if (!forward) return a;
  a.activation = s->activation;
  a.alpha = s->alpha;
  a.beta = s->beta;
  a.has_residual = s->has_residual;
  a.residual_type = pdnn_data_type(s->residual_type);
  if (!is_integer(s->src_type)) return a;
  a.zero_points[0] = s->src_zero_point;
  if (is_integer(s->dst_type)) a.zero_points[2] = s->dst_zero_point;
  a.activation = pdnn_needed_activation(s->activation, s->alpha, s->dst_type, s->dst_zero_point);
  a.residual_scale = s->residual_scale;
  a.has_factors = 1;
  a.common_factor = s->src_scale;
  a.factors = s->weight_scales;
  a.factor_count = s->weight_scale_count;
  a.output_mask = 1 << 1;
  a.weights_mask = s->groups > 1 ? (1 << 0) | (1 << 1) : 1 << 0;
  if (is_integer(s->dst_type)) a.result_scale = s->dst_scale;
  return a;
}

/// Weights have a dimension for the groups if there are several.
static dnnl_status_t weights_md(pdnn_md *out, const pdnn_conv_spec *s, pdnn_type type, int any) {
  int64_t dims[] = {s->groups, s->o / s->groups, s->c / s->groups, s->kh, s->kw};
  if (s->groups > 1) return pdnn_md_tagged(out, 5, dims, type, any ? dnnl_format_tag_any : dnnl_abcde);
  return pdnn_md_tagged(out, 4, dims + 1, type, any ? dnnl_format_tag_any : dnnl_abcd);
}

static dnnl_status_t describe(pdnn_parts *parts, const pdnn_conv_spec *s) {
  pdnn_tensor src = {4, {s->n, s->c, s->h, s->w}, s->src_type, s->src_layout};
  pdnn_tensor dst = {4, {s->n, s->o, s->oh, s->ow}, s->dst_type, s->dst_layout};
  PDNN_TRY(pdnn_md_of_tensor(&parts->src, &src));
  PDNN_TRY(pdnn_md_of_tensor(&parts->dst, &dst));
  PDNN_TRY(weights_md(&parts->weights, s, s->weights_type, 1));
  if (s->has_bias) PDNN_TRY(pdnn_md_tagged(&parts->bias, 1, &s->o, PDNN_F32, dnnl_a));
  return dnnl_success;
}

static dnnl_alg_kind_t algorithm_of(const pdnn_conv_spec *s) {
  switch (s->algorithm) {
  case PDNN_ALGO_AUTO: return dnnl_convolution_auto;
  case PDNN_ALGO_DIRECT: return dnnl_convolution_direct;
  case PDNN_ALGO_WINOGRAD: return dnnl_convolution_winograd;
  }
  return dnnl_alg_kind_undef;
}

#if DNNL_VERSION_MAJOR < 3
/// Whether the AMX kernel for pointwise convolutions of bytes writes beyond its buffers, as that of oneDNN 2.6.3 does where
/// the pixels of an image make three tiles (of up to 16 pixels): 6x6 ones, say.
static int overruns_tiles(const pdnn_conv_spec *s) {
  int64_t pixels = s->oh * s->ow;
  return is_integer(s->src_type) && s->kh == 1 && s->kw == 1 && pixels % 3 == 0 && pixels > 24 && pixels <= 48;
}

static int uses_amx(const_dnnl_primitive_desc_t descriptor) {
  const char *name = NULL;
  if (dnnl_primitive_desc_query(descriptor, dnnl_query_impl_info_str, 0, (void *)&name) != dnnl_success) return 0;
  return strstr(name, "amx") != NULL;
}

/// The first implementation of a convolution that is allowed.
static dnnl_status_t first_descriptor(pdnn_parts *p, const pdnn_conv_spec *s, const dnnl_convolution_desc_t *convolution,
                                      dnnl_engine_t engine) {
  dnnl_primitive_desc_iterator_t iterator;
  PDNN_TRY(dnnl_primitive_desc_iterator_create(&iterator, convolution, p->attributes, engine, NULL));
  dnnl_status_t status;
  do {
    p->descriptor = dnnl_primitive_desc_iterator_fetch(iterator);
    status = p->descriptor ? dnnl_success : dnnl_out_of_memory;
    if (status != dnnl_success || !overruns_tiles(s) || !uses_amx(p->descriptor)) break;
    dnnl_primitive_desc_destroy(p->descriptor);
    p->descriptor = NULL;
    status = dnnl_primitive_desc_iterator_next(iterator);
  } while (status == dnnl_success);
  dnnl_primitive_desc_iterator_destroy(iterator);
  return status == dnnl_iterator_ends ? dnnl_unimplemented : status;
}
#endif

static dnnl_status_t create_descriptor(pdnn_parts *p, const pdnn_conv_spec *s) {
  dnnl_engine_t engine;
  PDNN_TRY(pdnn_engine(&engine));
  dnnl_alg_kind_t kind = algorithm_of(s);
  pdnn_md_ref src = pdnn_md_get(&p->src), weights = pdnn_md_get(&p->weights);
  pdnn_md_ref bias = pdnn_md_get(&p->bias), dst = pdnn_md_get(&p->dst);
  dnnl_dims_t strides = {s->stride_h, s->stride_w}, dilation = {s->dilation_h - 1, s->dilation_w - 1};
  dnnl_dims_t before = {s->pad_top, s->pad_left}, after = {s->pad_bottom, s->pad_right};
  dnnl_prop_kind_t prop = s->direction == PDNN_TRAINING ? dnnl_forward_training : dnnl_forward_inference;
#if DNNL_VERSION_MAJOR >= 3
  switch (s->direction) {
  case PDNN_INFERENCE:
  case PDNN_TRAINING:
    return dnnl_convolution_forward_primitive_desc_create(
        &p->descriptor, engine, prop, kind, src, weights, bias, dst, strides, dilation, before, after, p->attributes);
  case PDNN_BACKWARD_DATA:
    return dnnl_convolution_backward_data_primitive_desc_create(
        &p->descriptor, engine, kind, src, weights, dst, strides, dilation, before, after, NULL, p->attributes);
  case PDNN_BACKWARD_WEIGHTS:
    return dnnl_convolution_backward_weights_primitive_desc_create(
        &p->descriptor, engine, kind, src, weights, bias, dst, strides, dilation, before, after, NULL, p->attributes);
  }
  return dnnl_invalid_arguments;
#else
  dnnl_convolution_desc_t convolution;
  dnnl_status_t status = dnnl_invalid_arguments;
  switch (s->direction) {
  case PDNN_INFERENCE:
  case PDNN_TRAINING:
    status = dnnl_dilated_convolution_forward_desc_init(
        &convolution, prop, kind, src, weights, bias, dst, strides, dilation, before, after);
    break;
  case PDNN_BACKWARD_DATA:
    status = dnnl_dilated_convolution_backward_data_desc_init(
        &convolution, kind, src, weights, dst, strides, dilation, before, after);
    break;
  case PDNN_BACKWARD_WEIGHTS:
    status = dnnl_dilated_convolution_backward_weights_desc_init(
        &convolution, kind, src, weights, bias, dst, strides, dilation, before, after);
    break;
  }
  PDNN_TRY(status);
  return first_descriptor(p, s, &convolution, engine);
#endif
}

static dnnl_status_t build(pdnn_op *op, pdnn_parts *parts, const pdnn_conv_spec *s) {
  PDNN_TRY(check(s));
  PDNN_TRY(describe(parts, s));
  pdnn_arithmetic arithmetic = arithmetic_of(s);
  PDNN_TRY(pdnn_attributes_create(&parts->attributes, &arithmetic, op));
  PDNN_TRY(create_descriptor(parts, s));
  PDNN_TRY(pdnn_op_build(op, parts->descriptor));
  int gradient_of_weights = s->direction == PDNN_BACKWARD_WEIGHTS;
  int forward = s->direction == PDNN_INFERENCE || s->direction == PDNN_TRAINING;
  int weights = gradient_of_weights ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS;
  PDNN_TRY(pdnn_op_bind(op, PDNN_SRC, s->direction == PDNN_BACKWARD_DATA ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC));
  PDNN_TRY(pdnn_op_bind(op, PDNN_WEIGHTS, weights));
  PDNN_TRY(pdnn_op_bind(op, PDNN_DST, forward ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST));
  if (s->has_bias && s->direction != PDNN_BACKWARD_DATA) {
    PDNN_TRY(pdnn_op_bind(op, PDNN_BIAS, gradient_of_weights ? DNNL_ARG_DIFF_BIAS : DNNL_ARG_BIAS));
    op->bias_count = s->o;
  }
  PDNN_TRY(pdnn_op_bind_quantization(op));
  op->direction = s->direction;
  pdnn_md plain = {0};
  PDNN_TRY(weights_md(&plain, s, s->weights_type == PDNN_S8 ? PDNN_S8 : PDNN_F32, 0));
  pdnn_op_describe_weights(op, weights, &plain, s->weights_type);
  return dnnl_success;
}

int pdnn_conv_create(const pdnn_conv_spec *spec, pdnn_op **out) {
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

int pdnn_conv_execute(
    pdnn_op *op, const void *src, const void *weights, const void *bias, void *dst, void *scratch) {
  if (op->direction != PDNN_INFERENCE && op->direction != PDNN_TRAINING) return dnnl_invalid_arguments;
  return pdnn_op_run(op, src, weights, bias, dst, scratch);
}

int pdnn_conv_backward_data(
    pdnn_op *op, const void *diff_dst, const void *weights, void *diff_src, void *scratch) {
  if (op->direction != PDNN_BACKWARD_DATA) return dnnl_invalid_arguments;
  return pdnn_op_run(op, diff_src, weights, NULL, (void *)diff_dst, scratch);
}

int pdnn_conv_backward_weights(
    pdnn_op *op, const void *src, const void *diff_dst, void *diff_weights, void *diff_bias, void *scratch) {
  if (op->direction != PDNN_BACKWARD_WEIGHTS) return dnnl_invalid_arguments;
  return pdnn_op_run(op, src, diff_weights, diff_bias, (void *)diff_dst, scratch);
}
