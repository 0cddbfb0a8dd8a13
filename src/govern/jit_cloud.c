/* Entra: eligible instead of active (Privileged Identity Management). Google Cloud: an entitlement of Privileged Access Manager. What the inventory does not know is a named placeholder. */
#include "base/clock.h"
#include "govern/jit_int.h"

static bool speaks_of(const struct aisp_jit_out *o, const char *const *words, size_t n)
{
	const struct aisp_slice texts[] = {aisp_jit__id(o, o->g->identity), aisp_jit__id(o, o->s->edges[o->g->edges[0]].to), o->g->control};
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < 3; k++)
			if (aisp_slice_find(texts[k], aisp_slice_z(words[i])) != SIZE_MAX)
				return true;
	return false;
}

/* A property if it is known, else the placeholder, said in the README. */
static struct aisp_slice known(struct aisp_jit_out *o, aisp_node n, const char *key, const char *placeholder, const char *what)
{
	const struct aisp_slice v = aisp_snapshot_prop_str(o->s, n, key);
	if (v.n)
		return v;
	aisp_jit__placeholder(o, placeholder, what);
	return aisp_slice_z(placeholder);
}

/* learn.microsoft.com: rbacApplication, create roleEligibilityScheduleRequests (Graph v1.0). */
int aisp_jit__azure(struct aisp_jit_out *o)
{
	static const char *const words[] = {"azure:", "entra:", "/subscriptions/", "/azurerm_", "/azuread_"};
	AISP_AUTOBUF struct aisp_buf b = {0};
	struct aisp_jw w;
	char iso[AISP_ISO_LEN + 1];
	const aisp_node who = o->g->identity, what = o->s->edges[o->g->edges[0]].to;
	if (!speaks_of(o, words, sizeof words / sizeof *words))
		return 0;
	aisp_buf_init(&b, 1 << 16);
	aisp_jw_init(&w, &b, true);
	aisp_clock_iso(o->u->now_us, iso);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "action", "adminAssign");
	aisp_jw_kz(&w, "justification", "Eligible instead of standing: see README.md");
	aisp_jw_kstr(&w, "principalId", known(o, who, "object_id", "<PRINCIPAL-OBJECT-ID>", "object id of the user or group in Entra; a service principal cannot activate a role itself"));
	aisp_jw_kstr(&w, "roleDefinitionId", known(o, what, "role_definition_id", "<ROLE-DEFINITION-ID>", "id of the Entra role's definition"));
	aisp_jw_kstr(&w, "directoryScopeId", known(o, what, "directory_scope_id", "<DIRECTORY-SCOPE-ID>", "`/` for the tenant, or `/administrativeUnits/ID`"));
	aisp_jw_key(&w, "scheduleInfo");
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "startDateTime", iso);
	aisp_jw_key(&w, "expiration");
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "type", "afterDuration");
	aisp_jw_kz(&w, "duration", "P180D");
	aisp_jw_end(&w);
	aisp_jw_end(&w);
	aisp_jw_end(&w);
	aisp_buf_putc(&b, '\n');
	int r = aisp_buf_check(&b, o->err);
	if (r == 0)
		r = aisp_jit__file(o, "entra-pim-eligibility.json", aisp_buf_slice(&b), "body of `POST https://graph.microsoft.com/v1.0/roleManagement/directory/roleEligibilityScheduleRequests`");
	aisp_jit__step(o, "- then remove the active assignment (`roleAssignmentScheduleRequests` with action adminRemove); the person activates the role for %lld minutes when it is needed", (long long)o->u->rules.grant_minutes);
	return r;
}

static void put_yaml_text(struct aisp_buf *b, struct aisp_slice s)
{
	aisp_buf_putc(b, '"');
	aisp_json_escape(b, s);
	aisp_buf_putc(b, '"');
}

/* cloud.google.com: iam/docs/pam-create-entitlements. */
int aisp_jit__gcp(struct aisp_jit_out *o)
{
	static const char *const words[] = {"gcp:", "googleapis.com/", "/google_", ".iam.gserviceaccount.com"};
	AISP_AUTOBUF struct aisp_buf b = {0};
	const aisp_node who = o->g->identity, what = o->s->edges[o->g->edges[0]].to;
	if (!speaks_of(o, words, sizeof words / sizeof *words))
		return 0;
	aisp_buf_init(&b, 1 << 16);
	aisp_buf_putz(&b, "eligibleUsers:\n- principals:\n  - ");
	put_yaml_text(&b, known(o, who, "principal", "<PRINCIPAL>", "user:NAME@DOMAIN, group:… or serviceAccount:…"));
	aisp_buf_putz(&b, "\nprivilegedAccess:\n  gcpIamAccess:\n    resourceType: ");
	put_yaml_text(&b, known(o, what, "resource_type", "<RESOURCE-TYPE>", "cloudresourcemanager.googleapis.com/Project, …/Folder or …/Organization"));
	aisp_buf_putz(&b, "\n    resource: ");
	put_yaml_text(&b, known(o, what, "full_resource_name", "<RESOURCE>", "//cloudresourcemanager.googleapis.com/projects/PROJECT-ID"));
	aisp_buf_putz(&b, "\n    roleBindings:\n    - role: ");
	put_yaml_text(&b, known(o, what, "iam_role", "<ROLE>", "the role, roles/…; not owner, editor or viewer"));
	aisp_buf_printf(&b, "\nmaxRequestDuration: %llds\nrequesterJustificationConfig:\n  unstructured: {}\napprovalWorkflow:\n  manualApprovals:\n    requireApproverJustification: true\n    steps:\n"
	                    "    - approvalsNeeded: 1\n      approvers:\n      - principals:\n        - \"<APPROVER>\"\n", (long long)(o->u->rules.grant_minutes < 30 ? 30 : o->u->rules.grant_minutes) * 60);
	aisp_jit__placeholder(o, "<APPROVER>", "who approves: user:NAME@DOMAIN or group:…");
	aisp_jit__placeholder(o, "<PROJECT-ID>", "where the entitlement lives");
	int r = aisp_buf_check(&b, o->err);
	if (r == 0)
		r = aisp_jit__file(o, "gcp-entitlement.yaml", aisp_buf_slice(&b), "entitlement of Privileged Access Manager");
	aisp_jit__step(o, "- `gcloud pam entitlements create %.*s --entitlement-file=gcp-entitlement.yaml --location=global --project=<PROJECT-ID>`, then remove the standing binding", AISP_FMT(o->g->folder));
	return r;
}
