/* TOML: toml++ parses, this file bounds it and walks its tables into our tree.
 *
 * toml++ keeps a table sorted by key; we give members in the order of the text. It builds and frees nested tables by
 * recursion and has no limits for dotted keys; guard() measures depth and size before toml++ sees the text.
 * Dates and times become text as RFC 3339 writes them.
 * Invariant: no C++ exception leaves this file.
 */
#include <algorithm>
#include <cstring>
#include <toml++/toml.h>
#include <vector>

extern "C" {
#include "base/doc_int.h"
}

namespace
{

/* A text of TOML, read just far enough to know how deep it nests and about how many values it makes. */
struct guard_state {
	aisp_slice text;
	size_t at;
	uint32_t header;           /* components of the [header] we are under */
	uint32_t dots;             /* of the key or header being read */
	uint64_t marks;            /* characters of which each value has at least one */
	std::vector<uint32_t> nest; /* depth before each open bracket */
	uint32_t depth;            /* of the open brackets, with the dotted keys before them */
};

/* Skips a string; what is not closed is left for toml++ to refuse. */
void skip_string(guard_state &g)
{
	char quote = g.text.p[g.at];
	aisp_slice rest = aisp_slice_from(g.text, g.at);
	const char triple[] = {quote, quote, quote};
	size_t n = aisp_slice_starts(rest, aisp_slice_of(triple, 3)) ? 3 : 1;

	for (size_t i = n; i < rest.n; i++) {
		if (rest.p[i] == '\\' && quote == '"') {
			i++;
		} else if (aisp_slice_starts(aisp_slice_from(rest, i), aisp_slice_of(triple, n))) {
			i += n;
			for (size_t more = 0; n == 3 && more < 2 && i < rest.n && rest.p[i] == quote; more++)
				i++;
			g.at += i;
			return;
		} else if (rest.p[i] == '\n' && n == 1) {
			g.at += i;
			return;
		}
	}
	g.at = g.text.n;
}

/* A bracket that begins a line is a header, else it opens an array or inline table. */
void open_bracket(guard_state &g, bool line_begin)
{
	if (line_begin && g.nest.empty() && g.text.p[g.at] == '[') {
		g.header = 0;
		g.dots = 0;
		return;
	}
	g.nest.push_back(g.depth);
	g.depth += g.dots + 1;
	g.dots = 0;
}

void close_bracket(guard_state &g, bool in_header)
{
	if (in_header) {
		g.header = g.dots + 1;
	} else if (!g.nest.empty()) {
		g.depth = g.nest.back();
		g.nest.pop_back();
	}
	g.dots = 0;
}

int guard(aisp_docb *b, aisp_slice text)
{
	guard_state g = {text, 0, 0, 0, 0, {}, 0};
	bool line_begin = true, in_header = false;

	while (g.at < text.n) {
		char c = text.p[g.at];

		if (c == '#') {
			size_t nl = aisp_slice_chr(aisp_slice_from(text, g.at), '\n');

			g.at = nl == SIZE_MAX ? text.n : g.at + nl;
			continue;
		}
		if (c == '"' || c == '\'') {
			skip_string(g);
			line_begin = false;
			continue;
		}
		if (c == '[' || c == '{') {
			in_header |= line_begin && g.nest.empty() && c == '[';
			open_bracket(g, in_header);
			g.marks++;
		} else if (c == ']' || c == '}') {
			close_bracket(g, in_header);
			in_header = false;
		} else if (c == '.') {
			g.dots++;
			g.marks++;
		} else if (c == ',' || (c == '\n' && !in_header)) {
			g.dots = 0;
		}
		g.marks += c == ',' || c == '=';
		in_header &= c != '\n';
		line_begin = c == '\n' || (line_begin && (c == ' ' || c == '\t' || c == '\r'));
		/* One more: the point of a number is counted as that of a key. The tree is held to the exact limit. */
		if (g.header + g.depth + g.dots > b->max_depth + 1)
			return aisp_fail(b->err, AISP_E_LIMIT, "line %u: nested deeper than the limit of %u levels",
			                 aisp_doc__line_at(text, g.at), b->max_depth);
		g.at++;
	}
	if (g.marks / 3 > b->max_values)
		return aisp_fail(b->err, AISP_E_LIMIT, "more than the limit of %u values", b->max_values);
	return AISP_OK;
}

int put_node(aisp_docb *b, const toml::node &node);

struct place {
	toml::source_position at;
	const toml::key *key;
	const toml::node *node;
};

int put_table(aisp_docb *b, const toml::table &table, uint32_t line)
{
	std::vector<place> places;
	int r = aisp_docb_open(b, true, line);

	if (r < 0)
		return r;
	for (auto &&[key, node] : table)
		places.push_back({key.source().begin, &key, &node});
	std::sort(places.begin(), places.end(), [](const place &x, const place &y) { return x.at < y.at; });
	for (const place &p : places) {
		aisp_slice key = aisp_slice_of(p.key->str().data(), p.key->str().size());

		r = aisp_docb_key(b, key, p.at.line);
		if (r == 0)
			r = put_node(b, *p.node);
		if (r < 0)
			return r;
	}
	return aisp_docb_close(b, nullptr, nullptr);
}

int put_array(aisp_docb *b, const toml::array &array, uint32_t line)
{
	int r = aisp_docb_open(b, false, line);

	for (auto at = array.begin(); r == 0 && at != array.end(); ++at)
		r = put_node(b, *at);
	return r == 0 ? aisp_docb_close(b, nullptr, nullptr) : r;
}

int put_text(aisp_docb *b, const char *text, size_t n, uint32_t line)
{
	aisp_doc d = {};

	d.type = AISP_DOC_STR;
	d.line = line;
	d.s = aisp_slice_of(text, n);
	return aisp_docb_put(b, &d);
}

size_t format_date(char *to, size_t room, const toml::date &d)
{
	int n = snprintf(to, room, "%04u-%02u-%02u", static_cast<unsigned>(d.year), static_cast<unsigned>(d.month),
	                 static_cast<unsigned>(d.day));

	return static_cast<size_t>(n);
}

size_t format_time(char *to, size_t room, const toml::time &t)
{
	int n = snprintf(to, room, "%02u:%02u:%02u", static_cast<unsigned>(t.hour), static_cast<unsigned>(t.minute),
	                 static_cast<unsigned>(t.second));
	size_t at = static_cast<size_t>(n);

	if (t.nanosecond == 0)
		return at;
	at += static_cast<size_t>(snprintf(to + at, room - at, ".%09u", static_cast<unsigned>(t.nanosecond)));
	while (to[at - 1] == '0')
		at--;
	return at;
}

size_t format_date_time(char *to, size_t room, const toml::date_time &dt)
{
	size_t n = format_date(to, room, dt.date);

	to[n++] = 'T';
	n += format_time(to + n, room - n, dt.time);
	if (!dt.offset)
		return n;
	int minutes = dt.offset->minutes;

	if (minutes == 0) {
		to[n++] = 'Z';
		return n;
	}
	unsigned size = static_cast<unsigned>(minutes < 0 ? -minutes : minutes);

	return n + static_cast<size_t>(snprintf(to + n, room - n, "%c%02u:%02u", minutes < 0 ? '-' : '+', size / 60,
	                                        size % 60));
}

int put_moment(aisp_docb *b, const toml::node &node, uint32_t line)
{
	char text[80];
	size_t n = 0;

	if (auto date = node.as_date())
		n = format_date(text, sizeof text, date->get());
	else if (auto time = node.as_time())
		n = format_time(text, sizeof text, time->get());
	else if (auto both = node.as_date_time())
		n = format_date_time(text, sizeof text, both->get());
	return put_text(b, text, n, line);
}

int put_node(aisp_docb *b, const toml::node &node)
{
	uint32_t line = node.source().begin.line;
	aisp_doc d = {};

	d.line = line;
	if (auto table = node.as_table())
		return put_table(b, *table, line);
	if (auto array = node.as_array())
		return put_array(b, *array, line);
	if (auto text = node.as_string())
		return put_text(b, text->get().data(), text->get().size(), line);
	if (auto integer = node.as_integer()) {
		d.type = AISP_DOC_INT;
		d.i = integer->get();
	} else if (auto real = node.as_floating_point()) {
		d.type = AISP_DOC_REAL;
		d.r = real->get();
	} else if (auto flag = node.as_boolean()) {
		d.type = AISP_DOC_BOOL;
		d.b = flag->get();
	} else {
		return put_moment(b, node, line);
	}
	return aisp_docb_put(b, &d);
}

int parse(aisp_docb *b, aisp_slice text, const aisp_doc **ret_doc)
{
	int r = guard(b, text);

	if (r < 0)
		return r;
	toml::table table = toml::parse(std::string_view(text.n ? text.p : "", text.n));

	r = put_table(b, table, 1);
	if (r < 0)
		return r;
	aisp_doc *root = static_cast<aisp_doc *>(aisp_arena_alloc(b->arena, sizeof *root));

	if (!root)
		return aisp_docb_nomem(b);
	*root = aisp_docb_root(b);
	*ret_doc = root;
	return AISP_OK;
}

int parse_caught(aisp_docb *b, aisp_slice text, const aisp_doc **ret_doc)
{
	try {
		return parse(b, text, ret_doc);
	} catch (const toml::parse_error &e) {
		auto what = e.description();

		return aisp_fail(b->err, AISP_E_PARSE, "line %u: not TOML: %.*s", e.source().begin.line,
		                 static_cast<int>(std::min<size_t>(what.size(), 300)), what.data());
	} catch (...) {
		return aisp_docb_nomem(b);
	}
}

}

extern "C" int aisp_toml_parse(aisp_arena *a, aisp_slice text, const aisp_doc_limits *limits, const aisp_doc **ret_doc,
                               aisp_err *err)
{
	aisp_docb b;
	int r = aisp_docb_init(&b, a, text, limits, err);

	if (r == 0)
		r = parse_caught(&b, text, ret_doc);
	aisp_docb_done(&b);
	return r;
}
