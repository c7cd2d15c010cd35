// Memory descriptors: how tensors lie in memory.

#include <string.h>

#include "internal.h"

pdnn_md_ref pdnn_md_get(const pdnn_md *md) {
  if (!md->exists) return NULL;
#if DNNL_VERSION_MAJOR >= 3
  return md->value;
#else
  return &md->value;
#endif
}

void pdnn_md_clear(pdnn_md *md) {
#if DNNL_VERSION_MAJOR >= 3
  if (md->exists) dnnl_memory_desc_destroy(md->value);
#endif
  memset(md, 0, sizeof *md);
}

dnnl_data_type_t pdnn_data_type(pdnn_type type) {
  switch (type) {
  case PDNN_F32: return dnnl_f32;
  case PDNN_BF16: return dnnl_bf16;
  case PDNN_S8: return dnnl_s8;
  case PDNN_U8: return dnnl_u8;
  case PDNN_S32: return dnnl_s32;
  }
  return dnnl_data_type_undef;
}

/// oneDNN's arrays of dimensions have a fixed length.
static dnnl_status_t copy_dims(dnnl_dims_t out, int ndims, const int64_t *dims) {
  if (ndims < 1 || ndims > 6) return dnnl_invalid_arguments;
  memset(out, 0, sizeof(dnnl_dims_t));
  for (int i = 0; i < ndims; ++i) {
    if (dims[i] < 1) return dnnl_invalid_arguments;
    out[i] = dims[i];
  }
  return dnnl_success;
}

dnnl_status_t pdnn_md_tagged(pdnn_md *out, int ndims, const int64_t *dims, pdnn_type type, dnnl_format_tag_t tag) {
  dnnl_dims_t all;
  PDNN_TRY(copy_dims(all, ndims, dims));
#if DNNL_VERSION_MAJOR >= 3
  PDNN_TRY(dnnl_memory_desc_create_with_tag(&out->value, ndims, all, pdnn_data_type(type), tag));
#else
  PDNN_TRY(dnnl_memory_desc_init_by_tag(&out->value, ndims, all, pdnn_data_type(type), tag));
#endif
  out->exists = 1;
  return dnnl_success;
}

dnnl_status_t pdnn_md_strided(pdnn_md *out, int ndims, const int64_t *dims, pdnn_type type, const int64_t *strides) {
  dnnl_dims_t all, all_strides;
  PDNN_TRY(copy_dims(all, ndims, dims));
  PDNN_TRY(copy_dims(all_strides, ndims, strides));
#if DNNL_VERSION_MAJOR >= 3
  PDNN_TRY(dnnl_memory_desc_create_with_strides(&out->value, ndims, all, pdnn_data_type(type), all_strides));
#else
  PDNN_TRY(dnnl_memory_desc_init_by_strides(&out->value, ndims, all, pdnn_data_type(type), all_strides));
#endif
  out->exists = 1;
  return dnnl_success;
}

dnnl_status_t pdnn_md_of_tensor(pdnn_md *out, const pdnn_tensor *tensor) {
  static const dnnl_format_tag_t plain[] = {dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde, dnnl_abcdef};
  static const dnnl_format_tag_t last[] = {dnnl_a, dnnl_ab, dnnl_acb, dnnl_acdb, dnnl_acdeb};
  static const dnnl_format_tag_t blocked16[] = {dnnl_aBc16b, dnnl_aBcd16b, dnnl_aBcde16b};
  static const dnnl_format_tag_t blocked8[] = {dnnl_aBc8b, dnnl_aBcd8b, dnnl_aBcde8b};
  int n = tensor->ndims;
  dnnl_format_tag_t tag = dnnl_format_tag_undef;
  switch (tensor->layout) {
  case PDNN_PLAIN:
    if (n >= 1 && n <= 6) tag = plain[n - 1];
    break;
  case PDNN_CHANNELS_LAST:
    if (n >= 1 && n <= 5) tag = last[n - 1];
    break;
  case PDNN_BLOCKED16:
    if (n >= 3 && n <= 5) tag = blocked16[n - 3];
    break;
  case PDNN_BLOCKED8:
    if (n >= 3 && n <= 5) tag = blocked8[n - 3];
    break;
  }
  if (tag == dnnl_format_tag_undef) return dnnl_invalid_arguments;
  return pdnn_md_tagged(out, n, tensor->dims, tensor->type, tag);
}

size_t pdnn_tensor_bytes(const pdnn_tensor *tensor) {
  pdnn_md md = {0};
  if (pdnn_md_of_tensor(&md, tensor) != dnnl_success) return 0;
  size_t bytes = dnnl_memory_desc_get_size(pdnn_md_get(&md));
  pdnn_md_clear(&md);
  return bytes;
}
