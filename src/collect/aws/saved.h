/* AWS documents that lie in files: saved answers of the command line, captures, AWS Config snapshots, Terraform state and plans. For the
 * collector of files, which hands over what it reads.
 */
#pragma once
#include "base/doc.h"

struct aisp_aws_facts;
/* Could this file be one of them? Looks at the name and the text's beginning; cheap. */
bool aisp_aws_saved_sniff(struct aisp_slice path, struct aisp_slice text);
/* False when the document is none of them; else it is kept until finish (path and document are borrowed until then). */
bool aisp_aws_saved_add(struct aisp_aws_facts *f, struct aisp_slice path, const struct aisp_doc *d);
/* A saved answer that is none: empty, cut off, or the command line's error. True when the file's name says what was asked and something depends on it: that is
 * then noted as not read (or as not there, where the error says so), with a gap. */
bool aisp_aws_saved_failed(struct aisp_aws_facts *f, struct aisp_slice path, struct aisp_slice text, enum aisp_code why, struct aisp_slice detail);
/* A CloudFormation template, and one file of a Terraform module: who may do what, as declared there. Borrowed until finish. */
void aisp_aws_template_add(struct aisp_aws_facts *f, struct aisp_slice repo, struct aisp_slice path, const struct aisp_doc *d);
void aisp_aws_module_add(struct aisp_aws_facts *f, struct aisp_slice repo, struct aisp_slice path, const struct aisp_doc *d);
