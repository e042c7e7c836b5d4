import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { openAuthority } from '../testing/authority.ts'
import { profileOf, type Profile } from './profile.ts'

const GUIDE = new URL('../../../../docs/guides/profiles.md', import.meta.url)
const PROFILES = (['oauth21', 'fapi2', 'legacy'] as const).map((name) => profileOf(name))

const shown = (value: unknown): string => {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return Array.isArray(value) ? value.map((one) => `\`${String(one)}\``).join(', ') : String(value)
}

/** Rows of the table in the guide; the name and the weakenings have their own places there. */
const ROWS = (Object.keys(profileOf()) as (keyof Profile)[]).filter(
  (member) => member !== 'name' && member !== 'weakenings',
)

test('the guide says what each profile is', async () => {
  const guide = await readFile(GUIDE, 'utf8')
  for (const member of ROWS) {
    const cells = PROFILES.map((profile) => shown(profile[member]))
    const row = `| \`${member}\` | ${cells.join(' | ')} |`
    assert.ok(guide.includes(row), `the guide lacks:\n${row}`)
  }
  for (const weakening of PROFILES.flatMap(({ weakenings }) => weakenings)) {
    assert.ok(guide.includes(weakening), `the guide lacks: ${weakening}`)
  }
})

test('what is weaker is logged at the start, each by itself, and nothing else is', async () => {
  const legacy = await openAuthority({ profile: 'legacy' })
  const lines = legacy.logged.filter((line) => line.includes('weakened: '))
  assert.equal(lines.length, profileOf('legacy').weakenings.length)
  await legacy.close()
  const usual = await openAuthority()
  assert.ok(!usual.logged.some((line) => line.includes('weakened')))
  await usual.close()
})

test('FAPI 2.0 takes asymmetric client authentication, pushed requests and bound tokens alone (SR-032, SR-036, SR-037)', () => {
  const fapi2 = profileOf('fapi2')
  assert.ok(fapi2.requirePushedRequests && fapi2.requireSenderConstraint)
  assert.ok(!fapi2.clientAuthMethods.some((one) => one === 'none' || one.startsWith('client_')))
  assert.ok(!fapi2.algorithms.includes('RS256'))
})
