/* Prints what aisp_model_scan says of files, one JSON object a line: for the accuracy corpus, while it is tuned.
 * Usage: inspect_model FILE…, or file names on the standard input. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/jw.h"
#include "scan/modelfile/modelfile.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const states[] = {"clean", "findings", "partial"};
static const char *const severities[] = {"info", "low", "medium", "high", "critical"};

static void put(struct aisp_buf *b, const char *key, struct aisp_slice value)
{
	aisp_buf_printf(b, "\"%s\":\"", key);
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		if (c == '"' || c == '\\')
			aisp_buf_printf(b, "\\%c", c);
		else if (c < 32)
			aisp_buf_printf(b, "\\u%04x", c);
		else
			aisp_buf_putc(b, (char)c);
	}
	aisp_buf_putc(b, '"');
}

static void print(const char *path, const struct aisp_model_report *rep, double ms)
{
	struct aisp_buf AISP_AUTOBUF b = {0};
	int worst = -1;

	aisp_buf_putc(&b, '{');
	put(&b, "file", aisp_slice_z(path));
	for (size_t i = 0; rep && i < rep->n_issues; i++)
		if ((int)rep->issues[i].severity > worst)
			worst = (int)rep->issues[i].severity;
	aisp_buf_printf(&b, ",\"format\":\"%s\",\"state\":\"%s\",\"worst\":\"%s\",\"ms\":%.2f,\"read\":%llu",
	                rep ? aisp_model_format_name(rep->format) : "none", rep ? states[rep->state] : "none", worst < 0 ? "" : severities[worst],
	                ms, rep ? (unsigned long long)rep->bytes_read : 0);
	if (rep) {
		aisp_buf_putc(&b, ',');
		put(&b, "partial", rep->partial);
		aisp_buf_putz(&b, ",\"issues\":[");
		for (size_t i = 0; i < rep->n_issues; i++) {
			const struct aisp_model_issue *is = &rep->issues[i];
			aisp_buf_printf(&b, "%s{\"rule\":\"%s\",\"severity\":\"%s\",\"offset\":%llu,", i ? "," : "", is->rule, severities[is->severity],
			                (unsigned long long)is->offset);
			put(&b, "where", is->where);
			aisp_buf_putc(&b, ',');
			put(&b, "what", is->what);
			aisp_buf_putc(&b, ',');
			put(&b, "why", is->why);
			aisp_buf_putc(&b, ',');
			put(&b, "reference", is->reference);
			aisp_buf_putc(&b, '}');
		}
		aisp_buf_putz(&b, "],\"facts\":[");
		for (size_t i = 0; i < rep->n_facts; i++) {
			aisp_buf_printf(&b, "%s{\"key\":\"%s\",", i ? "," : "", rep->facts[i].key);
			put(&b, "value", rep->facts[i].value);
			aisp_buf_putc(&b, '}');
		}
		aisp_buf_putc(&b, ']');
	}
	printf("%.*s}\n", AISP_FMT(aisp_buf_slice(&b)));
}

static void inspect(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct aisp_err err = {0};
	const struct aisp_model_report *rep = NULL;

	if (fd < 0 || fstat(fd, &st) < 0) {
		fprintf(stderr, "%s: cannot be opened\n", path);
		if (fd >= 0)
			close(fd);
		return;
	}
	struct aisp_arena *a = aisp_arena_new((size_t)256 << 20);
	struct aisp_input in = aisp_input_fd(fd, 0, (uint64_t)st.st_size);
	uint64_t t0 = aisp_clock_mono_ns();
	if (a && aisp_model_scan(&in, aisp_slice_z(path), NULL, a, &rep, &err) < 0)
		fprintf(stderr, "%s: %s\n", path, err.msg);
	else
		print(path, rep, (double)(aisp_clock_mono_ns() - t0) / 1e6);
	aisp_arena_free(a);
	close(fd);
}

int main(int argc, char **argv)
{
	char line[4096];

	for (int i = 1; i < argc; i++)
		inspect(argv[i]);
	while (argc == 1 && fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = 0;
		inspect(line);
	}
	return 0;
}
