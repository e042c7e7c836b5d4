import { err, type Result } from 'countersign'
import { readText, type Exchange } from '../http/exchange.ts'
import { parseForm, type Form } from '../http/form.ts'

/** A URL that carries a whole request, and no more than proxies let through. */
const MAX_CHARS = 16_384

/**
 * Reads the parameters of an authorization request: the query of a GET, the form of a POST (OpenID
 * Connect Core §3.1.2.1). A parameter that is sent twice is refused (SR-012), save `resource`.
 */
export async function readParameters(exchange: Exchange): Promise<Result<Form, string>> {
  const { method, target } = exchange
  if (method !== 'POST') {
    const mark = target.indexOf('?')
    const query = mark < 0 ? '' : target.slice(mark + 1)
    return query.length > MAX_CHARS ? err('The request is too large.') : parseForm(query)
  }
  const body = await readText(exchange, MAX_CHARS)
  return body.ok ? parseForm(body.value) : err('The request body is not well-formed.')
}

/** The parameters of an authorization request, as a pushed one keeps them. */
export interface KeptParameters {
  readonly members: Readonly<Record<string, string>>
  readonly resources: readonly string[]
}

/** Parameters that have a meaning here; the others are ignored (SR-012), kept or not. */
export const PARAMETERS: readonly string[] = [
  'response_type',
  'client_id',
  'redirect_uri',
  'response_mode',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
  'dpop_jkt',
  'nonce',
  'prompt',
  'max_age',
  'acr_values',
  'login_hint',
  'id_token_hint',
  'ui_locales',
  'claims',
  'authorization_details',
  'request',
  'request_uri',
]

/** What of a form is to be kept. */
export const keepParameters = (form: Form): KeptParameters => ({
  members: Object.fromEntries(
    PARAMETERS.flatMap((name) => {
      const value = form.get(name)
      return value === undefined ? [] : [[name, value]]
    }),
  ),
  resources: form.resources,
})

/** Kept parameters as the form they were. */
export function keptForm({ members, resources }: KeptParameters): Form {
  const known = new Map(Object.entries(members))
  return { get: (name) => known.get(name) || undefined, resources }
}
