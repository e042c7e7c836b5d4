import type { ReasonCode } from '../../core/reasons.ts'
import { rejected, type Rejected } from '../../core/verdict.ts'
import { algorithmNamed } from '../../jose/algorithms.ts'
import {
  parseCompact,
  parsePayload,
  type CompactError,
  type JwsHeader,
} from '../../jose/compact.ts'
import { normalizeType } from './options.ts'
import type { OpenedToken, ResolvedIssuer } from './policy.ts'
import { settle, shown, type Run } from './run.ts'

/** Reads a token and chooses its issuer and algorithm; every outcome but that is a rejection. */
export type Opened = { readonly outcome: 'opened'; readonly opened: OpenedToken } | Rejected

/**
 * Reads a token without believing it. Checks, in order: size and form, `iss` among the configured
 * issuers, then {@link checkHeader}. Of the payload only `iss` is read, to choose the keys.
 */
export function openToken(run: Run): Opened {
  const { token, policy } = run
  const parsed = parseCompact(token, policy.maxTokenBytes)
  if (!parsed.ok) return refuseForm(run, parsed.error)
  const payload = parsePayload(parsed.value.payload)
  if (!payload.ok) return refuseForm(run, payload.error === 'malformed' ? 'payload' : payload.error)
  run.trace?.check('jwt.form', true, policy.maxTokenBytes, token.length)
  const issuer = chooseIssuer(run, payload.value['iss'])
  if ('outcome' in issuer) return issuer
  const { header } = parsed.value
  const refused = checkHeader(run, header, issuer)
  if (refused !== undefined) return refused
  const algorithm = algorithmNamed(header.alg)
  if (algorithm === undefined) return rejected('jwt.algorithm-denied')
  return {
    outcome: 'opened',
    opened: { jws: parsed.value, claims: payload.value, issuer, algorithm },
  }
}

function refuseForm(run: Run, error: CompactError | 'payload'): Rejected {
  const reason: ReasonCode = error === 'payload' ? 'jwt.payload-invalid' : `jwt.${error}`
  const { maxTokenBytes } = run.policy
  run.trace?.check('jwt.form', false, maxTokenBytes, run.token.length)
  return rejected(reason, { bytes: run.token.length })
}

function chooseIssuer(run: Run, iss: unknown): ResolvedIssuer | Rejected {
  const { issuers } = run.policy
  const issuer = typeof iss === 'string' ? issuers.get(iss) : undefined
  if (issuer !== undefined) {
    run.trace?.check('jwt.issuer', true, issuer.issuer, issuer.issuer)
    return issuer
  }
  const reason = iss === undefined ? 'jwt.claim-missing' : 'jwt.issuer-mismatch'
  const expected = [...issuers.keys()]
  const actual = typeof iss === 'string' ? shown(iss) : `(${typeof iss})`
  run.trace?.check('jwt.issuer', false, expected, actual)
  return rejected(reason, iss === undefined ? { claim: 'iss' } : { expected, actual })
}

/**
 * Checks what the header says against what the issuer may send. Checks, in order: `typ`, `alg`.
 *
 * @see [RFC 8725 §3.1](https://www.rfc-editor.org/rfc/rfc8725#section-3.1) algorithm verification
 * @see [RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068#section-4) `typ` of access tokens
 */
export function checkHeader(
  run: Run,
  { typ = '', alg }: JwsHeader,
  { types, algorithms }: ResolvedIssuer,
): Rejected | undefined {
  // Issuers write the canonical form; only the others pay for normalizing.
  const typed = types.includes(typ) || types.includes(normalizeType(typ))
  if (!typed || run.trace !== undefined) {
    const check = { name: 'jwt.type', reason: 'jwt.type-mismatch' } as const
    const refused = settle(run, typed, { ...check, expected: types, actual: shown(typ) })
    if (refused !== undefined) return refused
  }
  const allowed = algorithms.has(alg)
  if (allowed && run.trace === undefined) return undefined
  const check = { name: 'jwt.algorithm', reason: 'jwt.algorithm-denied' } as const
  return settle(run, allowed, { ...check, expected: [...algorithms], actual: shown(alg) })
}
