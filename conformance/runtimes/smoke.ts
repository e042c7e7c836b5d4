/**
 * The library outside of Node: credentials are made, accepted behind the fetch adapter, and attacks
 * are refused. It imports published subpaths and web APIs only, so that every runtime can load it.
 */
import { guard, type Guard } from 'countersign'
import { protect } from 'countersign/fetch'
import type { Scene } from './scene.ts'
import { keyScenes } from './smoke-keys.ts'
import { tokenScenes } from './smoke-tokens.ts'

/** Runs every scene; answers what went wrong, one line each. */
export async function smoke(): Promise<readonly string[]> {
  const keys = await keyScenes()
  const tokens = await tokenScenes()
  const desk = guard({ methods: [tokens.method, keys.method] })
  const failures = await Promise.all(
    [...tokens.scenes, ...keys.scenes, NOTHING].map((scene) => play(desk, scene)),
  )
  return failures.flat()
}

const NOTHING: Scene = { name: 'no credential', headers: {}, status: 401 }

async function play(desk: Guard, { name, headers, status }: Scene): Promise<readonly string[]> {
  const handler = protect(desk, { scopes: ['orders:read'] }, (_, { principal }) =>
    Response.json({ caller: principal.id }),
  )
  const answer = await handler(new Request('https://api.example/orders', { headers }))
  if (answer.status !== status) return [`${name}: ${answer.status} instead of ${status}`]
  const body = await answer.text()
  const secret = Object.values(headers).find((value) => value.length > 20 && body.includes(value))
  return secret === undefined ? [] : [`${name}: the answer repeats the credential`]
}
