import { readChunks } from '../../core/chunks.ts'
import { DEFAULTS } from '../../core/defaults.ts'
import { assertConfig, UnavailableError } from '../../core/errors.ts'
import type { Fetch } from '../proof.ts'
import type { Offer } from './check.ts'

/** What an authority is asked. Times in seconds. */
export interface CertificateWish {
  /** PEM, PKCS #10. */
  readonly csr: string
  readonly scopes: readonly string[]
  readonly ttlSeconds: number | undefined
  readonly name: string | undefined
}

/** Who is asked, and how. */
export interface Authority {
  /** An issuer, without a slash at its end. */
  readonly issuer: string
  readonly fetch: Fetch
}

/**
 * Asks an authority for a certificate.
 *
 * Takes no redirect, no other status than 201, and no answer that is larger than a chain and a bundle
 * ever are. Believes nothing of what it says.
 *
 * @throws UnavailableError with the status, never with anything of the answer.
 */
export async function askForCertificate(
  { issuer, fetch }: Authority,
  wish: CertificateWish,
): Promise<Offer> {
  const answer = await fetch(`${issuer}/v1/certificates`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(wish),
    signal: AbortSignal.timeout(DEFAULTS.fetchTimeoutMs),
  }).catch((error: unknown) => {
    throw new UnavailableError('authority', `the authority cannot be reached: ${nameOf(error)}`)
  })
  if (answer.status !== 201) {
    await answer.body?.cancel()
    const wait = Number(answer.headers.get('retry-after') ?? 1)
    const message = `the authority answered ${answer.status} to a request for a certificate`
    throw new UnavailableError('authority', message, wait > 0 ? wait : 1)
  }
  return readOffer(await readText(answer))
}

/** The class of a failure of `fetch`: its text may hold a URL, and the cause says what happened. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'network error'
  const { cause } = error
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.name
}

async function readText({ body }: Response): Promise<string> {
  const bytes = body === null ? undefined : await readChunks(body, DEFAULTS.fetchMaxBytes)
  if (bytes === undefined)
    throw new UnavailableError('authority', 'the answer is empty or too large')
  return new TextDecoder().decode(bytes)
}

function readOffer(text: string): Offer {
  const { certificate, chain, bundle } = parse(text)
  if (typeof certificate === 'string' && typeof bundle === 'string') {
    return { certificate, chain: typeof chain === 'string' ? chain : '', bundle }
  }
  throw new UnavailableError('authority', 'the answer has no certificate and bundle')
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown> // read as unknown
  } catch {
    return {}
  }
}

/**
 * Reads where an authority is. Over `http:` anybody in between could hand out certificates and roots.
 *
 * @throws ConfigError for anything but `https:`; with `allowHttp`, loopback is allowed as well.
 */
export function resolveIssuer(issuer: string, allowHttp: boolean): string {
  const url = URL.parse(issuer)
  assertConfig(
    url !== null && (url.protocol === 'https:' || (allowHttp && isPlainLoopback(url))),
    'CS_CONFIG_MTLS_ISSUER',
    'certificateSource: issuer is an https URL; unsafe.allowHttp allows http to loopback alone',
  )
  return url.href.replace(/\/+$/, '')
}

const isPlainLoopback = ({ protocol, hostname }: URL): boolean =>
  protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
