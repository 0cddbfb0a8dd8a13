/* Source code: any bytes as any of the languages. The first byte chooses the language; the byte 0x02
 * begins another file of the same program. Reading and linking end within their limits, twice with the
 * same answer, on one core or several.
 */
#include "fuzz.h"

#include "base/jw.h"
#include "base/task.h"
#include "scan/source/source.h"

static const char *const names[][3] = {
	{"a.py", "b.py", "pkg/__init__.py"}, {"a.js", "b.js", "c/index.js"}, {"a.ts", "b.ts", "app/api/x/route.ts"},
	{"a.tsx", "b.tsx", "c.tsx"},         {"a.ipynb", "b.ipynb", "c.ipynb"},
	{"a.go", "b.go", "pkg/c.go"},        {"a/A.java", "a/B.java", "b/C.java"},
	{"A.cs", "B.cs", "c/C.cs"},          {"src/main.rs", "src/tools.rs", "src/b/mod.rs"},
	{"a.rb", "lib/b.rb", "c.rb"},        {"a.php", "src/B.php", "src/C.php"},
	{"application.yml", "application.properties", "A.java"},
};
enum { LANGS = sizeof names / sizeof *names };

static void write_all(struct aisp_slice text, unsigned lang, unsigned n_workers, struct aisp_buf *out)
{
	struct aisp_arena *a = aisp_arena_new((size_t)512 << 20), *workers[64];
	struct aisp_source_module *mods[3];
	struct aisp_source_limits limits = {.max_bytes = 64 << 10, .timeout_us = 20000000};
	struct aisp_source_facts f;
	struct aisp_err err = {0};
	struct aisp_slice part;
	struct aisp_jw w;
	size_t n = 0;
	int r;

	while (n < 3 && text.n && aisp_slice_split(&text, '\002', &part)) {
		struct aisp_slice path = aisp_slice_z(names[lang][n]);

		r = aisp_source_read(path, aisp_source_lang_of(path), part, &limits, a, &mods[n], &err);
		FUZZ_CHECK(r == 0 || r == AISP_E_LIMIT || r == AISP_E_PARSE || r == AISP_E_TIMEOUT);
		FUZZ_CHECK(r == 0 || err.msg[0]);
		n += r == 0;
	}
	for (unsigned i = 0; i < n_workers; i++)
		workers[i] = aisp_arena_new((size_t)512 << 20);
	r = aisp_source_link_on(mods, n, a, workers, n_workers, &f, &err);
	FUZZ_CHECK(r == 0 || r == AISP_E_LIMIT);
	if (r == 0) {
		for (size_t i = 0; i < f.n_hits; i++) {
			FUZZ_CHECK(f.hits[i].kind > AISP_SOURCE_KIND_NONE && f.hits[i].kind < AISP_SOURCE_KIND_END);
			FUZZ_CHECK(f.hits[i].module < n);
		}
		for (size_t i = 0; i < f.n_relations; i++)
			FUZZ_CHECK(f.relations[i].from < f.n_hits && f.relations[i].to < f.n_hits);
		aisp_jw_init(&w, out, false);
		aisp_source_write(&f, mods, n, &w);
	}
	for (unsigned i = 0; i < n_workers; i++)
		aisp_arena_free(workers[i]);
	aisp_arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_buf one, two;
	unsigned lang;

	if (size < 1 || size > 32768)
		return 0;
	lang = data[0] >= '0' && data[0] < '0' + LANGS ? data[0] - '0' : data[0] % LANGS;
	aisp_buf_init(&one, 0);
	aisp_buf_init(&two, 0);
	write_all(aisp_slice_of((const char *)data + 1, size - 1), lang, 0, &one);
	write_all(aisp_slice_of((const char *)data + 1, size - 1), lang, size % 8 == 0 ? aisp_task_workers() : 0, &two);
	FUZZ_CHECK(aisp_slice_eq(aisp_buf_slice(&one), aisp_buf_slice(&two)));
	aisp_buf_done(&one);
	aisp_buf_done(&two);
	return 0;
}
