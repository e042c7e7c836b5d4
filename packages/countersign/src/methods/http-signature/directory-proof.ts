import { map, type MaybePromise } from '../../core/maybe.ts'
import { rejected } from '../../core/verdict.ts'
import type { FetchedDocument } from '../../net/document.ts'
import { coversDigest } from './coverage.ts'
import { checkContentDigest } from './digest.ts'
import {
  AGENT_ALGORITHMS,
  DIRECTORY_AUTHORITY,
  directoryRequest,
  DIRECTORY_TAG,
} from './directory-format.ts'
import { knownAgentKey, type AgentKey, type AgentKeys } from './directory-key.ts'
import { parseSignatures } from './format.ts'
import type { SignedResponse } from './message.ts'
import { resolveHttpSignature } from './policy.ts'
import type { SignatureProfile } from './profile.ts'
import { proveSignature, type ProvingPolicy } from './prove.ts'

/** Whose directory it is, and when it is read (seconds since the epoch). */
export interface DirectoryReading {
  readonly authority: string
  readonly now: number
}

/** The answer is made anew or kept by a cache in front; `expires` is what ends it. 30 days. */
const MAX_AGE_SECONDS = 2_592_000

/**
 * The keys of a directory that signed the answer they stand in, for this authority: who copies the
 * public keys of another agent cannot publish them as its own. Checks of each signature: tag, as for
 * a request `created` and `keyid`, `expires`, `"@authority";req` covered, time, signature by the very
 * key that `keyid` names; then `content-digest`, where it is covered.
 *
 * @see draft-ietf-webbotauth-httpsig-protocol-00, "Possession Proof on the Directory Response"
 */
export async function provenKeys(
  document: FetchedDocument,
  published: AgentKeys,
  reading: DirectoryReading,
): Promise<AgentKeys> {
  const { header } = document
  const parsed = parseSignatures(header('signature-input'), header('signature'))
  const found = parsed.ok ? parsed.value : []
  const policy = provingPolicy(published, reading)
  const view = answerOf(document, reading)
  const proven = found
    .filter(({ parameters }) => parameters.tag === DIRECTORY_TAG)
    .map(async (signature): Promise<AgentKey | undefined> => {
      const attempt = { view, now: reading.now, trace: undefined }
      const proof = await proveSignature(policy, attempt, signature)
      const bound = !('outcome' in proof) && (await bindsBody(document, proof))
      return bound ? published.get(signature.parameters.keyId ?? '') : undefined
    })
  const keys = await Promise.all(proven)
  return new Map(keys.flatMap((key) => (key === undefined ? [] : [[key.keyId, key]])))
}

type Covered = Parameters<typeof coversDigest>[0]

/**
 * Earlier drafts cover the authority alone. Each key still speaks for itself: what was put beside it
 * has to sign as well.
 */
const bindsBody = (
  { header, body }: FetchedDocument,
  { components }: { readonly components: Covered },
): MaybePromise<boolean> =>
  !coversDigest(components) ||
  map(checkContentDigest(header('content-digest'), body), (outcome) => outcome === 'match')

const answerOf = (
  { header }: FetchedDocument,
  { authority }: DirectoryReading,
): SignedResponse => ({
  status: 200,
  header,
  trailer: () => [],
  request: directoryRequest(authority),
})

function provingPolicy(published: AgentKeys, { authority }: DirectoryReading): ProvingPolicy {
  const profile: SignatureProfile = {
    asks: [],
    check: (_attempt, { parameters }) =>
      parameters.expires === undefined ? rejected('web-bot-auth.parameter-missing') : undefined,
    key: ({ now }, { parameters }) => {
      const key = published.get(parameters.keyId ?? '')
      const record = { id: authority, tenant: authority, principalId: authority, scopes: [] }
      return key === undefined ? undefined : knownAgentKey(key, record, now)
    },
  }
  return resolveHttpSignature(
    {
      algorithms: AGENT_ALGORITHMS,
      source: { kind: 'records', find: () => undefined },
      maxAgeSeconds: MAX_AGE_SECONDS,
      unsafe: { components: [DIRECTORY_AUTHORITY], replays: true },
    },
    profile,
  )
}
