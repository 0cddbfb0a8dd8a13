/* What the hash tables of base/ share. */
#pragma once
#include "base/hash.h"

/* A random number, the same for the whole life of the process: seeds tables whose order nobody sees, so that keys from
 * hostile input cannot be made to collide. */
uint64_t aisp_hash__seed(void);
