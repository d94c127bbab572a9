import { machine, release } from 'node:os'
import type { ResourceReader } from './contract.ts'
import type { ResourcesDeps } from './room.ts'

/** Reads this machine. The readers are loaded when they are first needed: it is seldom asked what a machine is made of. */
export function lateResources(given: Pick<ResourcesDeps, 'files' | 'ethernet'>): ResourceReader {
  return {
    read: async () => {
      const { createResources } = await import('./room.ts')
      return createResources({ ...given, architecture: machine(), release: release() }).read()
    },
  }
}
