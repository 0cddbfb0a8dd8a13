/* Inputs: see input.h. */
#include "base/input.h"
#include "base/mem.h"
#include <errno.h>
#include <unistd.h>

struct aisp_input aisp_input_mem(struct aisp_slice bytes)
{
	return (struct aisp_input){.size = bytes.n, .mem = bytes, .fd = -1};
}

struct aisp_input aisp_input_fd(int fd, uint64_t base, uint64_t size)
{
	return (struct aisp_input){.size = size, .fd = fd, .base = base};
}

struct aisp_input aisp_input_part(const struct aisp_input *in, uint64_t at, uint64_t n)
{
	struct aisp_input part = *in;

	if (at > in->size)
		at = in->size;
	if (n > in->size - at)
		n = in->size - at;
	part.size = n;
	part.base = in->base + at;
	if (in->fd < 0)
		part.mem = aisp_slice_of(in->mem.p ? in->mem.p + at : NULL, (size_t)n);
	return part;
}

static int read_fd(const struct aisp_input *in, uint64_t at, char *to, size_t n, struct aisp_err *err)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = aisp_fault_hit() ? (errno = EIO, -1) : pread(in->fd, to + done, n - done, (off_t)(in->base + at + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return aisp_fail(err, AISP_E_IO, "could not read %zu bytes at %llu: %s", n, (unsigned long long)at, strerror(errno));
		if (got == 0)
			return aisp_fail(err, AISP_E_IO, "the file became shorter while it was read (at byte %llu)",
			                 (unsigned long long)(at + done));
		done += (size_t)got;
	}
	return 0;
}

int aisp_input_read(const struct aisp_input *in, uint64_t at, void *to, size_t n, struct aisp_err *err)
{
	if (at > in->size || n > in->size - at)
		return aisp_fail(err, AISP_E_PARSE, "%zu bytes wanted at %llu, but there are only %llu", n, (unsigned long long)at,
		                 (unsigned long long)in->size);
	if (in->bytes_read)
		*in->bytes_read += n;
	if (n == 0)
		return 0;
	if (in->fd >= 0)
		return read_fd(in, at, to, n, err);
	memcpy(to, in->mem.p + at, n);
	return 0;
}

int aisp_input_read_some(const struct aisp_input *in, uint64_t at, void *to, size_t n, size_t *ret_n, struct aisp_err *err)
{
	uint64_t left = at < in->size ? in->size - at : 0;
	size_t take = left < n ? (size_t)left : n;
	int r = take ? aisp_input_read(in, at, to, take, err) : 0;

	if (r == 0)
		*ret_n = take;
	return r;
}

int aisp_input_append(const struct aisp_input *in, uint64_t at, size_t n, struct aisp_buf *to, struct aisp_err *err)
{
	if (at > in->size || n > in->size - at)
		return aisp_fail(err, AISP_E_PARSE, "%zu bytes wanted at %llu, but there are only %llu", n, (unsigned long long)at,
		                 (unsigned long long)in->size);
	char *p = aisp_buf_room(to, n);
	if (!p)
		return aisp_buf_check(to, err);
	int r = aisp_input_read(in, at, p, n, err);
	if (r == 0)
		to->n += n;
	return r;
}
