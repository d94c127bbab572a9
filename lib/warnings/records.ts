import { WARNING_TYPES, type WarningEntity, type WarningSubject } from '../core/warnings.ts'
import { type Database, type Row, type Statements, wordOf } from '../state/contract.ts'
import type { WarningRecord, WarningStatus } from './contract.ts'

/** `warnings.status`. */
const STATUSES = { new: 1, acknowledged: 2, resolved: 3 } as const

/** LXD's numbers of what a warning can be about, and where each is recorded. */
const ENTITIES = {
  instance: { code: 5, table: 'instances', noun: 'instances' },
  network: { code: 8, table: 'networks', noun: 'networks' },
  'storage-pool': { code: 12, table: 'storage_pools', noun: 'storage-pools' },
} as const

/** This machine; all others would be members of a cluster. */
const NODE = 1
const UNSET = '0001-01-01T00:00:00Z'

const JOINS = Object.values(ENTITIES)
  .map(
    ({ code, table }) =>
      `LEFT JOIN ${table} ON warnings.entity_type_code = ${code} AND ${table}.id = warnings.entity_id`,
  )
  .join(' ')
const ENTITY = `COALESCE(${Object.values(ENTITIES)
  .map(({ table }) => `${table}.name`)
  .join(', ')})`

/** The table `warnings`. What is about something that is gone is not there for anybody. */
export class WarningRecords {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async list(): Promise<readonly WarningRecord[]> {
    const rows = await this.#database.query(
      `SELECT warnings.*, projects.name AS project, ${ENTITY} AS entity
        FROM warnings LEFT JOIN projects ON projects.id = warnings.project_id ${JOINS}
        WHERE warnings.entity_id IS NULL OR ${ENTITY} IS NOT NULL ORDER BY uuid`,
    )
    return rows.map(record)
  }

  /** Counts it up where it is known. Nothing is recorded about what does not exist. */
  async raise(
    subject: WarningSubject,
    { uuid, message, at }: { readonly uuid: string; readonly message: string; readonly at: Date },
  ): Promise<void> {
    const now = at.toISOString()
    await this.#database.transaction(async (inside) => {
      const entity = await entityRow(inside, subject.entity)
      if (entity === undefined) return
      const known = await idOf(inside, subject, entity)
      if (known !== undefined)
        return inside.run(
          `UPDATE warnings SET count = count + 1, last_message = ?, last_seen_date = ?, updated_date = ?,
            status = CASE status WHEN ${STATUSES.resolved} THEN ${STATUSES.new} ELSE status END WHERE id = ?`,
          [message, now, now, known],
        )
      await inside.run(
        `INSERT INTO warnings (node_id, project_id, entity_type_code, entity_id, uuid, type_code, status,
            first_seen_date, last_seen_date, updated_date, last_message, count)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
        [
          ...[NODE, entity.project, entity.code, entity.id, uuid],
          ...[WARNING_TYPES[subject.type].code, STATUSES.new, now, now, UNSET, message],
        ],
      )
    })
  }

  /** Writes nothing where nothing is to be resolved. */
  async resolve(subject: WarningSubject, at: Date): Promise<void> {
    const entity = await entityRow(this.#database, subject.entity)
    if (entity === undefined) return
    const id = await idOf(this.#database, subject, entity)
    if (id !== undefined)
      await this.#database.run(
        `UPDATE warnings SET status = ${STATUSES.resolved}, updated_date = ?
        WHERE id = ? AND status <> ${STATUSES.resolved}`,
        [at.toISOString(), id],
      )
  }

  /** False where there is no such warning. */
  async settle(uuid: string, status: WarningStatus, at: Date): Promise<boolean> {
    const { changes } = await this.#database.run(
      'UPDATE warnings SET status = ?, updated_date = ? WHERE uuid = ?',
      [STATUSES[status], at.toISOString(), uuid],
    )
    return changes > 0
  }

  /** False where there was no such warning. */
  async remove(uuid: string): Promise<boolean> {
    const { changes } = await this.#database.run('DELETE FROM warnings WHERE uuid = ?', [uuid])
    return changes > 0
  }

  /** Forgets what was resolved before a time, and what is about something that is gone. */
  async forget(before: Date): Promise<void> {
    const gone = Object.values(ENTITIES).map(
      ({ code, table }) =>
        `(entity_type_code = ${code} AND entity_id NOT IN (SELECT id FROM ${table}))`,
    )
    await this.#database.run(
      `DELETE FROM warnings WHERE (status = ${STATUSES.resolved} AND updated_date < ?) OR ${gone.join(' OR ')}`,
      [before.toISOString()],
    )
  }
}

interface EntityRow {
  readonly code: number | null
  readonly id: number | null
  readonly project: number | null
}

/** Undefined for what does not exist. */
async function entityRow(
  statements: Pick<Statements, 'query'>,
  entity: WarningEntity | undefined,
): Promise<EntityRow | undefined> {
  if (entity === undefined) return { code: null, id: null, project: null }
  const { code, table } = ENTITIES[entity.kind]
  const [row] =
    entity.kind === 'storage-pool'
      ? await statements.query(`SELECT id, NULL AS project FROM ${table} WHERE name = ?`, [
          entity.name,
        ])
      : await statements.query(
          `SELECT ${table}.id, projects.id AS project FROM ${table}
            JOIN projects ON projects.id = ${table}.project_id WHERE ${table}.name = ? AND projects.name = ?`,
          [entity.name, entity.project],
        )
  if (!row) return undefined
  return { code, id: Number(row.id), project: row.project === null ? null : Number(row.project) }
}

async function idOf(
  statements: Pick<Statements, 'query'>,
  { type }: WarningSubject,
  { code, id }: EntityRow,
): Promise<number | undefined> {
  const [row] = await statements.query(
    'SELECT id FROM warnings WHERE node_id = ? AND type_code = ? AND entity_type_code IS ? AND entity_id IS ?',
    [NODE, WARNING_TYPES[type].code, code, id],
  )
  return row === undefined ? undefined : Number(row.id)
}

function record(row: Row): WarningRecord {
  const type = Object.values(WARNING_TYPES).find(({ code }) => code === row.type_code)
  return Object.freeze({
    uuid: String(row.uuid),
    status: wordOf(STATUSES, row.status) ?? 'new',
    project: String(row.project ?? ''),
    type: type?.text ?? '',
    severity: type?.severity ?? 'low',
    count: Number(row.count),
    firstSeenAt: new Date(String(row.first_seen_date)),
    lastSeenAt: new Date(String(row.last_seen_date)),
    message: String(row.last_message),
    entityUrl: urlOf(row),
  })
}

function urlOf({ entity_type_code, entity, project }: Row): string {
  const kind = Object.values(ENTITIES).find(({ code }) => code === entity_type_code)
  if (kind === undefined) return ''
  const path = `/1.0/${kind.noun}/${encodeURIComponent(String(entity))}`
  const elsewhere = project !== null && project !== 'default'
  return elsewhere ? `${path}?project=${encodeURIComponent(String(project))}` : path
}
