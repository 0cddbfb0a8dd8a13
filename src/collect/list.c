/* The collectors: one line each, and one for the row's declaration. */
#include "collect/collect.h"

extern const struct aisp_collector aisp_collector_aws;      /* aws/collector.c */
extern const struct aisp_collector aisp_collector_files;    /* files/scan.c */
extern const struct aisp_collector aisp_collector_kubernetes; /* kubernetes/kubernetes.c */
extern const struct aisp_collector aisp_collector_postgres; /* postgres/postgres.c */

const struct aisp_collector *const aisp_collectors[] = {
	&aisp_collector_aws,
	&aisp_collector_files,
	&aisp_collector_kubernetes,
	&aisp_collector_postgres,
	NULL,
};
