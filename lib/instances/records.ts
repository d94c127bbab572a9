import type { RawConfig } from '../core/config.ts'
import { LxworksError } from '../core/errors.ts'
import type { Uphold } from '../projects/contract.ts'
import {
  ARCHITECTURES,
  configColumn,
  type Database,
  devicesColumn,
  INSTANCE_TYPES,
  listColumn,
  type Statements,
} from '../state/contract.ts'
import type { InstanceRef, ListQuery } from './contract.ts'
import { insertOwned } from './part-rows.ts'
import { assemble, type StoredInstance } from './rows.ts'

export type NewInstance = Omit<StoredInstance, 'id' | 'stateful' | 'lastUsedAt'>

/** The instances' rows; every list is one query, whatever its length. */
export class InstanceRecords {
  readonly #database: Database
  readonly #uphold: Uphold

  constructor(database: Database, uphold: Uphold) {
    this.#database = database
    this.#uphold = uphold
  }

  async get(ref: InstanceRef): Promise<StoredInstance> {
    const [found] = await this.#read('AND projects.name = ? AND instances.name = ?', [
      ref.project,
      ref.name,
    ])
    if (found) return found
    throw notFound(ref)
  }

  async check(ref: InstanceRef): Promise<void> {
    if (!(await this.exists(ref))) throw notFound(ref)
  }

  async exists(ref: InstanceRef): Promise<boolean> {
    const rows = await this.#database.query(
      'SELECT 1 FROM instances JOIN projects ON projects.id = instances.project_id WHERE projects.name = ? AND instances.name = ?',
      [ref.project, ref.name],
    )
    return rows.length > 0
  }

  async names({ project, type }: Omit<ListQuery, 'state'>): Promise<readonly InstanceRef[]> {
    const rows = await this.#database.query(
      `SELECT projects.name AS project, instances.name AS name FROM instances
         JOIN projects ON projects.id = instances.project_id
        WHERE (?1 IS NULL OR projects.name = ?1) AND (?2 IS NULL OR instances.type = ?2)
        ORDER BY projects.name, instances.name`,
      [project ?? null, type === undefined ? null : INSTANCE_TYPES[type]],
    )
    return rows.map((row) => ({ project: String(row.project), name: String(row.name) }))
  }

  list(project: string | undefined): Promise<readonly StoredInstance[]> {
    return project === undefined
      ? this.#read('', [])
      : this.#read('AND projects.name = ?', [project])
  }

  /** Reserves the name with all that belongs to it, in one transaction. Kind `exists` when it is taken; refuses as `Uphold` does. */
  async insert(instance: NewInstance): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const id = await insertRow(inside, instance)
      await insertParts(inside, id, instance)
      await this.#uphold(inside, instance.project)
    })
  }

  async remove(ref: InstanceRef): Promise<void> {
    await this.#database.run(
      'DELETE FROM instances WHERE name = ? AND project_id = (SELECT id FROM projects WHERE name = ?)',
      [ref.name, ref.project],
    )
  }

  /** The keys that a command goes by, as they hold for an instance, its own after those of its profiles; one query, because every command needs them. */
  async execConfig(ref: InstanceRef): Promise<RawConfig> {
    const rows = await this.#database.query(
      `WITH me AS (SELECT i.id FROM instances i JOIN projects p ON p.id = i.project_id WHERE p.name = ? AND i.name = ?)
       SELECT c.key, c.value, ip.apply_order AS place FROM instances_profiles ip
         JOIN profiles_config c ON c.profile_id = ip.profile_id
        WHERE ip.instance_id = (SELECT id FROM me) AND (substr(c.key, 1, 12) = 'environment.' OR c.key = 'oci.cwd')
       UNION ALL
       SELECT key, value, 1000000 FROM instances_config
        WHERE instance_id = (SELECT id FROM me) AND (substr(key, 1, 12) = 'environment.' OR key = 'oci.cwd')
       ORDER BY place`,
      [ref.project, ref.name],
    )
    return Object.fromEntries(rows.map(({ key, value }) => [String(key), String(value ?? '')]))
  }

  /** Whether the recorded instance is the one with this `volatile.uuid`. */
  async isOwn(ref: InstanceRef, uuid: string): Promise<boolean> {
    const rows = await this.#database.query(
      `SELECT 1 FROM instances_config c JOIN instances i ON i.id = c.instance_id JOIN projects p ON p.id = i.project_id
       WHERE p.name = ? AND i.name = ? AND c.key = 'volatile.uuid' AND c.value = ?`,
      [ref.project, ref.name, uuid],
    )
    return rows.length > 0
  }

  async removeOwn(ref: InstanceRef, uuid: string): Promise<void> {
    if (await this.isOwn(ref, uuid)) await this.remove(ref)
  }

  /** Refuses as `Uphold` does. */
  async replace(
    ref: InstanceRef,
    next: Omit<NewInstance, 'createdAt' | 'type' | 'project' | 'name'>,
  ): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const id = await idOf(inside, ref)
      await inside.run(
        'UPDATE instances SET architecture = ?, description = ?, ephemeral = ? WHERE id = ?',
        [numberOf(ARCHITECTURES, next.architecture), next.description, next.ephemeral ? 1 : 0, id],
      )
      for (const table of ['instances_config', 'instances_devices', 'instances_profiles']) {
        await inside.run(`DELETE FROM ${table} WHERE instance_id = ?`, [id])
      }
      await insertParts(inside, id, { ...next, project: ref.project })
      await this.#uphold(inside, ref.project)
    })
  }

  /** Sets and, where the value is undefined, takes away single keys that the library keeps for itself: no caller chose them. */
  async setConfig(
    ref: InstanceRef,
    change: Readonly<Record<string, string | undefined>>,
  ): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const id = await idOf(inside, ref)
      for (const [key, value] of Object.entries(change)) {
        await inside.run('DELETE FROM instances_config WHERE instance_id = ? AND key = ?', [
          id,
          key,
        ])
        if (value !== undefined) await insertConfig(inside, id, [key, value])
      }
    })
  }

  async rename(ref: InstanceRef, to: string): Promise<void> {
    await this.#database.transaction(async (inside) => {
      await inside.run('UPDATE instances SET name = ? WHERE id = ?', [to, await idOf(inside, ref)])
    })
  }

  async used(ref: InstanceRef, at: Date): Promise<void> {
    await this.#database.run(
      'UPDATE instances SET last_use_date = ? WHERE name = ? AND project_id = (SELECT id FROM projects WHERE name = ?)',
      [at.toISOString(), ref.name, ref.project],
    )
  }

  async #read(where: string, params: readonly string[]): Promise<readonly StoredInstance[]> {
    const rows = await this.#database.query(
      `SELECT instances.*, projects.name AS project, ${PARTS} FROM instances
         JOIN projects ON projects.id = instances.project_id WHERE 1 = 1 ${where}
        ORDER BY projects.name, instances.name`,
      params,
    )
    return rows.map(assemble)
  }
}

const PARTS = [
  configColumn('instance'),
  devicesColumn('instance'),
  listColumn('profiles', {
    columns: ['profiles.name'],
    from: `instances_profiles used JOIN profiles ON profiles.id = used.profile_id
      WHERE used.instance_id = instances.id ORDER BY used.apply_order`,
  }),
].join(', ')

async function insertRow(inside: Statements, instance: NewInstance): Promise<number> {
  const { lastId } = await inside.run(
    `INSERT INTO instances (node_id, name, architecture, type, ephemeral, creation_date, stateful, description, project_id)
     VALUES (1, ?, ?, ?, ?, ?, 0, ?, (SELECT id FROM projects WHERE name = ?))`,
    [
      instance.name,
      numberOf(ARCHITECTURES, instance.architecture),
      INSTANCE_TYPES[instance.type],
      instance.ephemeral ? 1 : 0,
      instance.createdAt.toISOString(),
      instance.description,
      instance.project,
    ],
  )
  return lastId
}

type Parts = Pick<NewInstance, 'config' | 'devices' | 'profiles' | 'project'>

async function insertParts(inside: Statements, id: number, parts: Parts): Promise<void> {
  await insertOwned(inside, { noun: 'instance', id }, parts)
  for (const [order, profile] of parts.profiles.entries()) {
    await inside.run(
      `INSERT INTO instances_profiles (instance_id, profile_id, apply_order)
       VALUES (?, (SELECT profiles.id FROM profiles JOIN projects ON projects.id = profiles.project_id
                   WHERE profiles.name = ? AND projects.name IN (?, 'default')
                   ORDER BY projects.name = ? DESC LIMIT 1), ?)`,
      [id, profile, parts.project, parts.project, order],
    )
  }
}

async function insertConfig(
  inside: Statements,
  id: number,
  [key, value]: readonly [string, string],
): Promise<void> {
  if (value === '') return
  await inside.run('INSERT INTO instances_config (instance_id, key, value) VALUES (?, ?, ?)', [
    id,
    key,
    value,
  ])
}

export async function idOf(inside: Statements, ref: InstanceRef): Promise<number> {
  const [row] = await inside.query(
    'SELECT instances.id FROM instances JOIN projects ON projects.id = instances.project_id WHERE projects.name = ? AND instances.name = ?',
    [ref.project, ref.name],
  )
  if (row) return Number(row.id)
  throw notFound(ref)
}

function notFound(ref: InstanceRef): LxworksError {
  return new LxworksError(
    `Instance not found: there is no instance ${ref.name} in project ${ref.project}; list them to see what there is`,
    { kind: 'notFound', code: 'INSTANCE_NOT_FOUND', context: { ...ref } },
  )
}

function numberOf(numbers: Readonly<Record<string, number>>, word: string): number {
  return numbers[word] ?? 0
}
