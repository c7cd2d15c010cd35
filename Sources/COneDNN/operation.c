// The life of an operation: building, binding arguments, executing, destroying.

#include <stdlib.h>
#include <string.h>

#include "internal.h"

pdnn_op *pdnn_op_new(void) {
  pdnn_op *op = calloc(1, sizeof *op);
  if (op) op->result_scale = 1;
  return op;
}

void pdnn_destroy(pdnn_op *op) {
  if (!op) return;
  for (int i = 0; i < PDNN_SLOTS; ++i) {
    if (op->memories[i]) dnnl_memory_destroy(op->memories[i]);
  }
  if (op->primitive) dnnl_primitive_destroy(op->primitive);
  if (op->stream) dnnl_stream_destroy(op->stream);
  pdnn_md_clear(&op->plain_weights);
  free(op->factors);
  free(op);
}

void pdnn_parts_clear(pdnn_parts *parts) {
  pdnn_md_clear(&parts->src);
  pdnn_md_clear(&parts->weights);
  pdnn_md_clear(&parts->bias);
  pdnn_md_clear(&parts->dst);
  if (parts->attributes) dnnl_primitive_attr_destroy(parts->attributes);
  if (parts->descriptor) dnnl_primitive_desc_destroy(parts->descriptor);
  memset(parts, 0, sizeof *parts);
}

dnnl_status_t pdnn_memory_set(dnnl_memory_t memory, void *handle, dnnl_stream_t stream) {
#if DNNL_VERSION_MAJOR >= 3
  (void)stream;
  return dnnl_memory_set_data_handle(memory, handle);
#else
  return dnnl_memory_set_data_handle_v2(memory, handle, stream);
#endif
}

static dnnl_status_t bind(pdnn_op *op, int slot, int argument, pdnn_md_ref md, void *handle) {
  dnnl_engine_t engine;
  PDNN_TRY(pdnn_engine(&engine));
  PDNN_TRY(dnnl_memory_create(&op->memories[slot], md, engine, DNNL_MEMORY_NONE));
  if (handle) PDNN_TRY(pdnn_memory_set(op->memories[slot], handle, op->stream));
  op->handles[slot] = handle;
  op->arguments[op->argument_count++] = (dnnl_exec_arg_t){argument, op->memories[slot]};
  return dnnl_success;
}

static dnnl_status_t descriptor_of(const pdnn_op *op, const_dnnl_primitive_desc_t *out) {
  return dnnl_primitive_get_primitive_desc(op->primitive, out);
}

dnnl_status_t pdnn_op_bind(pdnn_op *op, int slot, int argument) {
  const_dnnl_primitive_desc_t descriptor;
  PDNN_TRY(descriptor_of(op, &descriptor));
  pdnn_md_ref md = dnnl_primitive_desc_query_md(descriptor, dnnl_query_exec_arg_md, argument);
  if (!md) return dnnl_invalid_arguments;
  return bind(op, slot, argument, md, NULL);
}

dnnl_status_t pdnn_op_build(pdnn_op *op, dnnl_primitive_desc_t descriptor) {
  dnnl_engine_t engine;
  PDNN_TRY(pdnn_engine(&engine));
  PDNN_TRY(dnnl_primitive_create(&op->primitive, descriptor));
  PDNN_TRY(dnnl_stream_create(&op->stream, engine, dnnl_stream_default_flags));
  const_dnnl_primitive_desc_t own;
  PDNN_TRY(descriptor_of(op, &own));
  PDNN_TRY(dnnl_primitive_desc_query(own, dnnl_query_impl_info_str, 0, (void *)&op->implementation));
  pdnn_md_ref scratch = dnnl_primitive_desc_query_md(own, dnnl_query_scratchpad_md, 0);
  op->scratch_bytes = scratch ? dnnl_memory_desc_get_size(scratch) : 0;
  if (op->scratch_bytes == 0) return dnnl_success;
  return bind(op, PDNN_SCRATCH, DNNL_ARG_SCRATCHPAD, scratch, NULL);
}

static dnnl_status_t bind_values(pdnn_op *op, int slot, int argument, pdnn_type type, void *values, int64_t count) {
  pdnn_md md = {0};
  PDNN_TRY(pdnn_md_tagged(&md, 1, &count, type, dnnl_a));
  dnnl_status_t status = bind(op, slot, argument, pdnn_md_get(&md), values);
  pdnn_md_clear(&md);
  return status;
}

static dnnl_status_t bind_scales(pdnn_op *op) {
#if DNNL_VERSION_MAJOR >= 3
  const int scales = DNNL_ARG_ATTR_SCALES;
  if (op->factors) {
    PDNN_TRY(bind_values(op, PDNN_FACTORS, scales | DNNL_ARG_WEIGHTS, PDNN_F32, op->factors, op->factor_count));
  }
  if (op->result_scale == 1) return dnnl_success;
  return bind_values(op, PDNN_RESULT_SCALE, scales | DNNL_ARG_DST, PDNN_F32, &op->result_scale, 1);
#else
  (void)op;
  return dnnl_success;
#endif
}

dnnl_status_t pdnn_op_bind_quantization(pdnn_op *op) {
  static const int arguments[PDNN_ZERO_OPERANDS] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST};
  static const int slots[PDNN_ZERO_OPERANDS] = {PDNN_SRC_ZERO, PDNN_WEIGHTS_ZERO, PDNN_DST_ZERO};
  for (int i = 0; i < PDNN_ZERO_OPERANDS; ++i) {
    if (!op->zero_points[i].exists) continue;
    const int argument = DNNL_ARG_ATTR_ZERO_POINTS | arguments[i];
    PDNN_TRY(bind_values(op, slots[i], argument, PDNN_S32, &op->zero_points[i].value, 1));
  }
  return bind_scales(op);
}

void pdnn_set_source_zero_point(pdnn_op *op, int32_t value) { op->zero_points[0].value = value; }

dnnl_status_t pdnn_op_run(
    pdnn_op *op, const void *src, const void *weights, const void *bias, void *dst, void *scratch) {
  // oneDNN's memory objects know no const; it writes to inputs only to zero the padding of blocked layouts.
  void *handles[] = {(void *)src, (void *)weights, dst, (void *)bias, scratch};
  for (int slot = 0; slot <= PDNN_SCRATCH; ++slot) {
    if (!op->memories[slot]) continue;
    if (!handles[slot]) return dnnl_invalid_arguments;
    if (handles[slot] == op->handles[slot]) continue;
    PDNN_TRY(pdnn_memory_set(op->memories[slot], handles[slot], op->stream));
    op->handles[slot] = handles[slot];
  }
  PDNN_TRY(dnnl_primitive_execute(op->primitive, op->stream, op->argument_count, op->arguments));
  return dnnl_stream_wait(op->stream);
}

size_t pdnn_scratchpad_bytes(const pdnn_op *op) { return op->scratch_bytes; }

const char *pdnn_implementation(const pdnn_op *op) { return op->implementation; }
