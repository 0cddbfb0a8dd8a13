/* Secrets, their fingerprints and previews.
 *
 * Invariant: the clear value is only in aisp_mem_secret_alloc memory, which wipes itself when it is freed.
 */
#include "base/secret.h"
#include "base/fs.h"
#include "base/fs_int.h"
#include "base/hash.h"
#include "base/mem.h"
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>

int aisp_secret_init(struct aisp_secret *s, struct aisp_slice value, struct aisp_err *err)
{
	char *p = aisp_mem_secret_alloc(value.n);

	if (!p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a secret");
	if (value.n)
		memcpy(p, value.p, value.n);
	*s = (struct aisp_secret){p, value.n};
	return AISP_OK;
}

void aisp_secret_done(struct aisp_secret *s)
{
	aisp_mem_secret_free(s->p);
	*s = (struct aisp_secret){0};
}

static int read_key(const char *path, struct aisp_fpkey *ret_key, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text = {0};
	struct aisp_fpkey key;

	aisp_buf_init(&text, sizeof key.k);
	int r = aisp_fs_read(AT_FDCWD, path, false, sizeof key.k, &text, err);

	if (r == AISP_E_LIMIT || (r == 0 && text.n != sizeof key.k))
		r = aisp_fail(err, AISP_E_PARSE,
		              "%s is not a fingerprint key: it must hold exactly 32 bytes; restore it, or remove it to "
		              "start with new fingerprints",
		              path);
	if (r == 0)
		memcpy(ret_key->k, text.p, sizeof key.k);
	if (text.p)
		sodium_memzero(text.p, text.cap);
	return r;
}

int aisp_fpkey_load(const char *path, struct aisp_fpkey *ret_key, struct aisp_err *err)
{
	struct aisp_fpkey fresh;
	int r = read_key(path, ret_key, err);

	if (r != AISP_E_NOTFOUND)
		return r;
	if (sodium_init() < 0)
		return aisp_fail(err, AISP_E_INTERNAL, "libsodium does not start");
	randombytes_buf(fresh.k, sizeof fresh.k);
	r = aisp_fs__create(path, aisp_slice_of((const char *)fresh.k, sizeof fresh.k), 0600, err);
	if (r == 0)
		*ret_key = fresh;
	sodium_memzero(&fresh, sizeof fresh);
	/* Another process made it first: then its key is the key. */
	return r == AISP_E_CONFLICT ? read_key(path, ret_key, err) : r;
}

void aisp_fingerprint(const struct aisp_fpkey *key, struct aisp_slice value, char ret_fp[AISP_FINGERPRINT_LEN + 1])
{
	struct aisp_digest d;

	crypto_generichash(d.b, sizeof d.b, (const unsigned char *)value.p, value.n, key->k, sizeof key->k);
	memcpy(ret_fp, "fp1:", 4);
	aisp_digest_hex(&d, ret_fp + 4);
}

void aisp_preview(struct aisp_slice value, char ret_preview[AISP_PREVIEW_MAX])
{
	const char *len = value.n >= 80 ? "80+" : value.n >= 40 ? "40-79" : "20-39";
	int shown = 0;

	if (value.n < 20) {
		snprintf(ret_preview, AISP_PREVIEW_MAX, "…");
		return;
	}
	while (shown < 4 && value.p[shown] > ' ' && value.p[shown] < 0x7f)
		shown++;
	snprintf(ret_preview, AISP_PREVIEW_MAX, "%.*s…[%s]", shown, value.p, len);
}
