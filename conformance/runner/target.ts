/** What is under test, as a file or a test describes it. Nothing in it is specific to one server. */
import type { JWK } from 'jose'

/** A registered client. Member names are those of RFC 7591, so that a registration can be pasted. */
export interface ClientDescription {
  readonly client_id: string
  readonly token_endpoint_auth_method:
    | 'client_secret_basic'
    | 'client_secret_post'
    | 'private_key_jwt'
    | 'none'
  readonly client_secret?: string
  /** The private key (P-256) whose public half is registered. */
  readonly jwk?: JWK
  /** A private RSA key of the same registration, to sign with RS256 what must not be. */
  readonly rsa_jwk?: JWK
  readonly redirect_uri: string
  readonly scope: string
  /** RFC 8707; left out where the server has none. */
  readonly resource?: string
  /** Whether its tokens are bound by DPoP. @defaultValue false */
  readonly dpop?: boolean
}

/** Parameters of a request or of a response. */
export type Parameters = Readonly<Record<string, string | undefined>>

/** Somebody with a browser of its own. */
export interface Person {
  /** Signs in where asked, agrees, and answers what the client is told. */
  approve(url: URL): Promise<URLSearchParams>
  /** Signs in where asked, and refuses. */
  refuse(url: URL): Promise<URLSearchParams>
  /** Only looks. */
  look(url: URL): Promise<Seen>
}

/** What a browser has before it. */
export interface Seen {
  /** Undefined where the browser has left for the client. */
  readonly page: { readonly status: number; readonly headers: Headers } | undefined
  /** What the client is told. */
  readonly told: URLSearchParams
}

/** The server under test. */
export interface Target {
  readonly issuer: string
  readonly client: ClientDescription
  /** Another client of the same kind. */
  readonly other?: ClientDescription
  /** A protected resource that takes the tokens; else userinfo is asked. */
  readonly resourceUrl?: string
  /** For servers where strangers may not register (RFC 7591 §3). */
  readonly registrationToken?: string
  newPerson(): Person
  /** Seconds since the epoch, as the server counts them. */
  now(): number
  /** Lets time pass; absent where that would have to be waited for. */
  wait?(seconds: number): Promise<void>
}
