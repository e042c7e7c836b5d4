/** Every module of the runner against our authority, over HTTP. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { modulesOf, runModule } from './runner/catalog.ts'
import { discover, type Metadata } from './runner/discovery.ts'
import type { Plan } from './runner/module.ts'
import type { Target } from './runner/target.ts'
import {
  ourTarget,
  serveApi,
  serveOurs,
  type OurAuthority,
  type Wanted,
} from './testing/our-target.ts'
import type { AuthorityOptions } from '../packages/server/src/authority-options.ts'

interface Row {
  readonly plan: Plan
  readonly options: Partial<AuthorityOptions>
  readonly wanted: Wanted
  /** Modules that may be skipped here, and what they say then. */
  readonly skipped: Readonly<Record<string, RegExp>>
}

const BASIC = { tokenEndpointAuthMethod: 'client_secret_basic' } as const

const ROWS: readonly Row[] = [
  {
    plan: 'fapi2',
    options: { profile: 'fapi2' },
    // The profile wants bound tokens, and not this registration.
    wanted: { scope: 'openid orders:read', dpop: true, settings: { dpopBoundAccessTokens: false } },
    skipped: {},
  },
  {
    plan: 'oauth21',
    options: {},
    wanted: { scope: 'orders:read profile', settings: BASIC },
    skipped: {},
  },
  {
    plan: 'oidc-basic',
    options: {},
    wanted: { scope: 'openid profile offline_access', settings: BASIC },
    skipped: {
      'oidcc-userinfo-post-body': /not taken/,
    },
  },
  { plan: 'oidc-config', options: {}, wanted: { scope: 'openid' }, skipped: {} },
  {
    plan: 'oidc-dynamic',
    options: { registration: { access: 'anyone', scopes: ['orders:read'], audiences: [] } },
    wanted: { scope: 'openid' },
    skipped: {},
  },
]

for (const { plan, options, wanted, skipped } of ROWS) {
  const modules = await modulesOf(plan)
  suite(`plan ${plan}`, () => {
    let at: OurAuthority
    let target: Target
    let server: Metadata
    let api: Awaited<ReturnType<typeof serveApi>>
    before(async () => {
      at = await serveOurs(options)
      api = await serveApi(at)
      target = { ...(await ourTarget(at, wanted)), resourceUrl: api.url }
      server = await discover(at.url)
    })
    after(async () => {
      api.close()
      await at.close()
    })
    for (const [name, module] of modules) {
      test(`${name}: ${module.shows}`, async (t) => {
        const outcome = await runModule(module, { target, plan, server })
        if (outcome.result === 'failed') assert.fail(outcome.why)
        if (outcome.result === 'passed') return
        const expected = skipped[name]
        assert.ok(expected?.test(outcome.why) === true, `skipped: ${outcome.why}`)
        t.skip(outcome.why)
      })
    }
  })
}
