import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it, test } from 'node:test'
import { digest, macKey } from '#crypto'
import { guard } from '../../core/guard.ts'
import { memoryReplay } from '../../core/memory-replay.ts'
import { pathOf } from '../../core/request.ts'
import { Secret } from '../../core/secret.ts'
import type { Field } from '../../core/field.ts'
import { requestView } from '../../testing/request.ts'
import { canonicalPath, canonicalQuery, canonicalRequest } from './canonical.ts'
import { deriveSigningKey, signCanonical, stringToSign } from './derive.ts'
import { queryOf } from './presented.ts'
import { parseAmzDate } from './scope.ts'
import type { SigV4Service } from './service.ts'
import { sigv4 } from './verify.ts'

/**
 * The signing suite of aws-c-auth (Apache-2.0), which is kept outside this repository: set
 * COUNTERSIGN_VECTORS to its folder to run it elsewhere.
 */
const folder =
  process.env['COUNTERSIGN_VECTORS'] ??
  new URL('../../../../../../shared/vectors', import.meta.url).pathname
const file = `${folder}/sigv4.json`

interface Vector {
  readonly name: string
  readonly context: {
    readonly credentials: {
      readonly access_key_id: string
      readonly secret_access_key: string
      readonly token?: string
    }
    readonly normalize: boolean
    readonly region: string
    readonly service: string
    readonly omit_session_token?: boolean
  }
  readonly [part: string]: unknown
}

const FORMS = ['header', 'query'] as const
type Form = (typeof FORMS)[number]

/** Targets that HTTP cannot carry: a space, or characters beyond ASCII. They are canonicalised only. */
const NOT_ON_THE_WIRE = /^get-(?:space|utf8|vanilla-utf8-query)/

const text = (vector: Vector, part: string): string => String(vector[part])

/** Reads a request as the suite writes it: folded headers, no space after the colon. */
function parseRequest(source: string): {
  readonly method: string
  readonly target: string
  readonly headers: readonly Field[]
  readonly body: string
} {
  const end = source.indexOf('\n\n')
  const [first = '', ...lines] = (end < 0 ? source : source.slice(0, end))
    .replaceAll(/\n[ \t]+/g, ' \u0001')
    .split('\n')
    .filter((line) => line !== '')
  const method = first.slice(0, first.indexOf(' '))
  const target = first.slice(method.length + 1, first.lastIndexOf(' '))
  const headers = lines.map((line): Field => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).replaceAll(' \u0001', '\n  ')]
  })
  return { method, target, headers, body: end < 0 ? '' : source.slice(end + 2) }
}

const scopeOf = ({ context }: Vector) => ({
  date: '20150830',
  region: context.region,
  service: context.service,
})
const AMZ_DATE = '20150830T123600Z'

/** The canonical request of what would arrive, by our code. */
function canonicalOf(vector: Vector, form: Form): string {
  const { method, target, headers } = parseRequest(text(vector, `${form}-signed-request`))
  const lines = text(vector, `${form}-canonical-request`).split('\n')
  const names = (lines.at(-2) ?? '').split(';')
  const omits = vector.context.omit_session_token === true
  return canonicalRequest({
    method,
    path: canonicalPath(pathOf(target), {
      encoding: 'double',
      normalize: vector.context.normalize,
    }),
    query: canonicalQuery(queryOf(target), omits ? ['X-Amz-Security-Token'] : []),
    headers: names.map((name) => [
      name,
      headers.filter(([field]) => field === name).map(([, value]) => value),
    ]),
    payload: lines.at(-1) ?? '',
  })
}

async function assertSigned(vector: Vector, form: Form): Promise<void> {
  const canonical = canonicalOf(vector, form)
  const scope = scopeOf(vector)
  assert.equal(canonical, text(vector, `${form}-canonical-request`))
  const hash = digest('sha256', canonical, 'hex')
  assert.equal(stringToSign(AMZ_DATE, scope, hash), text(vector, `${form}-string-to-sign`))
  const secret = new Secret(vector.context.credentials.secret_access_key)
  const key = macKey(await deriveSigningKey(secret, scope))
  const signature = await signCanonical(key, canonical, { amzDate: AMZ_DATE, scope })
  assert.equal(signature, text(vector, `${form}-signature`))
}

/** The signed request of the suite, sent to a guard. */
async function assertAccepted(vector: Vector, form: Form): Promise<void> {
  const { context } = vector
  const { method, target, headers, body } = parseRequest(text(vector, `${form}-signed-request`))
  const token = context.credentials.token
  const sent =
    headers.some(([name]) => name === 'x-amz-security-token') || target.includes('Token=')
  const service: SigV4Service = {
    name: context.service,
    normalizePath: context.normalize,
    sessionToken: context.omit_session_token === true ? 'unsigned' : 'signed',
  }
  const desk = guard({
    methods: [
      sigv4({
        region: context.region,
        service,
        replay: memoryReplay({ unsafe: { noFence: true } }),
        unsafe: { ambiguousTargets: true },
        source: {
          find: (id) => ({
            id,
            tenant: 'default',
            principalId: 'suite',
            scopes: [],
            key: { secret: new Secret(context.credentials.secret_access_key) },
            ...(token === undefined || !sent ? {} : { sessionToken: new Secret(token) }),
          }),
        },
      }),
    ],
    clock: () => (parseAmzDate(AMZ_DATE) ?? 0) * 1000,
  })
  const authority = headers.find(([name]) => name === 'host')?.[1] ?? ''
  const decision = await desk.check(requestView({ method, target, headers, body, authority }))
  assert.equal(decision.outcome === 'refused' ? decision.reason : decision.outcome, 'allowed')
}

describe('the SigV4 suite', { skip: existsSync(file) ? false : `no vectors in ${folder}` }, () => {
  // The file of the suite has this form.
  const cases = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly Vector[] }).cases
    : []
  it('is whole', () => assert.equal(cases.length, 38))
  for (const vector of cases) {
    for (const form of FORMS) {
      it(`${vector.name}: ${form}`, async () => {
        await assertSigned(vector, form)
        if (!NOT_ON_THE_WIRE.test(vector.name)) await assertAccepted(vector, form)
      })
    }
  }
})

// Typed in, so that one known answer is always checked: the example of the IAM User Guide.
test('the worked example of the AWS documentation has its signing key and signature', async () => {
  const scope = { date: '20150830', region: 'us-east-1', service: 'iam' }
  const secret = new Secret('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY')
  const key = await deriveSigningKey(secret, scope)
  const hex = 'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9'
  assert.equal(Buffer.from(key).toString('hex'), hex)
  const type = 'application/x-www-form-urlencoded; charset=utf-8'
  const canonical = canonicalRequest({
    method: 'GET',
    path: '/',
    query: canonicalQuery('Action=ListUsers&Version=2010-05-08'),
    headers: [
      ['content-type', [type]],
      ['host', ['iam.amazonaws.com']],
      ['x-amz-date', [AMZ_DATE]],
    ],
    payload: createHash('sha256').digest('hex'),
  })
  const signed = await signCanonical(macKey(key), canonical, { amzDate: AMZ_DATE, scope })
  assert.equal(signed, '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7')
})
