/* Model files of many GiB: how long a scan takes and how much it reads. The files are sparse: a real header, directory or pickle, and
 * holes where the tensors are, so they cost no disk. Usage: bench_model SCRATCH-DIRECTORY */
#include "base/buf.h"
#include "base/clock.h"
#include "scan/modelfile/modelfile.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { TENSORS = 1024, ROUNDS = 5 };
static const uint64_t gib = 1ull << 30;

static void le(struct aisp_buf *b, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		aisp_buf_putc(b, (char)(v >> (8 * i)));
}

static bool put_at(int fd, uint64_t at, const struct aisp_buf *b)
{
	return pwrite(fd, b->p, b->n, (off_t)at) == (ssize_t)b->n;
}

/* 10 GiB of F16 tensors behind their header. */
static bool make_safetensors(int fd, uint64_t *ret_size)
{
	struct aisp_buf AISP_AUTOBUF h = {0}, AISP_AUTOBUF length = {0};
	uint64_t each = 10 * gib / TENSORS;

	aisp_buf_putz(&h, "{\"__metadata__\":{\"format\":\"pt\"}");
	for (uint64_t i = 0; i < TENSORS; i++)
		aisp_buf_printf(&h, ",\"model.layers.%llu.weight\":{\"dtype\":\"F16\",\"shape\":[%llu],\"data_offsets\":[%llu,%llu]}",
		                (unsigned long long)i, (unsigned long long)(each / 2), (unsigned long long)(i * each),
		                (unsigned long long)((i + 1) * each));
	aisp_buf_putc(&h, '}');
	le(&length, h.n, 8);
	*ret_size = 8 + h.n + TENSORS * each;
	return put_at(fd, 0, &length) && put_at(fd, 8, &h) && ftruncate(fd, (off_t)*ret_size) == 0;
}

static void text(struct aisp_buf *b, const char *z)
{
	aisp_buf_putc(b, 'X');
	le(b, strlen(z), 4);
	aisp_buf_putz(b, z);
}

/* What torch.save writes for an OrderedDict of tensors. */
static void make_data_pkl(struct aisp_buf *b, uint64_t items)
{
	char name[64];

	aisp_buf_putz(b, "\x80\x02" "ccollections\nOrderedDict\n)R(");
	for (unsigned i = 0; i < TENSORS; i++) {
		snprintf(name, sizeof name, "model.layers.%u.weight", i);
		text(b, name);
		aisp_buf_putz(b, "ctorch._utils\n_rebuild_tensor_v2\n((");
		text(b, "storage");
		aisp_buf_putz(b, "ctorch\nHalfStorage\n");
		snprintf(name, sizeof name, "%u", i);
		text(b, name);
		text(b, "cpu");
		aisp_buf_putc(b, 'J');
		le(b, items, 4);
		aisp_buf_putz(b, "tQK");
		aisp_buf_putc(b, 0);
		aisp_buf_putc(b, 'J');
		le(b, items, 4);
		aisp_buf_putz(b, "\x85K\x01\x85\x89" "ccollections\nOrderedDict\n)RtR");
	}
	aisp_buf_putz(b, "u.");
}

struct member {
	char name[48];
	uint64_t at, size;
};

static void header(struct aisp_buf *b, const struct member *m, bool local)
{
	le(b, local ? 0x04034b50 : 0x02014b50, 4);
	if (!local)
		le(b, 45, 2);
	le(b, 45, 2);
	le(b, 0, 2 + 2 + 4); /* flags, stored, time */
	le(b, 0, 4);
	le(b, m->size, 4);
	le(b, m->size, 4);
	le(b, strlen(m->name), 2);
	le(b, local ? 0 : 12, 2);
	if (!local) {
		le(b, 0, 2 + 2 + 2);
		le(b, 0, 4);
		le(b, 0xffffffff, 4);
	}
	aisp_buf_putz(b, m->name);
	if (!local) {
		le(b, 1, 2);
		le(b, 8, 2);
		le(b, m->at, 8);
	}
}

static bool add(int fd, struct aisp_buf *directory, struct member *m, uint64_t *at, const struct aisp_buf *content)
{
	struct aisp_buf AISP_AUTOBUF local = {0};

	m->at = *at;
	header(&local, m, true);
	header(directory, m, false);
	bool ok = put_at(fd, *at, &local) && (!content || put_at(fd, *at + local.n, content));
	*at += local.n + m->size;
	return ok;
}

/* 5 GiB of tensors, stored, with a zip64 directory. */
static bool make_torch(int fd, uint64_t *ret_size)
{
	struct aisp_buf AISP_AUTOBUF pkl = {0}, AISP_AUTOBUF dir = {0}, AISP_AUTOBUF end = {0};
	uint64_t at = 0, each = 5 * gib / TENSORS;

	make_data_pkl(&pkl, each / 2);
	struct member m = {.name = "archive/data.pkl", .size = pkl.n};
	bool ok = add(fd, &dir, &m, &at, &pkl);
	for (unsigned i = 0; i < TENSORS && ok; i++) {
		m = (struct member){.size = each};
		snprintf(m.name, sizeof m.name, "archive/data/%u", i);
		ok = add(fd, &dir, &m, &at, NULL);
	}
	ok = ok && put_at(fd, at, &dir);
	le(&end, 0x06064b50, 4);
	le(&end, 44, 8);
	le(&end, 45, 2);
	le(&end, 45, 2);
	le(&end, 0, 8);
	le(&end, TENSORS + 1, 8);
	le(&end, TENSORS + 1, 8);
	le(&end, dir.n, 8);
	le(&end, at, 8);
	le(&end, 0x07064b50, 4);
	le(&end, 0, 4);
	le(&end, at + dir.n, 8);
	le(&end, 1, 4);
	le(&end, 0x06054b50, 4);
	le(&end, 0, 4);
	le(&end, 0xffffffff, 4);
	le(&end, dir.n, 4);
	le(&end, 0xffffffff, 4);
	le(&end, 0, 2);
	*ret_size = at + dir.n + end.n;
	return ok && put_at(fd, at + dir.n, &end);
}

static int measure(const char *dir, const char *file, bool (*make)(int fd, uint64_t *ret_size), enum aisp_model_format want, const char *name)
{
	char path[4096];
	uint64_t size = 0, best = UINT64_MAX, read = 0;

	snprintf(path, sizeof path, "%s/%s", dir, file);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || !make(fd, &size)) {
		fprintf(stderr, "bench_model: cannot write %s\n", path);
		return 1;
	}
	int bad = 0;
	for (int i = 0; i < ROUNDS && !bad; i++) {
		struct aisp_arena *a = aisp_arena_new((size_t)64 << 20);
		const struct aisp_model_report *rep = NULL;
		struct aisp_input in = aisp_input_fd(fd, 0, size);
		struct aisp_err err = {0};
		uint64_t t0 = aisp_clock_mono_ns();
		bad = !a || aisp_model_scan(&in, aisp_slice_z(file), NULL, a, &rep, &err) < 0 || !rep || rep->format != want ||
		      rep->state != AISP_MODEL_CLEAN;
		uint64_t ns = aisp_clock_mono_ns() - t0;
		if (bad)
			fprintf(stderr, "bench_model: %s: not clean as it should be: %s %.*s\n", file,
			        rep ? aisp_model_format_name(rep->format) : err.msg, AISP_FMT(rep ? rep->partial : AISP_S("")));
		best = ns < best ? ns : best;
		read = rep ? rep->bytes_read : 0;
		aisp_arena_free(a);
	}
	close(fd);
	unlink(path);
	printf("%s %.2f\n%.*sread_bytes %llu of %llu\n", name, (double)best / 1e6, (int)strlen(name) - 2, name, (unsigned long long)read,
	       (unsigned long long)size);
	return bad;
}

int main(int argc, char **argv)
{
	struct rusage use;

	if (argc != 2) {
		fprintf(stderr, "usage: bench_model SCRATCH-DIRECTORY\n");
		return 2;
	}
	int bad = measure(argv[1], "bench.safetensors", make_safetensors, AISP_MODEL_SAFETENSORS, "model.safetensors10g.ms");
	bad |= measure(argv[1], "bench.pt", make_torch, AISP_MODEL_TORCH_ZIP, "model.torch5g.ms");
	getrusage(RUSAGE_SELF, &use);
	printf("model.rss.bytes %ld\n", use.ru_maxrss * 1024);
	return bad;
}
