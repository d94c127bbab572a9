import type { Client } from './client.ts'

export const SNAPSHOTS_EACH = 10

/** Above any id that either server gives a volume; both refuse a volume and a snapshot of one id. */
const FIRST_ID = 1_000_000_000

const LISTED = "instances.name LIKE 'bench-listed-%'"

/**
 * Written into the records of either server: thirty thousand snapshots taken one by one would last longer than all the rest, and a
 * list reads records alone. Each holds the configuration that its instance has.
 */
const GIVE = [
  `WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${SNAPSHOTS_EACH - 1})
   INSERT INTO instances_snapshots (instance_id, name, creation_date, stateful, description)
   SELECT instances.id, 'snap' || n, '2026-01-01 00:00:0' || n || '+00:00', 0, '' FROM instances, numbers
    WHERE ${LISTED} AND NOT EXISTS (SELECT 1 FROM instances_snapshots known WHERE known.instance_id = instances.id AND known.name = 'snap' || n)`,
  `INSERT INTO instances_snapshots_config (instance_snapshot_id, key, value)
   SELECT instances_snapshots.id, config.key, config.value FROM instances_snapshots
     JOIN instances ON instances.id = instances_snapshots.instance_id
     JOIN instances_config config ON config.instance_id = instances.id
    WHERE ${LISTED} AND NOT EXISTS (SELECT 1 FROM instances_snapshots_config known WHERE known.instance_snapshot_id = instances_snapshots.id)`,
  `INSERT OR IGNORE INTO storage_volumes_snapshots (id, storage_volume_id, name, description)
   SELECT ${FIRST_ID} + instances_snapshots.id, storage_volumes.id, instances_snapshots.name, '' FROM instances_snapshots
     JOIN instances ON instances.id = instances_snapshots.instance_id
     JOIN storage_volumes ON storage_volumes.name = instances.name AND storage_volumes.type = 0
    WHERE ${LISTED}`,
]

const TAKE = [
  `DELETE FROM instances_snapshots WHERE instance_id IN (SELECT id FROM instances WHERE ${LISTED})`,
  `DELETE FROM storage_volumes_snapshots WHERE id > ${FIRST_ID}`,
]

/** Gives each listed instance its snapshots, those that lack them. */
export function giveSnapshots(client: Client): Promise<void> {
  return inTurn(client, GIVE)
}

/** Takes away what `giveSnapshots` gave: there is nothing on the disk that could be deleted. */
export function takeSnapshots(client: Client): Promise<void> {
  return inTurn(client, TAKE)
}

async function inTurn(client: Client, statements: readonly string[]): Promise<void> {
  for (const query of statements)
    await client.run('/internal/sql', { method: 'POST', body: { database: 'global', query } })
}
