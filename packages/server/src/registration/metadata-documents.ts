/**
 * Client ID Metadata Documents: a `client_id` that is a URL, and a document there that says who the
 * client is. What the drafts -00 to -02 ask of a server is the same, and the stricter where they are not.
 */
import { err, ok, type Clock, type Result } from 'countersign'
import { fetchDocument, type FetchedDocument } from 'countersign/net'
import type { Outbound } from '../http/outbound.ts'
import type { ClientAuthMethod } from '../model/client-settings.ts'
import type { Profile } from '../profiles/profile.ts'
import { readClientMetadata, type DescribedClient } from './client-metadata.ts'
import { DocumentCache, type Fresh } from './document-cache.ts'
import { freshSeconds } from './http-caching.ts'
import type { Metadata } from './members.ts'
import type { MetadataDocumentOptions } from './terms.ts'

/** Finds the client that a URL describes. */
export interface MetadataDocuments {
  /** @param url - Attacker-controlled. */
  find(url: string): Promise<DescribedClient | undefined>
}

/** What documents are read under. */
export interface DocumentRules {
  readonly options: MetadataDocumentOptions
  readonly profile: Profile
  readonly outbound: Outbound
  readonly clock: Clock
  /** Replaces the guarded fetch, and with it every check of addresses. For tests. */
  readonly fetchDocument?: typeof fetchDocument
}

/** The draft recommends 5 kilobytes (§6.6); keys of a client may need some more. */
const MAX_BYTES = 10_240
const TIMEOUT_MS = 5000
const MAX_URL_LENGTH = 1000

/** Makes the reader of documents of an authority, with its memory of them. */
export function metadataDocuments(rules: DocumentRules): MetadataDocuments {
  const cache = new DocumentCache(rules.clock, (url) => load(url, rules))
  const { allowHosts } = rules.options
  return {
    find: async (url) => {
      if (!isDocumentUrl(url)) return undefined
      const { host } = new URL(url)
      return allowHosts === undefined || allowHosts.includes(host) ? cache.find(url) : undefined
    },
  }
}

/**
 * Reports whether a text can be the URL of a document: `https`, with a path, without fragment or
 * user, and in the one spelling that a parser leaves as it is, so without dot segments.
 *
 * @param text - Attacker-controlled.
 */
export function isDocumentUrl(text: string): boolean {
  if (text.length > MAX_URL_LENGTH || !/^https:\/\/[!-~]+$/.test(text)) return false
  if (text.includes('#') || !URL.canParse(text)) return false
  const url = new URL(text)
  return url.href === text && url.pathname !== '/' && url.username === '' && url.password === ''
}

/** Without a secret that both could know: the document is public. */
const AUTH_METHODS: readonly ClientAuthMethod[] = ['none', 'private_key_jwt']

async function load(
  url: string,
  { options, profile, outbound, fetchDocument: replaced }: DocumentRules,
): Promise<Result<Fresh<DescribedClient>, 'unreachable' | 'refused'>> {
  const get = replaced ?? fetchDocument
  const { allowPrivateHosts } = outbound
  const fetched = await get({ url, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, allowPrivateHosts })
  if (!fetched.ok) {
    const { kind, status = 0 } = fetched.error
    const isAway = kind === 'unreachable' || kind === 'timeout' || status >= 500 || status === 429
    return err(isAway ? 'unreachable' : 'refused')
  }
  const metadata = documentOf(fetched.value)
  if (metadata === undefined || !isAbout(metadata, url)) return err('refused')
  const described = readClientMetadata(metadata, {
    terms: options,
    profile,
    origin: 'metadata-document',
    grantTypes: ['authorization_code', 'refresh_token'],
    authMethods: AUTH_METHODS,
    usualAuthMethod: 'none',
    others: 'drop',
    host: new URL(url).host,
  })
  if (!described.ok || !described.value.settings.grantTypes.includes('authorization_code')) {
    return err('refused')
  }
  return ok({ value: described.value, seconds: freshSeconds(fetched.value.header) })
}

/** `application/json`, or a kind of it (draft §4.1). */
const JSON_TYPE = /^application\/(?:[!#$&^_.+a-z0-9-]+\+)?json(?:\s*;|$)/i

function documentOf({ header, body }: FetchedDocument): Metadata | undefined {
  const [type = '', ...more] = header('content-type')
  if (more.length > 0 || !JSON_TYPE.test(type)) return undefined
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    // An object that JSON.parse made; each member is read as unknown.
    return isObject ? (value as Metadata) : undefined
  } catch {
    return undefined
  }
}

/** Whoever can have a document served elsewhere cannot have it say what it is not (draft §4). */
const isAbout = (metadata: Metadata, url: string): boolean =>
  metadata['client_id'] === url &&
  typeof metadata['client_name'] === 'string' &&
  Array.isArray(metadata['redirect_uris']) &&
  metadata['client_secret'] === undefined &&
  metadata['client_secret_expires_at'] === undefined
