/** What is tried against the small CA, as tables: hostile requests, and names that are not one's own. */
import {
  Attribute,
  BasicConstraints,
  id_ce_basicConstraints,
  id_ce_keyUsage,
  KeyUsage,
  KeyUsageFlags,
} from '@peculiar/asn1-x509'
import { generateKeyPairSync } from 'node:crypto'
import type { CsrError } from './csr.ts'
import { extension } from './der.ts'
import type { PolicyRefusal } from './policy.ts'
import { altNames, extensionRequest, makeRequest, p256 } from './testing/request.ts'

/** A request that must be refused, and why. */
export interface CsrAttack {
  readonly name: string
  readonly csr: () => string | Uint8Array
  readonly error: CsrError
}

/** A well-formed request for more than its sender may have. */
export interface WishAttack {
  readonly name: string
  readonly csr: () => Uint8Array
  /** Why policy refuses. Absent: what it asks for is not read, and it gets its own name only. */
  readonly refusal?: PolicyRefusal
}

const weakRsa = () => generateKeyPairSync('rsa', { modulusLength: 1024 })
const oddRsa = () => generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 })
const RSA_SHA256 = '1.2.840.113549.1.1.11'
const flipped = (bytes: Buffer): Buffer => {
  const copy = Buffer.from(bytes)
  copy.writeUInt8(copy.readUInt8(copy.length - 1) ^ 1, copy.length - 1)
  return copy
}

/** Requests that prove nothing, hold a weak key, or are no requests. */
export const CSR_ATTACKS: readonly CsrAttack[] = [
  {
    name: "somebody else's public key, signed with one's own",
    csr: () => makeRequest({ signer: p256().privateKey }),
    error: 'bad-signature',
  },
  {
    name: 'one bit of the signature changed',
    csr: () => flipped(makeRequest()),
    error: 'bad-signature',
  },
  {
    name: 'a name changed after signing',
    csr: () => {
      const csr = makeRequest({ commonName: 'alice' })
      return Buffer.from(csr.toString('latin1').replace('alice', 'admin'), 'latin1')
    },
    error: 'bad-signature',
  },
  {
    name: 'RSA of 1,024 bits',
    csr: () => makeRequest({ pair: weakRsa(), algorithm: RSA_SHA256 }),
    error: 'weak-key',
  },
  {
    name: 'RSA with the exponent 3',
    csr: () => makeRequest({ pair: oddRsa(), algorithm: RSA_SHA256 }),
    error: 'weak-key',
  },
  {
    name: 'a curve below the floor',
    csr: () => makeRequest({ pair: generateKeyPairSync('ec', { namedCurve: 'P-224' }) }),
    error: 'weak-key',
  },
  {
    name: 'a curve that TLS verifiers do not know',
    csr: () => makeRequest({ pair: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }) }),
    error: 'weak-key',
  },
  {
    name: 'a signature over SHA-1',
    csr: () => makeRequest({ algorithm: '1.2.840.10045.4.1', hash: 'sha1' }),
    error: 'algorithm',
  },
  {
    name: 'an RSA algorithm named over an elliptic key',
    csr: () => makeRequest({ algorithm: RSA_SHA256 }),
    error: 'algorithm',
  },
  {
    name: 'an unknown signature algorithm',
    csr: () => makeRequest({ algorithm: '1.2.3.4' }),
    error: 'algorithm',
  },
  { name: 'a huge input', csr: () => new Uint8Array(50_000_000), error: 'too-large' },
  { name: 'a huge text', csr: () => 'A'.repeat(16_385), error: 'too-large' },
  { name: 'nothing', csr: () => new Uint8Array(), error: 'malformed' },
  {
    name: 'a second request behind the first',
    csr: () => Buffer.concat([makeRequest(), makeRequest()]),
    error: 'malformed',
  },
  {
    name: 'lists in lists in lists',
    csr: () => Buffer.alloc(16_000, Buffer.from([0x30, 0x80])),
    error: 'malformed',
  },
  {
    name: 'two different lists of wishes',
    csr: () => makeRequest({ extensions: [], attributes: [extensionRequest([])] }),
    error: 'malformed',
  },
  {
    name: 'a list of wishes that is not there',
    csr: () =>
      makeRequest({ attributes: [new Attribute({ type: '1.2.840.113549.1.9.14', values: [] })] }),
    error: 'malformed',
  },
  {
    name: 'two lists of names in one wish',
    csr: () => makeRequest({ extensions: [altNames([]), altNames([{ dNSName: 'a.example' }])] }),
    error: 'malformed',
  },
  {
    name: 'more names than any certificate has',
    csr: () =>
      makeRequest({
        extensions: [altNames(Array.from({ length: 17 }, (_, at) => ({ dNSName: `h${at}` })))],
      }),
    error: 'malformed',
  },
]

const wishing = (name: string, wish: Parameters<typeof altNames>[0][number]): WishAttack => ({
  name,
  csr: () => makeRequest({ extensions: [altNames([wish])] }),
  refusal: 'not-allowed',
})

/** For a principal `svc_1` of the tenant `acme` in `example.org` that may have `svc.example.org`. */
export const WISH_ATTACKS: readonly WishAttack[] = [
  wishing('a name inside a name, as a printed list would show it', {
    dNSName: 'svc.example.org, URI:spiffe://other.example/acme/service/svc_1',
  }),
  wishing('a name behind a NUL', { dNSName: 'svc.example.org\0.evil.example' }),
  wishing('an identity behind a comma', {
    uniformResourceIdentifier: 'x, URI:spiffe://example.org/acme/service/svc_1',
  }),
  wishing('another trust domain', {
    uniformResourceIdentifier: 'spiffe://other.example/acme/service/svc_1',
  }),
  wishing("another tenant's workload", {
    uniformResourceIdentifier: 'spiffe://example.org/globex/service/svc_1',
  }),
  wishing('another workload of the tenant', {
    uniformResourceIdentifier: 'spiffe://example.org/acme/service/svc_2',
  }),
  wishing('a user by the name of a service', {
    uniformResourceIdentifier: 'spiffe://example.org/acme/user/svc_1',
  }),
  wishing('its own name in another spelling', {
    uniformResourceIdentifier: 'spiffe://EXAMPLE.org/acme/service/svc_1',
  }),
  wishing('a way around to another tenant', {
    uniformResourceIdentifier: 'spiffe://example.org/globex/../acme/service/svc_1',
  }),
  wishing("a host that is not the principal's", { dNSName: 'db.example.org' }),
  wishing('a host below its own', { dNSName: 'a.svc.example.org' }),
  wishing('an address', { iPAddress: '127.0.0.1' }),
  wishing('a mailbox', { rfc822Name: 'admin@example.org' }),
  { ...wishing('a wildcard', { dNSName: '*.example.org' }), refusal: 'wildcard' },
  {
    name: 'to be a CA',
    csr: () =>
      makeRequest({
        extensions: [
          extension(id_ce_basicConstraints, new BasicConstraints({ cA: true }), true),
          extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign), true),
        ],
      }),
  },
  {
    name: 'a common name to be taken for a name',
    csr: () => makeRequest({ commonName: 'admin.example.org' }),
  },
]
