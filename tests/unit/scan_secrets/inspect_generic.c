/* Prints what the detection by context sees in files, one JSON object a line: for measuring and for fitting its weights
 * (tests/accuracy/secrets/fit.py). Finds the anchors by itself, slowly; the paths stand in a list on the standard input.
 *
 *   inspect_generic [-a] [-r ROOT] < PATHS      -a: all candidates with their features, not only hits
 */
#include <stdio.h>
#include <stdlib.h>
#include "scan/secrets/generic_int.h"

static const char *const names[] = {
#define X(sym) #sym,
	GENERIC_FEATURES(X)
#undef X
};

static size_t match(struct aisp_slice text, size_t at, const char *anchor)
{
	size_t n = 0;
	while (anchor[n] && at + n < text.n && generic_lower(text.p[at + n]) == anchor[n])
		n++;
	return anchor[n] ? 0 : n;
}

static size_t line_of(struct aisp_slice text, size_t at, size_t *last_at, size_t *last_line)
{
	if (at < *last_at) {
		*last_at = 0;
		*last_line = 1;
	}
	for (; *last_at < at; ++*last_at)
		*last_line += text.p[*last_at] == '\n';
	return *last_line;
}

static void print_string(struct aisp_slice s)
{
	putchar('"');
	for (size_t i = 0; i < s.n && i < 2000; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < ' ' || c >= 0x7f)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void print(struct aisp_slice path, struct aisp_slice text, const struct generic_candidate *c, bool all, size_t *at, size_t *line)
{
	printf("{\"path\":");
	print_string(path);
	printf(",\"line\":%zu,\"score\":%.2f,\"name\":", line_of(text, c->value_at, at, line), c->score);
	print_string(c->name);
	printf(",\"value\":");
	print_string(c->value);
	if (all) {
		printf(",\"features\":[");
		bool first = true;
		for (size_t k = 0; k < GENERIC_FEATURE_END; k++)
			if (generic_has(&c->features, (enum generic_feature)k)) {
				printf("%s\"%s\"", first ? "" : ",", names[k]);
				first = false;
			}
		putchar(']');
	}
	printf("}\n");
}

static void scan(struct aisp_slice path, struct aisp_slice text, bool all)
{
	struct aisp_secrets__generic_ctx g = {.path = path, .text = text};
	struct generic_candidate c[GENERIC_MULTI];
	size_t line_at = 0, line = 1;
	bool first[256] = {0};
	for (const struct aisp_secrets__anchor *a = aisp_secrets__anchors; a->text; a++)
		first[(unsigned char)a->text[0]] = true;
	aisp_secrets__generic_begin(&g);
	for (size_t i = 0; i < text.n; i++) {
		if (!first[(unsigned char)generic_lower(text.p[i])])
			continue;
		for (const struct aisp_secrets__anchor *a = aisp_secrets__anchors; a->text; a++) {
			if (a->text[0] != generic_lower(text.p[i]) || !match(text, i, a->text))
				continue;
			size_t n = aisp_secrets__generic_judge(&g, a->tag, i, c);
			for (size_t k = 0; k < n; k++)
				if (all || c[k].score >= GENERIC_POSSIBLE)
					print(path, text, &c[k], all, &line_at, &line);
		}
	}
}

int main(int argc, char **argv)
{
	bool all = false;
	const char *root = "";
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-a"))
			all = true;
		else if (!strcmp(argv[i], "-r") && i + 1 < argc)
			root = argv[++i];
	}
	static char path[8192], full[16384];
	enum { MAX = 64 << 20 };
	char *text = malloc(MAX);
	while (text && fgets(path, sizeof path, stdin)) {
		path[strcspn(path, "\n")] = 0;
		snprintf(full, sizeof full, "%s%s", root, path);
		FILE *f = fopen(full, "rb");
		if (!f)
			continue;
		size_t n = fread(text, 1, MAX, f);
		fclose(f);
		scan(aisp_slice_z(path), aisp_slice_of(text, n), all);
	}
	free(text);
	return 0;
}
