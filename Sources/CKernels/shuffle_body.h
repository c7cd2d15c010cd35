// Rows of G groups of n elements as rows of n groups of G at one CPU level; see shuffle.c.

/// For the usual numbers of groups the inner loop is unrolled and the outer one made of vectors.
#define DEAL_GROUPS(GROUPS)                                                                                           \
  for (int64_t i = 0; i < width; i++) {                                                                               \
    for (int64_t g = 0; g < GROUPS; g++) to[i * GROUPS + g] = from[g * width + i];                                    \
  }
#define DEAL_WIDTH(WIDTH)                                                                                             \
  for (int64_t g = 0; g < groups; g++) {                                                                              \
    for (int64_t i = 0; i < WIDTH; i++) to[i * groups + g] = from[g * WIDTH + i];                                     \
  }

#define DEAL(TYPE)                                                                                                    \
  PK_INLINE void NAME(deal_##TYPE)(const TYPE *restrict from, TYPE *restrict to, int64_t groups, int64_t width) {     \
    if (groups == 2) {                                                                                                \
      DEAL_GROUPS(2)                                                                                                  \
    } else if (width == 2) {                                                                                          \
      DEAL_WIDTH(2)                                                                                                   \
    } else if (groups == 4) {                                                                                         \
      DEAL_GROUPS(4)                                                                                                  \
    } else if (width == 4) {                                                                                          \
      DEAL_WIDTH(4)                                                                                                   \
    } else if (groups <= width) {                                                                                     \
      DEAL_GROUPS(groups)                                                                                             \
    } else {                                                                                                          \
      DEAL_WIDTH(width)                                                                                               \
    }                                                                                                                 \
  }

DEAL(uint8_t)
DEAL(uint16_t)
DEAL(uint32_t)
DEAL(uint64_t)

#define DEAL_ROWS(TYPE)                                                                                               \
  for (int64_t row = begin; row < end; row++) {                                                                       \
    NAME(deal_##TYPE)((const TYPE *)call->x + row * size, (TYPE *)call->y + row * size, call->groups, call->width);   \
  }                                                                                                                   \
  break;

static void NAME(deal_range)(void *context, int64_t begin, int64_t end) {
  const deal_call *call = context;
  int64_t size = call->groups * call->width;
  switch (call->element_size) {
  case 1: DEAL_ROWS(uint8_t)
  case 2: DEAL_ROWS(uint16_t)
  case 4: DEAL_ROWS(uint32_t)
  default: DEAL_ROWS(uint64_t)
  }
}
#undef DEAL
#undef DEAL_GROUPS
#undef DEAL_WIDTH
#undef DEAL_ROWS
