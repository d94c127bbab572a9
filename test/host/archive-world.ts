import { execFile } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  type Helper,
  type IdMap,
  startHelper,
  type UnpackReport,
  type UnpackRequest,
} from '../../bindings/helper/index.ts'

const run = promisify(execFile)

/** More than any tree of these tests needs. */
export const LIMITS = { bytes: 2 ** 32, entries: 100_000, timeMs: 120_000 }

/** A helper, and a directory for archives and trees. */
export interface ArchiveWorld {
  readonly helper: Helper
  readonly scratch: string
  /** A new directory. */
  made(name: string): Promise<string>
  /** A new file. */
  archive(name: string, content: Buffer): Promise<string>
  pack(from: string, to: string, idmap?: IdMap): Promise<void>
  /** Unpacks into a new directory. */
  unpack(
    archive: string,
    name: string,
    more?: Partial<UnpackRequest>,
  ): Promise<{ readonly target: string; readonly report: UnpackReport }>
  close(): Promise<void>
}

export async function openArchiveWorld(): Promise<ArchiveWorld> {
  const helper = await startHelper()
  const scratch = await mkdtemp(join(tmpdir(), 'lxworks-archive-'))
  const made = async (name: string): Promise<string> => {
    const path = join(scratch, name)
    await mkdir(path)
    return path
  }
  return {
    ...{ helper, scratch, made },
    archive: async (name, content) => {
      const path = join(scratch, `${name.replaceAll(/\W/g, '-')}.made.tar`)
      await writeFile(path, content)
      return path
    },
    pack: async (from, to, idmap) => {
      const outFd = openSync(to, 'w')
      try {
        await helper.pack({ source: from, outFd, ...(idmap && { idmap }) })
      } finally {
        closeSync(outFd)
      }
    },
    unpack: async (archive, name, more = {}) => {
      const target = await made(name)
      const report = await helper.unpack({ archive, target, limits: LIMITS, ...more })
      return { target, report }
    },
    close: async () => {
      await helper.close()
      await rm(scratch, { recursive: true, force: true })
    },
  }
}

export function mapTo(hostId: number): IdMap {
  return (['uid', 'gid'] as const).map((kind) => ({ kind, nsId: 0, hostId, count: 65_536 }))
}

/** What `compressor -c` makes of a file, as a file beside it. */
export async function compressed(
  path: string,
  [program, ...words]: readonly [string, ...string[]],
): Promise<string> {
  const options = { encoding: 'buffer', maxBuffer: 2 ** 30 } as const
  const { stdout } = await run(program, [...words, '-c', path], options)
  await writeFile(`${path}.${program}`, stdout)
  return `${path}.${program}`
}

/** A compressed tar of one file of so many MiB of nothing. */
export async function zeros(world: ArchiveWorld, name: string, mebibytes: number): Promise<string> {
  const from = await world.made(`${name}-zeros`)
  const plain = join(world.scratch, `${name}.tar`)
  await run('truncate', ['-s', `${mebibytes}M`, join(from, 'zeros')])
  await run('tar', ['-C', from, '-cf', plain, 'zeros'])
  const archive = await compressed(plain, ['zstd', '-1', '-q'])
  await rm(plain)
  return archive
}

/** Directories in one another, by a program that goes along: the last of many has no name that a path could hold. */
export async function deepTree(root: string, levels: number): Promise<string> {
  const program = [
    'import os, sys',
    'os.chdir(sys.argv[1])',
    'for _ in range(int(sys.argv[2])):',
    "    os.mkdir('d'); os.chdir('d')",
  ]
  await run('python3', ['-c', program.join('\n'), root, String(levels)])
  return join(root, ...Array.from({ length: levels }, () => 'd'))
}

/** Processes that were started with this word among their arguments. */
export async function processesWith(word: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').includes(word)
    } catch {
      return false
    }
  })
}
