/* Inside collect/logs: the functions that rows of formats.c name, and what parsers share. */
#pragma once
#include "collect/logs/logs.h"

/* cloudtrail.c, cloudtrail_block.cpp */
int aisp_log__cloudtrail_recognise(struct aisp_slice head);
int aisp_log__cloudtrail_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *doc, aisp_use_sink *sink, void *ctx, struct aisp_err *err);
int aisp_log__cloudtrail_block(struct aisp_log_parser *p, struct aisp_slice text, aisp_use_sink *sink, void *ctx, size_t *ret_used, struct aisp_err *err);
void aisp_log__cloudtrail_end(struct aisp_log_parser *p);

/* flow.c: VPC flow logs */
int aisp_log__flow_recognise(struct aisp_slice head);
int aisp_log__flow_begin(struct aisp_log_parser *p, struct aisp_slice head, struct aisp_err *err);
int aisp_log__flow_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *doc, aisp_use_sink *sink, void *ctx, struct aisp_err *err);

/* "2026-11-01T12:34:56[.123456][Z|+01:00|+0100]", the T may be a blank, as microseconds UTC; without a zone: UTC. 0 when it is none. */
int64_t aisp_log__time(struct aisp_slice s);
/* Calendar and clock as microseconds UTC; 0 when out of range. */
int64_t aisp_log__time_of(int year, int month, int day, int hour, int minute, int second);
/* The first line of s, without its end. */
struct aisp_slice aisp_log__first_line(struct aisp_slice s);
