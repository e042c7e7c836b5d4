/** What must not sign anybody out, send anybody anywhere, or pass for a token: one change each. */

/** The place after a sign-out that the attacks start from; the one that is registered. */
export const ATTACKED_RETURN = 'https://app.example.com/out'

/** A `post_logout_redirect_uri` that nobody registered (SR-002). */
export const RETURN_ATTACKS: readonly { readonly title: string; readonly uri: string }[] = [
  { title: 'another host', uri: 'https://evil.example/out' },
  { title: 'a longer path', uri: `${ATTACKED_RETURN}/more` },
  { title: 'a slash at the end', uri: `${ATTACKED_RETURN}/` },
  { title: 'a query', uri: `${ATTACKED_RETURN}?next=https://evil.example` },
  { title: 'a fragment', uri: `${ATTACKED_RETURN}#x` },
  { title: 'a path that climbs', uri: 'https://app.example.com/x/../out' },
  { title: 'another port', uri: 'https://app.example.com:8443/out' },
  { title: 'capitals in the host', uri: 'https://APP.example.com/out' },
  { title: 'a user before the host', uri: 'https://app.example.com@evil.example/out' },
  { title: 'script', uri: 'javascript:alert(1)' },
  { title: 'plain http', uri: 'http://app.example.com/out' },
  { title: 'a redirect URI of the sign-in', uri: 'https://app.example.com/cb' },
]

/** A JWT of this issuer that is not what it is shown as (SR-046, SR-054). */
export type TokenKind = 'access' | 'id' | 'logout' | 'introspection'

/** Every kind, and where it would be taken for another one. */
export const CONFUSIONS: readonly {
  readonly kind: TokenKind
  readonly shownAs: 'hint' | 'bearer' | 'introspected'
}[] = (['access', 'id', 'logout', 'introspection'] as const).flatMap((kind) =>
  (['hint', 'bearer', 'introspected'] as const)
    .filter((place) => (place === 'hint' ? kind !== 'id' : kind !== 'access'))
    .map((shownAs) => ({ kind, shownAs })),
)
