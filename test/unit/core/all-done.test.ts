import { describe, expect, it } from 'vitest'
import { allDone } from '../../../lib/core/all-done.ts'

describe('waiting for all', () => {
  it('rejects with the first failure, and not before the last is done', async () => {
    const done: string[] = []
    const late = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      done.push('late')
    })
    const work = [Promise.reject(new Error('first')), late, Promise.reject(new Error('second'))]
    await expect(allDone(work)).rejects.toThrow('first')
    expect(done).toEqual(['late'])
  })

  it('resolves when none fails', async () => {
    await expect(allDone([Promise.resolve(1), Promise.resolve()])).resolves.toBeUndefined()
  })
})
