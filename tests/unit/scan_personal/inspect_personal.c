/* For `make accuracy`: prints what the detector finds in files, one JSON object a line.
 *
 *   inspect_personal FILE…     a file that is a table is read as one, any other as text; - reads names of files from stdin
 */
#include "base/jw.h"
#include "base/mem.h"
#include "scan/personal/personal.h"
#include "scan/tabular/tabular.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const certainty[] = {"", "possible", "likely", "sure"};

static void line(struct aisp_buf *b)
{
	fwrite(b->p, 1, b->n, stdout);
	fputc('\n', stdout);
	aisp_buf_clear(b);
}

struct ctx {
	const char *path;
	struct aisp_buf *b;
};

static int on_hit(void *ctx, const struct aisp_personal_hit *hit)
{
	struct ctx *c = ctx;
	struct aisp_jw w;

	aisp_jw_init(&w, c->b, false);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "path", c->path);
	aisp_jw_kint(&w, "line", hit->line);
	aisp_jw_kint(&w, "at", (int64_t)hit->at);
	aisp_jw_kint(&w, "n", (int64_t)hit->n);
	aisp_jw_kz(&w, "class", aisp_personal_class_name(hit->cls));
	aisp_jw_kz(&w, "detector", hit->detector);
	aisp_jw_kz(&w, "certainty", certainty[hit->certainty]);
	aisp_jw_kz(&w, "reason", hit->reason);
	aisp_jw_end(&w);
	line(c->b);
	return 0;
}

static void columns(const char *path, const struct aisp_tabular_table *t, struct aisp_buf *b)
{
	for (size_t i = 0; i < t->n_columns; i++) {
		struct aisp_personal_verdict v[8];
		struct aisp_personal_column col = {t->name, t->columns[i].name, t->columns[i].type, t->columns[i].values, t->columns[i].n_values};
		size_t n = aisp_personal_column(&col, v, 8);
		for (size_t k = 0; k < n; k++) {
			struct aisp_jw w;
			aisp_jw_init(&w, b, false);
			aisp_jw_obj(&w);
			aisp_jw_kz(&w, "path", path);
			aisp_jw_kstr(&w, "table", t->name);
			aisp_jw_kstr(&w, "column", t->columns[i].name);
			aisp_jw_kz(&w, "class", aisp_personal_class_name(v[k].cls));
			aisp_jw_kz(&w, "detector", v[k].detector);
			aisp_jw_kz(&w, "certainty", certainty[v[k].certainty]);
			aisp_jw_kz(&w, "reason", v[k].reason);
			aisp_jw_end(&w);
			line(b);
		}
	}
}

static int inspect(const char *path, struct aisp_buf *b)
{
	struct aisp_err err = {0};
	struct stat st;
	const struct aisp_tabular *t = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		fprintf(stderr, "%s: cannot be read\n", path);
		if (fd >= 0)
			close(fd);
		return 1;
	}
	struct aisp_input in = aisp_input_fd(fd, 0, (uint64_t)st.st_size);
	enum aisp_tabular_form form = aisp_tabular_detect(&in, aisp_slice_z(path));
	struct aisp_arena *a = aisp_arena_new(0);
	int r = 0;
	if (form && (r = aisp_tabular_read(&in, form, NULL, a, &t, &err)) == 0) {
		for (size_t i = 0; i < t->n_tables; i++)
			columns(path, &t->tables[i], b);
	} else {
		AISP_AUTOBUF struct aisp_buf text;
		aisp_buf_init(&text, (size_t)64 << 20);
		struct ctx c = {path, b};
		size_t n = st.st_size > (64 << 20) ? (size_t)64 << 20 : (size_t)st.st_size;
		if (n && aisp_input_append(&in, 0, n, &text, &err) == 0)
			aisp_personal_text(aisp_buf_slice(&text), on_hit, &c, &err);
	}
	aisp_arena_free(a);
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	AISP_AUTOBUF struct aisp_buf b;
	char name[4096];
	int bad = 0;

	aisp_buf_init(&b, 0);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-") != 0) {
			bad |= inspect(argv[i], &b);
			continue;
		}
		while (fgets(name, sizeof name, stdin)) {
			name[strcspn(name, "\n")] = '\0';
			bad |= inspect(name, &b);
		}
	}
	return bad;
}
