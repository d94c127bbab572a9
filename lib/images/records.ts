import type { RawConfig } from '../core/config.ts'
import type { Uphold } from '../projects/contract.ts'
import {
  ARCHITECTURES,
  type Database,
  INSTANCE_TYPES,
  listColumn,
  listFrom,
  projectHome,
  type Row,
  type Statements,
  wordOf,
} from '../state/contract.ts'
import type { ImageChange, ImageRecord } from './contract.ts'
import { fromThere, insertOrigin, numberOf, ORIGIN_COLUMNS, originOf } from './origins.ts'
import { noSuchProfile } from './refusals.ts'
import type { ImageOrigin } from './sources/contract.ts'

export type NewImage = Omit<ImageRecord, 'lastUsedAt' | 'profiles'> & {
  readonly profiles: readonly string[]
}

const OF_PROJECT = 'project_id = (SELECT id FROM projects WHERE name = ?)'

/** The tables of images. Every list is one query. */
export class ImageRecords {
  readonly #database: Database
  readonly #uphold: Uphold | undefined

  constructor(database: Database, uphold?: Uphold) {
    this.#database = database
    this.#uphold = uphold
  }

  /** Where a project keeps its images: itself, or `default` when it shares them. */
  home(project: string): Promise<string> {
    return projectHome(this.#database, project, 'images')
  }

  async fingerprints(): Promise<ReadonlySet<string>> {
    const rows = await this.#database.query('SELECT DISTINCT fingerprint FROM images')
    return new Set(rows.map(({ fingerprint }) => String(fingerprint)))
  }

  list(project: string): Promise<readonly ImageRecord[]> {
    return this.#read('projects.name = ?', [project])
  }

  /** Those whose fingerprint begins so; compared, not matched, so that no character is special. */
  beginning(project: string, prefix: string): Promise<readonly ImageRecord[]> {
    return this.#read('projects.name = ? AND substr(images.fingerprint, 1, ?) = ?', [
      project,
      prefix.length,
      prefix,
    ])
  }

  /** Images of a project that came from there, the newest first. */
  async from(
    project: string,
    architecture: string,
    origin: ImageOrigin,
  ): Promise<readonly ImageRecord[]> {
    const found = await this.#read(...fromThere(project, architecture, origin))
    return found.toSorted((a, b) => Number(b.createdAt ?? 0) - Number(a.createdAt ?? 0))
  }

  /** Of all projects. */
  all(): Promise<readonly ImageRecord[]> {
    return this.#read('1 = 1', [])
  }

  /** A newer image gets the names of an old one, and what is noted of its use. */
  async succeed(old: ImageRecord, newer: ImageRecord): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const [from, to] = [await idOf(inside, old), await idOf(inside, newer)]
      await inside.run('UPDATE images_aliases SET image_id = ? WHERE image_id = ?', [to, from])
      await inside.run('UPDATE images SET last_use_date = ?, cached = ? WHERE id = ?', [
        date(old.lastUsedAt),
        flag(old.cached && newer.cached),
        to,
      ])
    })
  }

  /** Kind `invalid` for a name that is none of a profile. */
  async checkProfiles(project: string, names: readonly string[]): Promise<void> {
    for (const name of new Set(names)) {
      if ((await profileId(this.#database, project, name)) === undefined)
        throw noSuchProfile(name, project)
    }
  }

  async insert(image: NewImage): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const { lastId } = await inside.run(
        `INSERT INTO images (fingerprint, filename, size, public, architecture, creation_date, expiry_date, upload_date, cached, auto_update, type, project_id)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT id FROM projects WHERE name = ?))`,
        [
          image.fingerprint,
          image.filename,
          image.sizeBytes,
          flag(image.public),
          numberOf(image.architecture),
          date(image.createdAt),
          date(image.expiresAt),
          date(image.uploadedAt),
          flag(image.cached),
          flag(image.autoUpdate),
          INSTANCE_TYPES[image.type],
          image.project,
        ],
      )
      await inside.run('INSERT INTO images_nodes (image_id, node_id) VALUES (?, 1)', [lastId])
      if (image.origin) await insertOrigin(inside, lastId, image.origin)
      await insertProperties(inside, lastId, image.properties)
      await insertProfiles(inside, lastId, image)
      for (const { name, description } of image.aliases) {
        await inside.run(
          `INSERT INTO images_aliases (name, image_id, description, project_id) VALUES (?, ?, ?, (SELECT id FROM projects WHERE name = ?))`,
          [name, lastId, description, image.project],
        )
      }
      await this.#uphold?.(inside, image.project)
    })
  }

  async change(image: ImageRecord, change: ImageChange): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const id = await idOf(inside, image)
      const next = { ...image, ...change }
      await inside.run(
        'UPDATE images SET public = ?, auto_update = ?, cached = ?, expiry_date = ? WHERE id = ?',
        [flag(next.public), flag(next.autoUpdate), flag(next.cached), date(next.expiresAt), id],
      )
      if (change.properties) {
        await inside.run('DELETE FROM images_properties WHERE image_id = ?', [id])
        await insertProperties(inside, id, change.properties)
      }
      if (change.profiles !== undefined) {
        await inside.run('DELETE FROM images_profiles WHERE image_id = ?', [id])
        await insertProfiles(inside, id, {
          project: image.project,
          profiles: change.profiles ?? ['default'],
        })
      }
    })
  }

  async remove(project: string, fingerprint: string): Promise<void> {
    await this.#database.run(`DELETE FROM images WHERE fingerprint = ? AND ${OF_PROJECT}`, [
      fingerprint,
      project,
    ])
  }

  async used(project: string, fingerprint: string, at: Date): Promise<void> {
    await this.#database.run(
      `UPDATE images SET last_use_date = ? WHERE fingerprint = ? AND ${OF_PROJECT}`,
      [date(at), fingerprint, project],
    )
  }

  /** How many projects hold the image. */
  async holders(fingerprint: string): Promise<number> {
    const [row] = await this.#database.query(
      'SELECT count(*) AS holders FROM images WHERE fingerprint = ?',
      [fingerprint],
    )
    return Number(row?.holders ?? 0)
  }

  async #read(
    where: string,
    params: readonly (string | number)[],
  ): Promise<readonly ImageRecord[]> {
    const rows = await this.#database.query(
      `SELECT images.*, projects.name AS project, ${PARTS} FROM images
         JOIN projects ON projects.id = images.project_id
         LEFT JOIN images_source s ON s.image_id = images.id
        WHERE ${where} ORDER BY images.fingerprint`,
      params,
    )
    return rows.map(record)
  }
}

const PARTS = [
  ORIGIN_COLUMNS,
  listColumn('properties', {
    columns: ['key', 'value'],
    from: 'images_properties WHERE image_id = images.id ORDER BY key',
  }),
  listColumn('aliases', {
    columns: ['name', 'description'],
    from: 'images_aliases WHERE image_id = images.id ORDER BY name',
  }),
  listColumn('profiles', {
    columns: ['profiles.name'],
    from: `images_profiles JOIN profiles ON profiles.id = profile_id
      WHERE image_id = images.id ORDER BY profile_id`,
  }),
].join(', ')

function record(row: Row): ImageRecord {
  return Object.freeze({
    fingerprint: String(row.fingerprint),
    project: String(row.project),
    type: wordOf(INSTANCE_TYPES, row.type) ?? 'container',
    architecture: wordOf(ARCHITECTURES, row.architecture) ?? '',
    filename: String(row.filename),
    sizeBytes: Number(row.size),
    public: row.public === 1,
    autoUpdate: row.auto_update === 1,
    cached: row.cached === 1,
    properties: Object.fromEntries(
      listFrom(row, 'properties').map(([key, value]) => [String(key), String(value ?? '')]),
    ),
    profiles: listFrom(row, 'profiles').map(([name]) => String(name)),
    aliases: listFrom(row, 'aliases').map(([name, description]) => ({
      name: String(name),
      description: String(description ?? ''),
    })),
    createdAt: when(row.creation_date),
    expiresAt: when(row.expiry_date),
    lastUsedAt: when(row.last_use_date),
    uploadedAt: when(row.upload_date) ?? new Date(0),
    origin: originOf(row),
  })
}

async function insertProperties(
  inside: Statements,
  id: number,
  properties: RawConfig,
): Promise<void> {
  for (const [key, value] of Object.entries(properties)) {
    if (value === '') continue
    await inside.run(
      'INSERT INTO images_properties (image_id, type, key, value) VALUES (?, 0, ?, ?)',
      [id, key, value],
    )
  }
}

async function insertProfiles(
  inside: Statements,
  id: number,
  { project, profiles }: { readonly project: string; readonly profiles: readonly string[] },
): Promise<void> {
  for (const name of new Set(profiles)) {
    const profile = await profileId(inside, project, name)
    if (profile === undefined) throw noSuchProfile(name, project)
    await inside.run('INSERT INTO images_profiles (image_id, profile_id) VALUES (?, ?)', [
      id,
      profile,
    ])
  }
}

async function profileId(
  inside: Pick<Statements, 'query'>,
  project: string,
  name: string,
): Promise<number | undefined> {
  const [row] = await inside.query(
    `SELECT profiles.id FROM profiles JOIN projects ON projects.id = profiles.project_id
      WHERE profiles.name = ? AND projects.name IN (?, 'default') ORDER BY projects.name = ? DESC LIMIT 1`,
    [name, project, project],
  )
  return row ? Number(row.id) : undefined
}

async function idOf(inside: Statements, { project, fingerprint }: ImageRecord): Promise<number> {
  const [row] = await inside.query(
    `SELECT id FROM images WHERE fingerprint = ? AND ${OF_PROJECT}`,
    [fingerprint, project],
  )
  return Number(row?.id ?? 0)
}

function flag(value: boolean): number {
  return value ? 1 : 0
}

function date(value: Date | undefined): string | null {
  return value === undefined ? null : value.toISOString()
}

function when(value: unknown): Date | undefined {
  return typeof value === 'string' && value !== '' ? new Date(value) : undefined
}
