/* Would these lines tell a secret? For whoever shows a part of a file to people. */
#include "base/mem.h"
#include "collect/content/content.h"

struct aisp_content_eye {
	struct aisp_secrets *secrets;
	struct aisp_secrets_scratch *scratch;
};

struct asked {
	uint32_t from, to;
	bool found;
};

static int seen(void *ctx, const struct aisp_secret_hit *hit)
{
	struct asked *q = ctx;
	q->found = q->found || (hit->line <= q->to && hit->end_line >= q->from);
	return 0;
}

static int make(struct aisp_content_eye **ret, struct aisp_err *err)
{
	struct aisp_content_eye *e = aisp_mem_zalloc(1, sizeof *e);
	const struct aisp_secrets_config config = {0};
	int r = e ? aisp_secrets_new(&config, &e->secrets, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory while looking for secrets");
	if (r == 0)
		r = aisp_secrets_scratch_new(e->secrets, &e->scratch, err);
	if (r < 0)
		aisp_content_eye_free(e);
	else
		*ret = e;
	return r;
}

int aisp_content_tells(struct aisp_content_eye **eye, struct aisp_slice path, struct aisp_slice text, uint32_t from, uint32_t to, bool *ret, struct aisp_err *err)
{
	struct asked q = {from, to, false};
	struct aisp_err why = {0};
	int r = *eye ? 0 : make(eye, err);
	if (r < 0)
		return r;
	r = aisp_secrets_scan((*eye)->secrets, (*eye)->scratch, path, text, seen, &q, &why);
	if (r == AISP_E_NOMEM)
		return aisp_fail(err, AISP_E_NOMEM, "%s", why.msg);
	*ret = q.found || r < 0; /* cut short: nobody knows */
	return 0;
}

void aisp_content_eye_free(struct aisp_content_eye *e)
{
	if (!e)
		return;
	aisp_secrets_scratch_free(e->scratch);
	aisp_secrets_free(e->secrets);
	aisp_mem_free(e);
}
