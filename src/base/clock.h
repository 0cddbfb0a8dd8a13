/* Time. Wall time in microseconds since 1970 UTC; AISP_NOW (such a number) fixes it, for tests and reproducible output. */
#pragma once
#include <stdint.h>

int64_t aisp_clock_now_us(void);
uint64_t aisp_clock_mono_ns(void);
enum { AISP_ISO_LEN = 20 };
/* "2026-11-23T00:33:12Z" */
void aisp_clock_iso(int64_t us, char ret_iso[AISP_ISO_LEN + 1]);
/* Reads "YYYY-MM-DD" or "YYYY-MM-DDTHH:MM[:SS]Z"; negative when it is neither. */
int aisp_clock_parse(const char *text, int64_t *ret_us);
