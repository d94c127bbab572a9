import { mergeProfiles, type ProfileRecord, type Projects } from '../projects/contract.ts'
import type { InstanceRecord } from './contract.ts'
import type { StoredInstance } from './rows.ts'
import type { RunningInstances } from './running.ts'
import { statusOf } from './state.ts'

/** Records with what their profiles add; reads each project's profiles once. */
export async function expandAll(
  stored: readonly StoredInstance[],
  {
    projects,
    running,
  }: { readonly projects: Pick<Projects, 'profiles'>; readonly running: RunningInstances },
): Promise<readonly InstanceRecord[]> {
  const names = [...new Set(stored.map(({ project }) => project))]
  const lists = await Promise.all(names.map((project) => projects.profiles.list(project)))
  const known = new Map(names.map((project, index) => [project, byName(lists[index] ?? [])]))
  return stored.map((instance) => view(instance, known.get(instance.project) ?? new Map(), running))
}

function byName(profiles: readonly ProfileRecord[]): ReadonlyMap<string, ProfileRecord> {
  return new Map(profiles.map((profile) => [profile.name, profile]))
}

function view(
  stored: StoredInstance,
  profiles: ReadonlyMap<string, ProfileRecord>,
  running: RunningInstances,
): InstanceRecord {
  const used = stored.profiles.flatMap((name) => profiles.get(name) ?? [])
  const expanded = mergeProfiles(used, stored)
  return Object.freeze({
    ...stored,
    expandedConfig: expanded.config,
    expandedDevices: expanded.devices,
    status: statusOf(stored, running),
  })
}
