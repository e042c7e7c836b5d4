/** Sweeping looks for what was revoked; without these indices it reads everything that lives. */
export const sweeping = (): readonly string[] => [
  'create index grant_revoked on token_grant (revoked_at) where revoked_at is not null',
  'create index session_revoked on session (revoked_at) where revoked_at is not null',
]
