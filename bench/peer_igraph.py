#!/usr/bin/python3
"""Peer: igraph (Debian's python3-igraph). Reads a graph that bench_reach --dump wrote; one breadth-first search for each
of its actors, on the graph without modes. Prints one JSON object: milliseconds, nodes reached, resident bytes."""
import array
import json
import resource
import sys
import time

try:
    import igraph
except ImportError as e:
    sys.exit(f"igraph does not import: {e} (apt-get install python3-igraph)")

with open(sys.argv[1], "rb") as f:
    head = array.array("I")
    head.fromfile(f, 3)
    nodes, edges, n_actors = head
    actors = array.array("I")
    actors.fromfile(f, n_actors)
    flat = array.array("I")
    flat.fromfile(f, edges * 2)
started = time.monotonic()
graph = igraph.Graph(n=nodes + 1, edges=zip(flat[0::2], flat[1::2]), directed=True)
built = time.monotonic()
reached = sum(len(graph.subcomponent(a, mode="out")) for a in actors)
done = time.monotonic()
print(json.dumps({"peer": f"igraph {igraph.__version__}, one mode", "ms": (done - built) * 1000, "build_ms": (built - started) * 1000,
                  "reached": reached, "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
