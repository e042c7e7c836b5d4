import { map, type MaybePromise } from '../../core/maybe.ts'
import type { Attempt, Method } from '../../core/method.ts'
import { rejected, type Verdict } from '../../core/verdict.ts'
import { thumbprintOf } from './denial.ts'
import { certificateReader, type CertificateOrigin } from './forwarded/proxy.ts'

/** Where the certificate comes from that tokens are bound to. */
export interface CertificateBoundOptions {
  /** @defaultValue `connection` */
  readonly from?: CertificateOrigin
}

/**
 * Wraps a method for tokens (`jwt`, `opaque`, `apiKey`) so that it takes tokens that are bound to
 * the client certificate: `cnf` with `x5t#S256`. The comparison is the inner method's, which refuses
 * a bound token beside another certificate, or beside none.
 *
 * The certificate is not validated: RFC 8705 §3 asks for the same one that the token was issued to,
 * and whoever issued the token judged it. Tokens without a binding are left to the inner method;
 * routes that want the binding ask for `senderConstrained`.
 *
 * @param method - Verifies the token, and gets the thumbprint beside it.
 * @throws {@link ConfigError} for a proxy whose proof proves nothing.
 *
 * @example
 * ```ts
 * const desk = guard({ methods: [certificateBound(jwt({ issuer, audience, algorithms, keys }))] })
 * ```
 * @see [RFC 8705 §3](https://www.rfc-editor.org/rfc/rfc8705#section-3)
 */
export function certificateBound(
  method: Method,
  { from = 'connection' }: CertificateBoundOptions = {},
): Method {
  const { read } = certificateReader(from)
  return Object.freeze({
    name: method.name,
    challenge: method.challenge,
    ...(method.alternatives === undefined ? {} : { alternatives: method.alternatives }),
    besides: [...new Set([...(method.besides ?? []), 'tls' as const])],
    locate: (attempt: Attempt) => method.locate(attempt),
    verify: (attempt: Attempt) =>
      map(read(attempt), (presented): MaybePromise<Verdict> => {
        attempt.trace?.check('mtls.presented', presented.ok)
        if (!presented.ok) return rejected(presented.error)
        if (presented.value === undefined) return method.verify(attempt)
        return map(thumbprintOf(presented.value.der), (thumbprint) =>
          method.verify({ ...attempt, proven: { ...attempt.proven, 'x5t#S256': thumbprint } }),
        )
      }),
  } satisfies Method)
}
