// The engine, versions, status names.

#include <dnnl_debug.h>
#include <pthread.h>

#include "internal.h"

static pthread_once_t engine_once = PTHREAD_ONCE_INIT;
static dnnl_engine_t shared_engine;
static dnnl_status_t engine_status;

static void create_engine(void) { engine_status = dnnl_engine_create(&shared_engine, dnnl_cpu, 0); }

dnnl_status_t pdnn_engine(dnnl_engine_t *out) {
  pthread_once(&engine_once, create_engine);
  *out = shared_engine;
  return engine_status;
}

const char *pdnn_status_name(int status) { return dnnl_status2str((dnnl_status_t)status); }

int pdnn_version_major(void) { return dnnl_version()->major; }
int pdnn_version_minor(void) { return dnnl_version()->minor; }
int pdnn_version_patch(void) { return dnnl_version()->patch; }

void pdnn_set_primitive_cache_capacity(int capacity) { dnnl_set_primitive_cache_capacity(capacity); }

int pdnn_has_exact_integers(void) {
#if defined(__x86_64__)
  dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
  return (isa & dnnl_cpu_isa_avx2_vnni) == dnnl_cpu_isa_avx2_vnni
      || (isa & dnnl_cpu_isa_avx512_core_vnni) == dnnl_cpu_isa_avx512_core_vnni;
#else
  return 1;
#endif
}

int pdnn_has_avx512(void) {
#if defined(__x86_64__)
  return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core;
#else
  return 1;
#endif
}
