/* Prints a table in a file as JSON, for comparing with other readers of the form: {"form", "sampling", "partial", "tables":
 * [{"name", "rows", "columns": [{"name", "type", "values"}]}]}. A first argument -N sets the rows a table.
 */
#include "base/jw.h"
#include "base/mem.h"
#include "scan/tabular/tabular.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void print(const char *path, const struct aisp_tabular *t, struct aisp_buf *b)
{
	struct aisp_jw w;

	aisp_jw_init(&w, b, false);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "path", path);
	aisp_jw_kz(&w, "form", aisp_tabular_form_name(t->form));
	aisp_jw_kstr(&w, "sampling", t->sampling);
	aisp_jw_kstr(&w, "partial", t->partial);
	aisp_jw_kint(&w, "bytes_read", (int64_t)t->bytes_read);
	aisp_jw_key(&w, "tables");
	aisp_jw_arr(&w);
	for (size_t i = 0; i < t->n_tables; i++) {
		aisp_jw_obj(&w);
		aisp_jw_kstr(&w, "name", t->tables[i].name);
		aisp_jw_kint(&w, "rows", t->tables[i].rows_known ? (int64_t)t->tables[i].rows : -1);
		aisp_jw_key(&w, "columns");
		aisp_jw_arr(&w);
		for (size_t k = 0; k < t->tables[i].n_columns; k++) {
			const struct aisp_tabular_column *c = &t->tables[i].columns[k];
			aisp_jw_obj(&w);
			aisp_jw_kstr(&w, "name", c->name);
			aisp_jw_kstr(&w, "type", c->type);
			aisp_jw_key(&w, "values");
			aisp_jw_arr(&w);
			for (size_t v = 0; v < c->n_values; v++) {
				if (c->values[v].p)
					aisp_jw_str(&w, c->values[v]);
				else
					aisp_jw_null(&w);
			}
			aisp_jw_end(&w);
			aisp_jw_end(&w);
		}
		aisp_jw_end(&w);
		aisp_jw_end(&w);
	}
	aisp_jw_end(&w);
	aisp_jw_end(&w);
	fwrite(b->p, 1, b->n, stdout);
	fputc('\n', stdout);
	aisp_buf_clear(b);
}

int main(int argc, char **argv)
{
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_tabular_limits limits = {0};
	int bad = 0;

	aisp_buf_init(&b, 0);
	for (int i = 1; i < argc; i++) {
		struct aisp_err err = {0};
		struct stat st;
		const struct aisp_tabular *t = NULL;
		if (argv[i][0] == '-') {
			limits.max_rows = (uint32_t)strtoul(argv[i] + 1, NULL, 10);
			continue;
		}
		int fd = open(argv[i], O_RDONLY | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &st) < 0)
			return 1;
		struct aisp_input in = aisp_input_fd(fd, 0, (uint64_t)st.st_size);
		struct aisp_arena *a = aisp_arena_new(0);
		enum aisp_tabular_form form = aisp_tabular_detect(&in, aisp_slice_z(argv[i]));
		int r = aisp_tabular_read(&in, form, &limits, a, &t, &err);
		if (r == 0)
			print(argv[i], t, &b);
		else
			printf("{\"path\": \"%s\", \"error\": \"%s: %s\"}\n", argv[i], aisp_code_name((enum aisp_code)r), err.msg);
		bad |= r < 0;
		aisp_arena_free(a);
		close(fd);
	}
	return bad;
}
