import { mkdtempSync, readFileSync, writeSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PackRequest } from '../../../bindings/helper/native.ts'
import { EventBus, type HostEvent } from '../../../lib/core/events.ts'
import { HostFiles } from '../../../lib/core/host/files.ts'
import { KeyedLocks } from '../../../lib/core/locks.ts'
import { createImages, type ImagesRoom } from '../../../lib/images/index.ts'
import type { Archives } from '../../../lib/images/inspect.ts'
import type { ImageSource } from '../../../lib/images/sources/contract.ts'
import type { Database } from '../../../lib/state/contract.ts'
import { createJournal } from '../../../lib/state/journal.ts'
import { openDatabase } from '../../../lib/state/open.ts'

/** The room alone on a directory of its own, with a reader of archives that knows only the files of `imageFile`. */
export interface ImagesWorld extends AsyncDisposable {
  readonly images: ImagesRoom
  readonly database: Database
  readonly directory: string
  readonly events: readonly HostEvent[]
  /** Reading an archive waits for this, once it is set. */
  hold: Promise<void> | undefined
  /** A file outside of the store. */
  file(name: string, content: Buffer | string): Promise<string>
  /** An image file with some properties of its own. */
  image(name: string, properties?: Readonly<Record<string, string>>): Promise<string>
  project(name: string, ownImages: boolean): Promise<void>
  /** Everything that an import may change. */
  state(): Promise<unknown>
}

export async function imagesWorld(
  sources: readonly ImageSource[] = [],
  settings: Readonly<Record<string, string>> = {},
): Promise<ImagesWorld> {
  const root = mkdtempSync(join(tmpdir(), 'lxworks-images-'))
  const [directory, outside] = [join(root, 'images'), join(root, 'outside')]
  for (const made of [directory, outside]) await mkdir(made)
  const database = await openDatabase({ kind: 'memory' })
  const bus = new EventBus()
  const events: HostEvent[] = []
  bus.subscribe((event) => events.push(event))
  const archives: Archives = {
    readMembers: async () => new Map(),
    pack: async (request, options = {}) => {
      await world.hold
      options.signal?.throwIfAborted()
      await packNames(request)
    },
    inspect: async ({ archive, members: [name], tops }, { signal } = {}) => {
      await world.hold
      signal?.throwIfAborted()
      const [text = ''] = (await readFile(archive, 'utf8')).slice(HEAD.length).split('\0')
      const found = tops.map((top) => [top, { type: 'directory', sizeBytes: 0 }] as const)
      return {
        ...{ entries: 1, bytes: text.length, top: new Map(found) },
        members: new Map(name === undefined ? [] : [[name, Buffer.from(text)]]),
      }
    },
  }
  const images = createImages({
    ...{ database, archives, directory, events: bus },
    journal: createJournal(database),
    locks: new KeyedLocks(),
    files: new HostFiles(),
    world: { architecture: 'x86_64', sources, settings: { value: async (key) => settings[key] } },
  })
  const file = async (name: string, content: Buffer | string): Promise<string> => {
    await writeFile(join(outside, name), content)
    return join(outside, name)
  }
  const world: ImagesWorld = {
    ...{ images, database, directory, events, file, hold: undefined },
    image: (name, properties = {}) => file(name, imageFile(properties)),
    project: async (name, ownImages) => {
      const { lastId } = await database.run('INSERT INTO projects (name) VALUES (?)', [name])
      const config = 'INSERT INTO projects_config (project_id, key, value) VALUES (?, ?, ?)'
      await database.run(config, [lastId, 'features.images', String(ownImages)])
    },
    state: async () => ({
      files: (await readdir(directory)).sort(),
      rows: await Promise.all(
        ['images', 'images_properties', 'images_aliases', 'images_profiles'].map((table) =>
          database.query(`SELECT * FROM ${table}`),
        ),
      ),
      journal: await database.query('SELECT * FROM lxworks_journal'),
    }),
    [Symbol.asyncDispose]: async () => {
      await database.close()
      await rm(root, { recursive: true, force: true })
    },
  }
  return world
}

/** The first block of a tar, as far as its magic goes. */
const HEAD = Buffer.alloc(512)
HEAD.write('ustar', 257)

export function imageFile(properties: Readonly<Record<string, string>>, architecture = 'x86_64') {
  const metadata = { architecture, creation_date: 1_700_000_000, properties }
  return Buffer.concat([HEAD, Buffer.from(JSON.stringify(metadata))])
}

/** What the image says of itself, and the names in the directory. */
async function packNames({ source, outFd, metadataFd }: PackRequest): Promise<void> {
  const text = metadataFd === undefined ? '' : readFileSync(metadataFd, 'utf8')
  const names = (await readdir(source, { recursive: true })).sort()
  writeSync(outFd, Buffer.concat([HEAD, Buffer.from(`${text}\0${names}`)]))
}
