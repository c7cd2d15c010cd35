// A channels-last input laid out as patches for sparse convolutions, at one CPU level; see sparse_convolution.h.
#include "transpose_body.h"

/// Where the first tile of an area lies, in parts.
PK_INLINE pk_sparse_place NAME(place_of_area)(const pk_sparse_convolution *s, int64_t area) {
  int64_t areas = s->areas_down * s->areas_across;
  return (pk_sparse_place){
    .image = area / areas * s->images,
    .row = area % areas / s->areas_across * s->span_down * s->rows,
    .column = area % s->areas_across * s->span_across * s->columns,
  };
}

/// at[lane] = where the channels of LANES places from `first` on, shifted, begin in n x h x w x channels numbers; -1
/// outside of them.
PK_INLINE void NAME(locate)(const pk_sparse_places *places, int64_t first, pk_sparse_place shift, int64_t n, int64_t h,
                            int64_t w, int64_t channels, int32_t *at) {
  vi image, row, column;
  memcpy(&image, places->image + first, sizeof image);
  memcpy(&row, places->row + first, sizeof row);
  memcpy(&column, places->column + first, sizeof column);
  image += (int32_t)shift.image;
  row += (int32_t)shift.row;
  column += (int32_t)shift.column;
  vi is_inside = (image < (int32_t)n) & (row >= 0) & (row < (int32_t)h) & (column >= 0) & (column < (int32_t)w);
  // Unsigned, since places that are nowhere overflow.
  vu found = (((vu)image * (uint32_t)h + (vu)row) * (uint32_t)w + (vu)column) * (uint32_t)channels | (vu)~is_inside;
  memcpy(at, &found, sizeof found);
}

/// Items are vectors of the patches of the areas of a pass.
static void NAME(to_patches_range)(void *context, int64_t begin, int64_t end) {
  static const float zeros[LANES] = {0};
  const sparse_call *call = context;
  const pk_sparse_convolution *s = call->weights;
  const pk_window *w = &s->window;
  int64_t vectors = s->patch / LANES, area = -1;
  pk_sparse_place shift = {0, 0, 0};
  for (int64_t item = begin; item < end; item++) {
    int64_t vector = item % vectors;
    if (item / vectors != area) {
      area = item / vectors;
      shift = NAME(place_of_area)(s, call->first + area);
      shift.row *= w->stride_h;
      shift.column *= w->stride_w;
    }
    int32_t at[LANES];
    NAME(locate)(&s->sources, vector * LANES, shift, w->n, w->h, w->w, w->c, at);
    // Places outside of the input are read from zeros, which all channels share.
    const float *from[LANES];
    int64_t moves[LANES];
    for (int lane = 0; lane < LANES; lane++) {
      from[lane] = at[lane] < 0 ? zeros : call->x + at[lane];
      moves[lane] = at[lane] < 0 ? 0 : -1;
    }
    float *y = call->patches + area * w->c * s->patch + vector * LANES;
    for (int64_t c = 0; c < w->c; c += LANES) {
      int64_t channels = smaller(w->c - c, LANES);
      vf pixels[LANES];
#pragma clang loop unroll(full)
      for (int lane = 0; lane < LANES; lane++) pixels[lane] = load_up_to(from[lane] + (c & moves[lane]), channels);
      NAME(transpose_lanes)(pixels);
      if (channels == LANES) {
#pragma clang loop unroll(full)
        for (int i = 0; i < LANES; i++) store(y + (c + i) * s->patch, pixels[i]);
      } else {
        for (int i = 0; i < channels; i++) store(y + (c + i) * s->patch, pixels[i]);
      }
    }
  }
}
