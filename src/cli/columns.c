/* See columns.h. */
#include "cli/columns.h"
#include "cli/session.h"
#include <unistd.h>

enum { NARROWEST = 60 };

unsigned aisp_columns(const struct aisp_options *o)
{
	struct aisp_report report;
	if (o->output || !isatty(STDOUT_FILENO))
		return AISP_UNCUT;
	aisp_report_init(o, NULL, "", &report);
	return report.width < NARROWEST ? NARROWEST : report.width;
}

size_t aisp_cell_width(struct aisp_slice text)
{
	AISP_AUTOBUF struct aisp_buf safe = {0};
	aisp_buf_init(&safe, 1 << 20);
	aisp_buf_put_printable(&safe, text);
	return aisp_show_width(aisp_buf_slice(&safe));
}

void aisp_cell(struct aisp_buf *out, struct aisp_slice text, size_t width, bool pad)
{
	AISP_AUTOBUF struct aisp_buf safe = {0};
	aisp_buf_init(&safe, 1 << 20);
	aisp_buf_put_printable(&safe, text);
	const size_t before = out->n;
	aisp_show_fit(out, aisp_buf_slice(&safe), width);
	if (safe.bad && !out->bad)
		out->bad = safe.bad;
	const size_t used = aisp_show_width(aisp_slice_of(out->p + before, out->n - before));
	if (pad && used < width)
		aisp_buf_fill(out, ' ', width - used);
}

void aisp_note(struct aisp_buf *out, struct aisp_slice text, size_t at, size_t indent, size_t width)
{
	AISP_AUTOBUF struct aisp_buf safe = {0};
	aisp_buf_init(&safe, 1 << 20);
	aisp_buf_put_printable(&safe, text);
	if (safe.bad && !out->bad)
		out->bad = safe.bad;
	struct aisp_slice rest = aisp_buf_slice(&safe);
	if (rest.n && at + 2 + aisp_show_width(rest) <= width) {
		aisp_buf_putz(out, "  ");
		aisp_buf_put(out, rest);
		rest.n = 0;
	}
	while (out->n && out->p[out->n - 1] == ' ')
		out->n--;
	aisp_buf_putc(out, '\n');
	while (rest.n) {
		aisp_buf_fill(out, ' ', indent);
		aisp_buf_put(out, aisp_show_take_line(&rest, width > indent + 20 ? width - indent : 20));
		aisp_buf_putc(out, '\n');
	}
}
