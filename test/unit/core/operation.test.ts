import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { throwIfAborted } from '../../../lib/core/cancel.ts'
import { LxworksError } from '../../../lib/core/errors.ts'
import { type OperationWork, startOperation } from '../../../lib/core/operation.ts'

const request = { description: 'Testing', project: 'default' }

/** Works until it is told to stop. */
async function untilAborted({ signal }: OperationWork): Promise<never> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  throwIfAborted(signal)
  throw new Error('not aborted')
}

describe('an operation', () => {
  it('begins after its caller has it, and ends with its result', async () => {
    const seen: string[] = []
    const operation = startOperation(request, async () => {
      seen.push('work')
      return 7
    })
    seen.push('caller')
    expect(operation.record.status).toBe('Pending')
    expect(await operation).toBe(7)
    expect(seen).toEqual(['caller', 'work'])
    expect(operation.record).toMatchObject({ status: 'Success', mayCancel: false })
  })

  it('fails with what its work throws, and keeps the message', async () => {
    const failure = new LxworksError('it broke', { kind: 'busy', code: 'TEST_BROKE' })
    const operation = startOperation(request, () => Promise.reject(failure))
    await expect(operation).rejects.toBe(failure)
    expect(operation.record).toMatchObject({ status: 'Failure', error: 'it broke' })
  })

  it('that nobody waits for fails without ending the process', async () => {
    const operation = startOperation(request, () => Promise.reject(new Error('unheard')))
    await new Promise((resolve) => setImmediate(resolve))
    expect(operation.record.status).toBe('Failure')
  })

  it('tells its progress to whoever iterates, also from the beginning when they come late', async () => {
    const operation = startOperation(request, async ({ progress }) => {
      progress({ step: 'one' })
      await Promise.resolve()
      progress({ step: 'two' })
    })
    const steps = async (): Promise<readonly string[]> => {
      const seen: string[] = []
      for await (const { step } of operation) seen.push(step)
      return seen
    }
    expect(await steps()).toEqual(['one', 'two'])
    expect(await steps()).toEqual(['one', 'two'])
  })

  it('shows each change of its record once, annotations merged', async () => {
    const seen: unknown[] = []
    const operation = startOperation(
      { ...request, metadata: { a: 1 } },
      async ({ annotate }) => annotate({ b: 2 }),
      ({ status, metadata }) => seen.push([status, metadata]),
    )
    await operation
    expect(seen).toEqual([
      ['Running', { a: 1 }],
      ['Running', { a: 1, b: 2 }],
      ['Success', { a: 1, b: 2 }],
    ])
  })
})

describe('cancelling an operation', () => {
  it('resolves when its work has ended, and rejects the operation as cancelled', async () => {
    const operation = startOperation(request, untilAborted)
    await Promise.resolve()
    await operation.cancel()
    expect(operation.record.status).toBe('Cancelled')
    await expect(operation).rejects.toMatchObject({ kind: 'cancelled' })
  })

  it('before it has begun keeps its work from beginning', async () => {
    const seen: string[] = []
    const operation = startOperation(
      request,
      async () => seen.push('work'),
      ({ status }) => seen.push(status),
    )
    await operation.cancel()
    expect(seen).toEqual(['Cancelling', 'Cancelled'])
  })

  it('is of kind cancelled also when the work threw an abort error of Node', async () => {
    const operation = startOperation(request, async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      throw new DOMException('aborted', 'AbortError')
    })
    await Promise.resolve()
    await operation.cancel()
    await expect(operation).rejects.toMatchObject({ kind: 'cancelled', code: 'CORE_CANCELLED' })
  })

  it('does nothing once it has ended', async () => {
    const operation = startOperation(request, async () => 1)
    await operation
    await operation.cancel()
    expect(operation.record.status).toBe('Success')
  })

  it('follows the signal of the caller, and lets go of it at the end', async () => {
    const abort = new AbortController()
    const long = startOperation({ ...request, signal: abort.signal }, untilAborted)
    await startOperation({ ...request, signal: abort.signal }, async () => 1)
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1)
    abort.abort()
    await expect(long).rejects.toMatchObject({ kind: 'cancelled' })
  })
})
