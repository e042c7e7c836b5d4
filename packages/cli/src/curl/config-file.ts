/** curl's own configuration syntax: what `curl --config -` reads. */

/** A request as curl is to send it. */
export interface CurlRequest {
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': String.raw`\"`,
  '\\': String.raw`\\`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
}

/** A quoted text: whatever it holds, it becomes no option of its own. */
export const quote = (text: string): string =>
  `"${text.replaceAll(/["\\\n\r\t]/g, (character) => ESCAPES[character] ?? '')}"`

/** The configuration that sends exactly this request. */
export function curlConfigOf({ method, url, headers, body }: CurlRequest): string {
  const lines = [
    `url = ${quote(url)}`,
    `request = ${quote(method)}`,
    ...headers.map(([name, value]) => `header = ${quote(`${name}: ${value}`)}`),
    ...(body === '' ? [] : [`data-raw = ${quote(body)}`]),
  ]
  return `${lines.join('\n')}\n`
}
