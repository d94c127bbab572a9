import { describe, expect, it } from 'vitest'
import { readProxyHeader } from '../../../lib/rest/network/proxy-header.ts'

const line = (text: string) => readProxyHeader(Buffer.from(text, 'latin1'))

const SIGNATURE = '0d0a0d0a000d0a515549540a'
const binary = (hex: string, rest = '') =>
  readProxyHeader(Buffer.from(SIGNATURE + hex + rest, 'hex'))

describe('the line of version 1', () => {
  it('carries the address of the client, and ends with the line', () => {
    expect(line('PROXY TCP4 192.0.2.1 192.0.2.2 5000 443\r\n\x16')).toEqual({
      ...{ kind: 'header', bytes: 41, client: { address: '192.0.2.1', port: 5000 } },
    })
    expect(line('PROXY TCP6 2001:db8::1 ::1 5000 443\r\n')).toMatchObject({
      client: { address: '2001:db8::1', port: 5000 },
    })
  })

  it('may carry nothing', () => {
    expect(line('PROXY UNKNOWN\r\n')).toEqual({ kind: 'header', bytes: 15 })
  })

  it.each(['P', 'PROXY', 'PROXY ', 'PROXY TCP4 192.0.2.1 192', '', '\r\n\r\n\0'])(
    'needs more after %j',
    (start) => {
      expect(line(start)).toEqual({ kind: 'incomplete' })
    },
  )

  it.each([
    'PROXY TCP4 2001:db8::1 ::1 5000 443\r\n',
    'PROXY TCP4 192.0.2.256 192.0.2.2 5000 443\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 70000 443\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2\r\n',
    'PROXY TCP5 a b 1 2\r\n',
    'PROXY \r\n',
    `PROXY UNKNOWN ${'x'.repeat(200)}\r\n`,
    `PROXY ${'x'.repeat(200)}`,
  ])('is broken when it says %j', (text) => {
    expect(line(text)).toEqual({ kind: 'broken' })
  })
})

describe('the binary header of version 2', () => {
  it('carries the address of the client, and what else there is is passed over', () => {
    expect(binary('2111000c', 'c0000201c0000202138801bb')).toEqual({
      ...{ kind: 'header', bytes: 28, client: { address: '192.0.2.1', port: 5000 } },
    })
    const six = '20010db8000000000000000000000001'
    expect(binary('21210027', `${six}${six}138801bb040000`)).toEqual({
      kind: 'header',
      bytes: 55,
      client: { address: '2001:db8:0:0:0:0:0:1', port: 5000 },
    })
  })

  it('may be of the proxy itself, or of a family without addresses', () => {
    expect(binary('20000000')).toEqual({ kind: 'header', bytes: 16 })
    expect(binary('21310000')).toEqual({ kind: 'header', bytes: 16 })
  })

  it('needs more until it is whole', () => {
    expect(binary('21')).toEqual({ kind: 'incomplete' })
    expect(binary('2111000c', 'c0000201')).toEqual({ kind: 'incomplete' })
  })

  it.each(['1111000c', '2211000c', '21110004', '2121000c', '2111ffff'])(
    'is broken when it begins with %s',
    (hex) => {
      expect(binary(hex, 'c0000201c0000202138801bb')).toEqual({ kind: 'broken' })
    },
  )
})

it.each(['\x16\x03\x01\x02\x00', 'GET / HTTP/1.1', 'PROXIES', '\r\n\r\nX'])(
  'is not there when a connection begins with %j',
  (start) => {
    expect(line(start)).toEqual({ kind: 'none' })
  },
)
