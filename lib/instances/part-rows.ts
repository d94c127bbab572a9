import type { RawConfig } from '../core/config.ts'
import type { Device, Devices } from '../projects/contract.ts'
import { DEVICE_TYPES, OWNER_TABLES, type OwnerNoun, type Statements } from '../state/contract.ts'

/** Whose configuration and devices: its kind and the id of its row. */
export interface Owner {
  readonly noun: Exclude<OwnerNoun, 'profile'>
  readonly id: number
}

/** Writes the configuration and the devices of a new owner; an empty value is none. */
export async function insertOwned(
  inside: Statements,
  owner: Owner,
  { config, devices }: { readonly config: RawConfig; readonly devices: Devices },
): Promise<void> {
  const { noun, id } = owner
  await inside.run(
    `INSERT INTO ${OWNER_TABLES[noun]}_config (${noun}_id, key, value)
     SELECT ?, key, value FROM json_each(?) WHERE value <> ''`,
    [id, JSON.stringify(config)],
  )
  for (const [name, device] of Object.entries(devices))
    await insertDevice(inside, owner, [name, device])
}

async function insertDevice(
  inside: Statements,
  { noun, id }: Owner,
  [name, device]: readonly [string, Device],
): Promise<void> {
  const table = `${OWNER_TABLES[noun]}_devices`
  const { lastId } = await inside.run(
    `INSERT INTO ${table} (${noun}_id, name, type) VALUES (?, ?, ?)`,
    [id, name, (DEVICE_TYPES as Readonly<Record<string, number>>)[device.type] ?? 0],
  )
  await inside.run(
    `INSERT INTO ${table}_config (${noun}_device_id, key, value)
     SELECT ?, key, value FROM json_each(?) WHERE key <> 'type' AND value <> ''`,
    [lastId, JSON.stringify(device)],
  )
}
