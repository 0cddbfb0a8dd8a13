/* A path as a drawing: stations (a thing that is reached) and arrows (an edge that is followed), made from the hops of
 * reach.h. What is concluded inside a station stands in it; where two facts were needed together, two arrows arrive.
 *
 *   hops:      seed internet · EXPOSES net · inside call · …        side branch: CONNECTS_TO net ─┐
 *   stations:  [internet] ─EXPOSES▶ [endpoint: net ⇒ call] ─…─▶ [table: may_read + net ⇒ read] ◀──┘
 */
#pragma once
#include "base/mem.h"
#include "show/show.h"

struct aisp_station {
	aisp_node node;
	uint32_t column; /* longest way from a start, in arrows */
	uint32_t row;    /* 0 = main line, 1 … = side branches */
	uint32_t first;  /* first conclusion, as an index into concluded; n_concluded of them follow */
	uint32_t n_concluded;
	uint32_t n_in, n_out;
	bool alive; /* false: merged into another one */
};
struct aisp_arrow {
	uint32_t from, to; /* stations */
	uint32_t hop;      /* index into the path's hops */
};
struct aisp_chain {
	struct aisp_station *stations;
	size_t n_stations;
	struct aisp_arrow *arrows; /* main line first, then branch by branch */
	size_t n_arrows;
	uint32_t *concluded; /* hops of inside rules, grouped by station */
	size_t n_concluded;
	uint32_t n_columns, n_rows;
	uint32_t *at; /* for each hop its station */
};
/* Freed with aisp_chain__done. AISP_E_NOMEM. */
int aisp_chain__make(const struct aisp_path *path, struct aisp_chain *ret_chain, struct aisp_err *err);
void aisp_chain__done(struct aisp_chain *c);
/* No arrow behind this one arrives at the same station: what is concluded there is said here. */
bool aisp_chain__is_last_arrival(const struct aisp_chain *c, size_t arrow);
/* Appends the modes gained: "net ⇒ call ⇒ steer"; only those concluded inside a station: "⇒ call". */
void aisp_chain__modes(const struct aisp_chain *c, const struct aisp_path *path, size_t arrow, struct aisp_buf *out);
void aisp_chain__conclusions(const struct aisp_chain *c, const struct aisp_path *path, uint32_t station,
			     struct aisp_buf *out);
