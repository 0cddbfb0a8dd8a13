/* Growing arrays: the one function behind the macros of vec.h. Doubles, so pushing is constant on average. */
#include "base/vec.h"

int aisp_vec__grow(void **v, size_t n, size_t *cap, size_t more, size_t size)
{
	size_t want, room = *cap;

	if (more <= *cap - n)
		return AISP_OK;
	if (__builtin_add_overflow(n, more, &want))
		return AISP_E_NOMEM;
	if (room < 8)
		room = 8;
	while (room < want)
		room = room > SIZE_MAX / 2 ? want : room * 2;
	void *p = aisp_mem_resize(*v, room, size);

	if (!p)
		return AISP_E_NOMEM;
	*v = p;
	*cap = room;
	return AISP_OK;
}
