import { writeSync } from 'node:fs'
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type {
  InspectedTop,
  InspectReport,
  InspectRequest,
  MembersRequest,
  PackRequest,
  UnpackReport,
  UnpackRequest,
} from './native.ts'
import { failure } from './wire.ts'

/** Content by the names of its files, for each archive by its path. A name that ends in `/` is a directory. */
export type FakeArchives = ReadonlyMap<string, Readonly<Record<string, string>>>

/** Writes the canned entries below the target. Owners and limits play no part. */
export async function unpackCanned(
  archives: FakeArchives,
  request: UnpackRequest,
): Promise<UnpackReport> {
  const entries = Object.entries(content(archives, request.archive)).filter(([name]) =>
    chosen(name, request.only),
  )
  for (const [name, text] of entries) await place(join(request.target, name), text)
  const bytes = entries.reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0)
  return { entries: entries.length, bytes, skipped: [] }
}

export function cannedMembers(
  archives: FakeArchives,
  request: MembersRequest,
): ReadonlyMap<string, Buffer> {
  const entries = content(archives, request.archive)
  const present = request.names.flatMap((name) => {
    const text = entries[name]
    return text === undefined ? [] : [[name, Buffer.from(text)] as const]
  })
  return new Map(present)
}

export function inspectCanned(archives: FakeArchives, request: InspectRequest): InspectReport {
  const entries = Object.entries(content(archives, request.archive))
  const read = [...request.members, ...request.heads]
  const members = entries.filter(([name]) => read.includes(name))
  const tops = entries.map(([name, text]): [string, InspectedTop] => [
    name.split('/')[0] ?? '',
    name.includes('/')
      ? { type: 'directory', sizeBytes: 0 }
      : { type: 'file', sizeBytes: Buffer.byteLength(text) },
  ])
  return {
    entries: entries.length,
    bytes: entries.reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0),
    top: new Map(tops.filter(([name]) => [...read, ...request.tops].includes(name))),
    members: new Map(members.map(([name, text]) => [name, Buffer.from(text)])),
  }
}

/** Instead of a tar: the names in the directory, a line each. */
export async function packNames(request: PackRequest): Promise<void> {
  const names = (await readdir(request.source, { recursive: true })).sort()
  writeSync(request.outFd, `${names.join('\n')}\n`)
}

export async function removeReal(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true })
}

export async function copyReal(source: string, target: string): Promise<void> {
  await cp(source, target, {
    recursive: true,
    errorOnExist: true,
    force: false,
    verbatimSymlinks: true,
  })
}

function content(archives: FakeArchives, path: string): Readonly<Record<string, string>> {
  const entries = archives.get(path)
  if (entries === undefined)
    throw failure('ARCHIVE_FORMAT', `The fake helper knows no archive ${path}`)
  return entries
}

function chosen(name: string, only: readonly string[] | undefined): boolean {
  return only === undefined || only.includes(name.split('/')[0] ?? '')
}

async function place(path: string, text: string): Promise<void> {
  if (path.endsWith('/')) {
    await mkdir(path, { recursive: true })
    return
  }
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
