/* Containers that hold model files: members are looked at by content, whatever their names say. Also what is odd about the container
 * itself, because readers that disagree about a zip are how payloads are hidden from scanners.
 */
#include "scan/modelfile/archive_int.h"
#include "scan/modelfile/callable_int.h"
#include <stdio.h>

enum { PROBE_MEMBERS = 400, PROBE_MEMBER_BYTES = 1 << 20, PROBE_TOTAL = 64 << 20, MEMBER_MAX = 192 << 20, PROBE_DEPTH = 2 };

static bool name_ends(struct aisp_slice name, const char *end)
{
	size_t n = strlen(end);

	return name.n >= n && aisp_slice_eqi(aisp_slice_from(name, name.n - n), aisp_slice_z(end));
}

/* ---- names ---- */

bool aisp_model__is_torch_storage(struct aisp_slice name)
{
	struct aisp_slice base = aisp_slice_basename(name), dir = aisp_slice_basename(aisp_slice_dirname(name));
	uint64_t n;

	return aisp_slice_eqz(dir, "data") && aisp_slice_u64(base, &n);
}

static bool note_name(void *ctx, const struct aisp_container_member *m)
{
	struct aisp_names *k = ctx;
	struct aisp_slice base = aisp_slice_basename(m->name), dir = aisp_slice_dirname(m->name);
	bool flat = aisp_slice_chr(dir, '/') == SIZE_MAX;

	k->n++;
	k->listed = true;
	k->n_npy += name_ends(m->name, ".npy");
	k->n_py += name_ends(m->name, ".py");
	k->n_pickles += name_ends(m->name, ".pkl") || name_ends(m->name, ".pickle");
	k->n_code += aisp_slice_find(m->name, AISP_S("code/")) != SIZE_MAX && (name_ends(m->name, ".py") || name_ends(m->name, ".debug_pkl"));
	k->torch_data |= flat && aisp_slice_eqz(base, "data.pkl");
	k->torch_version |= flat && (aisp_slice_eqz(base, "version") || aisp_slice_eqz(base, "byteorder"));
	k->constants |= flat && aisp_slice_eqz(base, "constants.pkl");
	k->torch_numbered |= aisp_model__is_torch_storage(m->name);
	k->mar |= aisp_slice_eqz(m->name, "MAR-INF/MANIFEST.json");
	k->nemo |= aisp_slice_eqz(base, "model_config.yaml");
	k->tar_pickle |= aisp_slice_eqz(base, "pickle");
	k->tar_storages |= aisp_slice_eqz(base, "storages");
	k->tar_tensors |= aisp_slice_eqz(base, "tensors");
	return false;
}

static int nothing(void *ctx, const struct aisp_container_member *m)
{
	(void)ctx;
	(void)m;
	return 0;
}

struct aisp_names aisp_model__names_in(const struct aisp_input *in, enum aisp_container_form form)
{
	struct aisp_names k = {0};

	(void)aisp_container_each(in, form, NULL, note_name, nothing, &k, NULL, NULL);
	return k;
}

/* ---- members ---- */

struct walk {
	struct aisp_model_run *run;
	bool (*each)(struct aisp_model_run *run, void *ctx, const struct aisp_container_member *m);
	void *ctx;
};

static const struct {
	unsigned bit;
	const char *rule;
	enum aisp_model_severity severity;
	const char *why, *reference;
} oddities[] = {
	{AISP_ODDITY(NAME_DIFFERS), "zip-name-differs", AISP_MODEL_MEDIUM, "two readers see two names, so a scanner may miss what a loader loads", "CVE-2025-1944"},
	{AISP_ODDITY(SIZE_DIFFERS), "zip-size-differs", AISP_MODEL_MEDIUM, "two readers see two contents", ""},
	{AISP_ODDITY(BAD_CRC), "zip-bad-crc", AISP_MODEL_MEDIUM, "the checksum is wrong, which stops some scanners but not the loader", "CVE-2025-10156"},
	{AISP_ODDITY(ENCRYPTED), "zip-encrypted", AISP_MODEL_MEDIUM, "is marked as encrypted, which stops some scanners but not the loader", "CVE-2025-1945"},
	{AISP_ODDITY(DUPLICATE), "zip-duplicate", AISP_MODEL_MEDIUM, "another member has the same name; readers take one or the other", ""},
	{AISP_ODDITY(UNLISTED), "zip-unlisted", AISP_MODEL_MEDIUM, "the directory does not list it, but some readers find it", ""},
	{AISP_ODDITY(ESCAPES), "archive-escapes", AISP_MODEL_HIGH, "unpacking writes outside of the folder it unpacks in", ""},
	{AISP_ODDITY(OVERLAP), "zip-overlap", AISP_MODEL_MEDIUM, "its data overlap another member's", ""},
	{AISP_ODDITY(LINK), "archive-link", AISP_MODEL_LOW, "is a link, which unpacking follows", ""},
	{AISP_ODDITY(RATIO), "archive-bomb", AISP_MODEL_MEDIUM, "unpacks to more than a limit allows", ""},
};

static void tell_oddities(struct aisp_model_run *run, const struct aisp_container_member *m)
{
	for (size_t i = 0; i < sizeof oddities / sizeof *oddities; i++)
		if (m->oddities & oddities[i].bit)
			aisp_model__issue(run, oddities[i].rule, oddities[i].severity, m->name, m->offset, m->name, oddities[i].why,
			                  oddities[i].reference);
	if (m->oddities & AISP_ODDITY(RATIO))
		aisp_model__partial(run, "%.*s: unpacked only in part", AISP_FMT(m->name));
	else if (m->why_not != AISP_OK || (m->oddities & AISP_ODDITY(METHOD)))
		aisp_model__partial(run, "%.*s: %s", AISP_FMT(m->name),
		                    m->oddities & AISP_ODDITY(ENCRYPTED) ? "encrypted" : "could not be unpacked");
	else if (m->oddities & AISP_ODDITY(TRUNCATED))
		aisp_model__partial(run, "%.*s: ends before its end", AISP_FMT(m->name));
}

static int member(void *ctx, const struct aisp_container_member *m)
{
	struct walk *w = ctx;
	struct aisp_container_member counted = *m;

	if (!aisp_model__go_on(w->run))
		return AISP_E_LIMIT;
	if (!counted.input.bytes_read)
		counted.input.bytes_read = &w->run->read;
	if (!counted.stored)
		w->run->read += counted.input.size;
	tell_oddities(w->run, m);
	if (w->each && w->each(w->run, w->ctx, &counted))
		return 0;
	aisp_model__inside(w->run, &counted.input, m->name);
	return w->run->bad;
}

void aisp_model__members(struct aisp_model_run *run, const struct aisp_input *in, enum aisp_container_form form,
                         bool (*each)(struct aisp_model_run *run, void *ctx, const struct aisp_container_member *m), void *ctx)
{
	struct walk w = {run, each, ctx};
	struct aisp_container_limits limits = {.max_member = MEMBER_MAX};
	unsigned odd = 0;
	struct aisp_err err = {0};

	if (run->limits.max_bytes < limits.max_member)
		limits.max_member = run->limits.max_bytes;
	int r = aisp_container_each(in, form, &limits, NULL, member, &w, &odd, &err);
	if (r == AISP_E_NOMEM)
		aisp_model__nomem(run);
	else if (r < 0)
		aisp_model__partial(run, "%s", err.msg[0] ? err.msg : "the container could not be read fully");
	if (odd & AISP_ODDITY(TRUNCATED))
		aisp_model__partial(run, "the container is damaged");
	if (odd & AISP_ODDITY(PREFIXED))
		aisp_model__issue(run, "zip-prefixed", AISP_MODEL_LOW, AISP_S(""), 0, AISP_S("data before the archive"),
		                  "another kind of file may stand before it, for readers that begin at the begin", "");
	if (odd & AISP_ODDITY(TRAILING))
		aisp_model__issue(run, "zip-trailing", AISP_MODEL_LOW, AISP_S(""), 0, AISP_S("data behind the archive"),
		                  "another kind of file may stand behind it", "");
}

/* ---- any container ---- */

static bool is_model_archive_name(struct aisp_slice path)
{
	static const char *const ends[] = {".mar", ".nemo", ".pt", ".pth", ".pkl", ".ckpt", ".joblib", ".npz", ".keras", ".model", ".bin", ".ptl"};

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (name_ends(path, ends[i]))
			return true;
	return false;
}

struct look {
	int depth;
	size_t seen;
	bool found;
};

static bool holds_model(const struct aisp_input *in, enum aisp_container_form form, int depth);

static int look_at(void *ctx, const struct aisp_container_member *m)
{
	struct look *l = ctx;

	if (++l->seen > PROBE_MEMBERS)
		return 1;
	if (m->input.size == 0 || (m->oddities & AISP_ODDITY(ENCRYPTED))) {
		/* What cannot be seen is judged by its name. */
		if (m->why_not != AISP_OK || (m->oddities & AISP_ODDITY(ENCRYPTED)))
			l->found |= is_model_archive_name(m->name);
		if (m->input.size == 0)
			return l->found ? 1 : 0;
	}
	enum aisp_container_form inner = aisp_container_detect(&m->input);
	if (inner != AISP_CONTAINER_NONE && l->depth >= PROBE_DEPTH)
		return 0;
	/* A container within is judged by what it holds, so the depth is counted. */
	char head[4096];
	size_t n = 0;
	if (inner != AISP_CONTAINER_NONE && holds_model(&m->input, inner, l->depth + 1))
		l->found = true;
	if (!l->found && aisp_input_read_some(&m->input, 0, head, sizeof head, &n, NULL) == 0)
		for (const struct aisp_model_reader *const *r = aisp_model__readers; *r && !l->found; r++)
			l->found = (*r)->format != AISP_MODEL_ARCHIVE && (*r)->format != AISP_MODEL_EXECUTABLE &&
			           (*r)->detect(&m->input, aisp_slice_of(head, n), m->name) >= 50;
	return l->found ? 1 : 0;
}

static bool holds_model(const struct aisp_input *in, enum aisp_container_form form, int depth)
{
	struct look l = {.depth = depth};
	struct aisp_container_limits limits = {.max_member = PROBE_MEMBER_BYTES, .max_total = PROBE_TOTAL};

	(void)aisp_container_each(in, form, &limits, NULL, look_at, &l, NULL, NULL);
	return l.found;
}

static int detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	bool named = is_model_archive_name(path), binary = head.n && memchr(head.p, 0, head.n);
	enum aisp_container_form form = aisp_container_detect_head(in);

	/* A zip behind something else: looked for where there may be one, since most files are text. */
	if (form == AISP_CONTAINER_NONE && (named || binary || aisp_slice_starts(head, AISP_S("#!"))))
		form = aisp_container_detect(in);
	if (form == AISP_CONTAINER_NONE)
		return 0;
	if (named)
		return 25;
	return holds_model(in, form, 0) ? 25 : 0;
}

static void scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	(void)path;
	aisp_model__members(run, in, aisp_container_detect(in), NULL, NULL);
}

const struct aisp_model_reader aisp_model__archive_reader = {AISP_MODEL_ARCHIVE, detect, scan};

/* ---- TorchServe archives: the handler is code by design ---- */

static int mar_detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	(void)path;
	if (!aisp_slice_starts(head, aisp_slice_of("PK\3\4", 4)))
		return 0;
	return aisp_model__names_in(in, AISP_CONTAINER_ZIP).mar ? 95 : 0;
}

static bool mar_member(struct aisp_model_run *run, void *ctx, const struct aisp_container_member *m)
{
	(void)ctx;
	if (name_ends(m->name, ".py")) {
		aisp_model__issue(run, "mar-code", AISP_MODEL_INFO, m->name, 0, m->name, "serving the archive runs this handler", "");
		return true;
	}
	if (name_ends(m->name, "requirements.txt"))
		aisp_model__issue(run, "mar-requirements", AISP_MODEL_LOW, m->name, 0, m->name, "serving the archive may install these packages", "");
	return false;
}

static void mar_scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	(void)path;
	aisp_model__members(run, in, AISP_CONTAINER_ZIP, mar_member, NULL);
}

const struct aisp_model_reader aisp_model__mar_reader = {AISP_MODEL_MAR, mar_detect, mar_scan};

/* ---- NeMo: a tar (or zip) of model_config.yaml and checkpoints ---- */

static int nemo_detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	enum aisp_container_form form = aisp_container_detect_head(in);

	(void)head;
	if (form != AISP_CONTAINER_TAR && form != AISP_CONTAINER_ZIP)
		return name_ends(path, ".nemo") && form != AISP_CONTAINER_NONE ? 60 : 0;
	struct aisp_names k = aisp_model__names_in(in, form);
	return k.nemo ? 90 : name_ends(path, ".nemo") ? 60 : 0;
}

static void nemo_scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	(void)path;
	aisp_model__members(run, in, aisp_container_detect(in), NULL, NULL);
}

const struct aisp_model_reader aisp_model__nemo_reader = {AISP_MODEL_NEMO, nemo_detect, nemo_scan};
