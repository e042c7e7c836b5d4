import { UnavailableError, type Attempt, type Clock, type PeerCertificate } from 'countersign'
import type { Revocations } from 'countersign'
import { mtls } from 'countersign/mtls'
import type { Certificates } from '../../certificates/service.ts'

/** Judges client certificates between requests, for the connections that carry them. */
export interface ClientTrust {
  /** Whether a request with this certificate could still be accepted. Never rejects. */
  accepts(peer: PeerCertificate): Promise<boolean>
  /** Calls back after anything changed that an answer rests on. Returns the way to stop. */
  onChange(listener: () => void): () => void
}

/** What the judgement rests on. */
export interface ClientTrustOptions {
  readonly certificates: Pick<Certificates, 'trust' | 'identify' | 'onChange'>
  readonly revocations: Revocations
  readonly clock: Clock
}

/**
 * Judges by the very method that judges requests. Unknown is not refused: while the store cannot be
 * read, connections stay, and their requests are answered 503.
 */
export function clientTrust({ certificates, revocations, clock }: ClientTrustOptions): ClientTrust {
  const { trust } = certificates
  const method = mtls({ trust, revocations, identify: certificates.identify() })
  return {
    async accepts(peer) {
      try {
        const verdict = await method.verify(attemptOf(peer, Math.floor(clock() / 1000)))
        // Where the client is, is a question of the request.
        return verdict.outcome === 'accepted' || isNetwork(verdict)
      } catch (error) {
        return error instanceof UnavailableError
      }
    },
    onChange: (listener) => certificates.onChange(listener),
  }
}

const isNetwork = (verdict: object): boolean =>
  'reason' in verdict && verdict.reason === 'mtls.network-denied'

/** An attempt with a certificate and nothing else. */
const attemptOf = (peerCertificate: PeerCertificate, now: number): Attempt => ({
  view: {
    method: 'GET',
    scheme: 'https',
    authority: '',
    target: '/',
    remoteAddress: undefined,
    peerCertificate,
    header: () => [],
    trailer: () => [],
    body: () => ({ ok: true, value: new Uint8Array() }),
  },
  authorization: undefined,
  scheme: 'https',
  clientAddress: undefined,
  now,
  trace: undefined,
})
