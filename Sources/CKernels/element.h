// What a source that is compiled for several element types calls them: float, or bfloat16 where PK_BFLOAT16 is defined.
#ifndef PARE_CKERNELS_ELEMENT_H
#define PARE_CKERNELS_ELEMENT_H

#include <stdint.h>

#ifdef PK_BFLOAT16
typedef uint16_t pk_element;
#define PK_ELEMENT_NAME(f) f##_bf16
#else
typedef float pk_element;
#define PK_ELEMENT_NAME(f) f
#endif

#endif
