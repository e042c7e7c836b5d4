import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { guard } from '../../core/guard.ts'
import { answer } from '../../core/response.ts'
import { dpopRequest, testDpop } from '../../testing/dpop-desk.ts'
import { requestView } from '../../testing/request.ts'
import { rollingNonces } from './nonces.ts'

const NOW = 1_795_499_200

describe('nonces', () => {
  const secret = new Uint8Array(32).fill(7)
  const spans = 300
  const start = Math.floor(NOW / spans) * spans

  it('are asked for, brought along with the refusal, and accepted then (RFC 9449 §9)', async () => {
    const { method, material, forge } = await testDpop(NOW)
    const nonces = rollingNonces({ secret })
    const desk = guard({ methods: [method({ nonces })], clock: () => NOW * 1000 })
    const send = async (claims: object) =>
      desk.check(
        requestView(
          dpopRequest(material.accessToken, await forge.proof({ claims: { ...claims } })),
        ),
      )
    for (const [claims, reason] of [
      [{}, 'dpop.nonce-required'],
      [{ nonce: 'made-up' }, 'dpop.nonce-invalid'],
      [{ nonce: '' }, 'dpop.nonce-invalid'],
    ] as const) {
      const refused = await send(claims)
      assert.ok(refused.outcome === 'refused')
      assert.equal(refused.reason, reason)
      const { status, headers } = answer(refused, desk)
      const fields = new Map(headers)
      assert.equal(status, 401)
      const challenges = headers
        .filter(([name]) => name === 'www-authenticate')
        .map(([, text]) => text)
      assert.match(challenges[0] ?? '', /^DPoP .*error="use_dpop_nonce"/)
      // RFC 9449 §7.2: and the scheme of tokens that are bound to nothing, without that error.
      assert.deepEqual(challenges.slice(1), ['Bearer realm="api"'])
      const decision = await send({ nonce: fields.get('dpop-nonce') })
      assert.ok(decision.outcome === 'allowed')
      assert.deepEqual(decision.fields, [])
    }
  })

  it('are good for two spans, and a newer one comes with the answer in the second', async () => {
    const { method, mint: token, forge, jkt } = await testDpop(NOW)
    const accessToken = await token({ cnf: { jkt }, iat: start - 900, exp: start + 900 })
    const ath = await forge.ath(accessToken)
    const nonces = rollingNonces({ secret, rotateSeconds: spans })
    const resistant = method({ nonces })
    const nonce = await nonces.current(start)
    for (const [seconds, expected] of [
      [-1, 'renewed'],
      [0, 'allowed'],
      [spans - 1, 'allowed'],
      [spans, 'renewed'],
      [2 * spans - 1, 'renewed'],
      [2 * spans, 'dpop.nonce-invalid'],
      [-spans - 1, 'dpop.nonce-invalid'],
    ] as const) {
      const now = start + seconds
      const desk = guard({ methods: [resistant], clock: () => now * 1000 })
      const proof = await forge.proof({ claims: { iat: now, nonce, ath } })
      const decision = await desk.check(requestView(dpopRequest(accessToken, proof)))
      if (decision.outcome === 'refused') assert.equal(decision.reason, expected, String(seconds))
      else {
        assert.ok(decision.outcome === 'allowed')
        const renewed = [['dpop-nonce', await nonces.current(now)]]
        assert.deepEqual(decision.fields, expected === 'renewed' ? renewed : [], String(seconds))
      }
    }
  })

  it('are those of every node with the secret, and of nobody else', async () => {
    const [one, two] = [rollingNonces({ secret }), rollingNonces({ secret })]
    const other = rollingNonces({ secret: new Uint8Array(32).fill(8) })
    const nonce = await one.current(NOW)
    assert.equal(await two.judge(nonce, NOW), 'current')
    assert.equal(await other.judge(nonce, NOW), 'unknown')
    assert.match(nonce, /^[\w-]{43}$/)
  })
})
