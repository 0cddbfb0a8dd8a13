/* AWS documents. The first line says how each document is taken ("SERVICE OPERATION {about}", "SERVICE OPERATION failed", "saved PATH", "template", "module"), the rest
 * is the document; documents are separated by "---8<---" lines. A secret in a fixed function's environment comes out of nothing in clear.
 */
#include "collect/aws/aws_int.h"
#include "collect/aws/saved.h"
#include "fuzz_files.h"

static const char fixed[] = "{\"Functions\":[{\"FunctionName\":\"f\",\"FunctionArn\":\"arn:aws:lambda:eu-west-1:111122223333:function:f\",\"Role\":\"arn:aws:iam::111122223333:role/r\","
			    "\"Environment\":{\"Variables\":{\"DB_PASSWORD\":\"" FUZZ_CANARY "1\",\"URL\":\"postgres://u:" FUZZ_CANARY "@h/d\"}}}]}";

static void add(struct fuzz_world *w, struct aisp_aws_facts *f, struct aisp_slice part)
{
	struct aisp_slice head, service, operation;
	const struct aisp_doc *d = NULL;
	struct aisp_docs docs = {0};

	if (!aisp_slice_split(&part, '\n', &head) || !part.p)
		return;
	bool module = aisp_slice_eqz(head, "module"), template = aisp_slice_eqz(head, "template");
	if (template)
		aisp_yaml_parse(w->a, part, &fuzz_limits, &docs, NULL);
	else if (module ? aisp_hcl_parse(w->a, part, &fuzz_limits, &d, NULL) : aisp_json_parse(w->a, part, &fuzz_limits, &d, NULL))
		d = NULL;
	for (size_t i = 0; i < docs.n && i < 10; i++)
		if (aisp_doc_get(&docs.docs[i], "Resources"))
			aisp_aws_template_add(f, AISP_S("fuzz"), AISP_S("t.yaml"), &docs.docs[i]);
	if (template || !aisp_slice_split(&head, ' ', &service))
		return;
	if (module && d) {
		aisp_aws_module_add(f, AISP_S("fuzz"), AISP_S("m/main.tf"), d);
	} else if (aisp_slice_eqz(service, "saved") && d) {
		aisp_aws_saved_sniff(head.p ? head : AISP_S("x.json"), part);
		aisp_aws_saved_add(f, head.p ? head : AISP_S("x.json"), d);
	} else if (head.p && aisp_slice_split(&head, ' ', &operation)) {
		struct aisp_aws_answer a = {.service = service, .operation = operation, .region = AISP_S("eu-west-1"), .about = head.p ? head : AISP_S(""), .doc = d};
		if (aisp_slice_starts(a.about, AISP_S("failed")))
			aisp_aws_facts_failed(f, &a, AISP_S("AccessDenied"), AISP_E_ACCESS);
		else
			aisp_aws_facts_add(f, &a);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_slice text = {(const char *)data, size};
	struct aisp_aws_facts *f = NULL;
	struct fuzz_world w;

	if (size > 65536 || aisp_slice_find(text, AISP_S(FUZZ_CANARY)) != SIZE_MAX)
		return 0;
	fuzz_begin(&w);
	FUZZ_CHECK(aisp_aws_facts_new(&w.c, false, &f, NULL) == 0);
	struct aisp_aws_answer a = {.service = AISP_S("lambda"), .operation = AISP_S("list-functions")};
	FUZZ_CHECK(aisp_json_parse(w.a, AISP_S(fixed), NULL, &a.doc, NULL) == 0);
	aisp_aws_facts_add(f, &a);
	for (unsigned i = 0; i < 50 && text.p; i++) {
		size_t cut = aisp_slice_find(text, AISP_S("\n---8<---\n"));
		add(&w, f, aisp_slice_to(text, cut == SIZE_MAX ? text.n : cut));
		text = cut == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_from(text, cut + 10);
	}
	FUZZ_CHECK(aisp_aws_facts_finish(f, NULL) == 0);
	aisp_aws_facts_free(f);
	fuzz_end(&w, true);
	return 0;
}
