// Loads and stores of pk_element (see element.h) at the level that levels.h is instantiating. No include guard.
#ifdef PK_BFLOAT16
#include "vector_bf16.h"
#define load_element load_bf16
#define store_element store_bf16
#else
#define load_element load_up_to
#define store_element store_up_to
#endif
