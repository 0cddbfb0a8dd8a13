/* Zip archives around and behind model data: formats that are a zip (Keras, skops, CoreML packages) and zips where none should
 * be (a file that is both a tensor file and an archive).
 */
#include "base/mem.h"
#include "scan/container/container.h"
#include "scan/modelfile/fmt.h"

struct walk {
	struct aisp_model_run *run;
	bool (*sink)(struct aisp_model_run *run, void *ctx, const struct aisp_container_member *m);
	void *ctx;
};

static void note_oddities(struct aisp_model_run *run, unsigned oddities, struct aisp_slice name)
{
	static const unsigned lies = AISP_ODDITY(NAME_DIFFERS) | AISP_ODDITY(ENCRYPTED) | AISP_ODDITY(UNLISTED) | AISP_ODDITY(ESCAPES) |
	                             AISP_ODDITY(OVERLAP) | AISP_ODDITY(BAD_CRC) | AISP_ODDITY(SIZE_DIFFERS) | AISP_ODDITY(DUPLICATE);
	static const unsigned grave = AISP_ODDITY(ESCAPES) | AISP_ODDITY(NAME_DIFFERS);

	for (unsigned bit = 0; bit < AISP_CONTAINER_BIT_END; bit++)
		if (oddities & lies & 1u << bit)
			aisp_model__issue(run, "zip-oddity", grave & 1u << bit ? AISP_MODEL_HIGH : AISP_MODEL_MEDIUM, name, 0,
			                  aisp_slice_z(aisp_container_oddity_name(bit)), "readers of archives disagree about what this is", "");
}

/* None of the formats that come here has programs in it. */
static void program(struct aisp_model_run *run, const struct aisp_container_member *m)
{
	char head[64];
	size_t n = 0;
	const char *kind;

	if (m->input.size < 8 || aisp_input_read_some(&m->input, 0, head, sizeof head, &n, NULL) < 0)
		return;
	kind = aisp_model__payload_kind(aisp_slice_of(head, n));
	if (kind && (strcmp(kind, "elf") == 0 || strcmp(kind, "exe") == 0 || strcmp(kind, "macho") == 0 || strcmp(kind, "script") == 0))
		aisp_model__issue(run, "archive-program", AISP_MODEL_HIGH, m->name, 0, aisp_slice_z(kind), "a program where only a model's data belong", "");
}

static int member(void *ctx, const struct aisp_container_member *m)
{
	struct walk *w = ctx;

	if (!aisp_model__go_on(w->run))
		return AISP_E_LIMIT;
	note_oddities(w->run, m->oddities, m->name);
	if (m->why_not != AISP_OK || (m->oddities & (AISP_ODDITY(RATIO) | AISP_ODDITY(TRUNCATED))))
		aisp_model__partial(w->run, "%.*s could not be unpacked fully", AISP_FMT(aisp_slice_to(m->name, 200)));
	program(w->run, m);
	if (w->sink && w->sink(w->run, w->ctx, m))
		return 0;
	if (m->input.size)
		aisp_model__inside(w->run, &m->input, m->name);
	return 0;
}

void aisp_model__zip_members(struct aisp_model_run *run, const struct aisp_input *in,
                             bool (*sink)(struct aisp_model_run *run, void *ctx, const struct aisp_container_member *m), void *ctx)
{
	struct walk w = {run, sink, ctx};
	struct aisp_err err = {0};
	unsigned oddities = 0;
	int r = aisp_container_each(in, AISP_CONTAINER_ZIP, NULL, NULL, member, &w, &oddities, &err);

	if (r == AISP_E_NOMEM)
		aisp_model__nomem(run);
	else if (r < 0)
		aisp_model__partial(run, "the archive could not be read fully");
	note_oddities(run, oddities, AISP_S(""));
}

/* Where the archive begins whose end record closes the file; UINT64_MAX when there is none. */
static uint64_t zip_at_end(struct aisp_model_run *run, const struct aisp_input *in)
{
	uint64_t n = in->size < 66000 ? in->size : 66000, base = in->size - n;
	struct aisp_slice tail = aisp_model__bytes(run, in, base, n);

	for (size_t i = tail.n >= 22 ? tail.n - 22 + 1 : 0; i > 0; i--) {
		const char *p = tail.p + i - 1;
		char sig[4];
		uint64_t cd_size, cd_at, end = base + i - 1;

		if (*p != 'P' || memcmp(p, "PK\5\6", 4) != 0 || aisp_le16(p + 20) > tail.n - (i - 1) - 22)
			continue;
		cd_size = aisp_le32(p + 12);
		cd_at = aisp_le32(p + 16);
		if (!cd_size || cd_size > end || !aisp_model__read(run, in, end - cd_size, sig, 4) || memcmp(sig, "PK\1\2", 4) != 0)
			continue;
		/* Offsets count from the file's begin or from the archive's. */
		return cd_at <= end - cd_size ? end - cd_size - cd_at : 0;
	}
	return UINT64_MAX;
}

bool aisp_model__zip_behind(struct aisp_model_run *run, const struct aisp_input *in)
{
	if (zip_at_end(run, in) == UINT64_MAX)
		return false;
	aisp_model__zip_members(run, in, NULL, NULL);
	return true;
}

void aisp_model__zip_tail(struct aisp_model_run *run, const struct aisp_input *in)
{
	uint64_t at = zip_at_end(run, in);

	if (at == UINT64_MAX)
		return;
	aisp_model__issue(run, "polyglot", AISP_MODEL_HIGH, AISP_S(""), at, AISP_S("a zip archive ends this file"),
	                  "readers that look for an archive (torch.load, zipfile) find other contents than readers of this format", "");
	aisp_model__zip_members(run, in, NULL, NULL);
}

void aisp_model__uncovered(struct aisp_model_run *run, const struct aisp_input *in, uint64_t from, uint64_t to, const char *what)
{
	struct aisp_slice probe;
	const char *kind;
	size_t zeros = 0, lead;
	bool more;

	if (to > in->size)
		to = in->size;
	if (from >= to)
		return;
	probe = aisp_model__bytes(run, in, from, to - from < 4096 ? to - from : 4096);
	while (zeros < probe.n && (!probe.p[zeros] || probe.p[zeros] == ' ' || probe.p[zeros] == '\n'))
		zeros++;
	lead = zeros;
	more = to - from > 4096;
	kind = aisp_model__payload_kind(aisp_slice_from(probe, lead));
	if (zeros == probe.n && !more) {
		aisp_model__issue(run, "uncovered", AISP_MODEL_LOW, AISP_S(""), from,
		                  aisp_model__text(run, "%llu empty bytes %s", (unsigned long long)(to - from), what), "nothing uses these bytes", "");
		return;
	}
	aisp_model__issue(run, "uncovered", AISP_MODEL_HIGH, AISP_S(""), from,
	                  aisp_model__text(run, "%llu bytes %s%s%s", (unsigned long long)(to - from), what, kind ? ": " : "", kind ? kind : ""),
	                  "bytes that no tensor uses carry something that the format's readers refuse or do not see", "");
	if (kind) {
		struct aisp_input part = aisp_input_part(in, from + lead, to - from - lead);

		aisp_model__inside(run, &part, AISP_S("uncovered"));
	}
}

enum { DIRECTORY_MAX = 256 << 10, TAIL = 66000 };

bool aisp_model__zip_has(const struct aisp_input *in, const char *name)
{
	struct aisp_slice wanted = aisp_slice_z(name);
	AISP_AUTOFREE char *tail = NULL, *dir = NULL;
	size_t n = in->size < TAIL ? (size_t)in->size : TAIL, cd = 0, i;
	uint64_t base = in->size - n, end = 0;

	if (in->size < 22 || !(tail = aisp_mem_alloc(n)) || aisp_input_read(in, base, tail, n, NULL) < 0)
		return false;
	for (i = n - 22 + 1; i > 0 && memcmp(tail + i - 1, "PK\5\6", 4) != 0; i--)
		continue;
	if (!i)
		return false;
	end = base + i - 1;
	cd = aisp_le32(tail + i - 1 + 12);
	if (!cd || cd > end)
		return false;
	n = cd < DIRECTORY_MAX ? cd : DIRECTORY_MAX;
	dir = aisp_mem_alloc(n);
	if (!dir || aisp_input_read(in, end - cd, dir, n, NULL) < 0)
		return false;
	for (size_t at = 0; n - at >= 46 && memcmp(dir + at, "PK\1\2", 4) == 0;) {
		size_t len = aisp_le16(dir + at + 28), more = len + aisp_le16(dir + at + 30) + aisp_le16(dir + at + 32);
		struct aisp_slice path = aisp_slice_of(dir + at + 46, len);

		if (len > n - at - 46)
			break;
		if (name[0] == '*' ? aisp_model__suffixed_i(path, name + 1) : aisp_slice_eq(aisp_slice_basename(path), wanted))
			return true;
		if (more > n - at - 46)
			break;
		at += 46 + more;
	}
	return false;
}
