import { ok, err, type Result } from 'countersign'
import type { CurlRequest } from './config-file.ts'

/** A request out of arguments of curl, and the arguments that do not change what is sent. */
export interface ReadRequest {
  readonly request: CurlRequest
  readonly rest: readonly string[]
}

const METHOD: readonly string[] = ['-X', '--request']
const BODY: readonly string[] = ['-d', '--data', '--data-raw', '--data-ascii', '--json']
const HEADER: readonly string[] = ['-H', '--header']

/** Those that say what is done with the answer; whatever else there is might change the request. */
const SWITCHES: ReadonlySet<string> = new Set(
  '-s -S -sS -f -i -v -N --silent --show-error --fail --fail-with-body --include --verbose'.split(
    ' ',
  ),
)
const VALUED: ReadonlySet<string> = new Set(
  '-o -w -m --output --write-out --max-time --connect-timeout'.split(' '),
)

/**
 * Reads what curl would send, so that it can be signed: one URL, `-X`, `-H`, one literal body. An
 * option that may change the request otherwise is refused: it would not be what was signed.
 *
 * @param args - Already found good by `problemOfArguments`.
 */
export function readRequest(args: readonly string[]): Result<ReadRequest, string> {
  const urls: string[] = []
  const rest: string[] = []
  const fields: string[] = []
  const bodies: [option: string, text: string][] = []
  let method: string | undefined
  const queue = [...args]
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    if (!arg.startsWith('-')) urls.push(arg)
    else if (SWITCHES.has(arg)) rest.push(arg)
    else if (VALUED.has(arg)) rest.push(arg, queue.shift() ?? '')
    else if (METHOD.includes(arg)) method = queue.shift()
    else if (BODY.includes(arg)) bodies.push([arg, queue.shift() ?? ''])
    else if (HEADER.includes(arg)) fields.push(queue.shift() ?? '')
    else return err(`curl's ${arg} does not go with a signature; write ${ALLOWED}`)
  }
  const headers = fields.flatMap((field) => {
    const read = fieldOf(field)
    return read === undefined ? [] : [read]
  })
  if (headers.length < fields.length) return err('write -H as "Name: value"')
  if (method !== undefined && !/^[A-Z]+$/.test(method)) return err('write the method in capitals')
  const [url] = urls
  if (url === undefined || urls.length > 1)
    return err('a signature is for one request: name one URL')
  const body = bodyOf(bodies)
  if (!body.ok) return body
  const typed = headers.some(([name]) => name.toLowerCase() === 'content-type')
  const [type] = body.value.text === '' || typed ? [] : [body.value.type]
  return ok({
    request: {
      url,
      method: method ?? (body.value.text === '' ? 'GET' : 'POST'),
      headers: type === undefined ? headers : [...headers, ['content-type', type]],
      body: body.value.text,
    },
    rest,
  })
}

const ALLOWED = '-X, -H, -d or --json, and options for the answer'

/** A field in ASCII; curl's other forms (`Name;`, `Name:`, `@file`) are not what would be signed. */
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\t]+)$/

function fieldOf(text: string): readonly [string, string] | undefined {
  const [, name, value] = FIELD.exec(text) ?? []
  return name === undefined || value === undefined ? undefined : [name, value.trim()]
}

interface Body {
  readonly text: string
  readonly type: string
}

function bodyOf(bodies: readonly (readonly [string, string])[]): Result<Body, string> {
  const [given] = bodies
  const type = 'application/json'
  if (given === undefined) return ok({ text: '', type })
  const [option, text] = given
  // curl joins several, and reads files by rules of its own: neither is what would be signed.
  if (bodies.length > 1) return err('a signed request has one body')
  if (text.startsWith('@') && option !== '--data-raw')
    return err('write the body itself, not @file')
  return ok({ text, type: option === '--json' ? type : 'application/x-www-form-urlencoded' })
}
