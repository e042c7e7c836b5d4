const names = (text: string): ReadonlySet<string> => new Set(text.split(' '))

/** Options of curl that take no value. */
const SWITCHES = names(
  '-s -S -f -i -I -v -L -G -O -N -# -4 -6 --silent --show-error --fail --fail-with-body --include --head ' +
    '--verbose --location --get --remote-name --no-buffer --progress-bar --no-progress-meter ' +
    '--compressed --globoff --http1.1 --http2',
)

/** Options of curl that take one. */
const VALUED = names(
  '-X -d -H -o -w -m -F -A -r -e --request --data --data-raw --data-binary --data-urlencode --json ' +
    '--header --output --write-out --max-time --form --user-agent --range --referer ' +
    '--connect-timeout --retry --retry-delay --url-query',
)

/**
 * Checks that curl would send a credential to `origin` and to nothing else, and that stdin is left
 * for the credential.
 *
 * @returns what is wrong, in one sentence; undefined when nothing is.
 */
export function problemOfArguments(args: readonly string[], origin: string): string | undefined {
  const urls: string[] = []
  const rest = [...args]
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (!arg.startsWith('-')) {
      urls.push(arg)
      continue
    }
    const option = readOption(arg)
    if (option === undefined) return `curl's ${arg} does not go with a stored credential`
    if (!option.takesValue) continue
    const value = option.attached ?? rest.shift()
    if (value === undefined) return `curl's ${arg} has no value`
    if (value === '-' || /(?:^|=)[@<]-$/.test(value))
      return 'stdin carries the credential; put the body into a file'
  }
  return problemOfUrls(urls, origin)
}

interface OptionUse {
  readonly takesValue: boolean
  /** The value in the same argument: `-XPOST`, `--request=POST`. */
  readonly attached?: string
}

/** What an argument asks for; undefined when any part of it is not in the tables. */
function readOption(arg: string): OptionUse | undefined {
  if (SWITCHES.has(arg)) return { takesValue: false }
  if (VALUED.has(arg)) return { takesValue: true }
  if (arg.startsWith('--')) return undefined
  for (let index = 1; index < arg.length; index++) {
    const letter = `-${arg.charAt(index)}`
    if (VALUED.has(letter)) {
      const attached = arg.slice(index + 1)
      return attached === '' ? { takesValue: true } : { takesValue: true, attached }
    }
    if (!SWITCHES.has(letter)) return undefined
  }
  return arg.length > 1 ? { takesValue: false } : undefined
}

/**
 * Compared as text: curl and other parsers disagree on what the host of `http://a\@b/` is, and on
 * everything but an authority that a slash or question mark ends.
 */
function problemOfUrls(urls: readonly string[], origin: string): string | undefined {
  if (urls.length === 0) return `name a whole URL that starts with ${origin}/`
  const foreign = urls.find((url) => !url.startsWith(`${origin}/`) && !url.startsWith(`${origin}?`))
  return foreign === undefined
    ? undefined
    : `this credential is for ${origin} and not for ${foreign}`
}
