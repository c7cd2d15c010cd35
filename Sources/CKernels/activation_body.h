// What is done to a result before it is stored, at one CPU level. No include guard.
#define activated NAME(pk_activated)
PK_INLINE vf activated(const pk_activation *activation, vf v) {
  if (!activation->exists) return v;
  switch (activation->op) {
  case PK_RELU: return relu_of(v);
  case PK_CLIP: return clip_of(v, activation->alpha, activation->beta);
  case PK_SIGMOID: return sigmoid_of(v);
  case PK_HARDSIGMOID: return clip_of(activation->alpha * v + activation->beta, 0, 1);
  case PK_HARDSWISH: return v * clip_of(v * (1.0f / 6) + 0.5f, 0, 1);
  case PK_SWISH: return swish_of(v, activation->alpha);
  default: return v;
  }
}
