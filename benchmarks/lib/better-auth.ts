/** better-auth's API-key plugin on SQLite, set up as its documentation says, rate limit off. */
import { apiKey } from '@better-auth/api-key'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import Database from 'better-sqlite3'

/** Makes `count` keys and answers the call that verifies one. */
export async function betterAuthKeys(
  count: number,
): Promise<{ readonly keys: readonly string[]; verify(key: string): Promise<boolean> }> {
  const auth = betterAuth({
    database: new Database(':memory:'),
    secret: 'benchmark-secret-of-enough-length-0123456789',
    baseURL: 'http://127.0.0.1',
    emailAndPassword: { enabled: true },
    plugins: [apiKey({ rateLimit: { enabled: false } })],
    logger: { disabled: true },
    telemetry: { enabled: false },
  })
  const { runMigrations } = await getMigrations(auth.options)
  await runMigrations()
  const { user } = await auth.api.signUpEmail({
    body: { email: 'bench@example.com', password: 'correct horse battery', name: 'bench' },
  })
  const keys: string[] = []
  for (let index = 0; index < count; index += 1) {
    const created = await auth.api.createApiKey({ body: { userId: user.id, name: `k${index}` } })
    keys.push(created.key)
  }
  const verify = async (key: string): Promise<boolean> =>
    (await auth.api.verifyApiKey({ body: { key } })).valid
  return { keys, verify }
}
