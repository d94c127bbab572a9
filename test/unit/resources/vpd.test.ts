import { expect, it } from 'vitest'
import { readVpd } from '../../../lib/resources/vpd.ts'

const NAME = Buffer.from('\x82\x04\x00Card', 'latin1')
const FIELDS = Buffer.from('\x90\x0b\x00PN\x03123SN\x0245\x78', 'latin1')

it('vital product data is read as far as it is whole', () => {
  const whole = Buffer.concat([NAME, FIELDS])
  expect(readVpd(whole)).toEqual({
    productName: 'Card',
    entries: new Map([
      ['PN', '123'],
      ['SN', '45'],
    ]),
  })
  for (let length = 0; length < whole.length - 1; length++) {
    const known = length >= NAME.length ? { productName: 'Card' } : {}
    expect(readVpd(whole.subarray(0, length))).toEqual(known)
  }
})

it('a field that claims to be longer than there is ends the fields', () => {
  expect(readVpd(Buffer.from('\x90\x06\x00PN\x011SN', 'latin1')).entries).toEqual(
    new Map([['PN', '1']]),
  )
  expect(readVpd(Buffer.alloc(64, 0xff))).toEqual({})
})
