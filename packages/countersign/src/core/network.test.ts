import { strict as assert } from 'node:assert'
import { isIP, BlockList } from 'node:net'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { ConfigError } from './errors.ts'
import { addressPrefix, isInNetworks, parseAddress, parseNetwork } from './network.ts'

const inside = (address: string, ...networks: readonly string[]): boolean =>
  isInNetworks(address, networks.map(parseNetwork))

describe('an address', () => {
  it('is read when node:net reads it, and only then', () => {
    const hex = fc.integer({ min: 0, max: 0x1ffff }).map((value) => value.toString(16))
    const colons = fc
      .tuple(fc.array(hex, { maxLength: 9 }), fc.array(hex, { maxLength: 9 }), fc.boolean())
      .map(([head, tail, gap]) => head.join(':') + (gap ? '::' : ':') + tail.join(':'))
    const dots = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 3, maxLength: 5 })
    const v4 = dots.map((bytes) => bytes.join('.'))
    const mapped = v4.map((text) => `::ffff:${text}`)
    const text = fc.oneof(fc.ipV4(), fc.ipV6(), colons, v4, mapped, fc.string({ maxLength: 20 }))
    fc.assert(
      fc.property(text, (address) => {
        // Leading zeros are decimal to us and a mistake to node; zones are cut off elsewhere.
        fc.pre(!/(?:^|\.)0\d/.test(address) && !address.includes('%'))
        assert.equal(parseAddress(address) !== undefined, isIP(address) !== 0, address)
      }),
      { numRuns: 3000 },
    )
  })

  it('of an IPv4 client on a dual-stack socket is its IPv4 address (GHSA-46wh-pxpv-q5gq)', () => {
    assert.deepEqual(parseAddress('::ffff:192.0.2.1'), [192, 0, 2, 1])
    assert.deepEqual(parseAddress('::FFFF:c000:201'), [192, 0, 2, 1])
    assert.deepEqual(parseAddress('0:0:0:0:0:ffff:192.0.2.1'), [192, 0, 2, 1])
    assert.equal(addressPrefix('::ffff:192.0.2.1'), addressPrefix('192.0.2.1'))
    assert.notEqual(addressPrefix('::ffff:192.0.2.1'), addressPrefix('::ffff:192.0.2.2'))
  })

  it('is refused when it is none', () => {
    for (const text of [
      '',
      '1',
      '1.2.3',
      '1.2.3.4.5',
      '256.1.1.1',
      '1.2.3.4 ',
      ':::',
      '1::2::3',
      'g::',
      '[::1]',
      '1.2.3.4:80',
      '::1/64',
      'localhost',
      '1'.repeat(1000),
    ]) {
      assert.equal(parseAddress(text), undefined, text)
    }
  })
})

describe('a network', () => {
  it('holds what node:net’s BlockList holds', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (a, b, bits) => {
        const list = new BlockList()
        list.addSubnet(a, bits, 'ipv4')
        assert.equal(inside(b, `${a}/${bits}`), list.check(b, 'ipv4'))
        assert.ok(inside(a, `${a}/${bits}`))
      }),
    )
    fc.assert(
      fc.property(fc.ipV6(), fc.ipV6(), fc.integer({ min: 0, max: 128 }), (a, b, bits) => {
        // Mapped addresses are IPv4 to us.
        fc.pre(parseAddress(a)?.length === 16 && parseAddress(b)?.length === 16)
        const list = new BlockList()
        list.addSubnet(a, bits, 'ipv6')
        assert.equal(inside(b, `${a}/${bits}`), list.check(b, 'ipv6'))
      }),
    )
  })

  it('knows its borders', () => {
    for (const [address, network, expected] of [
      ['10.255.255.255', '10.0.0.0/8', true],
      ['11.0.0.0', '10.0.0.0/8', false],
      ['10.0.0.1', '10.0.0.1', true],
      ['10.0.0.2', '10.0.0.1', false],
      ['10.0.0.127', '10.0.0.0/25', true],
      ['10.0.0.128', '10.0.0.0/25', false],
      ['203.0.113.9', '0.0.0.0/0', true],
      ['2001:db8::1', '0.0.0.0/0', false],
      ['10.1.2.3', '::/0', false],
      ['::ffff:10.1.2.3', '10.0.0.0/8', true],
      ['2001:db8:0:1::ffff', '2001:db8:0:1::/64', true],
      ['2001:db8:0:2::', '2001:db8:0:1::/64', false],
    ] as const) {
      assert.equal(inside(address, network), expected, `${address} in ${network}`)
    }
  })

  it('holds nobody whose address is unknown or unreadable', () => {
    assert.equal(isInNetworks(undefined, [parseNetwork('0.0.0.0/0')]), false)
    assert.equal(inside('unknown', '0.0.0.0/0', '::/0'), false)
    assert.equal(isInNetworks('10.0.0.1', []), false)
  })

  it('is refused at construction when it is none', () => {
    for (const text of [
      '',
      '/8',
      '10.0.0.0/',
      '10.0.0.0/33',
      '10.0.0.0/-1',
      '10.0.0.0/8/8',
      '10.0.0.0/8.5',
      '::/129',
      'all',
      '*',
      '10.0.0.0/ 8',
      '10.0.0.0/0x8',
      '10.0.0.0/1e1',
    ]) {
      assert.throws(() => parseNetwork(text), ConfigError, text)
    }
  })
})

describe('the prefix that limits count by', () => {
  it('is the /64 of an IPv6 client, who owns all of it', () => {
    assert.equal(addressPrefix('2001:db8:1:2:3:4:5:6'), addressPrefix('2001:db8:1:2:ffff::'))
    assert.notEqual(addressPrefix('2001:db8:1:2::'), addressPrefix('2001:db8:1:3::'))
    assert.equal(addressPrefix('2001:db8::1'), '20010db800000000/64')
  })

  it('is the address of an IPv4 client, and one bucket for the unknown', () => {
    assert.equal(addressPrefix('192.0.2.1'), '192.0.2.1')
    assert.equal(addressPrefix(undefined), 'unknown')
    assert.equal(addressPrefix('nonsense'), 'unknown')
  })
})
