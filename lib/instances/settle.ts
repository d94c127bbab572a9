import { allDone } from '../core/all-done.ts'
import type { Itinerary } from '../core/journal.ts'
import type { Files, Mounts } from '../core/ports.ts'
import { EXIT_CODE } from './application.ts'
import { letGoSteps } from './holds.ts'
import { instanceFiles } from './instance-files.ts'
import type { InstanceRecords } from './records.ts'
import type { Rooms } from './rooms.ts'
import { runningKeys, unset } from './start.ts'
import { type FullStartPlan, POWER } from './start-plan.ts'

export interface SettleDeps {
  readonly rooms: Rooms
  readonly records: InstanceRecords
  readonly files: Files
  readonly mounts: Pick<Mounts, 'unmount'>
  readonly root: string
}

/** What is left to do on the host after a container has ended, from the plan that it was started with. */
export function settleItinerary(deps: SettleDeps): Itinerary<FullStartPlan> {
  const { rooms, files } = deps
  return {
    kind: 'instance.settle',
    afterCrash: 'finish',
    steps: (plan) => [
      ...plan.nics.map((nic) => ({
        name: `withdraw ${nic.device}`,
        run: () => rooms.networks.detach(nic, { project: plan.project, instance: plan.name }),
      })),
      ...letGoSteps(plan.holds ?? [], deps),
      {
        name: 'detach the volume',
        run: async () => (await rooms.storage.volumes(plan.pool)).detach(plan.volume),
      },
      {
        name: 'note that it stopped',
        run: () => noteStopped(plan, deps),
      },
      {
        name: 'remove what was written for the start',
        run: async () => {
          await allDone(plan.files.map((file) => files.remove(file.path)))
          const run = plan.directories.at(-1)
          if (plan.application) await files.removeTree(plan.application.directory)
          if (run !== undefined) await files.removeTree(run)
        },
      },
    ],
  }
}

/** An instance that was deleted meanwhile has nothing to note. One that went down with its host is still to run. */
async function noteStopped(
  plan: FullStartPlan,
  { records, files, root }: SettleDeps,
): Promise<void> {
  if (!(await records.exists(plan))) return
  const { hostShutdown, run } = instanceFiles(root, plan.storageName)
  const power = (await files.exists(hostShutdown)) ? 'RUNNING' : 'STOPPED'
  const code = plan.application && exitCode(await files.read(`${run}/exit-code`))
  await records.setConfig(plan, {
    ...unset(runningKeys(plan.volatile)),
    [POWER]: power,
    ...(code !== undefined && { [EXIT_CODE]: code }),
  })
}

function exitCode(text = ''): string | undefined {
  return /^(\d{1,3})\n$/.exec(text)?.[1]
}
