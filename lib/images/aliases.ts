import { isLxworksError, LxworksError } from '../core/errors.ts'
import type { EventSink } from '../core/events.ts'
import type { LifecycleVerbs } from '../core/lifecycle.ts'
import { projectUrl } from '../core/project-url.ts'
import {
  type Database,
  INSTANCE_TYPES,
  type Row,
  type SqlValue,
  wordOf,
} from '../state/contract.ts'
import type { ImageAlias, ImageAliases } from './contract.ts'
import type { ImageRecords } from './records.ts'
import { aliasExists, aliasNotFound, imageNotFound } from './refusals.ts'

export interface AliasDeps {
  readonly database: Database
  readonly records: ImageRecords
  readonly events: EventSink
}

const OF_PROJECT = 'project_id = (SELECT id FROM projects WHERE name = ?)'

const LIST = `SELECT a.name, a.description, i.fingerprint, i.type FROM images_aliases a
  JOIN images i ON i.id = a.image_id JOIN projects p ON p.id = a.project_id WHERE p.name = ?`

/** The names that images go by. */
export class AliasRecords implements ImageAliases {
  readonly #deps: AliasDeps

  constructor(deps: AliasDeps) {
    this.#deps = deps
  }

  async list(project: string): Promise<readonly ImageAlias[]> {
    const home = await this.#deps.records.home(project)
    return (await this.#deps.database.query(`${LIST} ORDER BY a.name`, [home])).map(alias)
  }

  async get(project: string, name: string): Promise<ImageAlias> {
    return this.#find(await this.#deps.records.home(project), name)
  }

  async create(
    project: string,
    { name, target, description = '' }: Parameters<ImageAliases['create']>[1],
  ): Promise<void> {
    checkAlias(name)
    const home = await this.#deps.records.home(project)
    const image = await this.#imageId(home, target)
    await this.#unique(
      name,
      'INSERT INTO images_aliases (name, image_id, description, project_id) VALUES (?, ?, ?, (SELECT id FROM projects WHERE name = ?))',
      [name, image, description, home],
    )
    this.#tell('created', name, { project, target })
  }

  async update(
    project: string,
    name: string,
    change: Parameters<ImageAliases['update']>[2],
  ): Promise<void> {
    const home = await this.#deps.records.home(project)
    const next = { ...(await this.#find(home, name)), ...change }
    const image = await this.#imageId(home, next.target)
    await this.#deps.database.run(
      `UPDATE images_aliases SET image_id = ?, description = ? WHERE name = ? AND ${OF_PROJECT}`,
      [image, next.description, name, home],
    )
    this.#tell('updated', name, { project, target: next.target })
  }

  async rename(project: string, name: string, to: string): Promise<void> {
    checkAlias(to)
    const home = await this.#deps.records.home(project)
    await this.#find(home, name)
    await this.#unique(to, `UPDATE images_aliases SET name = ? WHERE name = ? AND ${OF_PROJECT}`, [
      to,
      name,
      home,
    ])
    this.#tell('renamed', to, { project, old_name: name })
  }

  async delete(project: string, name: string): Promise<void> {
    const home = await this.#deps.records.home(project)
    await this.#find(home, name)
    await this.#deps.database.run(`DELETE FROM images_aliases WHERE name = ? AND ${OF_PROJECT}`, [
      name,
      home,
    ])
    this.#tell('deleted', name, { project })
  }

  async #find(home: string, name: string): Promise<ImageAlias> {
    const [row] = await this.#deps.database.query(`${LIST} AND a.name = ?`, [home, name])
    if (row) return alias(row)
    throw aliasNotFound(name)
  }

  async #imageId(home: string, fingerprint: string): Promise<number> {
    const [row] = await this.#deps.database.query(
      `SELECT id FROM images WHERE fingerprint = ? AND ${OF_PROJECT}`,
      [fingerprint, home],
    )
    if (row) return Number(row.id)
    throw imageNotFound(fingerprint, home)
  }

  async #unique(name: string, sql: string, params: readonly SqlValue[]): Promise<void> {
    try {
      await this.#deps.database.run(sql, params)
    } catch (error) {
      throw isLxworksError(error) && error.kind === 'exists' ? aliasExists(name) : error
    }
  }

  #tell(
    verb: LifecycleVerbs['image-alias'],
    name: string,
    {
      project,
      ...context
    }: { readonly project: string; readonly target?: string; readonly old_name?: string },
  ): void {
    const source = projectUrl(`/1.0/images/aliases/${encodeURIComponent(name)}`, project)
    this.#deps.events.lifecycle({ action: `image-alias-${verb}`, project, source, context })
  }
}

/** Aliases may hold slashes (`debian/12`), and nothing that breaks a line or a listing. */
export function checkAlias(name: string): void {
  if (name !== '' && name.length <= 255 && !/[\p{Cc}\u2028\u2029]/u.test(name)) return
  throw new LxworksError(
    `Invalid alias ${JSON.stringify(name.slice(0, 80))}: it must be one line of 1 to 255 characters`,
    {
      kind: 'invalid',
      code: 'IMAGE_BAD_ALIAS',
    },
  )
}

function alias(row: Row): ImageAlias {
  return {
    name: String(row.name),
    description: String(row.description ?? ''),
    target: String(row.fingerprint),
    type: wordOf(INSTANCE_TYPES, row.type) ?? 'container',
  }
}
