// Compares aws_decide with @cloud-copilot/iam-simulate on random cases.
//   node run.mjs --decide PROGRAM --modules FOLDER [--cases N] [--seed S] [--show K]
// Ends with 1 if a difference is not explained. Classes: differences.mjs.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { classes } from './differences.mjs'
import { generate } from './generate.mjs'

const arg = (name, otherwise) => { const i = process.argv.indexOf('--' + name); return i < 0 ? otherwise : process.argv[i + 1] }
const cases = +arg('cases', 5000), first = +arg('seed', 1), show = +arg('show', 5)
const { runSimulation, anonymousPrincipal } = createRequire(join(resolve(arg('modules', '.')), 'x.js'))('@cloud-copilot/iam-simulate')

const named = (list, prefix) => (list ?? []).map((policy, i) => ({ name: `${prefix}${i}`, policy }))
const levels = (list) => (list ?? []).map((l, i) => ({ orgIdentifier: `level-${i}`, policies: named(l, 'p') }))

function simulation(c) {
  const p = c.principal, context = Object.fromEntries(Object.entries(c.context).filter(([, v]) => v !== null))
  const s = {
    request: { principal: p.kind === 'anonymous' ? anonymousPrincipal : p.arn ?? p.name, action: c.action, resource: { resource: c.resource, accountId: c.resource_account }, contextVariables: context },
    identityPolicies: named(c.identity, 'identity'), serviceControlPolicies: levels(c.scp), resourceControlPolicies: levels(c.rcp),
  }
  if (c.boundary) s.permissionBoundaryPolicies = named(c.boundary, 'boundary')
  if (c.session) s.sessionPolicy = c.session[0]
  if (c.endpoint) s.vpcEndpointPolicies = named(c.endpoint, 'endpoint')
  if (c.resource_policy) s.resourcePolicy = c.resource_policy
  if (c.s3_block) s.additionalSettings = { s3: { blockPublicAccess: true } }
  return s
}

const child = spawn(arg('decide', 'aws_decide'), process.argv.includes('--explain') ? ['--explain'] : [], { stdio: ['pipe', 'pipe', 'inherit'] })
const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
async function decide(list) {
  child.stdin.write(list.map((c) => JSON.stringify(c) + '\n').join(''))
  const out = []
  for (const _ of list) out.push(JSON.parse((await lines.next()).value))
  return out
}
const theirs = { Allowed: 'allowed', ImplicitlyDenied: 'denied', ExplicitlyDenied: 'denied' }

const apply = (c, list) => list.reduce((x, k) => k.change(x), structuredClone(c))

// A class explains a difference if these very answers are what it says, or if the case, changed so that both sides must agree, gives their answer.
// Where several bear on the case it may take the changes of some of them together: the fewest that do are named.
async function explain(c, fits, ours, theirs_said) {
  const said = fits.find((k) => k.when?.(ours, theirs_said, c)), able = fits.filter((k) => k.change)
  if (said) return [said]
  const subsets = Array.from({ length: (1 << able.length) - 1 }, (_, m) => able.filter((_k, i) => ((m + 1) >> i) & 1)).sort((a, b) => a.length - b.length)
  const answers = await decide(subsets.map((s) => apply(c, s)))
  return subsets[answers.findIndex((a) => a.verdict === theirs[theirs_said])]
}

const count = { compared: 0, allowed: 0, explicit: 0, refused: 0, bothRefused: 0, unexplained: 0, explicitDiffers: 0 }, explained = {}, refusals = {}
const begun = Date.now()
let spent = 0

// Told to stop, it says what it has seen so far.
function end() {
  child.stdin.end()
  const seconds = (Date.now() - begun) / 1000
  console.log(JSON.stringify({ ...count, explained, refusals: show ? refusals : Object.keys(refusals).length, seconds, iam_simulate_per_s: Math.round(count.compared / (spent / 1e9)) }))
  process.exit(count.unexplained || count.compared === 0 ? 1 : 0)
}
process.once('SIGTERM', end)

for (let at = first; at < first + cases;) {
  const batch = []
  for (; batch.length < 500 && at < first + cases; at++) batch.push(generate(at))
  const mine = await decide(batch)
  for (const [i, c] of batch.entries()) {
    const t = process.hrtime.bigint()
    const got = await runSimulation(simulation(c), { simulationMode: 'Strict' })
    spent += Number(process.hrtime.bigint() - t)
    if (got.resultType === 'error') {
      count.refused++
      const why = JSON.stringify(got.errors).replace(/\d+/g, 'N').slice(0, 160)
      refusals[why] = (refusals[why] ?? 0) + 1
      continue
    }
    count.compared++
    const verdict = theirs[got.overallResult] ?? got.overallResult
    if (verdict === 'allowed') count.allowed++
    if (got.overallResult === 'ExplicitlyDenied') count.explicit++
    if (verdict === mine[i].verdict) {
      if (verdict === 'denied' && (got.overallResult === 'ExplicitlyDenied') !== mine[i].explicit && !classes.some((k) => k.has(c)) && count.explicitDiffers++ < show)
        console.log(`seed ${c.seed}: both deny, theirs ${got.overallResult} ${JSON.stringify(got.result?.analysis?.blockedBy ?? null)}, ours ${JSON.stringify(mine[i])} ${JSON.stringify(c)}`)
      continue
    }
    const fits = classes.filter((k) => k.has(c)), why = await explain(c, fits, mine[i].verdict, got.overallResult)
    if (why) {
      for (const k of why) explained[k.name] = (explained[k.name] ?? 0) + 1
      continue
    }
    if (count.unexplained++ < show) {
      console.log(`seed ${c.seed}: ours ${JSON.stringify(mine[i])}\n  theirs ${got.overallResult} ${JSON.stringify(got.result?.analysis?.blockedBy ?? null)}\n  classes ${fits.map((k) => k.name)}\n  case ${JSON.stringify(c, (k, v) => (k === 'context' ? Object.fromEntries(Object.entries(v).filter(([, x]) => x !== null)) : v))}`)
      if (process.argv.includes('--explain')) console.log('  their explanation', JSON.stringify(got.result?.analysis).slice(0, 6000))
    }
  }
}
end()
