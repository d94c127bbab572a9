import { expect, it } from 'vitest'
import { hashed, isHashOf } from '../../../lib/server/secrets.ts'

it('recognizes a secret by its hash, and only that one', async () => {
  const recorded = await hashed('correct horse')
  expect(recorded).toMatch(/^[0-9a-f]{192}$/)
  expect(await hashed('correct horse')).not.toBe(recorded)
  expect(await isHashOf(recorded, 'correct horse')).toBe(true)
  expect(await isHashOf(recorded, 'correct horsf')).toBe(false)
  expect(await isHashOf('', '')).toBe(false)
})

it('recognizes a secret that LXD recorded', async () => {
  // Salt of zeros and the 64 bytes of scrypt(password, salt, N=16384, r=8, p=1), as LXD writes them.
  const hash =
    'a828d83580110cc6c839c61fe9f009604234e2f01e7898d2cbf5887cdbf52d5db77e4b4ca8c9a0482cba76385f88171c4b5b67e4f7daf18f78bc5cb0889658b7'
  expect(await isHashOf(`${'0'.repeat(64)}${hash}`, 'password')).toBe(true)
})
