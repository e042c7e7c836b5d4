import { generateJwk } from '#crypto'
import { memoryReplay } from '../core/memory-replay.ts'
import { ok } from '../core/result.ts'
import { algorithmNamed } from '../jose/algorithms.ts'
import {
  webBotAuthAttacks,
  webBotAuthRequest,
  type WebBotAuthAttackMaterial,
} from '../methods/http-signature/attacks-agent.ts'
import { directoryOf } from '../methods/http-signature/attacks-directory.ts'
import { importAgentKey, type AgentSigningKey } from '../methods/http-signature/sign-agent.ts'
import { webBotAuth } from '../methods/http-signature/web-bot-auth.ts'
import type { AttackedMethod } from './attacked-method.ts'

const AGENT = 'https://agent.example.test'
const OTHER_AGENT = 'https://other.example.test'

/** Two agents whose directories are good, in the place of the network, and the attacks on them. */
export async function attackedWebBotAuth(now: number): Promise<AttackedMethod> {
  const [key, elsewhere, stranger] = [await newKey(), await newKey(), await newKey()]
  const base = { stranger, now, maxKeys: 20, privateJwk: {} }
  const directories = new Map([
    [new URL(AGENT).host, await directoryOf({ ...base, key, agent: AGENT })],
    [new URL(OTHER_AGENT).host, await directoryOf({ ...base, key: elsewhere, agent: OTHER_AGENT })],
  ])
  const material: WebBotAuthAttackMaterial = {
    key,
    stranger,
    now,
    agent: AGENT,
    otherAgent: OTHER_AGENT,
    authority: 'api.example.test',
    target: '/orders',
    maxLifetimeSeconds: 3600,
  }
  const method = webBotAuth({
    authorities: [material.authority],
    agents: [AGENT, OTHER_AGENT],
    replay: memoryReplay({ clock: () => (now - 3600) * 1000 }),
    directory: {
      fetchDocument: async ({ url }) => {
        const document = directories.get(new URL(url).host)
        return document === undefined
          ? { ok: false, error: { kind: 'unreachable', message: 'nobody' } }
          : ok(document)
      },
    },
  })
  const attacks = await webBotAuthAttacks(material)
  return { method, accept: () => webBotAuthRequest(material), attacks, rawAttacks: [] }
}

async function newKey(): Promise<AgentSigningKey> {
  const algorithm = algorithmNamed('Ed25519')
  if (algorithm === undefined) throw new Error('Ed25519 is in the table')
  return importAgentKey(await generateJwk(algorithm))
}
