/* Control objects: what a text is, where that lives, what taking it away costs. The forms are rows in patch_*.c; the first that fits counts. */
#include "govern/plan_int.h"

const struct aisp_control_form aisp_control_unknown = {"other", AISP_STEP_MANUAL, 5, "anything else"};

static const struct aisp_form *const lists[] = {aisp_forms__postgres, aisp_forms__aws, aisp_forms__kubernetes, aisp_forms__file};

/* Names that stand in requests and commands as they are. Anything else is a person's: nothing that a quote, a dollar or a line end could turn into something else. */
static bool is_plain(struct aisp_slice control)
{
	for (size_t i = 0; i < control.n; i++) {
		const unsigned char c = (unsigned char)control.p[i];
		if (c < 0x20 || c == 0x7f || strchr("\"'\\`$;&|<>(){}!", c))
			return false;
	}
	return true;
}

static bool is_fit(const struct aisp_form *f, struct aisp_slice control)
{
	const bool sql = aisp_slice_starts(aisp_slice_z(f->form.kind), AISP_S("postgres."));
	return f->fits(control) && (sql ? aisp_slice_find(control, AISP_S("$aisp$")) == SIZE_MAX : is_plain(control));
}

const struct aisp_form *aisp_control__form(struct aisp_slice control)
{
	for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
		for (const struct aisp_form *f = lists[l]; f->form.kind; f++)
			if (is_fit(f, control))
				return f;
	return NULL;
}

const struct aisp_control_form *aisp_control_form(struct aisp_slice control)
{
	const struct aisp_form *f = aisp_control__form(control);
	return f ? &f->form : &aisp_control_unknown;
}

const struct aisp_control_form *aisp_control_form_at(size_t i)
{
	for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
		for (const struct aisp_form *f = lists[l]; f->form.kind; f++)
			if (i-- == 0)
				return &f->form;
	return NULL;
}
