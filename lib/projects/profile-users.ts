import type { Statements } from '../state/contract.ts'
import { type HeldInstance, readInstances } from './held-instances.ts'

/** Ids of the instances that use the profile of that name of that project. */
const USERS = `SELECT instance_id FROM instances_profiles
    JOIN profiles ON profiles.id = instances_profiles.profile_id
    JOIN projects ON projects.id = profiles.project_id
   WHERE profiles.name = ? AND projects.name = ?`

/** Every instance that uses a profile, whatever its project. */
export function usersOfProfile(
  reader: Pick<Statements, 'query'>,
  { project, name }: { readonly project: string; readonly name: string },
): Promise<readonly HeldInstance[]> {
  return readInstances(reader, { ids: USERS, params: [name, project] })
}
