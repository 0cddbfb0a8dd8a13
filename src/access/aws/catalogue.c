/* The catalogue of AWS actions, looked up without case by binary search: first the service, then the action in it. */
#include "access/aws/catalogue_int.h"
#include "access/aws/iam.h"
#include <strings.h>

static int order(struct aisp_slice s, const char *z)
{
	size_t n = strlen(z);
	int c = strncasecmp(s.p ? s.p : "", z, s.n < n ? s.n : n);

	return c ? c : (s.n > n) - (s.n < n);
}

static const struct aisp_aws__service *service_find(struct aisp_slice name)
{
	size_t lo = 0, hi = aisp_aws__n_services;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = order(name, aisp_aws__services[mid].name);
		if (c == 0)
			return &aisp_aws__services[mid];
		if (c > 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

const struct aisp_aws_action *aisp_aws_action_find(struct aisp_slice action)
{
	size_t colon = aisp_slice_chr(action, ':');
	const struct aisp_aws__service *s = colon == SIZE_MAX ? NULL : service_find(aisp_slice_to(action, colon));

	if (!s)
		return NULL;
	for (size_t lo = s->begin, hi = s->end; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;
		int c = order(aisp_slice_from(action, colon + 1), aisp_aws__actions[mid].name);
		if (c == 0)
			return &aisp_aws__actions[mid];
		if (c > 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

const struct aisp_aws_type *aisp_aws_type_at(uint16_t number)
{
	return number < aisp_aws__n_types ? &aisp_aws__types[number] : NULL;
}

void aisp_aws_action_each(struct aisp_slice pattern, void (*f)(void *ctx, const struct aisp_aws_action *a), void *ctx)
{
	size_t colon = aisp_slice_chr(pattern, ':');
	struct aisp_slice service = aisp_slice_to(pattern, colon), name = colon == SIZE_MAX ? pattern : aisp_slice_from(pattern, colon + 1);

	if (colon == SIZE_MAX && !aisp_slice_eqz(pattern, "*"))
		return;
	for (size_t i = 0; i < aisp_aws__n_services; i++) {
		const struct aisp_aws__service *s = &aisp_aws__services[i];
		if (!aisp_iam_match(service, aisp_slice_z(s->name), true))
			continue;
		for (uint32_t k = s->begin; k < s->end; k++)
			if (aisp_iam_match(name, aisp_slice_z(aisp_aws__actions[k].name), true))
				f(ctx, &aisp_aws__actions[k]);
	}
}

bool aisp_aws_service_has_rcp(struct aisp_slice service)
{
	const struct aisp_aws__service *s = service_find(service);

	return s && s->rcp;
}

size_t aisp_aws_action_count(void)
{
	return aisp_aws__n_actions;
}
