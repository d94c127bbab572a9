import {
  type Database,
  groupRows,
  type Row,
  type SqlValue,
  type Statements,
} from '../state/contract.ts'
import type { CertificateRecord, CertificateType } from './trust.ts'

/** `certificates.type`; LXD's number 2 is for members of a cluster. */
const TYPES = { client: 1, metrics: 3 } as const

/** The tables `certificates` and `certificates_projects`. Every list is two queries. */
export class TrustRecords {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  list(): Promise<readonly CertificateRecord[]> {
    return this.#read('TRUE', [])
  }

  async find(fingerprint: string): Promise<CertificateRecord | undefined> {
    const [found] = await this.#read('fingerprint = ?', [fingerprint])
    return found
  }

  /** Those whose fingerprint begins so; compared letter by letter, as no pattern of SQL would. */
  beginning(prefix: string): Promise<readonly CertificateRecord[]> {
    return this.#read('substr(fingerprint, 1, ?) = ?', [prefix.length, prefix])
  }

  async insert(record: CertificateRecord): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const { lastId } = await inside.run(
        'INSERT INTO certificates (fingerprint, type, name, certificate, restricted) VALUES (?, ?, ?, ?, ?)',
        columns(record),
      )
      await insertProjects(inside, lastId, record.projects)
    })
  }

  async replace(fingerprint: string, next: CertificateRecord): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const [row] = await inside.query('SELECT id FROM certificates WHERE fingerprint = ?', [
        fingerprint,
      ])
      const id = Number(row?.id ?? 0)
      await inside.run(
        'UPDATE certificates SET fingerprint = ?, type = ?, name = ?, certificate = ?, restricted = ? WHERE id = ?',
        [...columns(next), id],
      )
      await inside.run('DELETE FROM certificates_projects WHERE certificate_id = ?', [id])
      await insertProjects(inside, id, next.projects)
    })
  }

  async remove(fingerprint: string): Promise<void> {
    await this.#database.run('DELETE FROM certificates WHERE fingerprint = ?', [fingerprint])
  }

  async #read(where: string, params: readonly SqlValue[]): Promise<readonly CertificateRecord[]> {
    const of = `FROM certificates WHERE type IN (${TYPES.client}, ${TYPES.metrics}) AND ${where}`
    const rows = await this.#database.query(
      `SELECT id, fingerprint, type, name, certificate, restricted ${of} ORDER BY name, fingerprint`,
      params,
    )
    if (rows.length === 0) return []
    const projects = await this.#database.query(
      `SELECT certificate_id, projects.name FROM certificates_projects
        JOIN projects ON projects.id = project_id
        WHERE certificate_id IN (SELECT id ${of}) ORDER BY projects.name`,
      params,
    )
    const byCertificate = groupRows(projects, 'certificate_id')
    return rows.map((row) => record(row, byCertificate.get(row.id) ?? []))
  }
}

function record(row: Row, projects: readonly Row[]): CertificateRecord {
  return Object.freeze({
    fingerprint: String(row.fingerprint),
    type: typeOf(row.type),
    name: String(row.name),
    restricted: row.restricted === 1,
    projects: projects.map(({ name }) => String(name)),
    certificate: String(row.certificate),
  })
}

function typeOf(number: SqlValue | undefined): CertificateType {
  return number === TYPES.metrics ? 'metrics' : 'client'
}

function columns(record: CertificateRecord): readonly SqlValue[] {
  const { fingerprint, type, name, certificate, restricted } = record
  return [fingerprint, TYPES[type], name, certificate, restricted ? 1 : 0]
}

async function insertProjects(
  inside: Statements,
  id: number,
  projects: readonly string[],
): Promise<void> {
  for (const project of new Set(projects)) {
    await inside.run(
      `INSERT INTO certificates_projects (certificate_id, project_id)
        SELECT ?, id FROM projects WHERE name = ?`,
      [id, project],
    )
  }
}
