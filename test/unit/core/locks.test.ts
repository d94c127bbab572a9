import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyedLocks } from '../../../lib/core/locks.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('locks', () => {
  it('let work on one key run one after the other, in the order of asking', async () => {
    const locks = new KeyedLocks()
    const seen: string[] = []
    const work = (name: string) => async () => {
      seen.push(`${name} begins`)
      await turn()
      seen.push(`${name} ends`)
    }
    await Promise.all(['a', 'b', 'c'].map((name) => locks.hold(['x'], work(name))))
    expect(seen).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]))
  })

  it('let work on different keys run at once', async () => {
    const locks = new KeyedLocks()
    let other = (): void => undefined
    const first = locks.hold(['x'], () => new Promise<void>((resolve) => (other = resolve)))
    await locks.hold(['y'], async () => other())
    await first
  })

  it('never have two callers wait for each other, whatever keys they ask for in what order', async () => {
    const someKeys = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.array(someKeys, { maxLength: 8 }), async (asked) => {
        const locks = new KeyedLocks()
        const held = new Set<string>()
        const work = (keys: readonly string[]) => async () => {
          const own = new Set(keys)
          for (const key of own) {
            expect(held.has(key)).toBe(false)
            held.add(key)
          }
          await turn()
          for (const key of own) held.delete(key)
        }
        await Promise.all(asked.map((keys) => locks.hold(keys, work(keys))))
        expect(held.size).toBe(0)
      }),
      { numRuns: 50 },
    )
  })

  it('are free again after work that failed, and pass its failure on', async () => {
    const locks = new KeyedLocks()
    await expect(locks.hold(['x'], () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await locks.hold(['x'], async () => 'yes')).toBe('yes')
  })

  it('are not waited for any longer once the caller gives up, and nobody overtakes', async () => {
    const locks = new KeyedLocks()
    const abort = new AbortController()
    const seen: string[] = []
    let end = (): void => undefined
    const first = locks.hold(['x'], () => new Promise<void>((resolve) => (end = resolve)))
    await turn()
    const second = locks.hold(['x'], async () => void seen.push('second'), abort)
    const third = locks.hold(['x'], async () => void seen.push('third'))
    abort.abort()
    await expect(second).rejects.toMatchObject({ kind: 'cancelled' })
    expect(seen).toEqual([])
    end()
    await Promise.all([first, third])
    expect(seen).toEqual(['third'])
  })
})
