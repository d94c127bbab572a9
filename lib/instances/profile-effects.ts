import { isLxworksError, LxworksError } from '../core/errors.ts'
import type { Follower, ProfileEffects } from '../projects/contract.ts'
import { isNewToCloudInit, newCloudInitId } from './cloud-init.ts'
import type { InstancesDeps } from './deps.ts'
import { changedDevices, refuseMissingNetworks, refuseMissingPools } from './devices/absent.ts'
import { applyAndRecord, type LiveDeps, prepareLive } from './live.ts'
import { instanceKey } from './names.ts'
import type { InstanceRecords } from './records.ts'
import type { Roster } from './roster.ts'

export interface ProfileEffectsDeps extends LiveDeps {
  readonly roster: Roster
  readonly records: Pick<InstanceRecords, 'setConfig'>
  readonly all: InstancesDeps
}

/** What a change of a profile means for the instances that use it. */
export function profileEffects(deps: ProfileEffectsDeps): ProfileEffects {
  return {
    refuseAbsent: async (project, { before, after }) => {
      const devices = changedDevices(before, after)
      await refuseMissingNetworks(project, devices, deps.all.rooms)
      await refuseMissingPools(devices, deps.all.rooms)
    },
    holding: (instances, work) => deps.all.ledger.locks.hold(instances.map(instanceKey), work),
    follow: async (followers, record) => {
      const changes = await Promise.all(followers.map((follower) => prepared(follower, deps)))
      await applyAndRecord(changes, record)
      await renewIds(followers, deps)
    },
  }
}

/** Those to whom the profile has something new to tell cloud-init. */
async function renewIds(
  followers: readonly Follower[],
  { records, all }: ProfileEffectsDeps,
): Promise<void> {
  for (const follower of followers) {
    if (!isNewToCloudInit(follower.before, follower.after)) continue
    await records.setConfig(follower, newCloudInitId(all.ports.chance.draw()))
  }
}

async function prepared(follower: Follower, deps: ProfileEffectsDeps) {
  // Finds also one that another process on this root has started.
  await deps.roster.get(follower)
  try {
    return await prepareLive(follower, follower, deps)
  } catch (error) {
    throw cannotFollow(follower, error)
  }
}

function cannotFollow({ project, name }: Follower, error: unknown): unknown {
  if (!isLxworksError(error)) return error
  const { kind, code, context, message } = error
  return new LxworksError(
    `Instance ${name} of project ${project} is running and cannot follow the change: ${message}`,
    { kind, code, context: { ...context, project, instance: name }, cause: error },
  )
}
