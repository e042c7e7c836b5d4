import { mac, macKey } from '#crypto'
import { equalDigests } from '../../../core/constant-time.ts'
import { assertConfig } from '../../../core/errors.ts'
import { map, type MaybePromise } from '../../../core/maybe.ts'
import type { RequestView } from '../../../core/request.ts'
import type { Secret } from '../../../core/secret.ts'
import type { MacKey } from '../../../crypto/seam.ts'
import { assertProofField, proofSecrets, type ProofCheck } from './proof-check.ts'

/**
 * `<seconds>.<hex>`: HMAC-SHA-256 over time, method, host, target and the fields of the dialect in
 * their order, one space between them. What travels is no secret: it proves one request, for a
 * moment.
 */
export interface StampProof {
  /** The field, in lower case; the proxy overwrites it on every request: `x-proxy-proof`. */
  readonly field: string
  /** Keys, as UTF-8: at least 32 visible ASCII characters. Several while one is being replaced. */
  readonly hmacSecrets: readonly Secret[]
  /** To both sides of now, because clocks differ. @defaultValue 30 */
  readonly maxAgeSeconds?: number
}

const STAMP = /^(\d{9,11})\.([0-9A-Fa-f]{64})$/

/** Makes the check of a stamp over the fields of a dialect. Does not remember stamps. */
export function stampProof(proof: StampProof, fields: readonly string[]): ProofCheck {
  const { field, hmacSecrets, maxAgeSeconds = 30 } = proof
  assertProofField(field)
  assertConfig(
    Number.isInteger(maxAgeSeconds) && maxAgeSeconds >= 1 && maxAgeSeconds <= 300,
    'CS_CONFIG_MTLS_PROOF_AGE',
    'mtls: proof.maxAgeSeconds is an integer from 1 to 300',
  )
  const keys = proofSecrets(hmacSecrets).map((text) => macKey(new TextEncoder().encode(text)))
  const stampOf = (view: RequestView): readonly [seconds: string, digest: string] | undefined => {
    const [value = '', ...others] = view.header(field)
    const [, seconds, digest] = STAMP.exec(value) ?? []
    if (others.length > 0 || seconds === undefined || digest === undefined) return undefined
    return [seconds, digest.toLowerCase()]
  }
  return {
    claims: ({ view, now }) => {
      const [seconds] = stampOf(view) ?? []
      return seconds !== undefined && Math.abs(now - Number(seconds)) <= maxAgeSeconds
    },
    proves: ({ view }) => {
      const [seconds = '', digest = ''] = stampOf(view) ?? []
      const sent = fields.map((name) => view.header(name)[0] ?? '')
      const text = [seconds, view.method, view.authority, view.target, ...sent].join(' ')
      return anyMatches(keys, { text, digest })
    },
  }
}

interface Stamp {
  readonly text: string
  readonly digest: string
}

function anyMatches(
  [key, ...others]: readonly MaybePromise<MacKey>[],
  stamp: Stamp,
): MaybePromise<boolean> {
  if (key === undefined) return false
  const made = map(key, (imported) => mac(imported, stamp.text, 'hex'))
  return map(made, (hex) => equalDigests(hex, stamp.digest) || anyMatches(others, stamp))
}
