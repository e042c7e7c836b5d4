import type { ClientRequest } from 'node:http'
import { Agent, type AgentOptions, type RequestOptions } from 'node:https'
import type { Duplex } from 'node:stream'
import { tlsMaterial, type CertificateSource, type KeyAndCertificate } from './certificate.ts'
import { serverIdentityCheck } from './server-identity.ts'

/** How an {@link mtlsAgent} connects. */
export interface MtlsAgentOptions
  extends Pick<
    AgentOptions,
    'maxSockets' | 'maxFreeSockets' | 'maxTotalSockets' | 'keepAliveMsecs' | 'timeout'
  > {
  /** PEM: who vouches for servers. @defaultValue the trust bundle of the source */
  readonly ca?: string
  /** The SPIFFE id that servers have to have. @defaultValue the host name, as in any HTTPS */
  readonly serverIdentity?: string
}

/**
 * Makes an agent for `node:https` that presents the certificate of a source. After a renewal new
 * connections present the new one; those of before finish what they are doing and then go, and no
 * request is dropped. A session of the old certificate is not resumed.
 *
 * Servers are always verified: nothing in the options of a request can turn that off.
 *
 * @throws ConfigError for a `serverIdentity` that is none. Requests fail with
 *   UnavailableError when there is no valid certificate.
 */
export const mtlsAgent = (source: CertificateSource, options: MtlsAgentOptions = {}): Agent =>
  new MtlsAgent(source, options)

class MtlsAgent extends Agent {
  readonly #source: CertificateSource
  readonly #options: AgentOptions
  readonly #ca: string | undefined
  readonly #stop: () => void
  #pool: { readonly of: KeyAndCertificate; readonly agent: Pool } | undefined

  constructor(source: CertificateSource, options: MtlsAgentOptions) {
    const { ca, serverIdentity, ...rest } = options
    super({ ...rest, keepAlive: true })
    this.#source = source
    this.#ca = ca
    this.#options = {
      ...rest,
      ...(serverIdentity === undefined
        ? {}
        : { checkServerIdentity: serverIdentityCheck(serverIdentity) }),
      keepAlive: true,
      rejectUnauthorized: true,
    }
    this.#stop = source.onChange((changed) => void this.#poolOf(changed))
  }

  /** What `node:http` calls with each request. A pool per certificate does the rest. */
  addRequest(request: ClientRequest, options: RequestOptions): void {
    this.#source.current().then(
      (current) => this.#poolOf(current).add(request, options),
      // As agents do: a request without a socket tells nobody that it was destroyed.
      (error: unknown) => request.destroy().emit('error', error),
    )
  }

  override destroy(): void {
    this.#stop()
    this.#pool?.agent.destroy()
    super.destroy()
  }

  #poolOf(current: KeyAndCertificate): Pool {
    if (this.#pool?.of === current) return this.#pool.agent
    this.#pool?.agent.retire()
    const material = tlsMaterial(this.#ca === undefined ? current : { ...current, ca: this.#ca })
    const agent = new Pool({ ...this.#options, ...material })
    this.#pool = { of: current, agent }
    return agent
  }
}

/** What `node:http` calls on every agent, and the types leave out. */
interface TakesRequests {
  addRequest(request: ClientRequest, options: RequestOptions): void
}

/**
 * The connections of one certificate. They are not shared with the next one's: who waits for a busy
 * connection is served by it, and TLS sessions, which carry the old certificate, stay here.
 */
class Pool extends Agent {
  #retired = false

  add(request: ClientRequest, options: RequestOptions): void {
    const agent = this as unknown as TakesRequests // every agent has it
    agent.addRequest(request, options)
  }

  override keepSocketAlive(socket: Duplex): boolean {
    // It answers whether to keep the socket, which the types leave out.
    return !this.#retired && (super.keepSocketAlive(socket) as unknown as boolean)
  }

  /** Hangs up what is idle now, and everything else when it becomes idle. */
  retire(): void {
    this.#retired = true
    for (const idle of Object.values(this.freeSockets)) {
      for (const socket of idle ?? []) socket.destroy()
    }
  }
}
