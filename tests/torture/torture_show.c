/* Torture of the writers: every allocation fails, once and persistently. A writer gives back AISP_E_NOMEM, leaks
 * nothing, and when it says OK it has written the same bytes as without any failure.
 */
#include "sample.h"
#include "torture.h"

struct one {
	const struct aisp_format *f;
	const struct sample *s;
	enum aisp_view view;
	struct aisp_slice want;
};

/* One writing with the nth allocation failing; true when that many were made. */
static bool write_once(const struct one *x, uint64_t nth, bool persistent)
{
	struct aisp_buf out;
	struct aisp_err err = {0};
	size_t live = aisp_mem_live();

	aisp_buf_init(&out, 0);
	aisp_fault_set(nth, persistent);
	int r = x->f->write(&x->s->report, x->view, &out, &err);
	bool hit = aisp_fault_count() >= nth;

	aisp_fault_set(0, false);
	bool whole = aisp_slice_eq(aisp_buf_slice(&out), x->want);
	const char *wrong = r != AISP_OK && r != AISP_E_NOMEM ? "gives another code"
			    : r == AISP_OK && !whole          ? "says OK, but the output is not whole"
			    : hit && persistent && r == 0     ? "succeeds in spite of it"
			    : !hit && r != AISP_OK            ? "fails without a fault"
							      : NULL;

	aisp_buf_done(&out);
	if (!wrong && aisp_mem_live() != live)
		wrong = "leaks";
	if (wrong) {
		torture_failures++;
		fprintf(stderr, "%s, view %u: call %llu fails%s: %s (code %d, %s)\n", x->f->name, (unsigned)x->view,
			(unsigned long long)nth, persistent ? " and all after it" : "", wrong, r, err.msg);
	}
	return hit;
}

/* Each of the first calls, then ever sparser: the later ones are the same calls for other rows. */
static void torture_writer(const struct aisp_format *f, enum sample_kind kind, enum aisp_view view)
{
	struct sample s;
	struct aisp_buf want;
	struct one x = {.f = f, .s = &s, .view = view};

	TORTURE_CHECK(sample_make(kind, &s) == 0);
	sample_list(&s, view);
	s.report.width = 90;
	aisp_buf_init(&want, 0);
	TORTURE_CHECK(f->write(&s.report, view, &want, NULL) == 0);
	x.want = aisp_buf_slice(&want);
	for (int persistent = 0; persistent < 2; persistent++)
		for (uint64_t n = 1; torture_failures < 20 && write_once(&x, n, persistent); n += 1 + n / 150)
			;
	aisp_buf_done(&want);
	sample_done(&s);
}

int main(void)
{
	for (size_t f = 0; aisp_formats[f]; f++)
		for (unsigned view = 0; view <= AISP_VIEW_GRAPH; view++)
			if (aisp_formats[f]->views & (1U << view)) {
				torture_writer(aisp_formats[f], SAMPLE_BOT, (enum aisp_view)view);
				torture_writer(aisp_formats[f], SAMPLE_HOSTILE, (enum aisp_view)view);
			}
	return torture_result();
}
