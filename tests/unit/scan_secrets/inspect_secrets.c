/* Prints a JSON object a line for each hit in the files named on standard input; for comparisons with other tools. Without values.
 *
 * usage: inspect_secrets [-a] [-n] [-c GITLEAKS.toml] < LIST     -a overlapping hits too; -n only the rules of -c */
#include "base/fs.h"
#include "base/jw.h"
#include "base/secret.h"
#include "scan/secrets/secrets.h"
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct aisp_slice source;

static void put_hit(const struct aisp_secret_hit *h, struct aisp_slice path, struct aisp_jw *w)
{
	static const char *const certainties[] = {"", "possible", "likely", "sure"};
	char preview[AISP_PREVIEW_MAX];

	aisp_preview(h->value, preview);
	aisp_jw_obj(w);
	aisp_jw_kz(w, "detector", "secrets");
	aisp_jw_kstr(w, "path", path);
	aisp_jw_kz(w, "rule", h->rule);
	aisp_jw_kz(w, "issuer", h->issuer);
	aisp_jw_kz(w, "kind", aisp_secret_kind_name(h->kind));
	aisp_jw_kz(w, "certainty", certainties[h->certainty & 3]);
	aisp_jw_kz(w, "severity", h->severity);
	aisp_jw_kint(w, "line", h->line);
	aisp_jw_kint(w, "column", h->column);
	aisp_jw_kint(w, "end_line", h->end_line);
	aisp_jw_kint(w, "end_column", h->end_column);
	aisp_jw_kint(w, "length", (int64_t)h->n);
	aisp_jw_key(w, "entropy");
	aisp_jw_real(w, round(h->entropy * 1000) / 1000);
	aisp_jw_key(w, "facts");
	aisp_jw_obj(w);
	for (uint32_t i = 0; i < h->n_facts; i++)
		aisp_jw_kstr(w, h->facts[i].key, h->facts[i].value);
	aisp_jw_end(w);
	aisp_jw_kz(w, "preview", preview);
	aisp_jw_end(w);
}

static int show(void *ctx, const struct aisp_secret_hit *h)
{
	struct aisp_buf *b = ctx;
	struct aisp_jw w;

	aisp_buf_clear(b);
	aisp_jw_init(&w, b, false);
	put_hit(h, source, &w);
	printf("%.*s\n", AISP_FMT(aisp_buf_slice(b)));
	return 0;
}

int main(int argc, char **argv)
{
	struct aisp_secrets_config config = {0};
	struct aisp_slice rules;
	struct aisp_buf text, out, toml;
	struct aisp_err err = {0};
	struct aisp_secrets *s;
	struct aisp_secrets_scratch *x;
	char line[4096];

	aisp_buf_init(&text, (size_t)1 << 30);
	aisp_buf_init(&out, 1 << 20);
	aisp_buf_init(&toml, 64 << 20);
	for (int i = 1; i < argc; i++) {
		config.all_hits |= strcmp(argv[i], "-a") == 0;
		config.no_builtin |= strcmp(argv[i], "-n") == 0;
		if (strcmp(argv[i], "-c") == 0 && i + 1 < argc) {
			if (aisp_fs_read(AT_FDCWD, argv[++i], false, 64 << 20, &toml, &err) < 0)
				goto failed;
			rules = aisp_buf_slice(&toml);
			config.rule_files = &rules;
			config.n_rule_files = 1;
		}
	}
	if (aisp_secrets_new(&config, &s, &err) < 0 || aisp_secrets_scratch_new(s, &x, &err) < 0)
		goto failed;
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = 0;
		source = aisp_slice_z(line);
		aisp_buf_clear(&text);
		if (aisp_fs_read(AT_FDCWD, line, true, (size_t)1 << 30, &text, &err) < 0 ||
		    aisp_secrets_scan(s, x, source, aisp_buf_slice(&text), show, &out, &err) < 0)
			fprintf(stderr, "%s: %s\n", line, err.msg);
	}
	aisp_secrets_scratch_free(x);
	aisp_secrets_free(s);
	aisp_buf_done(&text);
	aisp_buf_done(&out);
	aisp_buf_done(&toml);
	return 0;
failed:
	fprintf(stderr, "%s\n", err.msg);
	return 1;
}
