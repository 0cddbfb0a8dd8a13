/* What the unit tests of base/ share. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"

#define assert_text(s, z)                                                                                              \
	do {                                                                                                           \
		struct aisp_slice text_ = (s);                                                                         \
		if (!aisp_slice_eqz(text_, (z)))                                                                       \
			fail_msg("got \"%.*s\", want \"%s\"", AISP_FMT(text_), (z));                                   \
	} while (0)
#define assert_has(z, part)                                                                                            \
	do {                                                                                                           \
		if (!strstr((z), (part)))                                                                              \
			fail_msg("\"%s\" does not contain \"%s\"", (z), (part));                                       \
	} while (0)
