import {
  type Expanded,
  mergeProfiles,
  type ProfileRecord,
  type Projects,
} from '../projects/contract.ts'
import type { InstanceRecord } from './contract.ts'
import type { StoredInstance } from './rows.ts'
import type { RunningInstances } from './running.ts'
import { statusOf } from './state.ts'

/** What the profiles of an instance come to together. */
export type Added = (instance: Pick<StoredInstance, 'project' | 'profiles'>) => Expanded

/** Reads each project's profiles once. */
export async function readAdded(
  instances: readonly { readonly project: string }[],
  projects: Pick<Projects, 'profiles'>,
): Promise<Added> {
  const names = [...new Set(instances.map(({ project }) => project))]
  const lists = await Promise.all(names.map((project) => projects.profiles.list(project)))
  const known = new Map(names.map((project, index) => [project, byName(lists[index] ?? [])]))
  return ({ project, profiles }) => {
    const all = known.get(project)
    return mergeProfiles(
      profiles.flatMap((name) => all?.get(name) ?? []),
      NOTHING,
    )
  }
}

const NOTHING: Expanded = { config: {}, devices: {} }

function byName(profiles: readonly ProfileRecord[]): ReadonlyMap<string, ProfileRecord> {
  return new Map(profiles.map((profile) => [profile.name, profile]))
}

/** A record with what its profiles add, and whether it runs. */
export function instanceView(
  stored: StoredInstance,
  added: Expanded,
  running: RunningInstances,
): InstanceRecord {
  const expanded = mergeProfiles([added], stored)
  return Object.freeze({
    ...stored,
    expandedConfig: expanded.config,
    expandedDevices: expanded.devices,
    status: statusOf(stored, running),
  })
}
