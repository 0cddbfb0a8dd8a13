/* Prints a sample in a format: what the tests in Python look at, and how the golden files are made.
 *
 *   show-render FORMAT VIEW SAMPLE [WIDTH [color]]        show-render --list   (one "FORMAT VIEW" a line)
 */
#include "base/fs.h"
#include "sample.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const views[] = {"scan", "assets", "identities", "findings", "gaps", "access", "path", "graph"};

static int list(void)
{
	for (size_t f = 0; aisp_formats[f]; f++)
		for (unsigned v = 0; v < sizeof views / sizeof *views; v++)
			if (aisp_formats[f]->views & (1U << v))
				printf("%s %s\n", aisp_formats[f]->name, views[v]);
	return 0;
}

int main(int argc, char **argv)
{
	static const char *const samples[] = {"bot", "empty", "hostile", "big"};
	const struct aisp_format *format = argc > 2 ? aisp_format_find(aisp_slice_z(argv[1])) : NULL;
	struct sample s;
	struct aisp_buf out;
	struct aisp_err err = {0};
	unsigned view = 0, kind = 0;

	if (argc == 2 && strcmp(argv[1], "--list") == 0)
		return list();
	if (!format || argc < 4)
		return fprintf(stderr, "usage: show-render FORMAT VIEW SAMPLE [WIDTH [color]]\n"), 2;
	while (view < 8 && strcmp(argv[2], views[view]) != 0)
		view++;
	while (kind < 4 && strcmp(argv[3], samples[kind]) != 0)
		kind++;
	if (view == 8 || kind == 4 || sample_make((enum sample_kind)kind, &s) < 0)
		return 2;
	sample_list(&s, (enum aisp_view)view);
	s.report.width = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 0;
	s.report.color = argc > 5;
	s.report.scan_seconds = 0.42;
	aisp_buf_init(&out, 0);
	int r = format->write(&s.report, (enum aisp_view)view, &out, &err);

	if (r < 0)
		fprintf(stderr, "%s\n", err.msg);
	else
		r = aisp_fs_put(STDOUT_FILENO, aisp_buf_slice(&out), &err);
	aisp_buf_done(&out);
	sample_done(&s);
	return r < 0;
}
