// Scales, residual and activation of a product, as attributes of a primitive.

#include <stdlib.h>
#include <string.h>

#include "internal.h"

pdnn_activation pdnn_needed_activation(
    pdnn_activation activation, float alpha, pdnn_type result, pdnn_zero_point zero_point) {
  if (activation != PDNN_ACT_RELU || alpha != 0) return activation;
  int32_t zero = zero_point.exists ? zero_point.value : 0;
  int cuts = (result == PDNN_U8 && zero == 0) || (result == PDNN_S8 && zero == -128);
  return cuts ? PDNN_ACT_NONE : activation;
}

/// oneDNN 3 has no scale on an elementwise post-op; there the destination's scale takes its place.
static dnnl_status_t append(dnnl_post_ops_t ops, float scale, dnnl_alg_kind_t kind, float alpha, float beta) {
#if DNNL_VERSION_MAJOR >= 3
  (void)scale;
  return dnnl_post_ops_append_eltwise(ops, kind, alpha, beta);
#else
  return dnnl_post_ops_append_eltwise(ops, scale, kind, alpha, beta);
#endif
}

static dnnl_status_t append_activation(
    dnnl_post_ops_t ops, pdnn_activation activation, float scale, float alpha, float beta) {
  switch (activation) {
  case PDNN_ACT_NONE: return dnnl_success;
  case PDNN_ACT_RELU: return append(ops, scale, dnnl_eltwise_relu, alpha, 0);
  case PDNN_ACT_CLIP: return append(ops, scale, dnnl_eltwise_clip, alpha, beta);
  case PDNN_ACT_SIGMOID: return append(ops, scale, dnnl_eltwise_logistic, 0, 0);
  case PDNN_ACT_HARDSWISH: return append(ops, scale, dnnl_eltwise_hardswish, 1.0f / 6.0f, 0.5f);
  case PDNN_ACT_SWISH: return append(ops, scale, dnnl_eltwise_swish, alpha, 0);
  case PDNN_ACT_HARDSIGMOID:
#if DNNL_VERSION_MAJOR >= 3
    return append(ops, scale, dnnl_eltwise_hardsigmoid, alpha, beta);
#else
    PDNN_TRY(append(ops, 1, dnnl_eltwise_linear, alpha, beta));
    return append(ops, scale, dnnl_eltwise_clip, 0, 1);
#endif
  }
  return dnnl_invalid_arguments;
}

static dnnl_status_t append_sum(dnnl_post_ops_t ops, float scale, dnnl_data_type_t type) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_post_ops_append_sum(ops, scale, 0, type);
#else
  return dnnl_post_ops_append_sum_v2(ops, scale, type);
#endif
}

static dnnl_status_t set_post_ops(dnnl_primitive_attr_t attributes, const pdnn_arithmetic *a, float fold, float scale) {
  if (!a->has_residual && a->activation == PDNN_ACT_NONE) return dnnl_success;
  dnnl_post_ops_t ops;
  PDNN_TRY(dnnl_post_ops_create(&ops));
  dnnl_status_t status = dnnl_success;
  if (a->has_residual) status = append_sum(ops, a->residual_scale / fold, a->residual_type);
  // The bounds of a clip move with the folded scale; the slope of a ReLU does not.
  float by = a->activation == PDNN_ACT_CLIP ? fold : 1;
  if (status == dnnl_success) status = append_activation(ops, a->activation, scale, a->alpha / by, a->beta / by);
  if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(attributes, ops);
  dnnl_post_ops_destroy(ops);
  return status;
}

/// Stores factors and zero points in the operation.
static dnnl_status_t store_factors(pdnn_op *op, const pdnn_arithmetic *a) {
  op->result_scale = a->result_scale;
  memcpy(op->zero_points, a->zero_points, sizeof op->zero_points);
  if (!(a->result_scale > 0)) return dnnl_invalid_arguments;
  if (!a->has_factors) return dnnl_success;
  int64_t count = a->factors ? a->factor_count : 1;
  op->factors = malloc((size_t)count * sizeof(float));
  if (!op->factors) return dnnl_out_of_memory;
  op->factor_count = count;
  for (int64_t i = 0; i < count; ++i) {
    op->factors[i] = a->common_factor * (a->factors ? a->factors[i] : 1);
    if (!(op->factors[i] > 0)) return dnnl_invalid_arguments;
  }
  return dnnl_success;
}

/// Zero points are given at execution, so that one operation serves whatever value its source has.
static dnnl_status_t set_zero_points(dnnl_primitive_attr_t attributes, const pdnn_op *op) {
  static const int arguments[PDNN_ZERO_OPERANDS] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST};
  for (int i = 0; i < PDNN_ZERO_OPERANDS; ++i) {
    if (!op->zero_points[i].exists) continue;
#if DNNL_VERSION_MAJOR >= 3
    PDNN_TRY(dnnl_primitive_attr_set_zero_points_mask(attributes, arguments[i], 0));
#else
    const int32_t later = DNNL_RUNTIME_S32_VAL;
    PDNN_TRY(dnnl_primitive_attr_set_zero_points(attributes, arguments[i], 1, 0, &later));
#endif
  }
  return dnnl_success;
}

#if DNNL_VERSION_MAJOR >= 3

/// Factors are scales of the weights, the result's scale is that of the destination; both are given at execution.
static dnnl_status_t fill(dnnl_primitive_attr_t attributes, const pdnn_arithmetic *a, const pdnn_op *op) {
  if (op->factors) {
    int mask = op->factor_count > 1 ? a->weights_mask : 0;
    PDNN_TRY(dnnl_primitive_attr_set_scales_mask(attributes, DNNL_ARG_WEIGHTS, mask));
  }
  if (op->result_scale != 1) PDNN_TRY(dnnl_primitive_attr_set_scales_mask(attributes, DNNL_ARG_DST, 0));
  return set_post_ops(attributes, a, 1, 1);
}

#else

/// One output scale multiplies product and bias before the post-ops. Where the activation commutes with the
/// division by the result's scale, that is folded into it, else the activation divides.
static dnnl_status_t fill(dnnl_primitive_attr_t attributes, const pdnn_arithmetic *a, const pdnn_op *op) {
  int folds = a->activation == PDNN_ACT_NONE || a->activation == PDNN_ACT_RELU || a->activation == PDNN_ACT_CLIP;
  float fold = folds ? op->result_scale : 1;
  if (op->factors) {
    float *scales = malloc((size_t)op->factor_count * sizeof(float));
    if (!scales) return dnnl_out_of_memory;
    for (int64_t i = 0; i < op->factor_count; ++i) scales[i] = op->factors[i] / fold;
    int mask = op->factor_count > 1 ? a->output_mask : 0;
    dnnl_status_t status = dnnl_primitive_attr_set_output_scales(attributes, op->factor_count, mask, scales);
    free(scales);
    PDNN_TRY(status);
  }
  return set_post_ops(attributes, a, fold, fold / op->result_scale);
}

#endif

dnnl_status_t pdnn_attributes_create(dnnl_primitive_attr_t *out, const pdnn_arithmetic *arithmetic, pdnn_op *op) {
  PDNN_TRY(store_factors(op, arithmetic));
  PDNN_TRY(dnnl_primitive_attr_create(out));
  PDNN_TRY(dnnl_primitive_attr_set_scratchpad_mode(*out, dnnl_scratchpad_mode_user));
  PDNN_TRY(set_zero_points(*out, op));
  return fill(*out, arithmetic, op);
}
