// Threads: libgomp's pool on Linux (the one oneDNN uses), Dispatch on Apple's systems, none elsewhere.
#include "internal.h"

#include <stdatomic.h>
#include <stdio.h>

#if defined(__linux__)

// The toolchain's clang has no OpenMP: these are libgomp's entry points, declared by hand.
extern void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
extern int omp_get_thread_num(void);
extern int omp_get_num_threads(void);
extern int omp_get_max_threads(void);
extern void omp_set_num_threads(int threads);

void pk_set_threads(int n) { omp_set_num_threads(n < 1 ? 1 : n); }

int pk_max_threads(void) { return omp_get_max_threads(); }

typedef struct {
  int parts;
  void (*body)(void *context, int part);
  void *context;
} pk_region;

// A team may be smaller than asked for: each thread takes every team-th part.
static void pk_region_thread(void *data) {
  const pk_region *region = data;
  int team = omp_get_num_threads();
  for (int part = omp_get_thread_num(); part < region->parts; part += team) region->body(region->context, part);
}

void pk_parallel_parts(int parts, void (*body)(void *context, int part), void *context) {
  if (parts <= 1) {
    body(context, 0);
    return;
  }
  pk_region region = {parts, body, context};
  GOMP_parallel(pk_region_thread, &region, (unsigned)parts, 0);
}

#elif defined(__APPLE__)

#include <dispatch/dispatch.h>
#include <unistd.h>

static _Atomic int pk_threads = 0;

void pk_set_threads(int n) { atomic_store(&pk_threads, n < 1 ? 1 : n); }

int pk_max_threads(void) {
  int threads = atomic_load(&pk_threads);
  if (threads > 0) return threads;
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  return processors < 1 ? 1 : (int)processors;
}

void pk_parallel_parts(int parts, void (*body)(void *context, int part), void *context) {
  if (parts <= 1) {
    body(context, 0);
    return;
  }
  dispatch_apply((size_t)parts, DISPATCH_APPLY_AUTO, ^(size_t part) {
    body(context, (int)part);
  });
}

#else

void pk_set_threads(int n) { (void)n; }

int pk_max_threads(void) { return 1; }

void pk_parallel_parts(int parts, void (*body)(void *context, int part), void *context) {
  for (int part = 0; part < (parts < 1 ? 1 : parts); part++) body(context, part);
}

#endif

int pk_part_count(int64_t count, int64_t cost) {
  int64_t parts = count / pk_grain(cost);
  int64_t most = pk_max_threads();
  if (most > PK_MAX_PARTS) most = PK_MAX_PARTS;
  if (parts > most) parts = most;
  return parts < 1 ? 1 : (int)parts;
}

typedef struct {
  int64_t count;
  int parts;
  void (*body)(void *context, int64_t begin, int64_t end);
  void *context;
} pk_loop;

static void pk_loop_part(void *data, int part) {
  const pk_loop *loop = data;
  int64_t begin = pk_part_begin(loop->count, loop->parts, part);
  int64_t end = pk_part_begin(loop->count, loop->parts, part + 1);
  if (begin < end) loop->body(loop->context, begin, end);
}

void pk_parallel_for(int64_t count, int64_t grain, void (*body)(void *context, int64_t begin, int64_t end),
                     void *context) {
  if (count <= 0) return;
  int64_t parts = grain > 1 ? count / grain : count;
  if (parts > 1) {
    int64_t most = pk_max_threads();
    if (parts > most) parts = most;
  }
  if (parts <= 1) {
    body(context, 0, count);
    return;
  }
  pk_loop loop = {count, (int)parts, body, context};
  pk_parallel_parts((int)parts, pk_loop_part, &loop);
}

// The level: -1 until first asked for. Atomic, since engines may start on several threads; every writer but
// pk_force_cpu_level stores the same value.
static _Atomic int pk_current_level = -1;

static int pk_best_level(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("fma") || !__builtin_cpu_supports("avx2")) return PK_LEVEL_PORTABLE;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
      && __builtin_cpu_supports("avx512dq")) {
    return PK_LEVEL_AVX512;
  }
  return PK_LEVEL_AVX2;
#else
  return PK_LEVEL_PORTABLE;
#endif
}

int pk_level(void) {
  int level = atomic_load_explicit(&pk_current_level, memory_order_relaxed);
  if (level >= 0) return level;
  level = pk_best_level();
  atomic_store_explicit(&pk_current_level, level, memory_order_relaxed);
  return level;
}

const char *pk_cpu_level(void) {
  switch (pk_level()) {
  case PK_LEVEL_AVX512: return "avx512";
  case PK_LEVEL_AVX2: return "avx2";
  default: return "portable";
  }
}

void pk_force_cpu_level(const char *name) {
  int best = pk_best_level();
  int level = best;
  if (strcmp(name, "portable") == 0) level = PK_LEVEL_PORTABLE;
  if (strcmp(name, "avx2") == 0) level = PK_LEVEL_AVX2;
  atomic_store_explicit(&pk_current_level, level < best ? level : best, memory_order_relaxed);
}

void *pk_allocate(size_t bytes) {
  void *memory = malloc(bytes > 0 ? bytes : 1);
  if (memory == NULL) {
    fprintf(stderr, "CKernels: no memory for %zu bytes of partial sums\n", bytes);
    abort();
  }
  return memory;
}

int pk_merge_axes(int rank, const int64_t *dims, const int64_t *a_strides, const int64_t *b_strides,
                  int64_t *merged_dims, int64_t *merged_a, int64_t *merged_b) {
  int count = 0;
  for (int axis = 0; axis < rank; axis++) {
    if (dims[axis] == 1) continue;
    if (count > 0 && merged_a[count - 1] == a_strides[axis] * dims[axis]
        && merged_b[count - 1] == b_strides[axis] * dims[axis]) {
      merged_dims[count - 1] *= dims[axis];
      merged_a[count - 1] = a_strides[axis];
      merged_b[count - 1] = b_strides[axis];
      continue;
    }
    merged_dims[count] = dims[axis];
    merged_a[count] = a_strides[axis];
    merged_b[count] = b_strides[axis];
    count++;
  }
  if (count == 0) {
    merged_dims[0] = 1;
    merged_a[0] = 1;
    merged_b[0] = 1;
    count = 1;
  }
  return count;
}

int pk_merge_stride_sets(int rank, int64_t *dims, int count, int64_t strides[][PK_MAX_RANK]) {
  int merged = 0;
  for (int axis = 0; axis < rank; axis++) {
    if (dims[axis] == 1) continue;
    int joins = merged > 0;
    for (int set = 0; set < count && joins; set++) {
      joins = strides[set][merged - 1] == strides[set][axis] * dims[axis];
    }
    int target = joins ? merged - 1 : merged++;
    dims[target] = joins ? dims[target] * dims[axis] : dims[axis];
    for (int set = 0; set < count; set++) strides[set][target] = strides[set][axis];
  }
  if (merged > 0) return merged;
  dims[0] = 1;
  for (int set = 0; set < count; set++) strides[set][0] = 1;
  return 1;
}
