import { hash } from 'node:crypto'
import { UnknownScriptError, type RedisConnection } from './connection.ts'

/** A Lua script and the digest that servers know it by. */
export interface Script {
  readonly source: string
  readonly digest: string
}

/** A script with the digest by which Redis knows it. */
export const scriptOf = (source: string): Script => ({ source, digest: hash('sha1', source) })

/** What a script is run on. Keys are of one slot, so that a cluster takes them together. */
export interface ScriptCall {
  readonly keys: readonly string[]
  readonly values: readonly string[]
}

/** Runs a script by its digest. @throws `UnknownScriptError` where the server has not seen it. */
export const runKnown = (
  connection: RedisConnection,
  { digest }: Script,
  { keys, values }: ScriptCall,
): Promise<unknown> => connection.send('EVALSHA', digest, String(keys.length), ...keys, ...values)

/** Runs a script, and sends it whole where the server has not seen it. */
export async function run(
  connection: RedisConnection,
  script: Script,
  call: ScriptCall,
): Promise<unknown> {
  try {
    return await runKnown(connection, script, call)
  } catch (error) {
    if (!(error instanceof UnknownScriptError)) throw error
    const { keys, values } = call
    return connection.send('EVAL', script.source, String(keys.length), ...keys, ...values)
  }
}
