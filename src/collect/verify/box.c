/* The box: shared memory between the worker that finds credentials and the parent that asks about them.
 *
 *   record  u16 issuer  u16 rule  u16 value  u16 other   (lengths)
 *           fingerprint[36]  other's fingerprint[36] (NULs: none)
 *           issuer, rule, value, other (bytes)
 *
 * The parent reads it only when the child is gone, and believes none of it. */
#include "collect/verify/verify_int.h"
#include <sodium.h>
#include <sys/mman.h>

enum { LENGTHS = 8, HEAD = LENGTHS + 2 * AISP_FINGERPRINT_LEN, NEAR_LINES = 30 };

struct aisp_verify_box {
	uint32_t used, count, left_out;
	char seen[AISP_VERIFY__RECORDS][2 * AISP_FINGERPRINT_LEN];
	char bytes[AISP_VERIFY__BOX];
};

int aisp_verify_box_new(struct aisp_verify_box **ret, struct aisp_err *err)
{
	struct aisp_verify_box *b = aisp_fault_hit() ? MAP_FAILED
	                                             : mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (b == MAP_FAILED)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for credentials to verify");
	(void)mlock(b, sizeof *b); /* where the limit allows */
	(void)madvise(b, sizeof *b, MADV_DONTDUMP);
	*ret = b;
	return 0;
}

void aisp_verify_box_clear(struct aisp_verify_box *b)
{
	sodium_memzero(b, sizeof *b);
}

void aisp_verify_box_free(struct aisp_verify_box *b)
{
	if (!b)
		return;
	aisp_verify_box_clear(b);
	munmap(b, sizeof *b);
}

static void put_u16(char *p, size_t n)
{
	p[0] = (char)(n & 255);
	p[1] = (char)(n >> 8 & 255);
}

static size_t get_u16(const char *p)
{
	return (size_t)(unsigned char)p[0] | (size_t)(unsigned char)p[1] << 8;
}

bool aisp_verify__put(char *bytes, size_t cap, uint32_t *used, const struct aisp_verify__record *r)
{
	const struct aisp_slice parts[] = {r->issuer, r->rule, r->value, r->other};
	size_t n = HEAD;
	char *p = bytes + *used;

	for (size_t i = 0; i < 4; i++) {
		if (parts[i].n > AISP_VERIFY__VALUE_MAX)
			return false;
		n += parts[i].n;
	}
	if (n > cap - *used)
		return false;
	for (size_t i = 0; i < 4; i++)
		put_u16(p + 2 * i, parts[i].n);
	memcpy(p + LENGTHS, r->fp, AISP_FINGERPRINT_LEN);
	memset(p + LENGTHS + AISP_FINGERPRINT_LEN, 0, AISP_FINGERPRINT_LEN);
	if (r->other_fp[0])
		memcpy(p + LENGTHS + AISP_FINGERPRINT_LEN, r->other_fp, AISP_FINGERPRINT_LEN);
	p += HEAD;
	for (size_t i = 0; i < 4; i++) {
		if (parts[i].n)
			memcpy(p, parts[i].p, parts[i].n);
		p += parts[i].n;
	}
	*used += (uint32_t)n;
	return true;
}

int aisp_verify__read(struct aisp_slice bytes, uint32_t count, aisp_verify__sink *sink, void *ctx, struct aisp_err *err)
{
	if (count > AISP_VERIFY__RECORDS)
		return aisp_fail(err, AISP_E_REMOTE, "a worker handed over more credentials than it may");
	for (uint32_t i = 0; i < count; i++) {
		struct aisp_verify__record r = {0};
		struct aisp_slice *const parts[] = {&r.issuer, &r.rule, &r.value, &r.other};
		size_t at = HEAD;
		if (bytes.n < HEAD)
			return aisp_fail(err, AISP_E_REMOTE, "what a worker handed over ends within credential %u", i + 1);
		memcpy(r.fp, bytes.p + LENGTHS, AISP_FINGERPRINT_LEN);
		memcpy(r.other_fp, bytes.p + LENGTHS + AISP_FINGERPRINT_LEN, AISP_FINGERPRINT_LEN);
		for (size_t k = 0; k < 4; k++) {
			size_t n = get_u16(bytes.p + 2 * k);
			if (n > AISP_VERIFY__VALUE_MAX || n > bytes.n - at)
				return aisp_fail(err, AISP_E_REMOTE, "what a worker handed over ends within credential %u", i + 1);
			*parts[k] = aisp_slice_of(bytes.p + at, n);
			at += n;
		}
		int rc = sink(ctx, &r, err);
		if (rc < 0)
			return rc;
		bytes = aisp_slice_from(bytes, at);
	}
	return bytes.n ? aisp_fail(err, AISP_E_REMOTE, "a worker handed over bytes behind its last credential") : 0;
}

void aisp_verify__box_bytes(const struct aisp_verify_box *b, struct aisp_slice *ret_bytes, uint32_t *ret_count, uint32_t *ret_left_out)
{
	*ret_bytes = aisp_slice_of(b->bytes, b->used < sizeof b->bytes ? b->used : sizeof b->bytes);
	*ret_count = b->count;
	*ret_left_out = b->left_out;
}

static struct aisp_slice fact(const struct aisp_content_secret *s, const char *key)
{
	for (uint32_t i = 0; i < s->n_facts; i++)
		if (strcmp(s->facts[i].key, key) == 0)
			return s->facts[i].value;
	return (struct aisp_slice){0};
}

/* The nearest hit of a rule of the list: hits stand in order of place, so only neighbours are looked at. */
static const struct aisp_content_secret *beside(const struct aisp_content_report *r, size_t i, const char *rules)
{
	const struct aisp_content_secret *me = &r->secrets[i], *best = NULL;
	uint32_t best_far = NEAR_LINES + 1;

	for (size_t k = i > 64 ? i - 64 : 0; k < r->n_secrets && k < i + 64; k++) {
		const struct aisp_content_secret *s = &r->secrets[k];
		uint32_t far = s->line > me->line ? s->line - me->line : me->line - s->line;
		if (k == i || !s->value.n || !aisp_slice_eq(s->inner, me->inner) || !aisp_verify__in(rules, ' ', aisp_slice_z(s->rule)))
			continue;
		/* Of two that are as far, the one behind: the id usually comes first. */
		if (far < best_far || (far == best_far && k > i && best && best < me)) {
			best = s;
			best_far = far;
		}
	}
	return best;
}

static bool is_seen(struct aisp_verify_box *b, const struct aisp_verify__record *r)
{
	char both[2 * AISP_FINGERPRINT_LEN];

	memcpy(both, r->fp, AISP_FINGERPRINT_LEN);
	memcpy(both + AISP_FINGERPRINT_LEN, r->other_fp, AISP_FINGERPRINT_LEN);
	for (uint32_t i = 0; i < b->count; i++)
		if (memcmp(b->seen[i], both, sizeof both) == 0)
			return true;
	if (b->count < AISP_VERIFY__RECORDS)
		memcpy(b->seen[b->count], both, sizeof both);
	return false;
}

void aisp_verify_box_add(struct aisp_verify_box *b, const struct aisp_content_report *r)
{
	for (size_t i = 0; i < r->n_secrets; i++) {
		const struct aisp_content_secret *s = &r->secrets[i], *half = NULL;
		struct aisp_verify__record rec = {.issuer = aisp_slice_z(s->issuer), .rule = aisp_slice_z(s->rule), .value = s->value};
		const struct aisp_verify_row *row = s->value.n ? aisp_verify_row_find(rec.issuer, rec.rule, rec.value) : NULL;
		if (!row)
			continue;
		if (row->other_fact)
			rec.other = fact(s, row->other_fact);
		if (row->other_rule && !rec.other.n && (half = beside(r, i, row->other_rule)) != NULL) {
			rec.other = half->value;
			memcpy(rec.other_fp, half->fingerprint, sizeof rec.other_fp);
		}
		if ((row->other_rule || row->other_fact) && !rec.other.n)
			continue;
		memcpy(rec.fp, s->fingerprint, sizeof rec.fp);
		if (is_seen(b, &rec))
			continue;
		if (b->count < AISP_VERIFY__RECORDS && aisp_verify__put(b->bytes, sizeof b->bytes, &b->used, &rec))
			b->count++;
		else
			b->left_out++;
	}
}

void aisp_verify_wipe(const struct aisp_content_report *r)
{
	for (size_t i = 0; i < r->n_secrets; i++)
		if (r->secrets[i].value.n) /* a copy in the report's arena: ours to change */
			sodium_memzero((void *)(uintptr_t)r->secrets[i].value.p, r->secrets[i].value.n);
}
