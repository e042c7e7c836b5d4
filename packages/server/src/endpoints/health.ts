import type { Answer } from 'countersign'
import type { Call } from './call.ts'

const page = (status: number, body: unknown): Answer => ({
  status,
  headers: [
    ['content-type', 'application/json'],
    ['cache-control', 'no-store'],
  ],
  body: JSON.stringify(body),
})

/** `GET /healthz`: the process answers. Restart it when this fails. */
export const healthz = (): Answer => page(200, { status: 'ok' })

/** `GET /readyz`: it can do its work. Send no traffic while this fails; the reasons say why. */
export async function readyz({ services }: Call): Promise<Answer> {
  const reasons = await services.readiness()
  return reasons.length === 0
    ? page(200, { status: 'ready' })
    : page(503, { status: 'not-ready', reasons })
}
