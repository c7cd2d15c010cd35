// Channels dealt out over groups.
#include "internal.h"

typedef struct {
  int64_t groups, width;
  int element_size;
  const char *x;
  char *y;
} deal_call;

#define PK_BODY "shuffle_body.h"
#include "levels.h"

void pk_deal(int64_t rows, int64_t groups, int64_t width, int element_size, const void *x, void *y) {
  deal_call call = {groups, width, element_size, x, y};
  pk_parallel_for(rows, pk_grain(groups * width), PK_SELECT(deal_range), &call);
}
