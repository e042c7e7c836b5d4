/**
 * One HTTP exchange in no server's terms. Endpoints read an {@link Exchange} and return an
 * `Answer`; two small bridges (fetch.ts, node.ts) carry them. The token endpoint is the busiest
 * path of an authority, and the WHATWG `Request` in front of it cost 16-30 % of its throughput.
 */
import {
  err,
  ok,
  type BodyBytes,
  type BodyError,
  type PeerCertificate,
  type RequestView,
  type Result,
} from 'countersign'

/** A request as endpoints see it. Everything but `remoteAddress` is attacker-controlled. */
export interface Exchange extends RequestView {
  /** Reads the body once, at most `maxBytes` of it; more is an error and not a truncation. */
  body(maxBytes: number): Promise<BodyBytes>
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The body as strict UTF-8. */
export async function readText(
  exchange: Exchange,
  maxBytes: number,
): Promise<Result<string, BodyError | 'not-utf8'>> {
  const body = await exchange.body(maxBytes)
  if (!body.ok) return body
  try {
    return ok(utf8.decode(body.value))
  } catch {
    return err('not-utf8')
  }
}

/** What a server knows of the connection that a `Request` does not carry. */
export interface Connection {
  /** The peer's address, or undefined where the host does not tell. */
  readonly remoteAddress?: string | undefined
  /** The certificate of the TLS client, where the host tells. */
  readonly peerCertificate?: PeerCertificate | undefined
}
