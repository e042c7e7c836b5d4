import { map } from '../core/maybe.ts'
import type { Jwk } from '../crypto/seam.ts'
import {
  importAgentKey,
  signAgentRequest,
  type AgentSignOptions,
} from '../methods/http-signature/sign-agent.ts'
import type { Proof } from './proof.ts'

/** Who signs: the agent, its private key, and what of {@link AgentSignOptions} differs. */
export interface WebBotAuthProofOptions extends Omit<AgentSignOptions, 'key' | 'clock'> {
  /** Its public half is in the directory of `agent`. */
  readonly key: Jwk
}

/**
 * Signs requests as an automated client (Web Bot Auth), with a fresh nonce on every try.
 *
 * @throws {@link ConfigError} for a key that is not exactly right; on WebCrypto from a request.
 *
 * @example
 * ```ts
 * const visit = withProof(webBotAuth({ agent: 'https://crawler.example', key: jwk }))
 * ```
 * @see [draft-ietf-webbotauth-httpsig-protocol](https://datatracker.ietf.org/doc/draft-ietf-webbotauth-httpsig-protocol/)
 */
export function webBotAuth({ key: jwk, ...options }: WebBotAuthProofOptions): Proof {
  const key = importAgentKey(jwk)
  return Object.freeze({
    attach: ({ request, body, now }) => {
      const { method, url, headers } = request
      const clock = (): number => now * 1000
      return map(key, (imported) =>
        signAgentRequest({ method, url, headers, body }, { ...options, key: imported, clock }),
      )
    },
  } satisfies Proof)
}
