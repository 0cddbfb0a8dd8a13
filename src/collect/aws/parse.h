/* Inside collect/aws: the one parser of answers. What differs between operations stands in rows: shapes.c (an operation: where its
 * items are, what was asked about), types.c (a type of resource: kind, ARN, and the members that are facts).
 *
 * ops.c names aisp_aws__parse in every row (`.parse`); which shape it is follows from the answer's service and operation.
 *
 * A saved answer is either the bare document, whose operation is told by its members or by the file's name
 * ("iam-list-roles.json", "s3api/get-bucket-policy.BUCKET.json"), or, as `aisp capture` writes it, an envelope:
 *
 *   {"aisp": "aws-answer/1", "service": "s3api", "operation": "get-bucket-policy", "account": "111122223333", "region": "eu-central-1",
 *    "about": {"Bucket": "docs"}, "answer": {…}}               or instead of "answer":  "error": {"code": "AccessDenied", "why": "access"}
 */
#pragma once
#include "collect/aws/aws_int.h"

#define AISP_AWS_ENVELOPE "aws-answer/1"

/* Parses an answer of any operation that shapes.c has; others are counted for one gap. */
void aisp_aws__parse(struct aisp_aws_facts *f, const struct aisp_aws_answer *a);
/* Is there a shape for it? For the test that every row of ops.c can be parsed. */
bool aisp_aws__has_shape(struct aisp_slice service, struct aisp_slice operation);
