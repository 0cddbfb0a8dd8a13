// Checks the third value on random cases: with keys left open the answer must hold for every world that they stand for.
//   node open.mjs --decide PROGRAM [--cases N] [--seed S] [--worlds W]
// "allowed" and "denied" must be so in each world tried; "conditional" is counted as confirmed when two worlds differ.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { generate, random } from './generate.mjs'

const arg = (name, otherwise) => { const i = process.argv.indexOf('--' + name); return i < 0 ? otherwise : process.argv[i + 1] }
const cases = +arg('cases', 5000), first = +arg('seed', 1), worlds = +arg('worlds', 24)
const child = spawn(arg('decide', 'aws_decide'), [], { stdio: ['pipe', 'pipe', 'inherit'] })
const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
async function decide(list) {
  child.stdin.write(list.map((c) => JSON.stringify(c) + '\n').join(''))
  const out = []
  for (const _ of list) out.push(JSON.parse((await lines.next()).value))
  return out
}

// Values that conditions on the key name, near misses of them, and the one that it has.
function candidates(c, key) {
  const found = [c.context[key]]
  const walk = (x) => {
    if (x && typeof x === 'object') for (const [k, v] of Object.entries(x)) {
      if (k.toLowerCase() === key.toLowerCase()) for (const y of [v].flat()) found.push(String(y), String(y).replace(/[*?]/g, 'q'), String(y).replace(/\/\d+$/, ''), String(+y + 1), String(+y - 1))
      walk(v)
    }
  }
  walk([c.identity, c.boundary, c.session, c.endpoint, c.scp, c.rcp, c.resource_policy])
  return found.filter((x) => x !== null)
}

const count = { cases: 0, allowed: 0, denied: 0, conditional: 0, confirmed: 0, wrong: 0 }
for (let at = first; at < first + cases; at++) {
  const c = generate(at), r = random(at ^ 0x5eed), keys = Object.keys(c.context).filter((k) => c.context[k] !== null && r.chance(0.35))
  if (!keys.length) continue
  const context = Object.fromEntries(Object.entries(c.context).filter(([k]) => !keys.includes(k)))
  const list = [{ ...c, context, unknown: keys }, c]
  const options = Object.fromEntries(keys.map((k) => [k, candidates(c, k)]))
  for (let i = 0; i < worlds; i++) {
    const world = { ...context }
    for (const k of keys) world[k] = r.chance(0.2) ? null : Array.isArray(c.context[k]) ? [...new Set([options[k], options[k]].flat().sort(() => r.next() - 0.5).flat().slice(0, 1 + r.int(2)))] : [r.of(options[k])].flat()[0]
    list.push({ ...c, context: world })
  }
  const [open, ...real] = (await decide(list)).map((x) => x.verdict)
  count.cases++
  count[open]++
  if (open === 'conditional') count.confirmed += new Set(real).size > 1
  else if (real.some((x) => x !== open) && count.wrong++ < 3) console.log(`seed ${at}: open ${open}, a world ${real.find((x) => x !== open)}: ${JSON.stringify(list[1 + real.findIndex((x) => x !== open)])} keys ${keys}`)
}
child.stdin.end()
console.log(JSON.stringify(count))
process.exit(count.wrong ? 1 : 0)
