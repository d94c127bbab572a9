import { setTimeout } from 'node:timers/promises'
import { type Cancellable, cancelled } from '../cancel.ts'
import type { Clock } from '../ports.ts'

/** The time of the machine. */
export class HostClock implements Clock {
  now(): Date {
    return new Date()
  }

  async sleep(ms: number, { signal }: Cancellable = {}): Promise<void> {
    await setTimeout(ms, undefined, signal ? { signal } : {}).catch((reason: unknown) => {
      throw cancelled(signal?.reason ?? reason)
    })
  }
}
