/* Credential plugins: a program of the user's own kubeconfig that prints a token or certificate. Run only when the target says so.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
#include "base/clock.h"
#include "base/doc.h"
#include "collect/kubernetes/live_int.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_WORDS = 256, MAX_ANSWER = 4 << 20, TIMEOUT_S = 60 };
extern char **environ;

int aisp_kl_exec_answer(struct aisp_slice json, struct aisp_kl_config *c, struct aisp_err *err)
{
	static const struct aisp_doc_limits limits = {.max_bytes = MAX_ANSWER, .max_depth = 16, .max_values = 10000};
	const struct aisp_doc *d = NULL;
	int r = aisp_json_parse(c->arena, json, &limits, &d, err);

	if (r < 0)
		return aisp_wrap(err, r, "in the answer of the credential plugin");
	const struct aisp_doc *status = aisp_doc_get(d, "status");
	c->token = aisp_doc_getstr(status, "token");
	c->cert = aisp_doc_getstr(status, "clientCertificateData"); /* PEM, not base64 */
	c->key = aisp_doc_getstr(status, "clientKeyData");
	if (!aisp_slice_eqz(aisp_doc_getstr(d, "kind"), "ExecCredential") || (c->token.n == 0 && (c->cert.n == 0 || c->key.n == 0)))
		return aisp_fail(err, AISP_E_PARSE, "the credential plugin gave neither a token nor a certificate");
	return 0;
}

/* The plugin's words and environment; NULL-terminated. */
static char **words_of(struct aisp_kl_config *c, const struct aisp_doc *exec)
{
	const struct aisp_doc *args = aisp_doc_get(exec, "args");
	char **w = aisp_arena_zalloc(c->arena, MAX_WORDS + 2, sizeof *w);
	size_t n = 0;

	if (!w)
		return NULL;
	w[n++] = (char *)(uintptr_t)aisp_doc_getstr(exec, "command").p;
	for (uint32_t i = 0; i < aisp_doc_count(args) && n < MAX_WORDS; i++)
		if (aisp_doc_str(aisp_doc_at(args, i)).p)
			w[n++] = (char *)(uintptr_t)aisp_doc_str(aisp_doc_at(args, i)).p;
	return w;
}

static char **environment_of(struct aisp_kl_config *c, const struct aisp_doc *exec)
{
	const struct aisp_doc *env = aisp_doc_get(exec, "env");
	size_t n = 0, own = 0;

	while (environ[own])
		own++;
	char **e = aisp_arena_zalloc(c->arena, own + MAX_WORDS + 3, sizeof *e);
	if (!e)
		return NULL;
	for (uint32_t i = 0; i < aisp_doc_count(env) && n < MAX_WORDS; i++) {
		const struct aisp_doc *d = aisp_doc_at(env, i);
		struct aisp_slice s = aisp_arena_printf(c->arena, "%.*s=%.*s", AISP_FMT(aisp_doc_getstr(d, "name")), AISP_FMT(aisp_doc_getstr(d, "value")));
		if (s.p)
			e[n++] = (char *)(uintptr_t)s.p;
	}
	struct aisp_slice version = aisp_doc_getstr(exec, "apiVersion");
	struct aisp_slice info = aisp_arena_printf(c->arena, "KUBERNETES_EXEC_INFO={\"kind\":\"ExecCredential\",\"apiVersion\":\"%.*s\",\"spec\":{\"interactive\":false}}", AISP_FMT(version));
	if (info.p)
		e[n++] = (char *)(uintptr_t)info.p;
	for (size_t i = 0; i < own; i++) /* what comes first counts */
		e[n++] = environ[i];
	return e;
}

static int read_all(int fd, uint64_t deadline_ns, struct aisp_buf *out, struct aisp_err *err)
{
	for (;;) {
		const uint64_t now = aisp_clock_mono_ns();
		struct pollfd p = {.fd = fd, .events = POLLIN};
		if (now >= deadline_ns)
			return aisp_fail(err, AISP_E_TIMEOUT, "the credential plugin gave no answer in %d s", TIMEOUT_S);
		if (poll(&p, 1, (int)((deadline_ns - now) / 1000000u) + 1) <= 0)
			continue;
		char *room = aisp_buf_room(out, 65536);
		ssize_t n = room ? read(fd, room, 65536) : -1;
		if (!room)
			return aisp_buf_check(out, err);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		out->n += (size_t)n;
	}
}

static int run(char **words, char **env, struct aisp_buf *out, struct aisp_err *err)
{
	posix_spawn_file_actions_t fa;
	int fd[2], status = 0;
	pid_t pid = 0;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return aisp_fail(err, AISP_E_IO, "no pipe for the credential plugin: %s", strerror(errno));
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, fd[1], 1);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	int bad = posix_spawnp(&pid, words[0], &fa, NULL, words, env);
	posix_spawn_file_actions_destroy(&fa);
	close(fd[1]);
	int r = bad ? aisp_fail(err, AISP_E_NOTFOUND, "cannot run the credential plugin \"%s\": %s", words[0], strerror(bad))
	            : read_all(fd[0], aisp_clock_mono_ns() + (uint64_t)TIMEOUT_S * 1000000000u, out, err);
	close(fd[0]);
	if (bad)
		return r;
	if (r < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r == 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		r = aisp_fail(err, AISP_E_ACCESS, "the credential plugin \"%s\" failed", words[0]);
	return r;
}

int aisp_kl_exec(const struct aisp_doc *exec, struct aisp_kl_config *c, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out;
	char **words = words_of(c, exec), **env = environment_of(c, exec);

	aisp_buf_init(&out, MAX_ANSWER);
	if (!words || !env)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a credential plugin");
	if (!words[0] || !words[0][0])
		return aisp_fail(err, AISP_E_PARSE, "the kubeconfig's exec has no command");
	int r = run(words, env, &out, err);
	if (r == 0)
		r = aisp_kl_exec_answer(aisp_buf_slice(&out), c, err);
	if (out.p)
		explicit_bzero(out.p, out.n);
	return r;
}
