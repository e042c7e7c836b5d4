/** The client of the official MCP SDK, with a person at a browser; it knows the URL of the MCP server alone. */
import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
  type DpopSession,
  type FetchLike,
  type OAuthClientMetadata,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
} from '@modelcontextprotocol/client'

/** What a client is before it has met anybody. */
export interface Identity {
  readonly redirectUrl: string
  /** Registered before. */
  readonly clientId?: string
  /** Where its document is. */
  readonly clientMetadataUrl?: string
  readonly dpop?: DpopSession
}

/** Keeps in memory what an application would keep on a disk. */
export class AgentMemory implements OAuthClientProvider {
  readonly redirectUrl: string
  readonly clientMetadataUrl?: string
  readonly clientMetadata: OAuthClientMetadata
  readonly #dpop: DpopSession | undefined
  /** Where the person is sent next. */
  authorizationUrl: URL | undefined
  client: StoredOAuthClientInformation | undefined
  held: StoredOAuthTokens | undefined
  #verifier = ''
  #state = ''
  #discovered: OAuthDiscoveryState | undefined

  constructor({ redirectUrl, clientId, clientMetadataUrl, dpop }: Identity) {
    this.redirectUrl = redirectUrl
    this.clientMetadata = {
      client_name: 'Agent',
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    }
    if (clientMetadataUrl !== undefined) this.clientMetadataUrl = clientMetadataUrl
    if (clientId !== undefined) this.client = { client_id: clientId }
    this.#dpop = dpop
  }

  state = (): string => (this.#state = crypto.randomUUID())
  /** The `state` of the last request: an application compares it. */
  expectedState = (): string => this.#state
  /** Spoils the access token, as its end would. */
  spoil(): void {
    if (this.held !== undefined) this.held = { ...this.held, access_token: 'over' }
  }

  dpop = (): DpopSession | undefined => this.#dpop
  clientInformation = (): StoredOAuthClientInformation | undefined => this.client
  saveClientInformation = (client: StoredOAuthClientInformation): void =>
    void (this.client = client)
  tokens = (): StoredOAuthTokens | undefined => this.held
  saveTokens = (tokens: StoredOAuthTokens): void => void (this.held = tokens)
  redirectToAuthorization = (url: URL): void => void (this.authorizationUrl = url)
  saveCodeVerifier = (verifier: string): void => void (this.#verifier = verifier)
  codeVerifier = (): string => this.#verifier
  discoveryState = (): OAuthDiscoveryState | undefined => this.#discovered
  saveDiscoveryState = (found: OAuthDiscoveryState): void => void (this.#discovered = found)
}

/** Signs in and decides at a URL; answers what the browser brings back. */
export type Walk = (url: URL) => Promise<URLSearchParams>

/** A client at work. */
export interface Agent {
  readonly memory: AgentMemory
  /** Every request that it made: method, path, form. */
  readonly sent: readonly { readonly path: string; readonly form: URLSearchParams }[]
  /** Status and challenge of each refusal of the MCP server. */
  readonly refusals: readonly string[]
  connect(): Promise<void>
  /** Calls a tool; whenever the person has to agree, she does, and it is called again. */
  call(tool: string, order: string): Promise<unknown>
  close(): Promise<void>
}

/** Makes a client of one MCP server. */
export function mcpAgent(resource: string, identity: Identity, walk: Walk): Agent {
  const memory = new AgentMemory(identity)
  const sent: { path: string; form: URLSearchParams }[] = []
  const refusals: string[] = []
  const watched: FetchLike = async (url, init) => {
    const body = init?.body instanceof URLSearchParams ? init.body : undefined
    sent.push({ path: new URL(url).pathname, form: new URLSearchParams(body) })
    const response = await fetch(url, init)
    const challenge = response.headers.get('www-authenticate')
    if (challenge !== null) refusals.push(`${response.status} ${challenge}`)
    return response
  }
  const open = () =>
    new StreamableHTTPClientTransport(new URL(resource), { authProvider: memory, fetch: watched })
  let transport = open()
  let client = new Client({ name: 'agent', version: '1.0.0' })
  const agree = async (): Promise<void> => {
    const { authorizationUrl } = memory
    if (authorizationUrl === undefined) throw new Error('the person was not asked')
    const answer = await walk(authorizationUrl)
    if (answer.get('state') !== memory.expectedState()) throw new Error('another state')
    await transport.finishAuth(answer)
  }
  return {
    memory,
    sent,
    refusals,
    connect: async () => {
      try {
        await client.connect(transport)
      } catch (error) {
        if (!(error instanceof UnauthorizedError)) throw error
        await agree()
        await client.close()
        transport = open()
        client = new Client({ name: 'agent', version: '1.0.0' })
        await client.connect(transport)
      }
    },
    call: async (name, order) => {
      const wanted = { name, arguments: { order } }
      try {
        return (await client.callTool(wanted)).content
      } catch (error) {
        if (!(error instanceof UnauthorizedError)) throw error
        await agree()
        return (await client.callTool(wanted)).content
      }
    },
    close: () => client.close(),
  }
}
