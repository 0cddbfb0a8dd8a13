/* Log lines and progress on stderr. A line is made whole, cleaned of control characters and written at once, so lines of
 * several threads do not mix and nothing that was inspected can steer the terminal.
 */
#include "base/log.h"
#include "base/buf.h"
#include "base/clock.h"
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static atomic_int max_level = AISP_LOG_INFO;
static atomic_bool with_color;

void aisp_log_setup(enum aisp_log_level level, bool color)
{
	atomic_store(&max_level, (int)level);
	atomic_store(&with_color, color);
}

/* There is nowhere to report that stderr does not take a line. */
static void put_stderr(struct aisp_slice s)
{
	while (s.n > 0) {
		ssize_t n = write(STDERR_FILENO, s.p, s.n);

		if (n <= 0)
			return;
		s = aisp_slice_from(s, (size_t)n);
	}
}

void aisp_log(enum aisp_log_level level, const char *fmt, ...)
{
	static const struct {
		const char *name, *color;
	} levels[] = {
		[AISP_LOG_ERROR] = {"error: ", "\033[1;31m"},
		[AISP_LOG_WARN] = {"warning: ", "\033[1;33m"},
		[AISP_LOG_INFO] = {"", ""},
		[AISP_LOG_DEBUG] = {"debug: ", "\033[2m"},
	};
	AISP_AUTOBUF struct aisp_buf text, line;
	bool color = atomic_load(&with_color);
	va_list ap;

	aisp_buf_init(&text, 0);
	aisp_buf_init(&line, 0);
	if ((int)level > atomic_load(&max_level))
		return;
	va_start(ap, fmt);
	aisp_buf_vprintf(&text, fmt, ap);
	va_end(ap);
	aisp_buf_putz(&line, "aisp: ");
	aisp_buf_putz(&line, color ? levels[level].color : "");
	aisp_buf_putz(&line, levels[level].name);
	aisp_buf_putz(&line, color && levels[level].name[0] ? "\033[0m" : "");
	aisp_buf_put_printable(&line, aisp_buf_slice(&text));
	aisp_buf_putc(&line, '\n');
	if (text.bad || line.bad)
		put_stderr(AISP_S("aisp: a log line was lost: out of memory\n"));
	else
		put_stderr(aisp_buf_slice(&line));
}

void aisp_progress_start(struct aisp_progress *p, bool on, const char *what)
{
	*p = (struct aisp_progress){.on = on, .what = what};
}

void aisp_progress_step(struct aisp_progress *p, uint64_t done, uint64_t total)
{
	static const uint64_t every_ns = 100000000;
	char line[160];

	if (!p || !p->on)
		return;
	uint64_t now = aisp_clock_mono_ns();

	if (p->last_ns && now - p->last_ns < every_ns)
		return;
	p->last_ns = now;
	int n = total ? snprintf(line, sizeof line, "\r\033[K%.80s %llu of %llu", p->what, (unsigned long long)done,
	                         (unsigned long long)total)
	              : snprintf(line, sizeof line, "\r\033[K%.80s %llu", p->what, (unsigned long long)done);

	if (n > 0)
		put_stderr(aisp_slice_of(line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1));
}

void aisp_progress_end(struct aisp_progress *p)
{
	if (p && p->on && p->last_ns)
		put_stderr(AISP_S("\r\033[K"));
}
