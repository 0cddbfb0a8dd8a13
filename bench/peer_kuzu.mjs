// Peer: kuzu, from the folder that bench/run installed it into. Reads a graph that bench_reach --dump wrote; asks for what
// some of its actors reach within 30 hops (kuzu's limit), without modes, and scales to all. Prints one JSON object.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createRequire } from "node:module";

const [file, modules] = process.argv.slice(2);
const kuzu = createRequire(path.join(modules, "x.js"))("kuzu");
const ASKED = 4;
const raw = fs.readFileSync(file);
const all = new Uint32Array(raw.buffer, raw.byteOffset, raw.length / 4);
const [nodes, edges, nActors] = all;
const actors = all.subarray(3, 3 + nActors), flat = all.subarray(3 + nActors, 3 + nActors + 2 * edges);
const dir = fs.mkdtempSync(path.join(os.tmpdir(), "aisp-kuzu-"));
try {
  const text = (n, line) => { const out = []; for (let i = 0; i < n; i++) out.push(line(i)); return out.join("\n") + "\n"; };
  fs.writeFileSync(path.join(dir, "n.csv"), text(nodes, (i) => `${i + 1}`));
  fs.writeFileSync(path.join(dir, "e.csv"), text(edges, (i) => `${flat[2 * i]},${flat[2 * i + 1]}`));
  const db = new kuzu.Database(path.join(dir, "db")), conn = new kuzu.Connection(db);
  const started = performance.now();
  await conn.query("CREATE NODE TABLE n(id INT64, PRIMARY KEY(id))");
  await conn.query("CREATE REL TABLE e(FROM n TO n)");
  await conn.query(`COPY n FROM "${dir}/n.csv" (HEADER=false)`);
  await conn.query(`COPY e FROM "${dir}/e.csv" (HEADER=false)`);
  const built = performance.now();
  let reached = 0;
  for (const a of actors.subarray(0, ASKED)) {
    const r = await conn.query(`MATCH (a:n {id: ${a}})-[:e* SHORTEST 1..30]->(b:n) RETURN count(*) AS c`);
    reached += Number((await r.getAll())[0].c);
  }
  const done = performance.now();
  console.log(JSON.stringify({ peer: `kuzu shortest paths to 30 hops, one mode (${ASKED} actors, scaled to ${nActors})`,
    ms: (done - built) * nActors / ASKED, build_ms: built - started, reached }));
} finally {
  fs.rmSync(dir, { recursive: true, force: true });
}
process.exit(0);
