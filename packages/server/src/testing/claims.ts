/** The claims of a JWT, unverified. @param token - Of a response that a test asked for. */
export function claimsOf(token: unknown): Readonly<Record<string, unknown>> {
  const [, payload = ''] = String(token).split('.')
  const text = Buffer.from(payload, 'base64url').toString()
  // The tests check the members.
  return JSON.parse(text) as Readonly<Record<string, unknown>>
}
