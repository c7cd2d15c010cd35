// Gradients of depthwise convolutions, channels last; included by CKernels.h. The rules of CKernels.h hold.
#ifndef PARE_CKERNELS_DEPTHWISE_H
#define PARE_CKERNELS_DEPTHWISE_H

#include "CKernels.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#pragma clang assume_nonnull begin
#endif

/// dw = the gradient by the weights, c x kh x kw, of a convolution with a kernel for each channel (c = o = groups).
void pk_depthwise_weight_gradient(const pk_window *window, const float *x, const float *dy, float *dw);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif

#ifdef __cplusplus
}
#endif

#endif
