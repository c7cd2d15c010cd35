#ifndef PARE_CONEDNN_INTERNAL_H
#define PARE_CONEDNN_INTERNAL_H

#include <dnnl.h>

#include "include/COneDNN.h"

/// Leaves the function with the status of `call` if that is not success.
#define PDNN_TRY(call)                                                                                                 \
  do {                                                                                                                 \
    dnnl_status_t pdnn_status_ = (call);                                                                               \
    if (pdnn_status_ != dnnl_success) return pdnn_status_;                                                             \
  } while (0)

/// `pdnn_md` owns a memory descriptor (a struct in oneDNN 2, a handle in 3); `pdnn_md_ref` is what functions take.
#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t pdnn_md_ref;
#else
typedef const dnnl_memory_desc_t *pdnn_md_ref;
#endif
typedef struct {
  int exists;
  dnnl_memory_desc_t value;
} pdnn_md;

/// The reference of an existing descriptor, NULL for none.
pdnn_md_ref pdnn_md_get(const pdnn_md *md);
void pdnn_md_clear(pdnn_md *md);
dnnl_status_t pdnn_md_tagged(pdnn_md *out, int ndims, const int64_t *dims, pdnn_type type, dnnl_format_tag_t tag);
dnnl_status_t pdnn_md_strided(pdnn_md *out, int ndims, const int64_t *dims, pdnn_type type, const int64_t *strides);
dnnl_status_t pdnn_md_of_tensor(pdnn_md *out, const pdnn_tensor *tensor);
dnnl_data_type_t pdnn_data_type(pdnn_type type);

/// The arguments that a caller gives at each execution, the zero points, and the scales, which oneDNN 3 takes as
/// arguments too.
enum {
  PDNN_SRC,
  PDNN_WEIGHTS,
  PDNN_DST,
  PDNN_BIAS,
  PDNN_SCRATCH,
  PDNN_FACTORS,
  PDNN_RESULT_SCALE,
  PDNN_SRC_ZERO,
  PDNN_WEIGHTS_ZERO,
  PDNN_DST_ZERO,
  PDNN_SLOTS
};

/// The operands that may have a zero point.
enum { PDNN_ZERO_OPERANDS = 3 };

struct pdnn_op {
  dnnl_primitive_t primitive;
  dnnl_stream_t stream;
  dnnl_memory_t memories[PDNN_SLOTS]; ///< NULL where the operation has no such argument
  void *handles[PDNN_SLOTS];          ///< the pointers last set
  dnnl_exec_arg_t arguments[PDNN_SLOTS];
  int argument_count;
  const char *implementation;
  size_t scratch_bytes;
  pdnn_direction direction;
  pdnn_md plain_weights;   ///< row-major weights, as the caller has them
  pdnn_md_ref weights;     ///< as the primitive wants them; owned by the primitive
  int weights_are_plain;
  int64_t bias_count;
  float *factors;          ///< what the product is multiplied by, for all or per output channel; NULL for 1
  int64_t factor_count;
  float result_scale;      ///< what the result is divided by
  pdnn_zero_point zero_points[PDNN_ZERO_OPERANDS]; ///< of source, weights and destination
};

dnnl_status_t pdnn_engine(dnnl_engine_t *out);

/// Descriptors, attributes and the primitive descriptor of an operation while it is created.
typedef struct {
  pdnn_md src, weights, bias, dst;
  dnnl_primitive_attr_t attributes;
  dnnl_primitive_desc_t descriptor;
} pdnn_parts;

void pdnn_parts_clear(pdnn_parts *parts);

/// What happens to a product on its way to the destination.
typedef struct {
  pdnn_activation activation;
  float alpha, beta;
  int has_residual;
  float residual_scale;
  dnnl_data_type_t residual_type;
  int has_factors;
  float common_factor;
  const float *factors; ///< times `common_factor`; NULL for 1
  int64_t factor_count;
  int output_mask, weights_mask; ///< the channel's dimension in the destination and in the weights
  float result_scale;
  pdnn_zero_point zero_points[PDNN_ZERO_OPERANDS]; ///< of source, weights and destination
} pdnn_arithmetic;

/// The activation, or none where storing the result in its integer type cuts off the same: a ReLU whose 0 is stored as
/// the type's least integer.
pdnn_activation pdnn_needed_activation(
    pdnn_activation activation, float alpha, pdnn_type result, pdnn_zero_point zero_point);

/// Makes the attributes and stores the factors in the operation.
dnnl_status_t pdnn_attributes_create(dnnl_primitive_attr_t *out, const pdnn_arithmetic *arithmetic, pdnn_op *op);

/// An empty operation, NULL if there is no memory.
pdnn_op *pdnn_op_new(void);
/// Creates the primitive, the stream and the scratchpad of an operation.
dnnl_status_t pdnn_op_build(pdnn_op *op, dnnl_primitive_desc_t descriptor);
/// Adds the argument `argument` (DNNL_ARG_...) of the primitive as slot `slot`.
dnnl_status_t pdnn_op_bind(pdnn_op *op, int slot, int argument);
/// Adds zero points, and scales where oneDNN wants that, as arguments.
dnnl_status_t pdnn_op_bind_quantization(pdnn_op *op);
/// Executes with pointers for the slots up to PDNN_SCRATCH.
dnnl_status_t pdnn_op_run(pdnn_op *op, const void *src, const void *weights, const void *bias, void *dst, void *scratch);
/// Remembers how the weights lie that are the primitive's argument `argument`; takes `plain`.
void pdnn_op_describe_weights(pdnn_op *op, int argument, pdnn_md *plain, pdnn_type type);
/// Copies from one layout to another, once.
dnnl_status_t pdnn_copy(pdnn_md_ref from_md, const void *from, pdnn_md_ref to_md, void *to);
dnnl_status_t pdnn_memory_set(dnnl_memory_t memory, void *handle, dnnl_stream_t stream);

#endif
