// Weights and biases as operations want them.

#include <string.h>

#include "internal.h"

void pdnn_op_describe_weights(pdnn_op *op, int argument, pdnn_md *plain, pdnn_type type) {
  const_dnnl_primitive_desc_t descriptor;
  if (dnnl_primitive_get_primitive_desc(op->primitive, &descriptor) != dnnl_success) return;
  op->weights = dnnl_primitive_desc_query_md(descriptor, dnnl_query_exec_arg_md, argument);
  op->plain_weights = *plain;
  memset(plain, 0, sizeof *plain);
  int same_type = type == PDNN_F32 || type == PDNN_S8;
  op->weights_are_plain = same_type && dnnl_memory_desc_equal(op->weights, pdnn_md_get(&op->plain_weights));
}

size_t pdnn_weights_bytes(const pdnn_op *op) { return op->weights ? dnnl_memory_desc_get_size(op->weights) : 0; }

int pdnn_weights_are_plain(const pdnn_op *op) { return op->weights_are_plain; }

int pdnn_pack_weights(pdnn_op *op, const void *plain, void *packed) {
  if (!op->weights || op->direction == PDNN_BACKWARD_WEIGHTS) return dnnl_invalid_arguments;
  return pdnn_copy(pdnn_md_get(&op->plain_weights), plain, op->weights, packed);
}

int pdnn_unpack_weights(pdnn_op *op, const void *packed, float *plain) {
  if (!op->weights || op->direction != PDNN_BACKWARD_WEIGHTS) return dnnl_invalid_arguments;
  return pdnn_copy(op->weights, packed, pdnn_md_get(&op->plain_weights), plain);
}

size_t pdnn_bias_bytes(const pdnn_op *op) { return (size_t)op->bias_count * sizeof(float); }

int pdnn_pack_bias(pdnn_op *op, const float *bias, void *packed) {
  float *out = packed;
#if DNNL_VERSION_MAJOR < 3
  if (op->factors) {
    for (int64_t i = 0; i < op->bias_count; ++i) out[i] = bias[i] / op->factors[op->factor_count > 1 ? i : 0];
    return dnnl_success;
  }
#endif
  memcpy(out, bias, pdnn_bias_bytes(op));
  return dnnl_success;
}
