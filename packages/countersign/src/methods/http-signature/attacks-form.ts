import type { Attack } from '../../core/attack.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import { signatureFields, type Forgery, type SignedAttack } from './forge.ts'

const MALFORMED: ReasonCode = 'http-signature.malformed'

const reformed = (
  name: string,
  headersOf: (signed: SignedAttack) => Attack['headers'],
  reason: ReasonCode = MALFORMED,
): Forgery => ({
  name,
  requirement: 'SR-503',
  reason,
  alter: (signed) => ({ headers: headersOf(signed) }),
})

/** What cannot be read: everything before the first look at a policy or a key. */
export const formAttacks = (): readonly Forgery[] => [
  reformed('Signature without Signature-Input', ({ headers }) =>
    headers.filter(([name]) => name === 'Signature'),
  ),
  reformed('Signature-Input without Signature', ({ headers }) =>
    headers.filter(([name]) => name === 'Signature-Input'),
  ),
  reformed('no dictionary', ({ input, signature }) => [
    ['Signature-Input', input],
    ['Signature', `:${signature}:`],
  ]),
  reformed('label of the signature changed', ({ input, signature }) => [
    ['Signature-Input', `a=${input}`],
    ['Signature', `b=:${signature}:`],
  ]),
  reformed('label twice in one field', ({ input, signature }) => [
    ['Signature-Input', `sig1=();created=1, sig1=${input}`],
    ['Signature', `sig1=:${signature}:`],
  ]),
  reformed('label twice in two fields', ({ headers, input }) => [
    ['Signature-Input', `sig1=${input}`],
    ...headers,
  ]),
  reformed('label twice behind a display string', ({ headers, signature }) => [
    ...headers.filter(([name]) => name === 'Signature-Input'),
    ['Signature', `sig1=:AAAA:, a=%"\\", sig1=:${signature}:;c="x"`],
  ]),
  reformed('signature as text', ({ input, signature }) => [
    ['Signature-Input', `sig1=${input}`],
    ['Signature', `sig1="${signature}"`],
  ]),
  reformed('no base64', ({ input }) => [
    ['Signature-Input', `sig1=${input}`],
    ['Signature', 'sig1=:!!!!:'],
  ]),
  reformed('Cavage draft', ({ signature }) => [
    ['Signature', `keyId="a",algorithm="hmac-sha256",headers="date",signature="${signature}"`],
  ]),
  reformed('components that are no texts', ({ signature }) =>
    signatureFields('sig1', '(method);created=1', signature),
  ),
  { name: 'created as a text', reason: MALFORMED, parameters: ';created="1700000000";keyid="a"' },
  {
    name: 'created as a fraction',
    reason: MALFORMED,
    parameters: ';created=1700000000.5;keyid="a"',
  },
  { name: 'keyid as a token', reason: MALFORMED, parameters: ';created=1700000000;keyid=a' },
  {
    name: 'keyid of 257 characters',
    requirement: 'SR-503',
    reason: MALFORMED,
    parameters: `;created=1;keyid="${'a'.repeat(257)}"`,
  },
  {
    name: '33 components',
    requirement: 'SR-503',
    reason: MALFORMED,
    more: Array.from({ length: 33 }, (_, index) => [`"x-${index}"`, ''] as const),
  },
  reformed(
    'five signatures',
    ({ input, signature }) =>
      ['a', 'b', 'c', 'd', 'e'].flatMap((label) => signatureFields(label, input, signature)),
    'http-signature.too-large',
  ),
  reformed(
    'more than 8 KiB',
    ({ headers }) => [...headers, ['Signature', `a=:${'A'.repeat(8192)}:`]],
    'http-signature.too-large',
  ),
]
