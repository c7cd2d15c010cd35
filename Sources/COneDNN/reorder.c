// Copies between layouts and types.

#include <stdlib.h>

#include "internal.h"

static dnnl_status_t build(pdnn_op *op, pdnn_parts *parts, pdnn_md_ref from, pdnn_md_ref to) {
  dnnl_engine_t engine;
  PDNN_TRY(pdnn_engine(&engine));
  PDNN_TRY(dnnl_primitive_attr_create(&parts->attributes));
  PDNN_TRY(dnnl_primitive_attr_set_scratchpad_mode(parts->attributes, dnnl_scratchpad_mode_user));
  PDNN_TRY(dnnl_reorder_primitive_desc_create(&parts->descriptor, from, engine, to, engine, parts->attributes));
  PDNN_TRY(pdnn_op_build(op, parts->descriptor));
  PDNN_TRY(pdnn_op_bind(op, PDNN_SRC, DNNL_ARG_FROM));
  return pdnn_op_bind(op, PDNN_DST, DNNL_ARG_TO);
}

static dnnl_status_t create(pdnn_md_ref from, pdnn_md_ref to, pdnn_op **out) {
  pdnn_op *op = pdnn_op_new();
  if (!op) return dnnl_out_of_memory;
  pdnn_parts parts = {0};
  dnnl_status_t status = build(op, &parts, from, to);
  pdnn_parts_clear(&parts);
  if (status != dnnl_success) {
    pdnn_destroy(op);
    return status;
  }
  *out = op;
  return dnnl_success;
}

int pdnn_reorder_create(const pdnn_tensor *from, const pdnn_tensor *to, pdnn_op **out) {
  *out = NULL;
  pdnn_md from_md = {0}, to_md = {0};
  dnnl_status_t status = pdnn_md_of_tensor(&from_md, from);
  if (status == dnnl_success) status = pdnn_md_of_tensor(&to_md, to);
  if (status == dnnl_success) status = create(pdnn_md_get(&from_md), pdnn_md_get(&to_md), out);
  pdnn_md_clear(&from_md);
  pdnn_md_clear(&to_md);
  return status;
}

int pdnn_reorder_execute(pdnn_op *op, const void *from, void *to, void *scratch) {
  return pdnn_op_run(op, from, NULL, NULL, to, scratch);
}

dnnl_status_t pdnn_copy(pdnn_md_ref from_md, const void *from, pdnn_md_ref to_md, void *to) {
  pdnn_op *op = NULL;
  PDNN_TRY(create(from_md, to_md, &op));
  void *scratch = NULL;
  if (op->scratch_bytes) scratch = aligned_alloc(64, (op->scratch_bytes + 63) / 64 * 64);
  dnnl_status_t status = op->scratch_bytes && !scratch
      ? dnnl_out_of_memory
      : (dnnl_status_t)pdnn_reorder_execute(op, from, to, scratch);
  free(scratch);
  pdnn_destroy(op);
  return status;
}
