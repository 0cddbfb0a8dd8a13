// The peer of bench_aws: @cloud-copilot/iam-simulate (a process of its own) on the same policies and requests.
//   node peer_iam_simulate.mjs DUMP MODULES     prints {"peer": …, "one": decisions/s, "hundred": decisions/s}
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

const require = createRequire(join(resolve(process.argv[3]), 'x.js'))
const { runUnsafeSimulation } = require('@cloud-copilot/iam-simulate')
const { policies, requests } = JSON.parse(readFileSync(process.argv[2], 'utf8'))

async function perSecond(policy) {
  const simulations = requests.map(([action, resource]) => ({
    request: { principal: 'arn:aws:iam::111111111111:user/bob', action, resource: { resource, accountId: '111111111111' }, contextVariables: { 'aws:PrincipalOrgID': 'o-1', 'aws:SourceIp': '10.1.2.3' } },
    identityPolicies: [{ name: 'p', policy }], serviceControlPolicies: [], resourceControlPolicies: [],
  }))
  let n = 0
  const run = async (ms) => {
    const until = process.cpuUsage().user + ms * 1000
    for (n = 0; process.cpuUsage().user < until; n++) await runUnsafeSimulation(simulations[n % simulations.length], { simulationMode: 'Strict' })
  }
  await run(500)
  const begun = process.cpuUsage().user
  await run(2000)
  return n / ((process.cpuUsage().user - begun) / 1e6)
}
console.log(JSON.stringify({ peer: '@cloud-copilot/iam-simulate', one: await perSecond(policies[0]), hundred: await perSecond(policies[1]) }))
