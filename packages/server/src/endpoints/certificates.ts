/** What verifiers of certificates fetch: public, cacheable, without credentials. */
import { hash } from 'node:crypto'
import { pemBundle, spiffeBundle } from '../certificates/bundle-formats.ts'
import { problem, type WireAnswer } from '../http/answers.ts'
import type { ManagedCertificates } from '../certificate-authority/stored-certificates.ts'
import type { Call, Endpoint } from './call.ts'

const NO_CA = problem({
  status: 404,
  code: 'not-found',
  title: 'This authority issues no certificates: configure certificates.trustDomain.',
})

const NO_SUCH_CA = problem({
  status: 404,
  code: 'not-found',
  title: 'There is no such CA, or nobody is to trust it any more.',
})

/** `GET /certificates/bundle.pem`: the CAs to trust, as TLS libraries take them. */
export const pemBundleEndpoint = withCa(async (call, certificates) => {
  const { anchors } = await certificates.view()
  return publicAnswer(call, certificates, {
    type: 'application/pem-certificate-chain',
    body: pemBundle(anchors),
  })
})

/**
 * `GET /certificates/bundle.json`: the CAs to trust, as a SPIFFE bundle.
 *
 * @see [SPIFFE Trust Domain and Bundle §5](https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE_Trust_Domain_and_Bundle.md#5-spiffe-bundle-endpoint)
 */
export const spiffeBundleEndpoint = withCa(async (call, certificates) => {
  const { anchors, sequence } = await certificates.view()
  const { refreshHintSeconds } = certificates.settings.rules
  const bundle = spiffeBundle(anchors, { sequence, refreshHintSeconds })
  const body = JSON.stringify(bundle)
  return publicAnswer(call, certificates, { type: 'application/json', body })
})

/**
 * `GET /certificates/crl/{ca}.crl`: the revoked certificates of a CA, DER.
 *
 * @see [RFC 5280 §4.2.1.13](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.13)
 */
export const crlEndpoint = withCa(async (call, certificates) => {
  const id = /\/([^/?]+)\.crl(?:\?|$)/.exec(call.exchange.target)?.[1] ?? ''
  const list = await certificates.crl(id)
  if (!list.ok) return NO_SUCH_CA
  return publicAnswer(call, certificates, {
    type: 'application/pkix-crl',
    body: new Uint8Array(list.value.crl),
  })
})

function withCa(
  next: (call: Call, certificates: ManagedCertificates) => Promise<WireAnswer>,
): Endpoint {
  return (call) => {
    const { certificates } = call.services
    return certificates === undefined ? NO_CA : next(call, certificates)
  }
}

interface Content {
  readonly type: string
  readonly body: string | Uint8Array<ArrayBuffer>
}

/** `max-age` is the number that a new CA waits for: an honest cache knows it before it signs. */
function publicAnswer(
  { exchange }: Call,
  { settings }: ManagedCertificates,
  { type, body }: Content,
): WireAnswer {
  const etag = `"${hash('sha256', body, 'base64url')}"`
  const headers: WireAnswer['headers'] = [
    ['content-type', type],
    ['cache-control', `public, max-age=${settings.rules.refreshHintSeconds}`],
    ['etag', etag],
    ['access-control-allow-origin', '*'],
  ]
  const known = exchange.header('if-none-match').some((value) => value.includes(etag))
  return known ? { status: 304, headers, body: '' } : { status: 200, headers, body }
}
