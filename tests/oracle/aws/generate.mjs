// Random cases: requests with all kinds of policies, near enough to each other that something happens. Equal seeds, equal cases.
const ME = '111111111111', OTHER = '222222222222'

export function random(seed) {
  let s = seed >>> 0
  const next = () => {
    s = (s + 0x6d2b79f5) >>> 0
    let t = Math.imul(s ^ (s >>> 15), s | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const r = { next, int: (n) => Math.floor(next() * n), chance: (p) => next() < p, of: (a) => a[Math.floor(next() * a.length)] }
  r.some = (a, max) => Array.from({ length: 1 + r.int(max) }, () => r.of(a))
  return r
}

// Action, other actions of the service, and resources of the type that it works on.
const WORK = [
  ['s3:GetObject', ['s3:PutObject', 's3:DeleteObject', 's3:ListBucket'], (a) => ['arn:aws:s3:::data/x.csv', 'arn:aws:s3:::data/team/a/x:1', 'arn:aws:s3:::bücket/ключ', 'arn:aws:s3:::data-2/x']],
  ['s3:PutObject', ['s3:GetObject', 's3:PutObjectAcl'], (a) => ['arn:aws:s3:::data/x.csv', 'arn:aws:s3:::logs/2026/01']],
  ['s3:ListBucket', ['s3:GetObject', 's3:ListAllMyBuckets'], (a) => ['arn:aws:s3:::data', 'arn:aws:s3:::logs']],
  ['s3:GetBucketPolicy', ['s3:PutBucketPolicy', 's3:GetObject'], (a) => ['arn:aws:s3:::data']],
  ['sqs:SendMessage', ['sqs:ReceiveMessage', 'sqs:DeleteMessage'], (a) => [`arn:aws:sqs:us-east-1:${a}:jobs`, `arn:aws:sqs:eu-west-1:${a}:jobs-2`]],
  ['lambda:InvokeFunction', ['lambda:GetFunction', 'lambda:UpdateFunctionCode'], (a) => [`arn:aws:lambda:us-east-1:${a}:function:f`, `arn:aws:lambda:us-east-1:${a}:function:team-a-f`]],
  ['kms:Decrypt', ['kms:Encrypt', 'kms:DescribeKey'], (a) => [`arn:aws:kms:us-east-1:${a}:key/11111111-2222-3333-4444-555555555555`]],
  ['secretsmanager:GetSecretValue', ['secretsmanager:DescribeSecret'], (a) => [`arn:aws:secretsmanager:us-east-1:${a}:secret:db-AbCdEf`]],
  ['dynamodb:GetItem', ['dynamodb:PutItem', 'dynamodb:Query'], (a) => [`arn:aws:dynamodb:us-east-1:${a}:table/users`]],
  ['ec2:StartInstances', ['ec2:StopInstances', 'ec2:DescribeInstances'], (a) => [`arn:aws:ec2:us-east-1:${a}:instance/i-0123456789abcdef0`]],
  ['bedrock:InvokeAgent', ['bedrock:GetAgent', 'bedrock:Retrieve'], (a) => [`arn:aws:bedrock:us-east-1:${a}:agent-alias/AGENT/ALIAS`]],
  ['iam:GetRole', ['iam:PassRole', 'iam:CreateUser'], (a) => [`arn:aws:iam::${a}:role/app/worker`, `arn:aws:iam::${a}:role/admin`]],
  ['iam:PutRolePolicy', ['iam:GetRole'], (a) => [`arn:aws:iam::${a}:role/admin`, `arn:aws:iam::${a}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_0123456789abcdef`, `arn:aws:iam::${a}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX`]],
  ['sts:AssumeRole', ['sts:TagSession', 'sts:SetSourceIdentity'], (a) => [`arn:aws:iam::${a}:role/app/worker`, `arn:aws:iam::${a}:role/admin`]],
  ['sts:TagSession', ['sts:AssumeRole'], (a) => [`arn:aws:iam::${a}:role/admin`]],
  ['s3:ListAllMyBuckets', ['s3:ListBucket'], (a) => ['*']],
  ['sts:GetCallerIdentity', ['sts:AssumeRole'], (a) => ['*']],
  ['ec2:DescribeInstances', ['ec2:StartInstances'], (a) => ['*']],
]

const KEYS = {
  string: { 'aws:PrincipalTag/team': ['a', 'b', 'A', 'data', 'é'], 'aws:PrincipalOrgID': ['o-aaa', 'o-bbb'], 'aws:RequestedRegion': ['us-east-1', 'eu-west-1'], 'aws:SourceVpc': ['vpc-1', 'vpc-2'], 'aws:SourceVpce': ['vpce-1'], 'aws:username': ['bob', 'al'], 'aws:userid': ['AIDAAAAAAAAAAAAAAAAAA', 'AROAAAAAAAAAAAAAAAAAA:s1'], 'aws:PrincipalAccount': [ME, OTHER], 'aws:SourceAccount': [ME, OTHER] },
  arn: { 'aws:SourceArn': ['arn:aws:s3:::data', 'arn:aws:lambda:us-east-1:111111111111:function:f', 'arn:aws:sns:us-east-1:222222222222:t'], 'aws:PrincipalArn': [`arn:aws:iam::${ME}:user/bob`, `arn:aws:iam::${ME}:role/app/worker`] },
  ip: { 'aws:SourceIp': ['10.1.2.3', '203.0.113.9', '2001:db8::5', '192.168.0.1'] },
  date: { 'aws:CurrentTime': ['2026-01-01T00:00:00Z', '2026-06-30T12:00:00Z'], 'aws:TokenIssueTime': ['2026-01-01T00:00:00Z', '2025-12-31T23:59:59Z'] },
  number: { 'aws:MultiFactorAuthAge': ['0', '300', '3600', '5.5'] },
  bool: { 'aws:SecureTransport': ['true', 'false'], 'aws:MultiFactorAuthPresent': ['true', 'false'] },
  list: { 'aws:CalledVia': ['athena.amazonaws.com', 'cloudformation.amazonaws.com'], 'aws:TagKeys': ['team', 'env', 'Team'], 'aws:PrincipalOrgPaths': ['o-aaa/r-1/ou-1/', 'o-aaa/r-1/ou-2/'] },
}
const TYPE = Object.fromEntries(Object.entries(KEYS).flatMap(([type, keys]) => Object.keys(keys).map((k) => [k, type])))
const VALUES = Object.assign({}, ...Object.values(KEYS))
const ALL_KEYS = Object.keys(TYPE)
const DERIVED = ['aws:PrincipalArn', 'aws:PrincipalAccount', 'aws:PrincipalType', 'aws:userid', 'aws:username', 'aws:ResourceAccount', 'aws:PrincipalIsAWSService', 'aws:PrincipalServiceName']
const OPS = {
  string: ['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', 'StringLike', 'StringNotLike'],
  arn: ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike', 'StringLike', 'StringEquals'],
  ip: ['IpAddress', 'NotIpAddress'],
  date: ['DateEquals', 'DateNotEquals', 'DateLessThan', 'DateLessThanEquals', 'DateGreaterThan', 'DateGreaterThanEquals'],
  number: ['NumericEquals', 'NumericNotEquals', 'NumericLessThan', 'NumericLessThanEquals', 'NumericGreaterThan', 'NumericGreaterThanEquals'],
  bool: ['Bool'],
  list: ['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike', 'StringEqualsIgnoreCase'],
}

const flip = (r, s) => [...s].map((c) => (r.chance(0.3) ? (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()) : c)).join('')

// A text with a piece made a wildcard, staying clear of what must remain (colons of an ARN).
function wild(r, s) {
  const parts = s.split(':')
  const i = parts.length > 5 ? (r.chance(0.7) ? parts.length - 1 : 3 + r.int(parts.length - 3)) : parts.length - 1
  const p = [...parts[i]], from = r.int(p.length + 1), to = from + r.int(p.length - from + 1)
  parts[i] = p.slice(0, from).join('') + (to - from === 1 && r.chance(0.5) ? '?' : '*') + p.slice(to).join('')
  return parts.join(':')
}

function actionPattern(r, work) {
  const [action, near] = work, [service, name] = action.split(':')
  switch (r.int(12)) {
    case 0: return '*'
    case 1: return `${service}:*`
    case 2: return r.of(near)
    case 3: return r.of(['ec2:*', 'sns:Publish', 'dynamodb:*Item'])
    case 4: return flip(r, action)
    case 5: return `${service}:${name.slice(0, 1 + r.int(name.length))}*`
    case 6: return `${service}:*${name.slice(r.int(name.length))}`
    case 7: return `${service}:${name.slice(0, -1)}?`
    default: return action
  }
}

function variable(r) {
  const key = r.of(['aws:PrincipalTag/team', 'aws:username', 'aws:userid', 'aws:PrincipalOrgID', 'aws:SourceVpc'])
  return r.chance(0.3) ? '${' + key + ", '" + r.of(['a', 'data', 'bob']) + "'}" : '${' + key + '}'
}

function resourcePattern(r, resource) {
  if (resource === '*') return r.chance(0.8) ? '*' : r.of(['arn:aws:s3:::data', 'arn:aws:ec2:*:*:instance/*'])
  switch (r.int(10)) {
    case 0: case 1: return '*'
    case 2: return wild(r, wild(r, resource))
    case 3: return wild(r, resource)
    case 4: return r.of(['arn:aws:s3:::other/*', 'arn:aws:sqs:*:*:*', 'arn:aws:s3:::*', 'arn:aws:lambda:*:*:function:*'])
    case 5: return resource.replace(/(team|data|worker|jobs|x)/, () => variable(r))
    case 6: return resource.slice(0, resource.length - r.int(4)) + '*'
    default: return resource
  }
}

function conditionValue(r, type, op, key) {
  const base = r.of(VALUES[key])
  if (type === 'ip') return r.of([base, '10.0.0.0/8', '203.0.113.0/24', '2001:db8::/32', '0.0.0.0/0', '10.1.2.3/32', 'nonsense'])
  if (type === 'date') return r.of([base, base, '2026-01-01', '2026-01-01T00:00:00.000Z', '2026-01-01T01:00:00+01:00', '2025-12-31T23:59:59Z', '1767225600', 'soon'])
  if (type === 'number') return r.of([base, base, '300', '299.99', '-1', 'many'])
  if (type === 'bool') return r.of(['true', 'false', 'True', 'no'])
  if (/Like|^Arn/.test(op) && r.chance(0.5)) return type === 'arn' ? r.of([wild(r, base), 'arn:aws:*:*:*:*', 'arn:*:s3:::*', base]) : wild(r, base)
  if (r.chance(0.12)) return r.of([variable(r), base.slice(0, 1) + '${*}', '${?}' + base.slice(1), '${$}', 'x' + variable(r) + '*'])
  return r.chance(0.1) ? flip(r, base) : base
}

function conditions(r) {
  const c = {}
  for (let n = 1 + r.int(3); n > 0; n--) {
    const key = r.of(ALL_KEYS), type = TYPE[key]
    if (r.chance(0.1)) {
      (c.Null ??= {})[key] = r.of(['true', 'false', ['true', 'false'], true])
      continue
    }
    let op = r.of(OPS[type])
    const base = op
    if (type === 'list' ? r.chance(0.9) : r.chance(0.06)) op = r.of(['ForAllValues:', 'ForAnyValue:']) + op
    if (r.chance(0.2)) op += 'IfExists'
    const values = r.some([0, 0, 0], 3).map(() => conditionValue(r, type, base, key))
    const name = r.chance(0.1) ? flip(r, key) : key
    ;(c[op] ??= {})[name] = values.length === 1 && r.chance(0.7) ? values[0] : values
  }
  return c
}

function principals(r, who) {
  const P = who.principal, own = `arn:aws:iam::${P.account ?? ME}:root`, list = []
  if (r.chance(0.25)) return r.chance(0.5) ? '*' : { AWS: '*' }
  for (let n = 1 + r.int(3); n > 0; n--) {
    const strange = [`arn:aws:iam::${ME}:user/al`, `arn:aws:iam::${OTHER}:root`, `arn:aws:iam::${OTHER}:role/r`, 'AIDAZZZZZZZZZZZZZZZZZ', `arn:aws:sts::${ME}:assumed-role/reader/other`]
    const mine = [P.arn, P.role_arn, own, P.account, P.arn, P.role_arn].filter(Boolean)
    list.push(P.kind === 'service' ? { Service: r.of([P.name, P.name, 'ec2.amazonaws.com']) } : P.kind === 'federated' ? { Federated: r.of([P.name, P.name, 'cognito-identity.amazonaws.com']) } : { AWS: mine.length && r.chance(0.7) ? r.of(mine) : r.of(strange) })
  }
  const out = {}
  for (const p of list) for (const [k, v] of Object.entries(p)) (out[k] ??= []).push(v)
  for (const k of Object.keys(out)) { out[k] = [...new Set(out[k])]; if (out[k].length === 1 && r.chance(0.6)) out[k] = out[k][0] }
  return out
}

const one = (r, list) => (list.length === 1 && r.chance(0.6) ? list[0] : [...new Set(list)])

function statement(r, use, work, resource, who) {
  const allow = use === 'rcp' ? false : r.chance(use === 'scp' ? 0.6 : 0.75), s = { Effect: allow ? 'Allow' : 'Deny' }
  if (r.chance(0.2)) s.Sid = 'S' + r.int(100)
  const action = r.chance(0.1) && use !== 'rcp' ? 'NotAction' : 'Action'
  let actions = one(r, r.some([0, 0, 0], 3).map(() => actionPattern(r, work)))
  if (use === 'trust') actions = one(r, r.some(['sts:AssumeRole', 'sts:*', 'sts:TagSession', 'sts:AssumeRole*', work[0]], 2))
  if (use === 'rcp') actions = one(r, r.some(['s3:*', 'sts:*', 'kms:*', 'sqs:*', 'secretsmanager:*', 's3:GetObject', 'kms:Decrypt', 'sqs:Send*'], 3))
  s[use === 'trust' ? 'Action' : action] = actions
  if (use !== 'trust') {
    let res = one(r, r.some([0, 0, 0], 3).map(() => resourcePattern(r, resource)))
    s[r.chance(0.1) ? 'NotResource' : 'Resource'] = res
  }
  if (use === 'rcp') s.Principal = '*'
  else if (use === 'endpoint') s.Principal = '*'
  else if (use === 'resource' || use === 'trust') s[!allow && r.chance(0.2) ? 'NotPrincipal' : 'Principal'] = principals(r, who)
  if (s.NotPrincipal === '*' || s.NotPrincipal?.AWS === '*') { s.Principal = s.NotPrincipal; delete s.NotPrincipal }
  if (r.chance(0.45)) s.Condition = conditions(r)
  return s
}

function policy(r, use, work, resource, who) {
  const n = r.chance(0.02) ? 20 + r.int(80) : 1 + r.int(4), list = Array.from({ length: n }, () => statement(r, use, work, resource, who))
  if (use !== 'rcp' && r.chance(0.25)) list.push({ Effect: 'Allow', Action: use === 'trust' ? 'sts:*' : '*', ...(use === 'trust' ? {} : { Resource: '*' }), ...(use === 'endpoint' ? { Principal: '*' } : use === 'resource' || use === 'trust' ? { Principal: principals(r, who) } : {}) })
  const p = { Version: use !== 'rcp' && r.chance(0.02) ? '2008-10-17' : '2012-10-17', Statement: list.length === 1 && r.chance(0.3) ? list[0] : list }
  return p
}

function principal(r) {
  const account = r.chance(0.65) ? ME : OTHER
  switch (r.int(12)) {
    case 0: return { kind: 'anonymous' }
    case 1: return { kind: 'service', name: r.of(['lambda.amazonaws.com', 's3.amazonaws.com']) }
    case 2: return r.chance(0.3) ? { kind: 'root', arn: `arn:aws:iam::${account}:root`, account } : { kind: 'user', arn: `arn:aws:iam::${account}:user/dev/al`, account }
    case 3: return { kind: 'federated_user', arn: `arn:aws:sts::${account}:federated-user/fred`, account }
    case 4: case 5: return { kind: 'role', arn: `arn:aws:iam::${account}:role/app/worker`, account }
    case 6: case 7: return { kind: 'session', arn: `arn:aws:sts::${account}:assumed-role/admin/s1`, role_arn: `arn:aws:iam::${account}:role/admin`, account }
    default: return { kind: 'user', arn: `arn:aws:iam::${account}:user/bob`, account }
  }
}

export function generate(seed) {
  const r = random(seed), work = r.of(WORK)
  let action = work[0]
  const resource_account = ME, resource = r.of(work[2](ME))
  const c = { seed, principal: principal(r), action, resource, resource_account, context: {} }
  const who = c, sts = action.startsWith('sts:') && resource !== '*', anywhere = resource === '*'
  if (sts && c.principal.kind === 'service' && r.chance(0.2)) c.principal = { kind: 'federated', name: `arn:aws:iam::${ME}:oidc-provider/ci.example` }
  if (c.principal.kind === 'federated') { c.action = action = 'sts:AssumeRoleWithWebIdentity' }
  const own = !['anonymous', 'service', 'federated'].includes(c.principal.kind)
  if (anywhere && !own) c.principal = { kind: 'user', arn: `arn:aws:iam::${ME}:user/bob`, account: ME }
  if (anywhere) c.resource_account = c.principal.account
  for (const key of ALL_KEYS) {
    if (!r.chance(0.45)) continue
    c.context[key] = TYPE[key] === 'list' ? [...new Set(r.some(VALUES[key], 3))] : r.of(VALUES[key])
  }
  if (r.chance(0.7) && c.principal.account) c.context['aws:PrincipalAccount'] = c.principal.account
  const w = [action, work[1], work[2]]
  const several = (use, max) => Array.from({ length: 1 + r.int(max) }, () => policy(r, use, w, resource, who))
  const holds = !['anonymous', 'service', 'federated'].includes(c.principal.kind)
  if (holds) {
    // A root user can be given no policies.
    const root = c.principal.kind === 'root'
    c.identity = r.chance(0.1) || root ? [] : several('identity', 3)
    if (!root && r.chance(0.2)) c.boundary = several('identity', 1)
    if ((c.principal.kind === 'session' && r.chance(0.25)) || (c.principal.kind === 'federated_user' && r.chance(0.9))) c.session = several('identity', 1)
    if (r.chance(0.3)) c.scp = Array.from({ length: 1 + r.int(3) }, () => (r.chance(0.6) ? [{ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }, ...(r.chance(0.4) ? several('scp', 1) : [])] : several('scp', 2)))
  }
  if (r.chance(0.2)) c.rcp = Array.from({ length: 1 + r.int(2) }, () => several('rcp', 2))
  if (r.chance(0.12)) c.endpoint = several('endpoint', 1)
  if (sts || (!anywhere && r.chance(0.55)) || (!anywhere && !holds)) {
    c.resource_policy = policy(r, sts ? 'trust' : 'resource', w, resource, who)
    c.trust = sts
  }
  if (c.action.startsWith('s3:') && r.chance(0.15)) c.s3_block = true
  // What follows from the request is given to neither side.
  for (const key of DERIVED) c.context[key] ??= null
  return c
}
