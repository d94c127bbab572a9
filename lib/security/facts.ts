import { z } from 'zod'
import type { Files } from '../core/ports.ts'
import { boolean } from '../core/value-types.ts'
import type { Database, Row } from '../state/contract.ts'
import type { IdRange, SecurityFacts } from './contract.ts'
import { hostRange } from './subid.ts'

/** Where the room reads: files of the host, the records, and the environment. */
export interface FactSources {
  readonly files: Files
  readonly database: Database
  /** The process's environment: PATH and `LXD_UNPRIVILEGED_ONLY`. */
  readonly env: Readonly<Record<string, string | undefined>>
}

type Taken = SecurityFacts['taken']

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The kernel tells here what seccomp can do; without the file it can do nothing. */
const SECCOMP_ACTIONS = '/proc/sys/kernel/seccomp/actions_avail'

/** Reads what the host offers and what instances hold of it; no effects. */
export class FactReader {
  readonly #sources: FactSources
  /** Where something was found is looked at first the next time: every start asks. */
  readonly #places = new Map<string, string>()

  constructor(sources: FactSources) {
    this.#sources = sources
  }

  async read(): Promise<SecurityFacts> {
    const { files, env, database } = this.#sources
    const [subuid, subgid, newuidmap, newgidmap, seccomp, rows] = await Promise.all([
      files.read('/etc/subuid'),
      files.read('/etc/subgid'),
      this.#isInstalled('newuidmap'),
      this.#isInstalled('newgidmap'),
      files.exists(SECCOMP_ACTIONS),
      mapRows(database),
    ])
    const { range, missing, allowed } = hostRange({ subuid, subgid, newuidmap, newgidmap })
    return Object.freeze({
      range,
      ...(missing !== undefined && { rangeMissing: missing }),
      allowed,
      taken: rows.flatMap((row) => takenBy(row, range)),
      seccomp,
      unprivilegedOnly: boolean.safeParse(env.LXD_UNPRIVILEGED_ONLY ?? '').data === true,
    })
  }

  async #isInstalled(program: string): Promise<boolean> {
    const { files, env } = this.#sources
    const known = this.#places.get(program)
    if (known !== undefined && (await files.exists(known))) return true
    const directories = (env.PATH ?? DEFAULT_PATH).split(':').filter((path) => path !== '')
    const paths = directories.map((directory) => `${directory}/${program}`)
    const found = await Promise.all(paths.map((path) => files.exists(path)))
    const place = paths[found.indexOf(true)]
    if (place !== undefined) this.#places.set(program, place)
    return place !== undefined
  }
}

function mapRows(database: Database): Promise<readonly Row[]> {
  return database.query(
    `SELECT p.name AS project, i.name AS name, c.value AS value
     FROM instances_config c
     JOIN instances i ON i.id = c.instance_id
     JOIN projects p ON p.id = i.project_id
     WHERE c.key IN ('volatile.idmap.current', 'volatile.idmap.next') AND c.value NOT IN ('', '[]')`,
  )
}

const wireMap = z.array(z.object({ Hostid: z.number(), Nsid: z.number(), Maprange: z.number() }))

/** Host ids of a recorded map that are its own; a map that covers the whole range shares it with all others. */
function takenBy(row: Row, range: IdRange | undefined): Taken {
  const runs = wireMap.safeParse(parsed(String(row.value))).data ?? []
  const extent = Math.max(0, ...runs.map(({ Nsid, Maprange }) => Nsid + Maprange))
  const instance = row.project === 'default' ? row.name : `${row.project}_${row.name}`
  return runs
    .filter((run) => !(run.Hostid - run.Nsid === range?.base && extent >= range.count))
    .map((run) => ({ base: run.Hostid, count: run.Maprange, instance: String(instance) }))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
