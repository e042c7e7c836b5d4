import { ok } from '../../core/result.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import type { Jwk } from '../../crypto/seam.ts'
import type { DocumentOutcome, FetchedDocument } from '../../net/document.ts'
import type { FetchFailure } from '../../net/seam.ts'
import { directoryRequest, DIRECTORY_TAG, DIRECTORY_TYPE } from './directory-format.ts'
import { fieldLookup } from './message.ts'
import type { AgentSigningKey } from './sign-agent.ts'
import { signResponse } from './sign.ts'

/** A directory that must not be believed, and what its agent is then refused with. */
export interface DirectoryAttack {
  readonly name: string
  readonly reason: ReasonCode
  /** `problem` in the detail of the refusal. */
  readonly problem?: string
  /** What the fetch of it answers. */
  readonly answer: DocumentOutcome
}

/** What they are made of. `key` is the one that the agent signs its requests with. */
export interface DirectoryAttackMaterial {
  readonly key: AgentSigningKey
  /** The private half of `key`, which a careless agent publishes. */
  readonly privateJwk: Jwk
  readonly stranger: AgentSigningKey
  readonly agent: string
  readonly now: number
  readonly maxKeys: number
}

/** A directory as it may be, in everything that an attack differs in. */
interface Draft {
  readonly type?: string
  readonly keys?: readonly unknown[]
  readonly text?: string
  readonly signers?: readonly AgentSigningKey[]
  readonly authority?: string
  readonly components?: readonly string[]
  readonly tag?: string
  readonly created?: number
  readonly expiresIn?: number | undefined
  /** What becomes of the body after it was signed. */
  readonly alter?: (body: string) => string
}

/** Builds a directory by the letter of its draft; with nothing in it, the good one. */
export async function directoryOf(
  material: DirectoryAttackMaterial,
  draft: Draft = {},
): Promise<FetchedDocument> {
  const { keys = [material.key.publicJwk], signers = [material.key], alter } = draft
  const body = draft.text ?? JSON.stringify({ keys })
  const authority = draft.authority ?? new URL(material.agent).host
  const headers: [string, string][] = [['content-type', draft.type ?? DIRECTORY_TYPE]]
  for (const [index, key] of signers.entries()) {
    const { components = ['@authority;req', 'content-digest'], tag = DIRECTORY_TAG } = draft
    const expiresIn = 'expiresIn' in draft ? draft.expiresIn : 3600
    const fields = await signResponse(
      { status: 200, headers, body, request: directoryRequest(authority) },
      {
        key,
        label: `sig${index}`,
        components,
        tag,
        clock: () => (draft.created ?? material.now) * 1000,
        ...(expiresIn === undefined ? {} : { expiresInSeconds: expiresIn }),
      },
    )
    headers.push(...fields.map(([name, value]): [string, string] => [name, value]))
  }
  const sent = new TextEncoder().encode(alter === undefined ? body : alter(body))
  return { header: fieldLookup(headers), body: sent }
}

const FAILURES: readonly FetchFailure['kind'][] = [
  'refused',
  'unreachable',
  'timeout',
  'redirect',
  'status',
  'too-large',
]

/** Directories that must give no key, each with the reason that its agent is refused with. */
export async function directoryAttacks(
  material: DirectoryAttackMaterial,
): Promise<readonly DirectoryAttack[]> {
  const drafts = [...documents(material), ...proofs(material), ...keyDrafts(material)]
  const attacks = drafts.map(async ([name, draft, problem, reason = FAILED]) => ({
    name,
    reason,
    ...(problem === undefined ? {} : { problem }),
    answer: ok(await directoryOf(material, draft)),
  }))
  const failures = FAILURES.map(
    (kind): DirectoryAttack => ({
      name: `directory: ${kind}`,
      reason: FAILED,
      problem: kind,
      answer: { ok: false, error: { kind, message: kind } },
    }),
  )
  return [...failures, ...(await Promise.all(attacks))]
}

const FAILED: ReasonCode = 'web-bot-auth.directory-failed'
const UNKNOWN: ReasonCode = 'http-signature.key-unknown'

type Row = readonly [name: string, draft: Draft, problem?: string | undefined, reason?: ReasonCode]

const unproven = (name: string, draft: Draft): Row => [`directory: ${name}`, draft, 'unproven']
const unknown = (name: string, draft: Draft): Row => [`key: ${name}`, draft, undefined, UNKNOWN]

function documents({ key, maxKeys }: DirectoryAttackMaterial): readonly Row[] {
  const jwk = JSON.stringify(key.publicJwk)
  return [
    ['directory: as plain JSON', { type: 'application/json' }, 'media-type'],
    ['directory: as a page', { type: 'text/html' }, 'media-type'],
    ['directory: not JSON', { text: '<html>' }, 'not-json'],
    ['directory: keys twice', { text: `{"keys":[],"keys":[${jwk}]}` }, 'not-json'],
    ['directory: one key, no set', { text: jwk }, 'not-a-key-set'],
    [
      'directory: too many keys',
      { keys: Array.from({ length: maxKeys + 1 }, () => key.publicJwk) },
      'not-a-key-set',
    ],
  ]
}

/** Public keys are public: who copies one must not be able to speak for it, nor it for who copies. */
function proofs({ key, stranger, now }: DirectoryAttackMaterial): readonly Row[] {
  return [
    unproven('not signed', { signers: [] }),
    unproven('signed by another key', { signers: [stranger] }),
    unproven('signed by another key in its name', {
      signers: [{ ...stranger, keyId: key.keyId }],
    }),
    unproven('copied from another origin', { authority: 'other.example' }),
    unproven('the authority not covered', { components: ['content-digest'] }),
    unproven('signed for another purpose', { tag: 'web-bot-auth' }),
    unproven('signed without an end', { expiresIn: undefined }),
    unproven('signed in the future', { created: now + 3600 }),
    unproven('its signature expired', { created: now - 7200 }),
    unproven('changed after it was signed', { alter: (body) => body.replace('{', '{ ') }),
    [
      'directory: the key beside one that signed',
      { keys: [key.publicJwk, stranger.publicJwk], signers: [stranger] },
      undefined,
      UNKNOWN,
    ],
  ]
}

function keyDrafts(material: DirectoryAttackMaterial): readonly Row[] {
  const { key, privateJwk, stranger, now } = material
  const jwk = key.publicJwk
  return [
    unknown('another one', { keys: [stranger.publicJwk], signers: [stranger] }),
    unknown('none at all', { keys: [] }),
    unknown('with its private half', { keys: [privateJwk] }),
    unknown('under a kid that is not its thumbprint', { keys: [{ ...jwk, kid: stranger.keyId }] }),
    unknown('for encryption', { keys: [{ ...jwk, use: 'enc' }] }),
    unknown('for another algorithm', { keys: [{ ...jwk, alg: 'hmac-sha256' }] }),
    unknown('a secret', { keys: [{ kty: 'oct', k: 'AAAA', kid: key.keyId }] }),
    unknown('its times no numbers', { keys: [{ ...jwk, exp: 'never' }] }),
    ['key: over', { keys: [{ ...jwk, exp: now }] }, undefined, 'http-signature.key-expired'],
    [
      'key: not yet',
      { keys: [{ ...jwk, nbf: now + 60 }] },
      undefined,
      'http-signature.not-yet-valid',
    ],
  ]
}
