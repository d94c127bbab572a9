import { expect, it } from 'vitest'
import { isOwnAddress, lookupOutside } from '../../../lib/images/sources/reach.ts'

it.each([
  ...['127.0.0.1', '127.9.9.9', '0.0.0.0', '169.254.169.254', '::1', '::', 'fe80::1'],
  ...['::ffff:127.0.0.1', '::ffff:169.254.169.254'],
])('%s is an address of this machine itself', (address) => {
  expect(isOwnAddress(address)).toBe(true)
})

it.each(['10.0.0.1', '192.0.2.1', '2001:db8::1', '::ffff:10.0.0.1'])('%s is not', (address) => {
  expect(isOwnAddress(address)).toBe(false)
})

it('a name that leads to this machine is refused, and no address of it is given', async () => {
  const answer = await new Promise((resolve) =>
    lookupOutside('localhost', {}, (error, address) => resolve({ error, address })),
  )
  expect(answer).toMatchObject({ error: { code: 'IMAGE_SOURCE_OUT_OF_REACH' }, address: [] })
})
