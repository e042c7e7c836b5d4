import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseAddress } from '../core/network.ts'
import { parseCertificate, type Certificate } from './certificate.ts'
import { parseCrl, type Crl } from './crl.ts'
import { validatePath, type PathOptions } from './path.ts'
import type { SubjectName } from './general-names.ts'

/**
 * x509-limbo (C2SP, Apache-2.0), kept outside this repository: set COUNTERSIGN_VECTORS to its folder to
 * run it elsewhere. The cases that concern a verifier of client certificates are all but those of the
 * web (`webpki::`), of public servers (`online::`), and of features beyond RFC 5280's core.
 */

const folder =
  process.env['COUNTERSIGN_VECTORS'] ??
  new URL('../../../../../shared/vectors', import.meta.url).pathname
const file = `${folder}/x509-limbo.json`
const skip = existsSync(file) ? false : `no ${file}`

interface Peer {
  readonly kind: 'DNS' | 'IP' | 'RFC822'
  readonly value: string
}

interface Case {
  readonly id: string
  readonly features: readonly string[]
  readonly validation_kind: 'CLIENT' | 'SERVER'
  readonly trusted_certs: readonly string[]
  readonly untrusted_intermediates: readonly string[]
  readonly peer_certificate: string
  readonly validation_time: string | null
  readonly expected_result: 'SUCCESS' | 'FAILURE'
  readonly expected_peer_name: Peer | null
  readonly expected_peer_names: readonly Peer[] | null
  readonly max_chain_depth: number | null
  readonly crls: readonly string[]
}

const derOf = (pem: string): Uint8Array =>
  Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')

const readable = (pems: readonly string[]): Certificate[] =>
  pems.flatMap((pem) => {
    const read = parseCertificate(derOf(pem))
    return read.ok ? [read.value] : []
  })

/** A list that cannot be read is no list: its issuer has none, which is refused. */
const readableLists = (pems: readonly string[]): Crl[] =>
  pems.flatMap((pem) => {
    const read = parseCrl(derOf(pem))
    return read.ok ? [read.value] : []
  })

const KINDS = { DNS: 'dns', IP: 'ip', RFC822: 'email' } as const

/** Who the peer is, is not the business of a path; a server case asks for it nevertheless. */
function isNamed(leaf: Certificate, { kind, value }: Peer): boolean {
  const wanted = kind === 'IP' ? String(parseAddress(value)) : value.toLowerCase()
  return (leaf.extensions.subjectNames?.names ?? []).some((name) => textOf(name, kind) === wanted)
}

const textOf = (name: SubjectName, kind: Peer['kind']): string | undefined =>
  name.kind === KINDS[kind] ? String(name.value).toLowerCase() : undefined

/** The two openings of RFC 5280 that we close by default. */
const RFC_5280 = { acceptCaAsLeaf: true, acceptMissingPurpose: true }

/** Decides a case: `accepted`, or the reason. */
async function decide(vector: Case, unsafe: PathOptions['unsafe'] = {}): Promise<string> {
  const leaf = parseCertificate(derOf(vector.peer_certificate))
  if (!leaf.ok) return `malformed: ${leaf.error}`
  const valid = await validatePath({
    leaf: leaf.value,
    intermediates: readable(vector.untrusted_intermediates),
    anchors: readable(vector.trusted_certs),
    at: Date.parse(vector.validation_time ?? '2026-11-01T00:00:00Z') / 1000,
    purpose: vector.validation_kind === 'CLIENT' ? 'client' : 'server',
    ...(vector.crls.length > 0 && { crls: readableLists(vector.crls) }),
    limits: { maxIntermediates: vector.max_chain_depth ?? 8 },
    unsafe,
  })
  if (!valid.ok) return `${valid.error.reason}: ${valid.error.detail}`
  const peers = [vector.expected_peer_name, ...(vector.expected_peer_names ?? [])]
  const named = peers.every((peer) => peer === null || isNamed(leaf.value, peer))
  return named ? 'accepted' : 'the peer has another name'
}

const isOurs = ({ id, features }: Case): boolean =>
  !/^(?:webpki|online)::/.test(id) &&
  !features.some((feature) => /pedantic|policy|webpki/.test(feature))

const load = (): readonly Case[] => {
  // The file is the one that the README of the vectors describes.
  const { testcases } = JSON.parse(readFileSync(file, 'utf8')) as { testcases: readonly Case[] }
  return testcases
}

test('all 131 cases of x509-limbo for client certificates are decided as they should', {
  skip,
}, async () => {
  const cases = load().filter(isOurs)
  assert.equal(cases.length, 131)
  const wrong: string[] = []
  for (const vector of cases) {
    const decision = await decide(vector, RFC_5280)
    const expected = vector.expected_result === 'SUCCESS'
    if ((decision === 'accepted') !== expected) wrong.push(`${vector.id}: ${decision}`)
  }
  assert.deepEqual(wrong, [])
})

/**
 * Cases outside the subset that we decide otherwise, by the start of their name. The rest of the 76
 * agrees, algorithms and serial numbers among it.
 */
const OTHERWISE: Readonly<Record<string, string>> = {
  'rfc5280::aki::cross-signed-root-missing-aki': 'the issuer of an anchor does not matter',
  'rfc5280::nc::permitted-dns-match-noncritical': 'constraints are processed, critical or not',
  'webpki::aki::root-with-aki-': 'the AKI of a root: it is trusted by configuration',
  'webpki::cn::': 'the common name is never read, so its spelling cannot matter',
  'webpki::eku::ee-anyeku': 'anyExtendedKeyUsage beside the purpose; alone it is refused',
  'webpki::eku::ee-critical-eku': 'critical or not, it is processed',
  'webpki::eku::root-has-eku': 'an authority may be limited to purposes',
  'webpki::nc::nc-permits-dns-san-pattern': 'wildcards do not name a peer',
  'webpki::san::leftmost-wildcard-san': 'wildcards do not name a peer',
  'webpki::san::san-critical-with-nonempty-subject': 'critical or not, it is processed',
  'webpki::malformed-aia': 'the authority information access is never followed',
  'online::fastly.com': 'an authority with the serial number zero',
  'online::docs.python.org': 'wildcards do not name a peer',
}

test('the cases outside the subset are decided as documented', { skip }, async () => {
  const unused = new Set(Object.keys(OTHERWISE))
  const surprises: string[] = []
  for (const vector of load().filter((candidate) => !isOurs(candidate))) {
    const decision = await decide(vector)
    if ((decision === 'accepted') === (vector.expected_result === 'SUCCESS')) continue
    const known = Object.keys(OTHERWISE).find((start) => vector.id.startsWith(start))
    if (known === undefined) surprises.push(`${vector.id}: ${decision}`)
    else unused.delete(known)
  }
  assert.deepEqual(surprises, [])
  assert.deepEqual([...unused], [])
})
