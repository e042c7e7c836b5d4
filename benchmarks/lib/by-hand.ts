/**
 * The least that verifies a signed request of the one form that the benchmark sends: the shortest way
 * from its fields to the same HMAC and the same digest. No other form is read, nothing is required,
 * no time, duplicate, encoding or character is checked. What a library can hope to come near.
 */
import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import type { RequestView } from 'countersign'
import { bodyDigest, SECRET_KEY } from './signed.ts'

const INPUT = /^sig1=(\(([^)]*)\);created=(\d+);keyid="([^"]*)".*)$/

const isSame = (left: string, right: string): boolean =>
  left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right))

function valueOf(view: RequestView, name: string): string {
  const query = view.target.indexOf('?')
  if (name === '@method') return view.method
  if (name === '@authority') return view.authority
  if (name === '@path') return view.target.slice(0, query)
  return name === '@query' ? view.target.slice(query) : (view.header(name)[0] ?? '')
}

/** RFC 9421 with `hmac-sha256`, and RFC 9530. */
export function verifyByHand(view: RequestView): boolean {
  const match = INPUT.exec(view.header('signature-input')[0] ?? '')
  if (match === null) return false
  let base = ''
  for (const quoted of match[2]?.split(' ') ?? []) {
    base += `${quoted}: ${valueOf(view, quoted.slice(1, -1))}\n`
  }
  base += `"@signature-params": ${match[1]}`
  const made = createHmac('sha256', SECRET_KEY).update(base).digest('base64')
  if (!isSame(`sig1=:${made}:`, view.header('signature')[0] ?? '')) return false
  return view.header('content-digest')[0] === `sha-256=:${bodyDigest('base64')}:`
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]*)\/(\S*), SignedHeaders=(\S*), Signature=(\S*)$/

/** SigV4 in the `Authorization` header, its key derived before. */
export function verifySigV4ByHand(view: RequestView, key: typeof SECRET_KEY): boolean {
  const match = AUTHORIZATION.exec(view.header('authorization')[0] ?? '')
  if (match === null) return false
  const [, , scope, names = '', signature = ''] = match
  const payload = view.header('x-amz-content-sha256')[0] ?? ''
  const [path, query] = view.target.split('?')
  let canonical = `${view.method}\n${path}\n${query}\n`
  for (const name of names.split(';')) canonical += `${name}:${view.header(name)[0]}\n`
  canonical += `\n${names}\n${payload}`
  const text = `AWS4-HMAC-SHA256\n${view.header('x-amz-date')[0]}\n${scope}\n`
  const made = createHmac('sha256', key)
    .update(text + hash('sha256', canonical, 'hex'))
    .digest('hex')
  return isSame(made, signature) && payload === bodyDigest('hex')
}
