import type { Step } from '../core/journal.ts'
import { containerTarget } from './adopt.ts'
import type { InstanceRef } from './contract.ts'
import type { RunningInstances } from './running.ts'

export interface StillnessDeps {
  readonly running: RunningInstances
  readonly root: string
}

/** The two steps around what must read the files of an instance as they are at one moment; nothing happens where `freezes` is false. */
export function stillness(
  ref: InstanceRef,
  freezes: boolean,
  { running, root }: StillnessDeps,
): { readonly begin: Step; readonly end: Step } {
  const thaw = async (): Promise<void> => {
    if (!freezes) return
    // After a crash nobody here knows yet that it runs.
    await running.adopt(ref, containerTarget(ref, root))
    await running.thaw(ref)
  }
  return {
    begin: {
      name: 'hold the instance still',
      run: async () => {
        if (freezes) await running.freeze(ref)
      },
      undo: thaw,
    },
    end: { name: 'let the instance go on', run: thaw },
  }
}
