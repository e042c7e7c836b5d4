/** What must not become an authorization request: one change each to a request that is good. */

/** A change to the parameters of a request; null takes one away. */
export interface AuthorizationAttack {
  readonly title: string
  readonly change: Readonly<Record<string, string | null>>
  readonly error: string
  /** Nobody is redirected: the address is not the client's, or nobody's. */
  readonly nowhere?: true
}

const nowhere = (
  title: string,
  change: AuthorizationAttack['change'],
  error = 'invalid_request',
): AuthorizationAttack => ({ title, change, error, nowhere: true })

const told = (
  title: string,
  change: AuthorizationAttack['change'],
  error = 'invalid_request',
): AuthorizationAttack => ({ title, change, error })

const REDIRECT = 'https://app.example.com/cb'

/** The redirect URI that the attacks start from; the one that is registered. */
export const ATTACKED_REDIRECT = REDIRECT

/** Against the redirect URI (SR-001, SR-002, SR-003). */
export const REDIRECT_ATTACKS: readonly AuthorizationAttack[] = [
  nowhere('another host', { redirect_uri: 'https://evil.example/cb' }),
  nowhere('a longer path', { redirect_uri: `${REDIRECT}/more` }),
  nowhere('a slash at the end', { redirect_uri: `${REDIRECT}/` }),
  nowhere('a query that is not registered', { redirect_uri: `${REDIRECT}?next=evil` }),
  nowhere('a fragment', { redirect_uri: `${REDIRECT}#x` }),
  nowhere('a path that climbs', { redirect_uri: 'https://app.example.com/x/../cb' }),
  nowhere('another port', { redirect_uri: 'https://app.example.com:8443/cb' }),
  nowhere('the usual port, written', { redirect_uri: 'https://app.example.com:443/cb' }),
  nowhere('capitals in the host', { redirect_uri: 'https://APP.example.com/cb' }),
  nowhere('a user before the host', { redirect_uri: 'https://app.example.com@evil.example/cb' }),
  nowhere('a backslash', { redirect_uri: 'https://evil.example\\app.example.com/cb' }),
  nowhere('plain http (SR-003)', { redirect_uri: 'http://app.example.com/cb' }),
  nowhere('script', { redirect_uri: 'javascript:alert(1)' }),
  nowhere('a loopback address, for a web client', { redirect_uri: 'http://127.0.0.1/cb' }),
]

/** Against everything after it. */
export const REQUEST_ATTACKS: readonly AuthorizationAttack[] = [
  told('no response type', { response_type: null }),
  told('implicit (SR-010)', { response_type: 'token' }, 'unsupported_response_type'),
  told('hybrid (SR-010)', { response_type: 'code id_token' }, 'unsupported_response_type'),
  told('fragment (SR-011)', { response_mode: 'fragment' }),
  told('web_message (SR-009)', { response_mode: 'web_message' }),
  told('no challenge (SR-013)', { code_challenge: null }),
  told('plain (SR-013)', { code_challenge_method: 'plain' }),
  told('no method, which means plain (SR-013)', { code_challenge_method: null }),
  told('a method in small letters', { code_challenge_method: 's256' }),
  told('a challenge that is too short', { code_challenge: 'x' }),
  told('a scope that is not the client’s (SR-054)', { scope: 'admin' }, 'invalid_scope'),
  told('a management scope', { scope: 'countersign:*' }, 'invalid_scope'),
  told('a scope with a quote', { scope: 'a"b' }, 'invalid_scope'),
  told(
    'a resource that is not the client’s (SR-020)',
    { resource: 'https://evil.example' },
    'invalid_target',
  ),
  told(
    'a type of detail that is not the client’s',
    { authorization_details: '[{"type":"payment"}]' },
    'invalid_authorization_details',
  ),
  told(
    'details that are no list',
    { authorization_details: '{"type":"x"}' },
    'invalid_authorization_details',
  ),
  told('a prompt that does not exist', { prompt: 'create' }),
  told('none and another prompt', { prompt: 'none login' }),
  told('an age that is no number', { max_age: '-1' }),
  told('claims that are no object', { claims: '[]' }),
  told('a claim that is no request', { claims: '{"id_token":{"email":"me"}}' }),
  told('a key that is no thumbprint', { dpop_jkt: 'x' }),
]
