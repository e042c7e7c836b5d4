/** The request that signed-request benchmarks are about, and how a guard is asked about it. */
import { createSecretKey, hash, randomBytes } from 'node:crypto'
import { guard, type Guard, type Method, type RequestView } from 'countersign'
import type { Contender } from './compare.ts'

/** Header fields as pairs. */
export type Pairs = readonly (readonly [name: string, value: string])[]

/** What is sent, by whom, and when: seconds since the epoch. */
export const SUBJECT = {
  url: 'https://api.example.test/orders?page=1',
  body: randomBytes(1024),
  contentType: ['content-type', 'application/octet-stream'],
  secret: randomBytes(32).toString('base64url'),
  holder: { tenant: 'default', principalId: 'svc_1', scopes: ['orders:write'] },
  now: Math.floor(Date.now() / 1000),
} as const

/** The secret as the quickest key for HMAC that `node:crypto` has. */
export const SECRET_KEY = createSecretKey(Buffer.from(SUBJECT.secret))

/** The digest of the body, the quickest way that `node:crypto` has. */
export const bodyDigest = (encoding: 'base64' | 'hex'): string =>
  hash('sha256', SUBJECT.body, encoding)

/** The view of a request that arrived, without a server around it. */
export function viewOf(headers: Pairs): RequestView {
  const fields = new Map(headers.map(([name, value]) => [name.toLowerCase(), [value]]))
  fields.set('host', ['api.example.test'])
  return {
    method: 'POST',
    scheme: 'https',
    authority: 'api.example.test',
    target: '/orders?page=1',
    remoteAddress: '192.0.2.1',
    peerCertificate: undefined,
    header: (name) => fields.get(name) ?? [],
    trailer: () => [],
    body: () => ({ ok: true, value: SUBJECT.body }),
  }
}

/** A guard with one method, at the time the subject was signed. */
export const deskOf = (method: Method): Guard =>
  guard({ methods: [method], clock: () => SUBJECT.now * 1000 })

/** Asks a method itself: what a guard adds is another row. */
export function verifying(name: string, method: Method, view: RequestView): Contender {
  const field = view.header('authorization')[0]
  const space = field?.indexOf(' ') ?? 0
  const attempt = {
    view,
    authorization:
      field === undefined
        ? undefined
        : { scheme: field.slice(0, space).toLowerCase(), value: field.slice(space + 1) },
    scheme: view.scheme,
    clientAddress: view.remoteAddress,
    now: SUBJECT.now,
    trace: undefined,
  }
  return looped(name, () => method.verify(attempt), 'accepted')
}

/** Asks a guard about one request again and again. */
export const asking = (name: string, desk: Guard, view: RequestView): Contender =>
  looped(name, () => desk.check(view), 'allowed')

/** Does something again and again, and insists on its outcome where one is named. */
export const looped = (name: string, work: () => unknown, outcome?: string): Contender => ({
  name,
  async run(count) {
    for (let done = 0; done < count; done += 1) {
      const made = work()
      const answer = made instanceof Promise ? await made : made
      if (outcome !== undefined && answer?.outcome !== outcome)
        throw new Error(`${name}: ${JSON.stringify(answer)}`)
    }
  },
})
