import { dirname } from 'node:path'
import type { ConfinedPaths } from '../core/confined.ts'
import type { Step } from '../core/journal.ts'
import type { Files, Mounts } from '../core/ports.ts'
import type { HoldSpec } from './parts.ts'

export interface HoldPorts {
  readonly files: Files
  readonly mounts: Pick<Mounts, 'unmount'>
  readonly confined: Pick<ConfinedPaths, 'bind'>
}

/** Mount what disks show aside, opened where it must stay; the instance is given those mounts and no paths. */
export function holdSteps(holds: readonly HoldSpec[], ports: HoldPorts): readonly Step[] {
  const [first] = holds
  if (!first) return []
  const place = dirname(first.target)
  return [
    {
      name: 'make a place for what is held',
      // The ids of containers have to get through.
      run: () => ports.files.makeDirectory(place, 0o711),
      undo: () => ports.files.remove(place),
    },
    ...holds.map((hold) => ({
      name: `hold ${hold.device}`,
      run: () => take(hold, ports),
      undo: () => letGo(hold, ports),
    })),
  ]
}

/** Silent where nothing is held. */
export function letGoSteps(
  holds: readonly HoldSpec[],
  ports: Omit<HoldPorts, 'confined'>,
): readonly Step[] {
  const [first] = holds
  if (!first) return []
  return [
    ...holds.map((hold) => ({
      name: `let go of ${hold.device}`,
      run: () => letGo(hold, ports),
    })),
    {
      name: 'remove the place of what was held',
      run: () => ports.files.remove(dirname(first.target)),
    },
  ]
}

async function take(hold: HoldSpec, { files, confined }: HoldPorts): Promise<void> {
  if (hold.type === 'directory') await files.makeDirectory(hold.target, 0o711)
  else await files.write(hold.target, '', { mode: 0o600, durable: false })
  await confined.bind(hold)
}

/** Never removes more than an empty place: what is still mounted there is the host's. */
async function letGo(
  { target }: HoldSpec,
  { files, mounts }: Omit<HoldPorts, 'confined'>,
): Promise<void> {
  await mounts.unmount(target)
  await files.remove(target)
}
