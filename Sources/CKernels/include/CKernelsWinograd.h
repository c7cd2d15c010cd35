// 3x3 convolutions of stride 1 by Winograd's minimal filtering; included by CKernels.h. The rules of CKernels.h hold.
//
// Lavin and Gray 2016, "Fast algorithms for convolutional neural networks": Y = At [(G g Gt) * (Bt d B)] A summed over input
// channels. In F(4x4, 3x3) tiles of 6x6 pixels give 4x4 results with 36 products in place of 144, in F(2x2, 3x3) tiles of
// 4x4 pixels give 2x2 results with 16 in place of 36, from transformed weights of less than half the size. Results differ
// from the direct form's by some 1e-6 of the largest. Tensors lie with channels last, weights o x c x 3 x 3.
#ifndef PARE_CKERNELS_WINOGRAD_H
#define PARE_CKERNELS_WINOGRAD_H

#include "CKernels.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#pragma clang assume_nonnull begin
#endif

/// A convolution over n x h x w x c giving n x oh x ow x o; padding at the far ends is what the output's extents imply.
/// `tile` is the number of results along a tile's side: 4 or 2.
typedef struct {
  int64_t n, h, w, c, oh, ow, o, pad_top, pad_left, tile;
} pk_winograd_window;

/// The bytes of transformed weights from c to o channels, for tiles of `tile` x `tile` results.
size_t pk_winograd_weight_bytes(int64_t tile, int64_t c, int64_t o);

/// Transforms weights of o x c x 3 x 3.
void pk_winograd_pack(int64_t tile, int64_t c, int64_t o, const float *weights, float *packed);

/// Transforms the same weights for the gradient by the input: a convolution from o to c channels with each kernel turned by
/// half a turn, padded by 2 less the forward padding.
void pk_winograd_pack_turned(int64_t tile, int64_t c, int64_t o, const float *weights, float *packed);

/// The bytes that a run wants at `scratch`, which is aligned to 64 bytes, with as many threads as are set now.
size_t pk_winograd_scratch(const pk_winograd_window *window);

/// y = activation(convolution(x) + bias + residual); y may be the residual.
void pk_winograd_run(const pk_winograd_window *window, const float *x, const float *packed, const float *_Nullable bias,
                     const float *_Nullable residual, const pk_activation *activation, float *y, void *scratch);

/// The bytes that a gradient by the weights wants at `scratch`, likewise. Tiles have 4x4 results.
size_t pk_winograd_gradient_scratch(const pk_winograd_window *window);

/// dw = the gradient by the weights, o x c x 3 x 3: the adjoint of the same algorithm, Gt [sum over tiles of
/// (Bt d B) * (A dY At)] G. Tiles have 4x4 results.
void pk_winograd_weight_gradient(const pk_winograd_window *window, const float *x, const float *dy, float *dw,
                                 void *scratch);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif

#ifdef __cplusplus
}
#endif

#endif
