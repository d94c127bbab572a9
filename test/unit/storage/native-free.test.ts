import assert from 'node:assert/strict'
import { it } from 'vitest'

it('the storage room and its drivers load without native code', async () => {
  const loaded: unknown[] = []
  const { dlopen } = process
  process.dlopen = (...args: readonly unknown[]): void => {
    loaded.push(args[1])
  }
  try {
    await import('../../../lib/storage/contract.ts')
    await import('../../../lib/storage/room.ts')
    await import('../../../lib/storage/dir/index.ts')
    await import('../../../lib/storage/disk.ts')
    await import('../../../lib/storage/memory/index.ts')
  } finally {
    process.dlopen = dlopen
  }
  assert.deepEqual(loaded, [])
})
