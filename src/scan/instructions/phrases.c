/* Phrases and features over the words of a text, window by window, and what they say together: a command that is aimed at the
 * model, something kept from the user, something secret that is to go out.
 */
#include "scan/instructions/instructions_int.h"

enum { NEAR = 30, OVERLAP = 1 << 10, NOTE_MAX = 2500, DOUBTFUL = 0, OF_RUNNING = 384, TOLD_NOBODY = 768 };

struct phrases {
	struct scan *s;
	struct window w;
	unsigned *f; /* features of each word */
	bool only_security; /* first pass: counts the words of security writing */
	unsigned seen_security; /* bit for each kind that was seen */
	size_t window_hits; /* how many hits there were before this window */
	struct model model;
};

static enum severity for_role(const struct phrase *p, enum aisp_text_role role)
{
	size_t i = role == AISP_TEXT_PROMPT ? 3 : (size_t)role;

	return i < 4 ? (enum severity)(p->severity[i] - '0') : SEV_NONE;
}

static const struct region *region_at(const struct scan *s, size_t at)
{
	size_t lo = 0, hi = s->regions.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->regions.v[mid].end <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->regions.n && s->regions.v[lo].at <= at ? &s->regions.v[lo] : NULL;
}

static const char *region_rule(const struct region *r, const char *otherwise)
{
	static const char *const rules[] = {[R_COMMENT] = "hidden-comment", [R_STYLE] = "hidden-style", [R_TITLE] = "hidden-title"};

	return r ? rules[r->kind] : otherwise;
}

static size_t word_at(const struct phrases *p, size_t i)
{
	return p->w.base + p->w.words[i].at;
}
static size_t word_end(const struct phrases *p, size_t i)
{
	return p->w.base + p->w.words[i].at + p->w.words[i].n;
}

static void report(struct phrases *p, const char *rule, enum severity sev, size_t from, size_t to, const char *reason)
{
	const struct region *r = region_at(p->s, word_at(p, from));

	for (size_t i = from; i < to; i++)
		if (p->w.words[i].flags & W_FOLDED && sev > SEV_NONE && sev < SEV_HIGH) {
			sev = SEV_HIGH;
			reason = "written so that a reader or a filter does not see it, and aimed at the model";
		}
	if (r && sev > SEV_NONE)
		sev = sev < SEV_HIGH ? sev + 1 : sev;
	aisp_instructions__hit(p->s, region_rule(r, rule), sev, word_at(p, from), word_end(p, to - 1) - word_at(p, from), reason,
	                       aisp_slice_of(NULL, 0));
}

/* Things worth hiding near the phrase, but not in it. */
static unsigned danger_near(const struct phrases *p, size_t from, size_t to)
{
	size_t begin = from > NEAR ? from - NEAR : 0, end = to + NEAR < p->w.n_words ? to + NEAR : p->w.n_words;
	unsigned n = 0;

	for (size_t i = from; i > begin && !(p->w.words[i].flags & W_PARAGRAPH); i--)
		n += p->f[i - 1] & F_DANGER ? 1u : 0u;
	for (size_t i = to; i < end && !(p->w.words[i].flags & W_PARAGRAPH); i++)
		n += p->f[i] & F_DANGER ? 1u : 0u;
	return n;
}

/* Installers that many projects tell people to run. */
static bool known_installer(const struct phrases *p, size_t from, size_t to)
{
	static const char *const hosts[] = {"astral.sh/", "sh.rustup.rs", "get.docker.com", "bun.sh/", "deno.land/", "install.python-poetry.org",
		"raw.githubusercontent.com/", "get.pnpm.io", "nixos.org/", "ollama.com/", "ollama.ai/", "claude.ai/", "mise.run", "mise.jdx.dev",
		"get.sdkman.io", "fnm.vercel.app", "get.volta.sh", "deb.nodesource.com", "get.helm.sh", "get.k3s.io", "install.determinate.systems",
		"rustup.rs", "starship.rs/", "just.systems/", "foundry.paradigm.xyz", "pyenv.run", "cli.github.com", "sdk.cloud.google.com",
		"get.pulumi.com", "sentry.io/", "fly.io/", "releases.hashicorp.com", "dl.yarnpkg.com", "getcomposer.org", "pixi.sh/", "tailscale.com/",
		"aka.ms/", "get.scoop.sh", "chocolatey.org/", "community.chocolatey.org", "cursor.com/", "get.sdkman", "encore.dev/", "wasmtime.dev/",
		"dot.net/", "railway.app/", "cli.", "install.", "moonrepo.dev/", "proto", "lefthook", "golangci", "goreleaser.com", "tea.xyz", "pkgx.sh",
		"elan", "release.solana.com", "anza.xyz", "risczero.com", "sp1up", "aptos.dev", "sui.io", "linkerd.io", "istio.io", "kubernetes.io", "k8s.io"};

	for (size_t i = from; i < to; i++) {
		struct aisp_slice url = aisp_slice_of(p->w.text + p->w.words[i].at, p->w.words[i].n);

		if (!aisp_slice_starts(url, AISP_S("https://")))
			continue;
		url = aisp_slice_from(url, 8);
		for (size_t h = 0; h < sizeof hosts / sizeof *hosts; h++)
			if (aisp_slice_starts(url, aisp_slice_z(hosts[h])) || aisp_slice_starts(url, AISP_S("www.")))
				return true;
	}
	return false;
}

/* https, and a host alone or a file called install: what a page on installing something shows. */
static bool plain_installer(const struct phrases *p, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		struct aisp_slice url = aisp_slice_of(p->w.text + p->w.words[i].at, p->w.words[i].n);

		if (aisp_slice_starts(url, AISP_S("https://")))
			return aisp_slice_chr(aisp_slice_from(url, 8), '/') == SIZE_MAX || aisp_slice_find(url, AISP_S("/install")) != SIZE_MAX;
	}
	return false;
}

/* "Claude, …" and "Claude: …", not "**Claude**: …", "**Claude:** …", "Claude: \"…\"" or "the writing agent: …". */
static bool is_spoken_to(const struct phrases *p, size_t i)
{
	size_t end = (size_t)p->w.words[i].at + p->w.words[i].n;
	struct aisp_slice behind = aisp_slice_to(aisp_slice_of(p->w.text + end, p->w.n - end), 3);

	if (!behind.n || (behind.p[0] != ',' && behind.p[0] != ':') || aisp_slice_chr(behind, '"') != SIZE_MAX || aisp_slice_chr(behind, '*') != SIZE_MAX)
		return false;
	return behind.p[0] == ',' || i == 0 || p->w.words[i].flags & (W_SENTENCE | W_BREAK);
}

static bool is_exempt(const struct phrases *p, size_t i, size_t n, const struct phrase *row)
{
	size_t end = i + n + 12 < p->w.n_words ? i + n + 12 : p->w.n_words;

	if (row->flags & P_FIRST && i > 0 && !(p->w.words[i].flags & (W_SENTENCE | W_BREAK)))
		return true;
	return (row->flags & P_HOST && known_installer(p, i, end)) || (row->flags & P_VOCATIVE && !is_spoken_to(p, i));
}

/* Data as short as a message or a field: what speaks to a model there is seldom a part of something longer. */
static bool is_note(const struct scan *s)
{
	return s->role == AISP_TEXT_DATA && s->text.n <= NOTE_MAX;
}

static void try_phrase(struct phrases *p, size_t i, const struct phrase *row)
{
	enum severity sev = for_role(row, p->s->role);
	size_t n = sev || p->s->regions.n ? aisp_instructions__match(&p->w, i, row->pattern) : 0;
	const struct region *r = n ? region_at(p->s, word_at(p, i)) : NULL;

	if (!n || (!sev && !r))
		return;
	if (!sev)
		sev = SEV_LOW;
	if (is_exempt(p, i, n, row))
		return;
	if (row->flags & P_HOST && sev == SEV_MEDIUM && p->w.words[i].flags & W_FENCED && plain_installer(p, i, i + n))
		sev = SEV_LOW;
	if (row->flags & P_BOOST && sev < SEV_HIGH && danger_near(p, i, i + n) >= 2)
		sev++;
	if (aisp_instructions__described(p->s, &p->w, p->f, i, i + n, row, &sev))
		return;
	report(p, row->rule, sev, i, i + n, row->reason);
}

static void on_candidate(void *ctx, size_t i, const struct phrase *row, const struct feature_word *f)
{
	struct phrases *p = ctx;

	if (row) {
		if (!p->only_security)
			try_phrase(p, i, row);
		return;
	}
	if (!p->only_security)
		return;
	size_t n = aisp_instructions__match(&p->w, i, f->pattern);

	for (size_t k = i; k < i + n; k++)
		p->f[k] |= f->features;
	if (n && f->features & F_SECURITY) {
		struct aisp_slice word = aisp_instructions__word(&p->w, i);

		p->seen_security |= 1u << ((unsigned char)word.p[0] * 7u + (unsigned char)word.p[word.n > 2 ? 2 : 0]) % 32u;
	}
}

/* ---- Sentences ---- */

struct span {
	size_t from, to;
	unsigned f;
};

static bool has(unsigned f, unsigned all)
{
	return (f & all) == all;
}

/* First and last word of the sentence with one of these features. */
static void narrow(const struct phrases *p, const struct span *s, unsigned f, size_t *from, size_t *to)
{
	*from = s->to;
	*to = s->from;
	for (size_t i = s->from; i < s->to; i++)
		if (p->f[i] & f) {
			if (*from == s->to)
				*from = i;
			*to = i + 1;
		}
}

static void found(struct phrases *p, const struct span *s, unsigned f, const char *rule, const char *severity, const char *reason)
{
	struct phrase row = {rule, "", severity, reason, P_SHELL};
	enum severity sev = for_role(&row, p->s->role);
	size_t from, to;

	narrow(p, s, f, &from, &to);
	if (from >= to || !sev)
		return;
	for (size_t i = s->from; i < to; i++)
		if (p->f[i] & F_NOT)
			return;
	if (!aisp_instructions__described(p->s, &p->w, p->f, from, to, &row, &sev))
		report(p, rule, sev, from, to, reason);
}

static bool saves_to_file(const struct phrases *p, const struct span *s)
{
	for (size_t i = s->from; i < s->to; i++) {
		struct aisp_slice word = aisp_instructions__word(&p->w, i);

		if (aisp_slice_eqz(word, "o") || aisp_slice_eqz(word, "output") || aisp_slice_eqz(word, "localhost"))
			return true;
	}
	return false;
}

/* The first row whose features the sentence has: all of `all`, one of each of `any` that is given. */
static const struct {
	unsigned all, any[3], report;
	bool tool; /* only for descriptions of tools */
	const char *rule, *severity, *reason;
} leaks[] = {
	{F_SEND | F_SECRET_FILE | F_DEST, {0}, F_SEND | F_SECRET_FILE | F_DEST, false, "exfiltration", "3333", "sends secrets out"},
	{F_SECRET_FILE, {F_SEND | F_PASS, F_TEXT | F_REPO}, F_SEND | F_PASS | F_SECRET_FILE | F_TEXT, false, "exfiltration", "2232",
	 "puts secrets into text that leaves"},
	{F_SEND | F_SECRET | F_DEST, {0}, F_SEND | F_SECRET | F_DEST, false, "exfiltration", "3232", "sends the conversation or the user's data out"},
	{F_URL_OPEN, {F_SEND | F_PASS | F_READ | F_COMMAND, F_SECRET | F_CRED, F_SECRET | F_MODEL}, F_URL_OPEN | F_SECRET | F_CRED, false,
	 "exfiltration-url", "3333", "puts what the model knows into a URL"},
	{F_SEND | F_CRED | F_DEST | F_MODEL | F_COMMAND, {0}, F_SEND | F_CRED | F_DEST, false, "exfiltration", "2121", "sends credentials out"},
	{F_SEND | F_CRED | F_DEST, {0}, F_SEND | F_CRED | F_DEST, false, "exfiltration", "1121", "sends credentials out"},
	{F_PASS | F_PLACE, {F_SECRET | F_SECRET_FILE}, F_PASS | F_PLACE | F_SECRET | F_SECRET_FILE, true, "exfiltration", "0030",
	 "wants secrets or the conversation as a parameter"},
	{F_SECRET_FILE, {F_READ | F_PASS | F_SEND | F_COMMAND, F_HOOK | F_PASS | F_PLACE}, F_READ | F_PASS | F_SEND | F_SECRET_FILE, true, "exfiltration", "0030",
	 "has the model read secrets first"},
	{F_HOOK | F_SECRET, {F_PASS | F_SEND | F_COMMAND, F_PASS | F_SEND | F_DANGER}, F_HOOK | F_SECRET, true, "hook", "0020",
	 "wants the conversation with each call"},
	{F_PASS | F_CRED | F_TEXT, {0}, F_PASS | F_CRED | F_TEXT, false, "exfiltration", "0200", "puts credentials into text that leaves"},
};

static bool is_one_of(struct aisp_slice word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (aisp_slice_eqz(word, list[i]))
			return true;
	return false;
}

/* Other languages have other words of direction: nothing is asked of them. */
static bool is_english(const struct phrases *p, const struct span *s)
{
	static const char *const others[] = {"envia", "envie", "sende", "invia"};

	for (size_t i = s->from; i < s->to; i++) {
		struct aisp_slice word = aisp_instructions__word(&p->w, i);

		if (p->f[i] & F_SEND && ((unsigned char)word.p[0] >= 0x80 || is_one_of(word, others, sizeof others / sizeof *others) ||
		                         aisp_slice_starts(word, AISP_S("envo"))))
			return false;
	}
	return true;
}

static bool behind_colon(const struct phrases *p, size_t i)
{
	size_t at = p->w.words[i].at;

	while (at && memchr(" `\"'*<", p->w.text[at - 1], 7))
		at--;
	return at && p->w.text[at - 1] == ':';
}

/* Does it go there? "Send … to URL", "POST https://…": a word of direction stands shortly before the place, or the sending itself.
 * "Send a mail, then open the inbox at URL" sends nothing to the URL. */
static bool is_aimed(const struct phrases *p, const struct span *s, unsigned place)
{
	/* The last three say in which text something is put, not to which host it goes. */
	static const char *const toward[] = {"to", "into", "via", "through", "using", "onto", "with", "toward", "towards", "in", "inside", "as"};
	size_t n = sizeof toward / sizeof *toward - (place & F_DEST ? 3 : 0);

	for (size_t i = s->from; i < s->to; i++) {
		if (p->f[i] & place && behind_colon(p, i))
			return true;
		for (size_t k = i; p->f[i] & place && k > s->from && i - k < 5; k--)
			if ((p->f[k - 1] & F_SEND && i - k < 2) || is_one_of(aisp_instructions__word(&p->w, k - 1), toward, n))
				return true;
	}
	return !is_english(p, s);
}

/* A public key is there to be given away. */
static bool is_public_key(const struct phrases *p, const struct span *s)
{
	for (size_t i = s->from; i + 1 < s->to; i++) {
		struct aisp_slice word = aisp_instructions__word(&p->w, i), next = aisp_instructions__word(&p->w, i + 1);

		if ((aisp_slice_eqz(word, "public") && aisp_slice_starts(next, AISP_S("key"))) || aisp_slice_starts(word, AISP_S("公钥")) ||
		    (aisp_slice_eqz(word, "公") && aisp_slice_eqz(next, "钥")))
			return true;
	}
	return false;
}

/* In text that is not about tools a row of `leaks` holds only when the sentence says where things go. */
static bool holds(const struct phrases *p, const struct span *s, unsigned all, bool text)
{
	if (p->s->role == AISP_TEXT_TOOL)
		return true;
	if (all & F_SECRET_FILE && is_public_key(p, s))
		return false;
	if (all & F_DEST)
		return is_aimed(p, s, F_DEST);
	return !text || p->s->role != AISP_TEXT_DATA || is_aimed(p, s, F_TEXT | F_REPO);
}

static const char shell_leak[] = "a command that sends secrets out";

static void judge_exfiltration(struct phrases *p, const struct span *s)
{
	bool tool = p->s->role == AISP_TEXT_TOOL, done = false;

	if (has(s->f, F_SHELL_SEND | F_SECRET_FILE) && !saves_to_file(p, s)) {
		found(p, s, F_SHELL_SEND | F_SECRET_FILE, "exfiltration", "3333", shell_leak);
		done = true;
	}
	for (size_t i = 0; i < sizeof leaks / sizeof *leaks && !done; i++) {
		done = has(s->f, leaks[i].all) && (tool || !leaks[i].tool);
		for (size_t k = 0; k < 3; k++)
			done &= !leaks[i].any[k] || (s->f & leaks[i].any[k]);
		done = done && holds(p, s, leaks[i].all, leaks[i].any[1] & F_TEXT);
		if (done)
			found(p, s, leaks[i].report, leaks[i].rule, leaks[i].severity, leaks[i].reason);
	}
	if (tool && has(s->f, F_HOOK | F_ALTER | F_TARGET))
		found(p, s, F_ALTER | F_TARGET, "shadowing", "0030", "changes whom another tool reaches");
}

/* Text that nobody sees and that speaks to a model. */
static void judge_hidden(struct phrases *p, const struct span *s)
{
	const struct region *r = region_at(p->s, word_at(p, s->from));
	unsigned danger = 0;

	if (r && p->s->role == AISP_TEXT_TOOL && r->kind == R_COMMENT && s->f & F_COMMAND && s->f & F_DANGER)
		found(p, s, F_COMMAND | F_DANGER, region_rule(r, ""), "0020", "text of a tool that is not shown gives orders");
	if (!r || !has(s->f, F_MODEL | F_COMMAND | F_URGE) || p->w.words[s->from].flags & W_FENCED)
		return;
	for (size_t i = s->from; i < s->to; i++)
		danger += p->f[i] & F_DANGER ? 1u : 0u;
	if (r->kind == R_TITLE && !danger)
		return;
	bool instr = p->s->role == AISP_TEXT_INSTRUCTION;

	found(p, s, F_MODEL | F_COMMAND, region_rule(r, ""), r->kind == R_STYLE ? "2222" : instr && !danger ? "0000" : danger > 1 ? "1111" : "1011",
	      "text that is not shown speaks to the model");
}

static void judge_sentences(struct phrases *p)
{
	size_t from = 0;

	for (size_t i = 1; i <= p->w.n_words; i++) {
		if (i < p->w.n_words && !(p->w.words[i].flags & W_SENTENCE) && i - from < SENTENCE_MAX)
			continue;
		struct span s = {from, i, 0};

		for (size_t k = from; k < i; k++)
			s.f |= p->f[k];
		judge_exfiltration(p, &s);
		if (p->s->regions.n)
			judge_hidden(p, &s);
		from = i;
	}
}

/* ---- The linear model ---- */

/* Has a row already said so of this place? */
static bool is_reported(const struct scan *s, size_t at, size_t end)
{
	for (size_t i = s->hits.n; i-- > 0 && i + 16 > s->hits.n;)
		if (s->hits.v[i].severity >= SEV_MEDIUM && s->hits.v[i].at < end && at < s->hits.v[i].at + s->hits.v[i].n)
			return true;
	return false;
}

/* Scores of the model from which it is low and medium by itself. A long text has many sentences, and one of them may read like an order. */
struct limit {
	int low, medium;
};

static struct limit limit_of(const struct phrases *p, size_t from, int top)
{
	static const struct limit of_role[] = {[AISP_TEXT_DATA] = {256, 1280}, [AISP_TEXT_INSTRUCTION] = {512, 1152}, [AISP_TEXT_TOOL] = {-128, 192},
		[AISP_TEXT_PROMPT] = {1024, INT32_MAX}}, of_note = {-128, 192}, of_record = {-128, 64};
	struct limit l = of_role[p->s->role];

	if (!is_note(p->s))
		return l;
	l = p->w.words[from].flags & W_RECORD ? of_record : of_note;
	if (aisp_instructions__model_is_running(top)) /* a README says what is to be run, too */
		l.medium += OF_RUNNING;
	if (!p->model.addressed) /* "the option overrides all previous rules" */
		l.medium += TOLD_NOBODY;
	return l;
}

/* A text that speaks of attacks, or is a program: what reads like an order there is a subject or a string. */
static bool is_subject(const struct phrases *p, size_t from)
{
	bool note = is_note(p->s);

	if (p->s->role == AISP_TEXT_TOOL)
		return false;
	return p->s->security >= (note ? 1u : 2u) || (p->s->is_code && !(note && p->w.words[from].flags & W_RECORD));
}

/* The model's word on what the rows found in this window. */
static void note_score(struct phrases *p, size_t from, size_t to, int score)
{
	size_t at = word_at(p, from), end = word_end(p, to - 1);

	for (size_t i = p->window_hits; i < p->s->hits.n; i++) {
		struct ihit *h = &p->s->hits.v[i];

		if (h->at < end && at < h->at + h->n && score > h->score)
			h->score = score;
	}
}

/* A phrase in a long text in which the model sees nothing of an order: documentation says such things about files and settings. */
static void lower_doubtful(struct phrases *p)
{
	static const char *const rules[] = {"override", "conceal", "exfiltration"};

	for (size_t i = p->window_hits; i < p->s->hits.n; i++) {
		struct ihit *h = &p->s->hits.v[i];

		if (p->s->role == AISP_TEXT_DATA && !is_note(p->s) && !p->s->depth && h->severity > SEV_LOW && h->score > INT32_MIN && h->score < DOUBTFUL &&
		    is_one_of(aisp_slice_z(h->rule), rules, sizeof rules / sizeof *rules) && strcmp(h->reason, shell_leak) != 0)
			h->severity = SEV_LOW;
	}
}

static void judge_unit(struct phrases *p, size_t from, size_t to)
{
	int top, score;

	if (p->s->role > AISP_TEXT_PROMPT || from >= to)
		return;
	score = aisp_instructions__model_score(&p->model, &p->w, from, to, &top);
	note_score(p, from, to, score);
	struct limit limit = limit_of(p, from, top);

	if (score < limit.low || is_reported(p->s, word_at(p, from), word_end(p, to - 1)))
		return;
	const struct region *r = region_at(p->s, word_at(p, from));
	enum severity sev = score >= limit.medium ? SEV_MEDIUM : SEV_LOW;

	if (aisp_instructions__described(p->s, &p->w, p->f, from, to, NULL, &sev))
		return;
	if (!r && is_subject(p, from))
		sev = SEV_LOW;
	if (sev > SEV_LOW)
		report(p, "model-directed", sev, from, to, aisp_instructions__model_reason(top));
	else if (!r)
		aisp_instructions__hit(p->s, "model-directed", sev, word_at(p, from), word_end(p, to - 1) - word_at(p, from),
		                       aisp_instructions__model_reason(top), aisp_slice_of(NULL, 0));
}

/* Does a string of an object begin with word i? */
static bool opens_string(const struct phrases *p, size_t i)
{
	size_t at = p->w.words[i].at;

	return p->w.words[i].flags & W_RECORD && at && (p->w.text[at - 1] == '"' || p->w.text[at - 1] == '\'');
}

/* May the sentence that begins at word i be read together with the one before it? */
static bool goes_on(const struct phrases *p, size_t from, size_t i, size_t to)
{
	return !opens_string(p, i) && to - from <= SENTENCE_MAX && !(p->w.words[i].flags & (W_PARAGRAPH | W_FENCED)) && !(p->w.words[from].flags & W_FENCED);
}

/* Short texts say it in several sentences: the beginning, as far as it is one unit. Returns its end, 0 when it is no more than two sentences. */
static size_t beginning(const struct phrases *p)
{
	size_t sentences = 0, end = 0;

	for (size_t i = 1; i <= p->w.n_words && i <= SENTENCE_MAX; i++)
		if (i == p->w.n_words || p->w.words[i].flags & W_SENTENCE) {
			end = i;
			sentences++;
		}
	return p->w.base == 0 && !p->s->is_record && sentences > 2 ? end : 0;
}

static void judge_model(struct phrases *p)
{
	size_t before = SIZE_MAX, from = 0;

	aisp_instructions__model_window(&p->model, &p->w);
	for (size_t i = 1; i <= p->w.n_words; i++) {
		if (i < p->w.n_words && !(p->w.words[i].flags & W_SENTENCE) && i - from < SENTENCE_MAX)
			continue;
		judge_unit(p, from, i);
		if (before != SIZE_MAX && goes_on(p, before, from, i))
			judge_unit(p, before, i);
		before = from;
		from = i;
	}
	judge_unit(p, 0, beginning(p));
}

/* .env.example is no secret. */
static void unmark_examples(struct phrases *p)
{
	static const char *const kinds[] = {"example", "sample", "template", "dist", "test", "examples"};

	for (size_t i = 0; i + 1 < p->w.n_words; i++)
		for (size_t k = 0; p->f[i] & F_SECRET_FILE && k < sizeof kinds / sizeof *kinds; k++)
			if (p->w.words[i + 1].at == p->w.words[i].at + p->w.words[i].n + 1 && aisp_slice_eqz(aisp_instructions__word(&p->w, i + 1), kinds[k]))
				p->f[i] &= ~(unsigned)F_SECRET_FILE;
}

/* Of the machine itself: nothing leaves by it. */
static bool is_local(struct aisp_slice url)
{
	static const char *const hosts[] = {"localhost", "127.0.0.", "0.0.0.0", "[::1]", "host.docker.internal", "::1"};
	size_t at = aisp_slice_find(url, AISP_S("://"));
	struct aisp_slice host = at == SIZE_MAX ? url : aisp_slice_from(url, at + 3);

	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		struct aisp_slice h = aisp_slice_z(hosts[i]), end = aisp_slice_from(host, h.n < host.n ? h.n : host.n);

		if (aisp_slice_starts(host, h) && (end.n == 0 || end.p[0] == ':' || end.p[0] == '/' || h.p[h.n - 1] == '.'))
			return true;
	}
	return false;
}

/* A URL whose query ends with "=", or has "={", "=$", "=[": it waits for a value. */
static void mark_urls(struct phrases *p)
{
	for (size_t i = 0; i < p->w.n_words; i++) {
		struct aisp_slice url = aisp_slice_of(p->w.text + p->w.words[i].at, p->w.words[i].n);

		if (!aisp_slice_eqz(aisp_instructions__word(&p->w, i), "url"))
			continue;
		if (is_local(url)) {
			p->f[i] &= ~(unsigned)F_DEST;
			continue;
		}
		if (aisp_slice_chr(url, '?') == SIZE_MAX)
			continue;
		p->f[i] |= F_DEST;
		if (url.p[url.n - 1] == '=' || url.p[url.n - 1] == '.' || aisp_slice_find(url, AISP_S("={")) != SIZE_MAX ||
		    aisp_slice_find(url, AISP_S("=[")) != SIZE_MAX || aisp_slice_find(url, AISP_S("=$")) != SIZE_MAX)
			p->f[i] |= F_URL_OPEN;
	}
}

/* ---- Roles that are faked ---- */

static void fake_role(struct phrases *p, size_t at)
{
	static const struct {
		const char *text;
		bool strong; /* a token of a chat format: nothing that people write */
	} marks[] = {{"<|im_start|>system", true}, {"<|im_start|>", true}, {"<|im_end|>", true}, {"<|start_header_id|>", true}, {"<|eot_id|>", true},
		{"[INST]", true}, {"[/INST]", true}, {"<<SYS>>", true}, {"<|system|>", true}, {"<|assistant|>", true}, {"<|endoftext|>", false},
		{"<system>", false}, {"</system>", false}, {"<system_instruction", false}, {"<system-instruction", false}, {"<system_prompt", false},
		{"</user_query>", true}, {"</tool_response>", true}, {"<tool_call>", true}, {"</tool_result>", true}, {"<function_calls>", true},
		{"</function_results>", true}, {"### System:", false}, {"### Instruction:", false}, {"\nHuman: ", false}, {"\nAssistant:", false},
		{"<system-reminder>", false}, {"</untrusted", true}, {"[SYSTEM NOTE", false}, {"[SYSTEM MESSAGE", false}, {"[SYSTEM OVERRIDE", false}, {"[SYSTEM INSTRUCTION", false},
		{"[SYSTEM PROMPT", false}, {"[SYSTEM]", false}, {"{{system}}", false}, {"SYSTEM MESSAGE:", false}, {"SYSTEM OVERRIDE", false}, {"SYSTEM NOTE:", false},
		{"SYSTEM INSTRUCTION", false}, {"[ADMIN", false}, {"</document>\n", false}};
	struct aisp_slice rest = aisp_slice_of(p->w.text + at, p->w.n - at);

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		struct aisp_slice m = aisp_slice_z(marks[i].text);

		if (!aisp_slice_starts(rest, m))
			continue;
		enum severity sev = p->s->role == AISP_TEXT_DATA || p->s->role == AISP_TEXT_TOOL ? (marks[i].strong ? SEV_HIGH : SEV_MEDIUM) : SEV_NONE;
		size_t word = 0, hi = p->w.n_words;

		while (word < hi) { /* the first word at or behind the mark */
			size_t mid = word + (hi - word) / 2;

			if (p->w.words[mid].at < at)
				word = mid + 1;
			else
				hi = mid;
		}
		if (!sev || word >= p->w.n_words)
			return;
		unsigned flags = p->w.words[word].flags;

		if (aisp_instructions__is_template(p->s))
			sev = SEV_LOW;

		if (flags & (W_QUOTED | W_FENCED | W_LISTED) || p->s->is_code || p->s->security >= 2)
			return;
		if (aisp_instructions__described(p->s, &p->w, p->f, word, word + 1, NULL, &sev))
			return;
		aisp_instructions__hit(p->s, "fake-role", sev, p->w.base + at, m.n, "marks that separate the roles of a conversation",
		                       aisp_slice_of(NULL, 0));
		return;
	}
}

static void fake_roles(struct phrases *p)
{
	for (size_t i = 0; i < p->w.n; i++) {
		char c = p->w.text[i];

		if (c == '<' || c == '[' || c == '\n' || c == '{' || (c == 'S' && i + 1 < p->w.n && p->w.text[i + 1] == 'Y') || (c == '#' && (i == 0 || p->w.text[i - 1] == '\n')))
			fake_role(p, i);
	}
}

/* ---- Windows ---- */

/* The end of the window that begins at `at`: behind a line if there is one in its last quarter, else between characters. */
static size_t window_end(struct aisp_slice text, size_t at)
{
	size_t end = at + WINDOW;

	if (text.n - at <= WINDOW)
		return text.n;
	for (size_t i = end; i > at + WINDOW / 4 * 3; i--)
		if (text.p[i - 1] == '\n')
			return i;
	while (end > at + 1 && ((unsigned char)text.p[end] & 0xC0) == 0x80)
		end--;
	return end;
}

/* The next window begins a little before the end of this one, at a line or a word, so that a phrase over the border is read whole.
 * A hit that both find is one (aisp_instructions__hit). */
static size_t overlap_from(struct aisp_slice text, size_t end)
{
	size_t at = end - OVERLAP;
	struct aisp_slice part = aisp_slice_of(text.p + at, OVERLAP);

	if (aisp_slice_find(part, AISP_S("```")) != SIZE_MAX || aisp_slice_find(part, AISP_S("~~~")) != SIZE_MAX)
		return end;
	for (size_t i = at; i < end; i++)
		if (text.p[i] == '\n')
			return i + 1 < end ? i + 1 : end;
	for (size_t i = at; i < end; i++)
		if (text.p[i] == ' ')
			return i + 1;
	return end;
}

static void each_window(struct phrases *p, void (*fn)(struct phrases *))
{
	bool fenced = false;

	for (size_t at = 0; at < p->s->text.n && !p->s->nomem;) {
		size_t end = window_end(p->s->text, at);

		p->w.text = p->s->text.p + at;
		p->w.n = end - at;
		p->w.base = at;
		p->w.fenced = fenced;
		aisp_instructions__words(p->s, &p->w);
		fenced = p->w.fenced;
		memset(p->f, 0, p->w.n_words * sizeof *p->f);
		p->only_security = true;
		for (size_t i = 0; i < p->w.n_words; i++)
			aisp_instructions__candidates(&p->w, i, on_candidate, p);
		mark_urls(p);
		unmark_examples(p);
		fn(p);
		at = end < p->s->text.n && end > at + OVERLAP ? overlap_from(p->s->text, end) : end;
	}
}

static void nothing(struct phrases *p)
{
	(void)p;
}

static void judge_window(struct phrases *p)
{
	p->only_security = false;
	p->window_hits = p->s->hits.n;
	for (size_t i = 0; i < p->w.n_words; i++)
		aisp_instructions__candidates(&p->w, i, on_candidate, p);
	judge_sentences(p);
	fake_roles(p);
	judge_model(p);
	lower_doubtful(p);
}

void aisp_instructions__phrases(struct scan *s)
{
	struct phrases p = {.s = s};
	size_t room = s->text.n < WINDOW ? s->text.n + 1 : WINDOW;

	p.w.words = aisp_arena_alloc(s->a, room * sizeof *p.w.words);
	p.w.norm = aisp_arena_alloc(s->a, room * 4 + 16);
	p.f = aisp_arena_alloc(s->a, room * sizeof *p.f);
	if (!p.w.words || !p.w.norm || !p.f || !aisp_instructions__model_init(&p.model, s->a, room)) {
		s->nomem = true;
		return;
	}
	if (s->text.n > WINDOW) {
		size_t before = s->hits.n;

		each_window(&p, nothing);
		s->hits.n = before;
		s->homoglyphs = 0;
		s->security = s->depth ? s->security : (unsigned)__builtin_popcount(p.seen_security);
		each_window(&p, judge_window);
		return;
	}
	/* One window: the words of security writing are counted before anything is judged. */
	p.w.text = s->text.p;
	p.w.n = s->text.n;
	aisp_instructions__words(s, &p.w);
	memset(p.f, 0, p.w.n_words * sizeof *p.f);
	p.only_security = true;
	for (size_t i = 0; i < p.w.n_words; i++)
		aisp_instructions__candidates(&p.w, i, on_candidate, &p);
	mark_urls(&p);
	unmark_examples(&p);
	s->security = s->depth ? s->security : (unsigned)__builtin_popcount(p.seen_security);
	judge_window(&p);
}
