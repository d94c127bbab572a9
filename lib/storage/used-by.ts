import { projectUrl } from '../core/project-url.ts'
import type { Row, Statements } from '../state/contract.ts'
import { poolUrl } from './names.ts'

/** One row for each user of each pool: whose device names it, and which volumes it holds. */
const USERS = `
  SELECT devices.value AS pool, 'instances' AS noun, instances.name AS name, projects.name AS project
    FROM instances_devices_config AS devices
    JOIN instances_devices ON instances_devices.id = devices.instance_device_id
    JOIN instances ON instances.id = instances_devices.instance_id
    JOIN projects ON projects.id = instances.project_id
    WHERE devices.key = 'pool' AND instances_devices.type = 2
  UNION
  SELECT devices.value, 'profiles', profiles.name, projects.name
    FROM profiles_devices_config AS devices
    JOIN profiles_devices ON profiles_devices.id = devices.profile_device_id
    JOIN profiles ON profiles.id = profiles_devices.profile_id
    JOIN projects ON projects.id = profiles.project_id
    WHERE devices.key = 'pool' AND profiles_devices.type = 2
  UNION
  SELECT storage_pools.name,
      CASE storage_volumes.type WHEN 1 THEN 'images' WHEN 2 THEN 'custom' ELSE 'instances' END,
      storage_volumes.name, projects.name
    FROM storage_volumes
    JOIN storage_pools ON storage_pools.id = storage_volumes.storage_pool_id
    JOIN projects ON projects.id = storage_volumes.project_id`

/** URL paths of what uses each pool, sorted, by the pool's name; of one pool where it is named. */
export async function poolUsers(
  database: Statements,
  pool?: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows =
    pool === undefined
      ? await database.query(USERS)
      : await database.query(`SELECT * FROM (${USERS}) WHERE pool = ?`, [pool])
  const users = new Map<string, string[]>()
  for (const row of rows) {
    const name = String(row.pool)
    const urls = users.get(name) ?? []
    urls.push(userUrl(row))
    users.set(name, urls)
  }
  for (const urls of users.values()) urls.sort()
  return users
}

function userUrl({ pool, noun, name, project }: Row): string {
  const last = encodeURIComponent(String(name))
  const path =
    noun === 'custom' ? `${poolUrl(String(pool))}/volumes/custom/${last}` : `/1.0/${noun}/${last}`
  return projectUrl(path, String(project))
}
