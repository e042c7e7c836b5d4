import type { RequestParts } from './request.ts'

const ROUNDS = 300
/** What parsers stumble over, beside plain noise. */
const PIECES = [
  '',
  ' ',
  '_',
  '.',
  ':',
  '=',
  ',',
  '"',
  '\\',
  '%',
  '%00',
  '\u0000',
  '\r\n',
  'é',
  '\u{1f512}',
  '\ud800',
  '__proto__',
  'Basic ',
  'Bearer ',
  'eyJhbGciOiJub25lIn0.e30.',
  'null',
  '0'.repeat(9000),
]

/**
 * Requests that nobody sends by accident: the good ones, cut, spliced and mixed with noise, in every
 * header that a credential may travel in. The same on every run.
 */
export function* hostileRequests(good: readonly RequestParts[]): Generator<RequestParts> {
  const random = generator(0x5eed)
  const pick = <T>(values: readonly T[], otherwise: T): T =>
    values[random() % Math.max(1, values.length)] ?? otherwise
  const values = good.flatMap(({ headers = [] }) => headers.map(([, value]) => value))
  const names = ['authorization', 'x-api-key', ...good.flatMap(namesOf)]
  const noise = (): string => {
    const base = pick(values, '')
    const at = random() % (base.length + 1)
    return base.slice(0, at) + pick(PIECES, '') + base.slice(at + (random() % 4))
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    const first = [pick(names, 'authorization'), noise()] as const
    const second = [pick(names, 'authorization'), pick(PIECES, '') + noise()] as const
    const headers = round % 3 === 0 ? [first, second] : [first]
    yield { headers, target: `/?${noise()}=${noise()}`, method: pick(['GET', 'POST', ''], 'GET') }
  }
}

const namesOf = ({ headers = [] }: RequestParts): readonly string[] => headers.map(([name]) => name)

/** xorshift32 (Marsaglia 2003): repeatable noise, not secrets. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}
