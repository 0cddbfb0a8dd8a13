/* VPC flow logs: lines of fields parted by blanks, in files with a header line (version account-id …); without one, the default format of version 2. Traffic that was let (ACCEPT) is a
 * use by the source address of ADDRESS:PORT; what was not (REJECT) an attempt. docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
 *
 * Not for: bytes and packets; one line is one event, whatever it adds up.
 */
#include "collect/logs/logs_int.h"

enum field { F_OTHER, F_ACCOUNT, F_INTERFACE, F_SRC, F_DST, F_SRCPORT, F_DSTPORT, F_PROTOCOL, F_START, F_ACTION, F_STATUS, F_REGION, F_VPC, F_INSTANCE, F_PKTSRC, F_PKTDST, F_DIRECTION, F_END_ };
static const char *const names[F_END_] = {
	[F_ACCOUNT] = "account-id", [F_INTERFACE] = "interface-id", [F_SRC] = "srcaddr", [F_DST] = "dstaddr", [F_SRCPORT] = "srcport", [F_DSTPORT] = "dstport", [F_PROTOCOL] = "protocol",
	[F_START] = "start", [F_ACTION] = "action", [F_STATUS] = "log-status", [F_REGION] = "region", [F_VPC] = "vpc-id", [F_INSTANCE] = "instance-id", [F_PKTSRC] = "pkt-srcaddr",
	[F_PKTDST] = "pkt-dstaddr", [F_DIRECTION] = "flow-direction",
};
enum { COLUMNS_MAX = 64, DEFAULT_COLUMNS = 14 };
struct flow {
	unsigned n;
	uint8_t columns[COLUMNS_MAX];
};

static enum field field_of(struct aisp_slice name)
{
	for (unsigned f = 1; f < F_END_; f++)
		if (names[f] && aisp_slice_eqz(name, names[f]))
			return (enum field)f;
	return F_OTHER;
}

/* A header names the columns; without it there are those of version 2. False: too many, or none that is known. */
static bool read_header(struct aisp_slice line, struct flow *to)
{
	static const uint8_t usual[DEFAULT_COLUMNS] = {F_OTHER, F_ACCOUNT, F_INTERFACE, F_SRC, F_DST, F_SRCPORT, F_DSTPORT, F_PROTOCOL, F_OTHER, F_OTHER, F_START, F_OTHER, F_ACTION, F_STATUS};
	struct aisp_slice part, left = line;
	unsigned known = 0;

	to->n = 0;
	while (to->n < COLUMNS_MAX && aisp_slice_split(&left, ' ', &part)) {
		to->columns[to->n] = (uint8_t)field_of(part);
		known += to->columns[to->n++] != F_OTHER;
	}
	if (known >= 3)
		return true;
	memcpy(to->columns, usual, sizeof usual);
	to->n = DEFAULT_COLUMNS;
	return false;
}

static unsigned split(struct aisp_slice line, const struct flow *f, struct aisp_slice *ret)
{
	struct aisp_slice part;
	unsigned n = 0;

	for (; n < f->n && aisp_slice_split(&line, ' ', &part); n++)
		if (f->columns[n] != F_OTHER && !aisp_slice_eqz(part, "-"))
			ret[f->columns[n]] = part;
	return line.p ? n + 1 : n;
}

static bool is_address(struct aisp_slice s)
{
	size_t i = 0;

	for (; i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f') || s.p[i] == '.' || s.p[i] == ':'); i++)
		;
	return s.n >= 2 && s.n <= 45 && i == s.n;
}

int aisp_log__flow_recognise(struct aisp_slice head)
{
	struct flow f;
	struct aisp_slice v[F_END_] = {0};
	const struct aisp_slice line = aisp_log__first_line(head);

	if (line.n > 4096)
		return 0;
	if (read_header(line, &f))
		return 90;
	if (!aisp_slice_starts(line, AISP_S("2 ")) || split(line, &f, v) != DEFAULT_COLUMNS)
		return 0;
	return v[F_ACCOUNT].n == 12 && aisp_slice_starts(v[F_INTERFACE], AISP_S("eni-")) ? 90 : 0;
}

int aisp_log__flow_begin(struct aisp_log_parser *p, struct aisp_slice head, struct aisp_err *err)
{
	struct flow *f = aisp_arena_zalloc(p->stream, 1, sizeof *f);

	if (!f)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading flow logs");
	read_header(aisp_slice_to(aisp_log__first_line(head), 4096), f);
	p->state = f;
	return 0;
}

/* An answer goes from a service's port to one that was made up for the connection: the question tells of the use. */
static bool is_answer(const struct aisp_slice v[F_END_])
{
	uint64_t port = 0, back = 0;

	return aisp_slice_u64(v[F_SRCPORT], &back) && aisp_slice_u64(v[F_DSTPORT], &port) && port >= 32768 && back < 32768;
}

static struct aisp_slice joined(char *to, struct aisp_slice a, const char *between, struct aisp_slice b)
{
	const struct aisp_slice parts[] = {a, aisp_slice_z(between), b};
	size_t n = 0;

	for (unsigned i = 0; i < 3; n += parts[i++].n)
		if (parts[i].n)
			memcpy(to + n, parts[i].p, parts[i].n);
	return aisp_slice_of(to, n);
}

static int give(const struct aisp_slice v[F_END_], struct aisp_slice from, struct aisp_slice to, uint64_t start, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	char asset[64], origin[160];
	const struct aisp_slice place = aisp_slice_to(v[F_REGION].n ? v[F_REGION] : v[F_VPC], 64), account = aisp_slice_to(v[F_ACCOUNT], 32);
	const struct aisp_use_event e = {
		.at_us = start < (1ULL << 32) ? (int64_t)start * 1000000 : 0,
		.outcome = aisp_slice_eqz(v[F_ACTION], "REJECT") ? AISP_USE_DENIED : AISP_USE_DONE,
		.identity = from, .via = v[F_INSTANCE].n ? v[F_INSTANCE] : v[F_INTERFACE], .action = AISP_S("connect"),
		.asset = joined(asset, to, ":", v[F_DSTPORT].n ? v[F_DSTPORT] : AISP_S("0")),
		.origin = account.n ? joined(origin, account, place.n ? "/" : "", place) : account, .from = from,
	};

	return sink(ctx, &e, err);
}

int aisp_log__flow_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *doc, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	const struct flow *f = p->state;
	struct aisp_slice v[F_END_] = {0};
	uint64_t start = 0;

	(void)doc;
	if (field_of(aisp_slice_to(text, aisp_slice_chr(text, ' '))) != F_OTHER || aisp_slice_starts(text, AISP_S("version ")))
		return 0; /* the header */
	if (split(text, f, v) != f->n)
		return aisp_fail(err, AISP_E_PARSE, "not a flow log's line: it has not as many fields as the header (%u)", f->n);
	if (aisp_slice_eqz(v[F_STATUS], "NODATA") || aisp_slice_eqz(v[F_STATUS], "SKIPDATA"))
		return 0;
	const struct aisp_slice from = v[F_PKTSRC].n ? v[F_PKTSRC] : v[F_SRC], to = v[F_PKTDST].n ? v[F_PKTDST] : v[F_DST];
	if (!is_address(from) || !is_address(to) || (v[F_START].n && !aisp_slice_u64(v[F_START], &start)) || v[F_DSTPORT].n > 5)
		return aisp_fail(err, AISP_E_PARSE, "not a flow log's line: no addresses");
	return is_answer(v) ? 0 : give(v, from, to, start, sink, ctx, err);
}
