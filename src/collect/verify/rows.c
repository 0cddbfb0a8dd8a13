/* Which issuers can be asked who a key is, with which request, and what each answer means. Only requests whose documented purpose is to
 * tell who the caller is, or to list the metadata that the key may see; none of them spends money, writes or reads content. */
#include "collect/verify/verify_int.h"

#define BEARER .send = AISP_VERIFY_HEADER, .before = "Authorization: Bearer "
#define IF(status_, path_) {status_, path_, NULL, AISP_VERIFY_VALID}
#define NOT(status_) {status_, NULL, NULL, AISP_VERIFY_INVALID}
/* A list of models, as the services with OpenAI's interface give it. */
#define MODELS(issuer_, rules_, url_, path_)                                                                                      \
	{.issuer = issuer_, .rules = rules_, .url = url_, BEARER, .answers = {IF(200, path_), NOT(401)}, .reads = "which models the key may use"}

const struct aisp_verify_row aisp_verify_rows[] = {
	/* AI services */
	/* https://platform.openai.com/docs/api-reference/models/list; the header: …/api-reference/debugging-requests */
	{.issuer = "openai", .rules = "openai-project-key openai-service-account-key openai-user-key openai-legacy-key openai-named-key",
	 .url = "https://api.openai.com/v1/models", BEARER,
	 .answers = {IF(200, "data"), {403, "error.message", "~Missing scopes", AISP_VERIFY_VALID}, NOT(401)},
	 .who_header = "openai-organization", .reads = "which models the key may use; the answer's header names the organisation"},
	/* https://platform.openai.com/docs/api-reference/projects/list */
	{.issuer = "openai", .rules = "openai-admin-key", .url = "https://api.openai.com/v1/organization/projects?limit=1", BEARER,
	 .answers = {IF(200, "data"), {403, "error.message", "~Missing scopes", AISP_VERIFY_VALID}, NOT(401)},
	 .who_header = "openai-organization", .reads = "the name of one project of the organisation"},
	/* https://docs.anthropic.com/en/api/models-list */
	{.issuer = "anthropic", .rules = "anthropic-api-key", .url = "https://api.anthropic.com/v1/models?limit=1", .before = "x-api-key: ",
	 .header = "anthropic-version: 2023-06-01", .answers = {IF(200, "data"), NOT(401)}, .who_header = "anthropic-organization-id",
	 .reads = "which models the key may use; the answer's header names the organisation"},
	/* https://docs.anthropic.com/en/api/admin-api/organization/get-me */
	{.issuer = "anthropic", .rules = "anthropic-admin-key", .url = "https://api.anthropic.com/v1/organizations/me", .before = "x-api-key: ",
	 .header = "anthropic-version: 2023-06-01", .answers = {IF(200, "id"), NOT(401)}, .who = {"name", "id"}, .reads = "the organisation's name"},
	/* https://huggingface.co/docs/hub/api */
	{.issuer = "huggingface", .rules = "huggingface-token huggingface-organization-key huggingface-oauth-token",
	 .url = "https://huggingface.co/api/whoami-v2", BEARER, .answers = {IF(200, "name"), NOT(401)},
	 .who = {"name", "type", "auth.accessToken.role"}, .reads = "the user or organisation and the token's role"},
	MODELS("groq", "groq-api-key", "https://api.groq.com/openai/v1/models", "data"),
	MODELS("mistral", "mistral-api-key", "https://api.mistral.ai/v1/models", "data"),
	MODELS("together", "together-api-key together-legacy-api-key", "https://api.together.xyz/v1/models", "0.id"),
	MODELS("deepseek", "deepseek-api-key", "https://api.deepseek.com/models", "data"),
	/* https://openrouter.ai/docs/api-reference/limits */
	{.issuer = "openrouter", .rules = "openrouter-api-key", .url = "https://openrouter.ai/api/v1/key", BEARER,
	 .answers = {IF(200, "data"), NOT(401)}, .who = {"data.label"}, .reads = "the key's label and limits"},
	/* https://docs.x.ai/docs/api-reference#get-api-key-information; a wrong key is answered with 400 */
	{.issuer = "xai", .rules = "xai-api-key", .url = "https://api.x.ai/v1/api-key", BEARER,
	 .answers = {IF(200, "user_id"), {400, "error", "~Incorrect API key", AISP_VERIFY_INVALID}, NOT(401)}, .who = {"name", "user_id", "team_id"},
	 .reads = "the key's name, its user and team"},
	/* https://docs.cohere.com/reference/check-api-key */
	{.issuer = "cohere", .rules = "cohere-api-key", .url = "https://api.cohere.com/v1/check-api-key", .body = "", BEARER,
	 .answers = {{200, "valid", "true", AISP_VERIFY_VALID}, {200, "valid", "false", AISP_VERIFY_INVALID}, NOT(401)},
	 .who = {"organization_id", "owner_id"}, .reads = "whether the key is active, and its organisation"},
	/* https://replicate.com/docs/reference/http#account.get */
	{.issuer = "replicate", .rules = "replicate-api-token", .url = "https://api.replicate.com/v1/account", BEARER,
	 .answers = {IF(200, "username"), NOT(401)}, .who = {"username", "type"}, .reads = "the account"},
	/* https://docs.pinecone.io/reference/api/latest/control-plane/list_indexes: there is no request that names the key's owner */
	{.issuer = "pinecone", .rules = "pinecone-api-key pinecone-legacy-api-key", .url = "https://api.pinecone.io/indexes", .before = "Api-Key: ",
	 .header = "X-Pinecone-API-Version: 2025-01", .answers = {IF(200, "indexes"), NOT(401)}, .reads = "the names of the project's indexes"},
	/* https://docs.langchain.com/langsmith/smith-api/orgs/get-organization-info */
	{.issuer = "langsmith", .rules = "langsmith-personal-token langsmith-service-key", .url = "https://api.smith.langchain.com/api/v1/orgs/current",
	 .before = "X-Api-Key: ", .answers = {IF(200, "id"), NOT(401)}, .who = {"display_name", "id"},
	 .elsewhere = "the US site does not know it; it may belong to the EU site or an own installation", .reads = "the organisation"},
	/* https://api.reference.langfuse.com/#tag/projects */
	{.issuer = "langfuse", .rules = "langfuse-secret-key", .url = "https://cloud.langfuse.com/api/public/projects", .send = AISP_VERIFY_BASIC,
	 .other_rule = "langfuse-public-key", .answers = {IF(200, "data"), NOT(401)}, .who = {"data.0.name", "data.0.id"},
	 .elsewhere = "the EU site does not know it; it may belong to another region or an own installation", .reads = "the project of the key pair"},
	/* https://docs.wandb.ai/ref/python/public-api/api#viewer */
	{.issuer = "wandb", .rules = "wandb-api-key wandb-legacy-api-key", .url = "https://api.wandb.ai/graphql",
	 .body = "{\"query\":\"query Viewer { viewer { id username } }\"}", .send = AISP_VERIFY_BASIC, .before = "api",
	 .answers = {IF(200, "data.viewer.username"), {200, "data.viewer", "null", AISP_VERIFY_INVALID}, NOT(401)}, .who = {"data.viewer.username"},
	 .elsewhere = "wandb.ai does not know it; it may belong to an own installation", .reads = "the user"},

	/* source hosts and packages */
	/* https://docs.github.com/en/rest/users/users#get-the-authenticated-user */
	{.issuer = "github", .rules = "github-pat github-oauth-token github-user-token github-fine-grained-pat github-legacy-token",
	 .url = "https://api.github.com/user", BEARER, .header = "X-GitHub-Api-Version: 2022-11-28", .answers = {IF(200, "login"), NOT(401)},
	 .who = {"login", "type"}, .reads = "the user"},
	/* https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-app-installation */
	{.issuer = "github", .rules = "github-server-token github-server-jwt-token", .url = "https://api.github.com/installation/repositories?per_page=1", BEARER,
	 .header = "X-GitHub-Api-Version: 2022-11-28",
	 .answers = {IF(200, "repositories"), {403, "message", "~Resource not accessible by integration", AISP_VERIFY_VALID}, NOT(401)},
	 .who = {"repositories.0.owner.login"}, .reads = "the name of one repository that the installation may see"},
	/* https://docs.gitlab.com/api/personal_access_tokens/#self-inform */
	{.issuer = "gitlab", .rules = "gitlab-pat gitlab-routable-token", .prefix = "glpat-", .url = "https://gitlab.com/api/v4/personal_access_tokens/self",
	 .before = "PRIVATE-TOKEN: ",
	 .answers = {{200, "active", "true", AISP_VERIFY_VALID}, {200, "active", "false", AISP_VERIFY_INVALID}, NOT(401)},
	 .who = {"name", "user_id"}, .elsewhere = "gitlab.com does not know it; it may belong to an own installation", .reads = "the token's name, scopes and user"},
	/* https://docs.npmjs.com/cli/commands/npm-whoami */
	{.issuer = "npm", .rules = "npm-token npm-legacy-token", .url = "https://registry.npmjs.org/-/whoami", BEARER,
	 .answers = {IF(200, "username"), NOT(401)}, .who = {"username"}, .reads = "the user"},

	/* chat and work */
	/* https://api.slack.com/methods/auth.test */
	{.issuer = "slack", .rules = "slack-bot-token slack-user-token slack-legacy-workspace-token slack-legacy-token",
	 .url = "https://slack.com/api/auth.test", .body = "", .type = "application/x-www-form-urlencoded", BEARER,
	 .answers = {{200, "ok", "true", AISP_VERIFY_VALID},
	             {200, "error", "invalid_auth|token_revoked|token_expired|account_inactive", AISP_VERIFY_INVALID}, NOT(401)},
	 .who = {"team", "user", "url"}, .reads = "the workspace and the user"},
	/* https://core.telegram.org/bots/api#getme */
	{.issuer = "telegram", .rules = "telegram-bot-token", .url = "https://api.telegram.org/bot{value}/getMe", .send = AISP_VERIFY_PATH,
	 .answers = {{200, "ok", "true", AISP_VERIFY_VALID}, {401, "ok", "false", AISP_VERIFY_INVALID}, {404, "ok", "false", AISP_VERIFY_INVALID}},
	 .who = {"result.username", "result.id"}, .reads = "the bot"},
	/* https://discord.com/developers/docs/resources/user#get-current-user */
	{.issuer = "discord", .rules = "discord-bot-token", .url = "https://discord.com/api/v10/users/@me", .before = "Authorization: Bot ",
	 .answers = {IF(200, "id"), NOT(401)}, .who = {"username", "id"}, .reads = "the bot"},
	/* https://developers.notion.com/reference/get-self */
	{.issuer = "notion", .rules = "notion-token notion-legacy-token", .url = "https://api.notion.com/v1/users/me", BEARER,
	 .header = "Notion-Version: 2022-06-28", .answers = {IF(200, "id"), NOT(401)}, .who = {"name", "bot.workspace_name"}, .reads = "the integration and its workspace"},
	/* https://linear.app/developers/graphql */
	{.issuer = "linear", .rules = "linear-api-key", .url = "https://api.linear.app/graphql",
	 .body = "{\"query\":\"{ viewer { id name organization { name } } }\"}", .before = "Authorization: ",
	 .answers = {IF(200, "data.viewer.id"), {400, "errors.0.extensions.code", "AUTHENTICATION_ERROR", AISP_VERIFY_INVALID}, NOT(401)},
	 .who = {"data.viewer.name", "data.viewer.organization.name"}, .reads = "the user and the workspace"},
	{.issuer = "linear", .rules = "linear-oauth-token", .url = "https://api.linear.app/graphql",
	 .body = "{\"query\":\"{ viewer { id name organization { name } } }\"}", BEARER,
	 .answers = {IF(200, "data.viewer.id"), {400, "errors.0.extensions.code", "AUTHENTICATION_ERROR", AISP_VERIFY_INVALID}, NOT(401)},
	 .who = {"data.viewer.name", "data.viewer.organization.name"}, .reads = "the user and the workspace"},
	/* https://www.figma.com/developers/api#get-me-endpoint; a wrong token is answered with 403 */
	{.issuer = "figma", .rules = "figma-pat", .prefix = "figd_", .url = "https://api.figma.com/v1/me", .before = "X-Figma-Token: ",
	 .answers = {IF(200, "id"), {403, "err", "~Invalid scope", AISP_VERIFY_VALID}, {403, "err", "~Invalid token|Token expired", AISP_VERIFY_INVALID}},
	 .who = {"handle", "email"}, .reads = "the user"},
	/* https://www.dropbox.com/developers/documentation/http/documentation#users-get_current_account */
	{.issuer = "dropbox", .rules = "dropbox-short-lived-token dropbox-long-lived-token", .url = "https://api.dropboxapi.com/2/users/get_current_account",
	 .body = "null", BEARER, .answers = {IF(200, "account_id"), NOT(401)}, .who = {"name.display_name", "email"}, .reads = "the account"},

	/* money, mail and messages */
	/* https://docs.stripe.com/api/accounts/retrieve */
	{.issuer = "stripe", .rules = "stripe-live-secret-key stripe-live-restricted-key stripe-test-secret-key", .url = "https://api.stripe.com/v1/account", BEARER,
	 .answers = {IF(200, "id"), {403, "error.message", "~does not have the required permissions", AISP_VERIFY_VALID}, NOT(401)},
	 .who = {"id", "business_profile.name", "email"}, .reads = "the account"},
	/* https://www.twilio.com/docs/sendgrid/api-reference/api-key-permissions/retrieve-a-list-of-scopes-for-which-this-user-has-access */
	{.issuer = "sendgrid", .rules = "sendgrid-api-key", .url = "https://api.sendgrid.com/v3/scopes", BEARER, .answers = {IF(200, "scopes"), NOT(401)},
	 .reads = "the key's scopes"},
	/* https://www.twilio.com/docs/iam/api/account#fetch-an-account-resource */
	{.issuer = "twilio", .rules = "twilio-account-pair", .url = "https://api.twilio.com/2010-04-01/Accounts/{other}.json", .send = AISP_VERIFY_BASIC,
	 .other_fact = "account", .answers = {IF(200, "sid"), NOT(401)}, .who = {"friendly_name", "status"}, .reads = "the account"},
	/* https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/domains */
	{.issuer = "mailgun", .rules = "mailgun-api-key mailgun-new-api-key", .url = "https://api.mailgun.net/v4/domains?limit=1", .send = AISP_VERIFY_BASIC, .before = "api",
	 .answers = {IF(200, "items"), NOT(401)}, .who = {"items.0.name"}, .elsewhere = "the US site does not know it; it may belong to the EU site",
	 .reads = "the name of one domain"},
	/* https://postmarkapp.com/developer/api/server-api */
	{.issuer = "postmark", .rules = "postmark-server-token", .url = "https://api.postmarkapp.com/server", .before = "X-Postmark-Server-Token: ",
	 .answers = {IF(200, "ID"), NOT(401), {422, "ErrorCode", "10", AISP_VERIFY_INVALID}}, .who = {"Name", "ID"}, .reads = "the server's settings"},

	/* clouds and operations */
	/* https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html: needs no permission; the owner's CloudTrail shows it */
	{.issuer = "aws", .rules = "aws-access-key-id", .url = "https://sts.amazonaws.com/", .body = "Action=GetCallerIdentity&Version=2011-06-15",
	 .type = "application/x-www-form-urlencoded", .send = AISP_VERIFY_SIGV4, .other_rule = "aws-secret-access-key aws-key-pair",
	 .answers = {IF(200, "GetCallerIdentityResponse.GetCallerIdentityResult.Arn"),
	             {403, "Error.Code", "InvalidClientTokenId|ExpiredToken", AISP_VERIFY_INVALID}},
	 .who = {"GetCallerIdentityResponse.GetCallerIdentityResult.Arn"}, .reads = "the account, and the user or role"},
	/* https://docs.digitalocean.com/reference/api/digitalocean/#tag/Account */
	{.issuer = "digitalocean", .rules = "digitalocean-token digitalocean-oauth-token", .url = "https://api.digitalocean.com/v2/account", BEARER,
	 .answers = {IF(200, "account"), NOT(401)}, .who = {"account.email", "account.team.name"}, .reads = "the account"},
	/* https://developers.cloudflare.com/api/resources/user/subresources/tokens/methods/verify/ */
	{.issuer = "cloudflare", .rules = "cloudflare-ai-token cloudflare-api-token", .url = "https://api.cloudflare.com/client/v4/user/tokens/verify", BEARER,
	 .answers = {{200, "result.status", "active", AISP_VERIFY_VALID}, {200, "result.status", "disabled|expired", AISP_VERIFY_INVALID}, NOT(401)},
	 .who = {"result.id"}, .elsewhere = "it is no user's token; it may belong to an account", .reads = "the token's id and status"},
	{.issuer = "cloudflare", .rules = "cloudflare-prefixed-token", .prefix = "cfut_", .url = "https://api.cloudflare.com/client/v4/user/tokens/verify", BEARER,
	 .answers = {{200, "result.status", "active", AISP_VERIFY_VALID}, {200, "result.status", "disabled|expired", AISP_VERIFY_INVALID}, NOT(401)},
	 .who = {"result.id"}, .reads = "the token's id and status"},
	/* https://docs.datadoghq.com/api/latest/authentication/; a wrong key is answered with 403 */
	{.issuer = "datadog", .rules = "datadog-api-key", .url = "https://api.datadoghq.com/api/v1/validate", .before = "DD-API-KEY: ",
	 .answers = {{200, "valid", "true", AISP_VERIFY_VALID}, {403, "errors.0", "Forbidden", AISP_VERIFY_INVALID}},
	 .elsewhere = "the US1 site does not know it; it may belong to another site", .reads = "whether the key is active"},
	/* https://devcenter.heroku.com/articles/platform-api-reference#account-info */
	{.issuer = "heroku", .rules = "heroku-api-key heroku-legacy-api-key", .url = "https://api.heroku.com/account", BEARER,
	 .header = "Accept: application/vnd.heroku+json; version=3", .answers = {IF(200, "id"), NOT(401)}, .who = {"email"}, .reads = "the account"},
	/* https://open-api.netlify.com/#tag/user/operation/getCurrentUser */
	{.issuer = "netlify", .rules = "netlify-token netlify-legacy-token", .url = "https://api.netlify.com/api/v1/user", BEARER,
	 .answers = {IF(200, "id"), NOT(401)}, .who = {"email", "full_name"}, .reads = "the user"},
	/* https://vercel.com/docs/rest-api/reference/endpoints/user/get-the-user; a wrong token is answered with 403 */
	{.issuer = "vercel", .rules = "vercel-token", .url = "https://api.vercel.com/v2/user", BEARER,
	 .answers = {IF(200, "user"), {403, "error.invalidToken", "true", AISP_VERIFY_INVALID}, NOT(401)}, .who = {"user.username", "user.email"}, .reads = "the user"},

	{.issuer = "pypi", .cannot = "PyPI has no request that says whose a token is; tokens only upload"},
	{.issuer = "atlassian", .cannot = "the token does not say which site and user it belongs to"},
	{.issuer = "databricks", .cannot = "the token does not say which workspace it belongs to"},
	{.issuer = "google", .cannot = "no request reads whose an API key is; each that takes one uses it"},
	{.issuer = NULL},
};

bool aisp_verify__in(const char *list, char sep, struct aisp_slice word)
{
	struct aisp_slice rest = aisp_slice_z(list), one;

	while (rest.p && aisp_slice_split(&rest, sep, &one))
		if (aisp_slice_eq(one, word))
			return true;
	return false;
}

const struct aisp_verify_row *aisp_verify_row_find(struct aisp_slice issuer, struct aisp_slice rule, struct aisp_slice value)
{
	for (const struct aisp_verify_row *r = aisp_verify_rows; r->issuer; r++)
		if (!r->cannot && aisp_slice_eqz(issuer, r->issuer) && aisp_verify__in(r->rules, ' ', rule) &&
		    (!r->prefix || aisp_slice_starts(value, aisp_slice_z(r->prefix))))
			return r;
	return NULL;
}

const char *aisp_verify_state_name(enum aisp_verify_state s)
{
	return s == AISP_VERIFY_VALID ? "valid" : s == AISP_VERIFY_INVALID ? "invalid" : "unknown";
}

static const char *method(const struct aisp_verify_row *r)
{
	return r->body ? "POST" : "GET";
}

static void list_json(struct aisp_buf *out)
{
	struct aisp_jw w;

	aisp_jw_init(&w, out, true);
	aisp_jw_arr(&w);
	for (const struct aisp_verify_row *r = aisp_verify_rows; r->issuer; r++) {
		aisp_jw_obj(&w);
		aisp_jw_kz(&w, "issuer", r->issuer);
		if (r->cannot) {
			aisp_jw_kz(&w, "cannot", r->cannot);
		} else {
			aisp_jw_kz(&w, "method", method(r));
			aisp_jw_kz(&w, "url", r->url);
			aisp_jw_kz(&w, "reads", r->reads);
			aisp_jw_kz(&w, "rules", r->rules);
			if (r->prefix)
				aisp_jw_kz(&w, "prefix", r->prefix);
		}
		aisp_jw_end(&w);
	}
	aisp_jw_end(&w);
	aisp_buf_putc(out, '\n');
}

void aisp_verify_list(struct aisp_buf *out, bool json)
{
	if (json) {
		list_json(out);
		return;
	}
	aisp_buf_putz(out, "Issuers that can be asked with --verify, the request that is made, and what it reads:\n\n");
	for (const struct aisp_verify_row *r = aisp_verify_rows; r->issuer; r++)
		if (!r->cannot)
			aisp_buf_printf(out, "%-13s %-4s %s\n%-13s      %s\n", r->issuer, method(r), r->url, "", r->reads);
	aisp_buf_putz(out, "\nCannot be asked:\n\n");
	for (const struct aisp_verify_row *r = aisp_verify_rows; r->issuer; r++)
		if (r->cannot)
			aisp_buf_printf(out, "%-13s %s\n", r->issuer, r->cannot);
}
