/* PyTorch: zips with data.pkl (torch/serialization.py), TorchScript (code/ and constants.pkl), the pickles in a row of before 1.6
 * and the tars of before 0.1.10. Tensors' bytes are never read, but for their first, which may be a pickle under another name.
 */
#include "base/hash.h"
#include "scan/modelfile/archive_int.h"
#include "scan/modelfile/pickle_int.h"

/* 0x1950a86a20f9469cfc6c, pickled: the begin of a legacy file behind PROTO. */
static const struct aisp_slice legacy_magic = {"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 13};

static bool ends(struct aisp_slice name, const char *end)
{
	return aisp_slice_ends(name, aisp_slice_z(end));
}

static int zip_sure(const struct aisp_input *in, struct aisp_slice head, bool script)
{
	if (!aisp_slice_starts(head, aisp_slice_of("PK\3\4", 4)))
		return 0;
	struct aisp_names k = aisp_model__names_in(in, AISP_CONTAINER_ZIP);
	bool is_script = k.n_code > 0 || (k.constants && k.torch_data);
	if (script)
		return is_script && (k.torch_data || k.constants) ? 92 : 0;
	return k.torch_data || (k.torch_numbered && (k.torch_version || k.n_pickles)) ? 90 : 0;
}

static int zip_detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	(void)path;
	return zip_sure(in, head, false);
}

static int script_detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	(void)path;
	return zip_sure(in, head, true);
}

/* A storage's bytes are looked at further only when they begin as something else does. */
static bool is_plain_storage(const struct aisp_container_member *m)
{
	char head[4096];
	size_t n = 0;

	if (!aisp_model__is_torch_storage(m->name) || aisp_input_read_some(&m->input, 0, head, sizeof head, &n, NULL) < 0 || n < 4)
		return false;
	struct aisp_slice s = aisp_slice_of(head, n);
	if (s.p[0] == '{' || s.p[0] == '<' || aisp_slice_starts(s, AISP_S("\x7f" "ELF")) || aisp_slice_starts(s, AISP_S("MZ")))
		return false;
	return aisp_model__pickle_reader.detect(&m->input, s, m->name) == 0 && aisp_container_detect_head(&m->input) == AISP_CONTAINER_NONE;
}

static bool zip_member(struct aisp_model_run *run, void *ctx, const struct aisp_container_member *m)
{
	char first[2] = {0};
	size_t n = 0;

	(void)ctx;
	if (m->input.size == 0 || is_plain_storage(m))
		return true;
	if (ends(m->name, "/version") || aisp_slice_eqz(m->name, "version")) {
		struct aisp_slice v = aisp_slice_trim(aisp_model__take(run, &m->input, 0, 16));
		struct aisp_slice text = aisp_arena_printf(run->tmp, "file format %.*s", AISP_FMT(v));
		if (text.p && v.n && v.p[0] >= '0' && v.p[0] <= '9')
			aisp_model__fact(run, "framework_version", text);
		return aisp_slice_u64(v, &(uint64_t){0});
	}
	if (ends(m->name, ".py") && aisp_slice_find(m->name, AISP_S("code/")) != SIZE_MAX) {
		struct aisp_slice text = aisp_model__take(run, &m->input, 0, (size_t)1 << 20);
		if (m->input.size > (uint64_t)1 << 20)
			aisp_model__partial(run, "%.*s: only the first MiB of code was read", AISP_FMT(m->name));
		if (text.p)
			aisp_model__python(run, m->name, 0, text);
		return true;
	}
	if (aisp_input_read_some(&m->input, 0, first, 2, &n, NULL) == 0 && n == 2 && (unsigned char)first[0] == 0x80 && ends(m->name, ".pkl")) {
		aisp_model__torch_pickle(run, &m->input, m->name, false);
		return true;
	}
	return false;
}

static void zip_scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	(void)path;
	aisp_model__fact(run, "producer", AISP_S("PyTorch"));
	aisp_model__members(run, in, AISP_CONTAINER_ZIP, zip_member, NULL);
}

const struct aisp_model_reader aisp_model__torch_zip_reader = {AISP_MODEL_TORCH_ZIP, zip_detect, zip_scan};
const struct aisp_model_reader aisp_model__torchscript_reader = {AISP_MODEL_TORCHSCRIPT, script_detect, zip_scan};

/* ---- storages ---- */

/* ("storage", torch.FloatStorage, key, location, items) */
void aisp_pk_torch_storage(struct aisp_pickle *p, const struct aisp_pk_node *id)
{
	struct aisp_buf AISP_AUTOBUF key = {0};

	if (id->n < 5 || id->kids[1].kind != AISP_PK_GLOBAL || id->kids[4].kind != AISP_PK_INT || (int64_t)id->kids[4].a < 0 ||
	    !aisp_pk_text(p, &id->kids[2], 64, &key))
		return;
	struct aisp_key k = {aisp_hash64(key.p, key.n, 5), aisp_hash64(key.p, key.n, 6)};
	struct aisp_slice type = p->globals.v[id->kids[1].n].qualname;
	if (aisp_map_get(&p->torch.seen, k) || p->torch.storages > 1000000)
		return;
	if (aisp_map_put(&p->torch.seen, k, 1, NULL) < 0) {
		aisp_model__nomem(p->run);
		return;
	}
	p->torch.storages++;
	if (__builtin_add_overflow(p->torch.items, id->kids[4].a, &p->torch.items))
		p->torch.items = UINT64_MAX;
	for (size_t i = 0; i < sizeof p->torch.types / sizeof *p->torch.types; i++) {
		if (p->torch.types[i].n == 0)
			p->torch.types[i] = type;
		if (!aisp_slice_eq(p->torch.types[i], type))
			continue;
		if (__builtin_add_overflow(p->torch.by_type[i], id->kids[4].a, &p->torch.by_type[i]))
			p->torch.by_type[i] = UINT64_MAX;
		return;
	}
}

void aisp_pk_torch_facts(struct aisp_pickle *p)
{
	struct aisp_buf AISP_AUTOBUF b = {0};

	if (p->torch.storages == 0)
		return;
	aisp_buf_printf(&b, "%llu (", (unsigned long long)p->torch.items);
	for (size_t i = 0; i < sizeof p->torch.types / sizeof *p->torch.types && p->torch.types[i].n; i++) {
		struct aisp_slice t = p->torch.types[i];
		if (aisp_slice_ends(t, AISP_S("Storage")))
			t = aisp_slice_to(t, t.n - 7);
		aisp_buf_printf(&b, "%s%.*s %llu", i ? ", " : "", AISP_FMT(t), (unsigned long long)p->torch.by_type[i]);
	}
	aisp_buf_putc(&b, ')');
	if (!b.bad)
		aisp_model__fact(p->run, "parameters", aisp_buf_slice(&b));
	aisp_buf_clear(&b);
	aisp_buf_printf(&b, "%llu", (unsigned long long)p->torch.storages);
	if (!b.bad)
		aisp_model__fact(p->run, "tensors", aisp_buf_slice(&b));
}

/* ---- before 1.6 ---- */

static int legacy_detect(const struct aisp_input *in, struct aisp_slice head, struct aisp_slice path)
{
	(void)path;
	if (head.n > 15 && (unsigned char)head.p[0] == 0x80 && aisp_slice_starts(aisp_slice_from(head, 2), legacy_magic))
		return 95;
	if (head.n < 512 || !aisp_slice_eq(aisp_slice_of(head.p + 257, 5), AISP_S("ustar")))
		return 0;
	struct aisp_names k = aisp_model__names_in(in, AISP_CONTAINER_TAR);
	return k.tar_pickle && (k.tar_storages || k.tar_tensors) ? 92 : 0;
}

static bool tar_member(struct aisp_model_run *run, void *ctx, const struct aisp_container_member *m)
{
	struct aisp_slice base = aisp_slice_basename(m->name);

	(void)ctx;
	if (!aisp_slice_eqz(base, "pickle") && !aisp_slice_eqz(base, "storages") && !aisp_slice_eqz(base, "tensors") &&
	    !aisp_slice_eqz(base, "sys_info"))
		return false;
	if (m->input.size)
		aisp_model__torch_pickle(run, &m->input, m->name, !aisp_slice_eqz(base, "pickle") && !aisp_slice_eqz(base, "sys_info"));
	return true;
}

static void legacy_scan(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice path)
{
	(void)path;
	aisp_model__fact(run, "producer", AISP_S("PyTorch"));
	if (aisp_container_detect(in) == AISP_CONTAINER_TAR) {
		aisp_model__fact(run, "framework_version", AISP_S("file format of before 0.1.10 (tar)"));
		aisp_model__issue(run, "torch-tar", AISP_MODEL_LOW, AISP_S(""), 0, AISP_S("tar"),
		                  "weights_only does not protect when this old form is loaded by PyTorch before 2.6", "CVE-2025-32434");
		aisp_model__members(run, in, AISP_CONTAINER_TAR, tar_member, NULL);
		return;
	}
	aisp_model__fact(run, "framework_version", AISP_S("file format of before 1.6"));
	aisp_model__torch_pickle(run, in, AISP_S(""), true);
}

const struct aisp_model_reader aisp_model__torch_legacy_reader = {AISP_MODEL_TORCH_LEGACY, legacy_detect, legacy_scan};
