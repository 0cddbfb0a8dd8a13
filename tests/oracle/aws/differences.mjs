// Where iam-simulate and AWS' documentation differ, and we follow the documentation. Each class says when it bears on a case (has) and,
// where it can, how to change the case so that our engine must give iam-simulate's answer (change): a difference counts as
// explained only if it then does, by the change of one class or of several together.
const DOCS = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/', PUBLIC = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html'
const list = (x) => (x === undefined ? [] : Array.isArray(x) ? x : [x])
const policies = (c) => [...list(c.identity), ...list(c.boundary), ...list(c.session), ...list(c.endpoint), ...list(c.scp).flat(), ...list(c.rcp).flat(), ...list(c.resource_policy)]
const statements = (c) => policies(c).flatMap((p) => list(p.Statement))
const present = (c, key) => Object.entries(c.context).some(([k, v]) => k.toLowerCase() === key.toLowerCase() && v !== null)
const values = (s, f) => Object.entries(s.Condition ?? {}).flatMap(([op, keys]) => Object.entries(keys).flatMap(([key, v]) => list(v).filter((x) => f(op, key, String(x)))))
const open = (c, text) => [...String(text).matchAll(/\$\{([^},]+)(,[^}]*)?\}/g)].some((m) => !['*', '?', '$'].includes(m[1]) && !m[2] && !present(c, m[1].trim()))
const typed = (x) => /^arn:[^:]*:[^:]*:[^:]*:[^:]*:[^:\/]*[*?][^:\/]*[:\/]/.test(x) && !/^arn:[^:]*:s3:::/.test(x)
const alien = (c, x) => !String(x).includes('/') && x !== 'nonsense' && String(x).includes(':') !== String(c.context['aws:SourceIp']).includes(':')
const NEVER = { Condition: { StringEquals: { 'aws:PrincipalTag/never': 'x' } } }

function each(c, f) {
  for (const p of policies(c)) p.Statement = list(p.Statement).map((s) => f(s) ?? s)
  return c
}

// Bucket policy statements that allow everybody, where Block Public Access counts.
const grants = (c) => (c.s3_block && c.resource_policy ? list(c.resource_policy.Statement).filter((s) => s.Effect === 'Allow' && (s.Principal === '*' || list(s.Principal?.AWS).includes('*')) && s.Condition) : [])

// What iam-simulate does not see as narrowing a bucket policy though the key is on S3's list.
function unseen(op, key, v) {
  const quantified = /^For/.test(op), base = op.replace(/^For\w+:/, '')
  switch (key.toLowerCase()) {
    case 'aws:sourcearn': return quantified || base !== 'ArnEquals' || list(v).some((x) => !/^\d{12}$/.test(x.split(':')[4]))
    case 'aws:principalarn': return quantified || !/^Arn(Equals|Like)$/.test(base)
    case 'aws:sourceip': return base === 'IpAddress' && (quantified || list(v).some((x) => !x.includes('/')))
    case 'aws:userid': return quantified || base !== 'StringEquals'
    case 'aws:principalorgpaths': return quantified || !/^String(Equals|Like)$/.test(base) || list(v).some((x) => !/^o-[a-z0-9]+\//.test(x))
    default: return /^ForAnyValue/.test(op) && base !== 'StringEquals'
  }
}

// The same condition, so written that it narrows nothing in our eyes: if the key exists, and it does.
function unnarrowed(condition) {
  const out = {}
  const put = (op, key, v) => {
    const name = [op, op.toLowerCase(), op.toUpperCase()].find((o) => !out[o] || !(key in out[o]) || out[o][key] === v) ?? op
    ;(out[name] ??= {})[key] = v
  }
  for (const [op, keys] of Object.entries(condition))
    for (const [k, v] of Object.entries(keys)) {
      const hidden = unseen(op, k, v) && !/Not|IfExists$|^ForAll|^Null$/.test(op)
      put(hidden ? op + 'IfExists' : op, k, v)
      if (hidden) put('Null', k, 'false')
    }
  return out
}

export const classes = [
  {
    name: 'version-2008', page: DOCS + 'reference_policies_elements_version.html', // variables are plain text in it
    has: (c) => policies(c).some((p) => p.Version === '2008-10-17' && JSON.stringify(p).includes('${')),
    change: (c) => { for (const p of policies(c)) p.Version = '2012-10-17'; return c },
  },
  {
    name: 'not-principal-account', page: DOCS + 'reference_policies_elements_notprincipal.html', // the account alone does not spare its users
    has: (c) => statements(c).some((s) => list(s.NotPrincipal?.AWS).some((p) => p === c.principal.account || p === `arn:aws:iam::${c.principal.account}:root`)),
    change: (c) => each(c, (s) => (list(s.NotPrincipal?.AWS).some((p) => p === c.principal.account || p === `arn:aws:iam::${c.principal.account}:root`) ? { ...s, NotPrincipal: { ...s.NotPrincipal, AWS: [...list(s.NotPrincipal.AWS), c.principal.arn] } } : s)),
  },
  {
    name: 'variable-without-value', page: DOCS + 'reference_policies_variables.html', // "effectively null": negated operators and NotResource match
    has: (c) => statements(c).some((s) => list(s.NotResource).some((x) => open(c, x)) || values(s, (op, k, v) => /Not/.test(op) && open(c, v)).length),
    change: (c) => each(c, (s) => (list(s.NotResource).some((x) => open(c, x)) || values(s, (op, k, v) => /Not/.test(op) && present(c, k) && open(c, v)).length ? { ...s, ...NEVER } : s)),
  },
  {
    name: 'date-epoch', page: DOCS + 'reference_policies_elements_condition_operators.html', // "or in epoch (UNIX) time"
    has: (c) => statements(c).some((s) => values(s, (op, k, v) => /Date/.test(op) && /^\d+$/.test(v)).length),
    change: (c) => each(c, (s) => JSON.parse(JSON.stringify(s).replace(/"(1767225600)"/g, '"1970-01-21T10:53:45Z"'))), // it takes them for milliseconds
  },
  {
    name: 'all-addresses', page: DOCS + 'reference_policies_elements_condition_operators.html', // CIDR (RFC 4632): /0 is every address
    has: (c) => statements(c).some((s) => values(s, (op, k, v) => /IpAddress/.test(op) && v === '0.0.0.0/0').length),
    change: (c) => each(c, (s) => JSON.parse(JSON.stringify(s).replaceAll('"0.0.0.0/0"', '"255.255.255.255/32"'))), // it takes it for none
  },
  {
    name: 'address-of-another-kind', page: DOCS + 'reference_policies_elements_condition_operators.html', // an IPv6 address is not a single IPv4 one
    has: (c) => statements(c).some((s) => values(s, (op, k, v) => /NotIpAddress/.test(op) && alien(c, v)).length),
    change: (c) => each(c, (s) => (s.Condition ? { ...s, Condition: Object.fromEntries(Object.entries(s.Condition).map(([op, keys]) => [op, /NotIpAddress/.test(op) ? Object.fromEntries(Object.entries(keys).map(([k, v]) => [k, list(v).map((x) => (alien(c, x) ? 'nonsense' : x))])) : keys])) } : s)), // it takes them for not comparable
  },
  {
    name: 'literal-in-arn', page: DOCS + 'reference_policies_variables.html', // ${*} and ${?} are those characters, in ARN operators too
    has: (c) => statements(c).some((s) => values(s, (op, k, v) => /Arn/.test(op) && /\$\{[*?]\}/.test(v)).length),
    change: (c) => each(c, (s) => (s.Condition ? { ...s, Condition: Object.fromEntries(Object.entries(s.Condition).map(([op, v]) => [op, /Arn/.test(op) ? JSON.parse(JSON.stringify(v).replace(/\$\{([*?])\}/g, '$1')) : v])) } : s)),
  },
  {
    name: 'arn-first-part', page: DOCS + 'reference_policies_elements_condition_operators.html', // "each of the six colon-delimited components", case-sensitive
    has: (c) => statements(c).some((s) => values(s, (op, k, v) => /Arn/.test(op) && /^arn:/i.test(v) && !v.startsWith('arn:')).length),
    change: (c) => each(c, (s) => (s.Condition ? { ...s, Condition: Object.fromEntries(Object.entries(s.Condition).map(([op, v]) => [op, /Arn/.test(op) ? JSON.parse(JSON.stringify(v).replace(/"arn:/gi, '"arn:')) : v])) } : s)), // it does not look at the first
  },
  {
    name: 's3-public-by-wildcard', page: PUBLIC, // a fixed value has no wildcard and no policy variable
    has: (c) => grants(c).some((s) => values(s, (op, k, v) => v.includes('${') || (/[*?]/.test(v) && /^aws:(source|principal)arn:ArnEquals$|^aws:principalorgpaths:String(Equals|Like)$/i.test(`${k}:${op}`))).length),
    change: (c) => ({ ...c, s3_block: false }), // it takes the policy for not public
  },
  {
    name: 's3-public-by-operator', page: PUBLIC, // a fixed value of a key on the list is enough, whatever the operator that compares it
    has: (c) => grants(c).some((s) => Object.entries(s.Condition ?? {}).some(([op, keys]) => Object.entries(keys).some(([k, v]) => unseen(op, k, v)))),
    change: (c) => { c.resource_policy.Statement = list(c.resource_policy.Statement).map((s) => (grants(c).includes(s) ? { ...s, Condition: unnarrowed(s.Condition) } : s)); return c },
  },
  {
    name: 'session-named-itself', page: DOCS + 'reference_policies_evaluation-logic_policy-eval-basics.html', // not limited by a session policy
    has: (c) => c.session && statements(c).some((s) => list(s.Principal?.AWS).includes(c.principal.arn)),
    change: (c) => each(c, (s) => (list(s.Principal?.AWS).includes(c.principal.arn) ? { ...s, Principal: '*' } : s)),
  },
  {
    name: 'root-user', page: DOCS + 'id_root-user.html', // complete access to its account
    has: (c) => c.principal.kind === 'root',
    // Nobody needs to grant it what its own account has; whatever denies still denies.
    when: (ours, theirs) => ours === 'allowed' && theirs === 'ImplicitlyDenied',
  },
  {
    name: 'root-takes-no-role', page: 'https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html', // "You cannot use AWS account root user credentials to call AssumeRole"
    has: (c) => c.principal.kind === 'root' && /^sts:assumerole$/i.test(c.action),
    when: (ours) => ours === 'denied',
  },
  {
    name: 'root-and-bucket-policy', page: 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html', // it can always read, write and delete the policy, whatever the policy says
    has: (c) => c.principal.kind === 'root' && /^s3:(get|put|delete)bucketpolicy$/i.test(c.action) && Boolean(c.resource_policy),
    when: (ours, theirs) => ours === 'allowed' && theirs === 'ExplicitlyDenied',
  },
  {
    name: 'federated-user-without-session-policy', page: DOCS + 'id_credentials_temp_control-access_getfederationtoken.html', // no permissions then
    has: (c) => c.principal.kind === 'federated_user' && !c.session,
    change: (c) => ({ ...c, session: [{ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }] }),
  },
  {
    name: 'service-linked-role-unmodifiable', page: DOCS + 'id_roles_create-service-linked-role.html',
    has: (c) => /role\/aws-service-role\//.test(c.resource) && c.action === 'iam:PutRolePolicy',
    when: (ours) => ours === 'denied', // before any policy is asked
  },
  {
    name: 'wildcard-in-resource-type', page: DOCS + 'reference_identifiers.html', // it is not to be had there; we match it as any other text
    has: (c) => statements(c).some((s) => [...list(s.Resource), ...list(s.NotResource)].some(typed)),
    change: (c) => each(c, (s) => (!s.Resource && !s.NotResource ? s : s.Resource ? { ...s, Resource: list(s.Resource).map((x) => (typed(x) ? 'arn:aws:s3:::never' : x)) } : { ...s, NotResource: list(s.NotResource).map((x) => (typed(x) ? 'arn:aws:s3:::never' : x)) })),
  },
  {
    name: 'role-arn-by-key', page: DOCS + 'reference_policies_evaluation-logic_policy-eval-basics.html', // "in the Principal element or in the aws:PrincipalArn condition key"
    has: (c) => ['role', 'session'].includes(c.principal.kind) && c.boundary && c.resource_policy && list(c.resource_policy.Statement).some((s) => (s.Principal === '*' || s.Principal?.AWS === '*') && values(s, (op, k) => /principalarn/i.test(k)).length),
    change: (c) => ({ ...c, boundary: undefined }),
  },
]
