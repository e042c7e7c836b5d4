/** What must not get a device to tokens: one change each to a request that is good. */

/** A change to a form; null takes a parameter away. */
export interface DeviceAttack {
  readonly title: string
  readonly change: Readonly<Record<string, string | null>>
  readonly error: string
}

/** Against the device authorization endpoint. */
export const DEVICE_REQUEST_ATTACKS: readonly DeviceAttack[] = [
  {
    title: 'a scope that is not the client’s',
    change: { scope: 'payments:write' },
    error: 'invalid_scope',
  },
  { title: 'a scope that is none', change: { scope: 'a"b' }, error: 'invalid_scope' },
  {
    title: 'a resource that is not the client’s',
    change: { resource: 'https://foreign.example.com' },
    error: 'invalid_target',
  },
  {
    title: 'details of a type that is not the client’s',
    change: { authorization_details: '[{"type":"payment"}]' },
    error: 'invalid_authorization_details',
  },
]

/** Against a poll, of a request that a person has allowed. */
export const POLL_ATTACKS: readonly DeviceAttack[] = [
  { title: 'no code', change: { device_code: null }, error: 'invalid_request' },
  { title: 'a code of nobody', change: { device_code: 'cs_dc_x' }, error: 'invalid_grant' },
  {
    title: 'a resource that was not granted',
    change: { resource: 'https://other.example.com' },
    error: 'invalid_target',
  },
]

/** What somebody may type who has no code; none of it is looked up. */
export const NO_USER_CODES: readonly string[] = [
  '',
  'ABCD-EFGH',
  'WDJB-MJH',
  'WDJB-MJHTT',
  '%00%00%00%00',
  '<script>',
  "' or 1=1 --",
  'B'.repeat(10_000),
]
