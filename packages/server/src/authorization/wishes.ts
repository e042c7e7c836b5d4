/** The optional parameters of an authorization request: each is read, or is an error of its own. */
import { err, ok, type Result } from 'countersign'
import type { Form } from '../http/form.ts'
import type { ClaimRequest, ClaimsRequest } from '../model/grant-facts.ts'
import type { AuthorizationRequest, Prompt } from './request.ts'

/** What a client may wish beside access. */
export type Wishes = Pick<
  AuthorizationRequest,
  'dpopJkt' | 'nonce' | 'prompt' | 'maxAge' | 'acrValues' | 'loginHint' | 'uiLocales' | 'claims'
>

const PROMPTS: readonly Prompt[] = ['none', 'login', 'consent', 'select_account']
const THUMBPRINT = /^[\w-]{43}$/
const MAX_TEXT = 512
const MAX_CLAIMS = 50

/**
 * Reads the wishes of a request. Checks, in order: `dpop_jkt` is a thumbprint, `nonce` fits,
 * `prompt` is known and `none` stands alone, `max_age` is whole seconds, `claims` is of its shape.
 * Answers what is wrong, for the client's developer.
 */
export function readWishes(form: Form): Result<Wishes, string> {
  const dpopJkt = form.get('dpop_jkt')
  if (dpopJkt !== undefined && !THUMBPRINT.test(dpopJkt)) return err('dpop_jkt is no thumbprint.')
  const nonce = form.get('nonce')
  if ((nonce?.length ?? 0) > MAX_TEXT) return err('nonce is too long.')
  const prompt = readPrompt(form.get('prompt'))
  if (prompt === undefined) return err('prompt is not one that is supported.')
  const maxAge = form.get('max_age')
  if (maxAge !== undefined && !/^\d{1,9}$/.test(maxAge)) return err('max_age is not a number.')
  const claims = readClaims(form.get('claims'))
  if (!claims.ok) return claims
  return ok({
    ...(dpopJkt === undefined ? {} : { dpopJkt }),
    ...(nonce === undefined ? {} : { nonce }),
    prompt,
    ...(maxAge === undefined ? {} : { maxAge: Number(maxAge) }),
    acrValues: words(form.get('acr_values')),
    ...hintOf(form.get('login_hint')),
    uiLocales: words(form.get('ui_locales')),
    ...(claims.value === undefined ? {} : { claims: claims.value }),
  })
}

/** A hint that is too long is no hint. */
const hintOf = (hint: string | undefined) =>
  hint === undefined || hint.length > MAX_TEXT ? {} : { loginHint: hint }

const words = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .slice(0, MAX_TEXT)
    .split(' ')
    .filter((word) => word !== '')

function readPrompt(text: string | undefined): readonly Prompt[] | undefined {
  const given = words(text)
  const known = PROMPTS.filter((prompt) => given.includes(prompt))
  if (known.length !== new Set(given).size) return undefined
  return known.includes('none') && known.length > 1 ? undefined : known
}

function readClaims(text: string | undefined): Result<ClaimsRequest | undefined, string> {
  if (text === undefined) return ok(undefined)
  const parsed = parseObject(text)
  const idToken = claimsOf(parsed?.['id_token'])
  const userinfo = claimsOf(parsed?.['userinfo'])
  if (parsed === undefined || idToken === undefined || userinfo === undefined) {
    return err('claims is not a claims request.')
  }
  return ok({ id_token: idToken, userinfo })
}

/** Absent is an empty request; undefined is what is none. */
function claimsOf(value: unknown): Readonly<Record<string, ClaimRequest>> | undefined {
  if (value === undefined || value === null) return {}
  if (!isObject(value)) return undefined
  const members = Object.entries(value)
  if (members.length > MAX_CLAIMS) return undefined
  if (!members.every(([, request]) => request === null || isObject(request))) return undefined
  // Each member is null or an object; what is in it is compared, and never trusted.
  return value as Readonly<Record<string, ClaimRequest>>
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
