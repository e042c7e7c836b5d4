import type { RequestListener } from 'node:http'
import type { Server } from 'node:https'
import { ConfigError, type Clock, type Revocations } from 'countersign'
import type { Logger } from 'pino'
import type { Certificates } from '../../certificates/service.ts'
import { listenSecurely, type Address, type Listener } from '../listener.ts'
import {
  fromFiles,
  fromOwnCa,
  type CertificateSource,
  type KeyPair,
  type ListenerCertificate,
} from './certificate.ts'
import { closeUntrusted } from './client-sockets.ts'
import { clientTrust } from './client-trust.ts'
import { contextOptions } from './options.ts'

/** TLS at a listener. */
export type ListenerTls = ListenerCertificate & {
  /**
   * Asks clients for a certificate. What it is worth is decided on each request.
   * @defaultValue true
   */
  readonly requestClientCertificates?: boolean
}

/** What a listener with TLS takes from its authority. */
export interface TlsContext {
  readonly clock: Clock
  readonly log: Logger
  readonly revocations: Revocations
  /** The CA of the authority, where it has one. */
  readonly certificates?: OwnCa | undefined
}

type OwnCa = Pick<Certificates, 'issueForServer' | 'trust' | 'identify' | 'onChange'>

/** A listener whose certificate can change while it listens. */
export interface TlsListener extends Omit<Listener, 'server'> {
  /** Serves another certificate, if there is one by now. Never rejects: see the log. */
  reload(): Promise<void>
}

/** How old a changed file, or a certificate past half of its life, gets before it is noticed. */
const CHECK_INTERVAL_MS = 30_000

/**
 * Opens a listener with TLS 1.2 or 1.3 and keeps its certificate current: connections of before go on
 * with the old one. A new one that cannot be served changes nothing, and is an error in the log.
 *
 * @throws `ConfigError` when there is no certificate to begin with, `ListenError`.
 */
export async function listenWithTls(
  handler: RequestListener,
  { tls, ...address }: Address & { readonly tls: ListenerTls },
  context: TlsContext,
): Promise<TlsListener> {
  const source = sourceOf(tls, context)
  const requestCert = tls.requestClientCertificates ?? true
  const first = contextOptions(await firstOf(source))
  const listener = await listenSecurely(handler, { ...address, context: first, requestCert })
  const { certificates } = context
  const unwatch =
    certificates === undefined
      ? undefined
      : closeUntrusted(listener.server, clientTrust({ ...context, certificates }))
  const reload = reloader(listener, source, context.log)
  const timer = setInterval(() => void reload(), CHECK_INTERVAL_MS).unref()
  const unfollow = certificates?.onChange(() => void reload())
  return {
    url: listener.url,
    reload,
    close: (drainMs) => {
      clearInterval(timer)
      unwatch?.()
      unfollow?.()
      return listener.close(drainMs)
    },
  }
}

/** Looks for another certificate and serves it; one look after the other, or two would be issued. */
function reloader(
  { server, url }: Listener<Server>,
  source: CertificateSource,
  log: Logger,
): () => Promise<void> {
  const look = async (): Promise<void> => {
    try {
      const pair = await source()
      if (pair === undefined) return
      server.setSecureContext(contextOptions(pair))
      log.info({ url }, 'serving another certificate')
    } catch (error) {
      log.error({ err: error }, 'the certificate of the listener stays the old one')
    }
  }
  let looked = Promise.resolve()
  return () => {
    looked = looked.then(look)
    return looked
  }
}

function sourceOf(tls: ListenerTls, { certificates, clock }: TlsContext): CertificateSource {
  if (!('issue' in tls)) return fromFiles(tls)
  if (certificates !== undefined) return fromOwnCa(certificates, tls, clock)
  throw new ConfigError('CS_CONFIG_TLS', 'tls.issue: this authority has no CA of its own')
}

/** A source that was never asked has one, or has rejected. */
async function firstOf(source: CertificateSource): Promise<KeyPair> {
  const pair = await source()
  if (pair === undefined) throw new TypeError('a certificate source began with nothing')
  return pair
}
