import { createHash } from 'node:crypto'
import { constants, fstatSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Socket } from 'node:net'
import { basename, dirname } from 'node:path'
import type { LinuxNative } from '../linux/native.ts'
import { type Line, LineReader } from './archive-lines.ts'
import type {
  ExecProcess,
  Helper,
  HelperOptions,
  IdMap,
  InspectedTop,
  InspectReport,
  InspectRequest,
  MembersRequest,
  PackRequest,
  ShiftMaps,
  UnpackOptions,
  UnpackReport,
  UnpackRequest,
} from './native.ts'

/** What the verbs on archives and trees work with: the programs are run by the helper. */
export interface ArchiveTools {
  readonly helper: Pick<Helper, 'run' | 'kill'>
  readonly linux: LinuxNative
  /** Absolute paths of the built `lxworks-archive` and `lxworks-tree`. */
  readonly programs: { readonly archive: string; readonly tree: string }
}

const { O_RDONLY, O_RDWR, O_CREAT, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants

export async function unpack(
  tools: ArchiveTools,
  request: UnpackRequest,
  { signal, progress }: UnpackOptions = {},
): Promise<UnpackReport> {
  const { bytes, entries, timeMs } = request.limits
  const words = [
    ...[`bytes=${bytes}`, `entries=${entries}`, `time-ms=${timeMs}`],
    ...(request.only ?? []).map((name) => `name=${name}`),
    ...(request.keepRoot ? ['root=keep'] : []),
    ...(request.harmlessDevicesOnly ? ['devices=harmless'] : []),
    ...(request.layer ? ['layer=yes'] : []),
    ...idWords('to', request.idmap),
  ]
  return withOpen([archiveFile(request.archive), directory(request.target)], async (fds) => {
    const totalBytes = progress ? fstatSync(fds[0] ?? -1).size : 0
    const answer = await run(
      tools,
      { verb: 'unpack', words, fds },
      {
        ...(signal && { signal }),
        ...(progress && { progress: (doneBytes: number) => progress(doneBytes, totalBytes) }),
      },
    )
    progress?.(totalBytes, totalBytes)
    const done = answer.done ?? {}
    return {
      entries: Number(done.entries ?? 0),
      bytes: Number(done.bytes ?? 0),
      skipped: strings(done.skipped),
    }
  })
}

export async function readMembers(
  tools: ArchiveTools,
  request: MembersRequest,
  options: HelperOptions = {},
): Promise<ReadonlyMap<string, Buffer>> {
  const words = [
    `bytes=${request.maxBytesEach}`,
    `time-ms=${request.timeMs}`,
    ...request.names.map((name) => `name=${name}`),
  ]
  return withOpen([archiveFile(request.archive)], async (fds) => {
    const { members } = await run(tools, { verb: 'read-members', words, fds }, options)
    return members
  })
}

export async function inspect(
  tools: ArchiveTools,
  { archive, members, heads, tops, maxBytesEach, limits }: InspectRequest,
  { signal, progress }: UnpackOptions = {},
): Promise<InspectReport> {
  const words = [
    ...[`bytes=${limits.bytes}`, `entries=${limits.entries}`, `time-ms=${limits.timeMs}`],
    `member-bytes=${maxBytesEach}`,
    ...members.map((name) => `name=${name}`),
    ...heads.map((name) => `head=${name}`),
    ...tops.map((name) => `top=${name}`),
  ]
  return withOpen([archiveFile(archive)], async (fds) => {
    const totalBytes = progress ? fstatSync(fds[0] ?? -1).size : 0
    const answer = await run(
      tools,
      { verb: 'inspect', words, fds },
      {
        ...(signal && { signal }),
        ...(progress && { progress: (doneBytes: number) => progress(doneBytes, totalBytes) }),
      },
    )
    const { entries, bytes, top } = answer.done ?? {}
    return {
      ...{ entries: Number(entries ?? 0), bytes: Number(bytes ?? 0) },
      ...{ top: new Map(topsOf(top)), members: answer.members },
    }
  })
}

function topsOf(told: unknown): readonly (readonly [string, InspectedTop])[] {
  const all = (told ?? []) as readonly (Pick<InspectedTop, 'type'> & {
    readonly name: string
    readonly size: number
  })[]
  return all.map(({ name, type, size }) => [name, { type, sizeBytes: size }])
}

export async function pack(
  tools: ArchiveTools,
  request: PackRequest,
  { signal, progress }: UnpackOptions = {},
): Promise<void> {
  const { metadataFd, only = [], compression, idmap } = request
  const names = only.map((name) => `name=${name}`)
  const metadata = metadataFd === undefined ? [] : ['metadata=yes']
  const words = [...idWords('from', idmap), ...names, ...metadata, ...compressionWords(compression)]
  await withOpen([directory(request.source)], async ([source = -1]) => {
    const fds = [request.outFd, source, ...(metadataFd === undefined ? [] : [metadataFd])]
    const told = progress && { progress: (doneBytes: number) => progress(doneBytes, 0) }
    await run(tools, { verb: 'pack', words, fds }, { ...(signal && { signal }), ...told })
  })
}

function compressionWords(compression: PackRequest['compression']): readonly string[] {
  const { algorithm = 'none', level } = compression ?? {}
  return algorithm === 'none' ? [] : [`compress=${[algorithm, level ?? []].flat().join(':')}`]
}

export async function removeTree(
  tools: ArchiveTools,
  path: string,
  options: HelperOptions = {},
): Promise<void> {
  try {
    await withOpen([directory(dirname(path))], async (fds) => {
      await run(tools, { verb: 'remove-tree', words: [`name=${basename(path)}`], fds }, options)
    })
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error
  }
}

export async function copyTree(
  tools: ArchiveTools,
  { source, target }: { readonly source: string; readonly target: string },
  options: HelperOptions = {},
): Promise<void> {
  const errand = { verb: 'copy-tree', words: [`name=${basename(target)}`] }
  const undo = (): Promise<void> => removeTree(tools, target)
  await withOpen([directory(source), directory(dirname(target))], async (fds) => {
    await run(tools, { ...errand, fds, undo }, options)
  })
}

export async function shiftTree(
  tools: ArchiveTools,
  { path, from, to, mark }: { readonly path: string } & ShiftMaps,
  options: HelperOptions = {},
): Promise<void> {
  const maps = [...idWords('from', from), ...idWords('to', to)]
  const marked = mark === undefined ? [] : [open(mark, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600)]
  const aim = createHash('sha256').update(maps.join(' ')).digest('hex')
  const words = mark === undefined ? maps : [...maps, `mark=${aim}`]
  await withOpen([directory(path), ...marked], async (fds) => {
    await run(tools, { verb: 'shift-tree', words, fds }, options)
  })
}

function idWords(key: 'from' | 'to', map: IdMap = []): readonly string[] {
  return map.map(
    ({ kind, nsId, hostId, count }) => `${key}=${kind.charAt(0)}:${nsId}:${hostId}:${count}`,
  )
}

function archiveFile(path: string): Promise<FileHandle> {
  return open(path, O_RDONLY | O_NONBLOCK)
}

function directory(path: string): Promise<FileHandle> {
  return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
}

async function withOpen<T>(
  opening: readonly Promise<FileHandle>[],
  work: (fds: readonly number[]) => Promise<T>,
): Promise<T> {
  const settled = await Promise.allSettled(opening)
  const handles = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  try {
    for (const one of settled) if (one.status === 'rejected') throw one.reason
    return await work(handles.map(({ fd }) => fd))
  } finally {
    await Promise.all(handles.map((handle) => handle.close()))
  }
}

interface Errand {
  readonly verb: string
  readonly words: readonly string[]
  readonly fds: readonly number[]
  /** Takes back what a program that was killed had made. One that fails by itself does so itself. */
  readonly undo?: () => Promise<void>
}

interface Answer {
  readonly done: Line['done']
  readonly members: ReadonlyMap<string, Buffer>
}

async function run(
  tools: ArchiveTools,
  { verb, words, fds, undo }: Errand,
  { signal, progress }: HelperOptions & { readonly progress?: (doneBytes: number) => void } = {},
): Promise<Answer> {
  signal?.throwIfAborted()
  // Without the signal: of a program that was killed before it was announced, nobody would know what it had made.
  const process = await tools.helper.run({
    argv: [programOf(verb, tools), verb, ...words],
    passFds: fds,
  })
  const kill = (): void =>
    void tools.helper.kill(process.pidfd, SIGKILL, 'tree').catch(() => undefined)
  if (signal?.aborted) kill()
  else signal?.addEventListener('abort', kill, { once: true })
  try {
    const reader = new LineReader(progress)
    const [, complaint, exit] = await Promise.all([
      drained(process.stdout, (chunk) => reader.feed(chunk)),
      text(process.stderr),
      process.exited,
    ])
    if (reader.made && !reader.failure && (signal?.aborted || !reader.done)) await undo?.()
    signal?.throwIfAborted()
    if (reader.failure) throw reader.failure
    if (reader.done) return { done: reader.done, members: reader.members }
    throw lost(exit, complaint)
  } finally {
    signal?.removeEventListener('abort', kill)
    if (process.stdin !== undefined) tools.linux.close(process.stdin)
    tools.linux.close(process.pidfd)
  }
}

function programOf(verb: string, { programs }: ArchiveTools): string {
  return verb.endsWith('-tree') ? programs.tree : programs.archive
}

const SIGKILL = 9
const EXIT_TIMEOUT = 124

function lost(exit: Awaited<ExecProcess['exited']>, complaint: string): Error {
  const code = exit.exitCode === EXIT_TIMEOUT ? 'ARCHIVE_TIMEOUT' : 'ARCHIVE_FAILED'
  const how = exit.signal === undefined ? `exit code ${exit.exitCode}` : `signal ${exit.signal}`
  return Object.assign(
    new Error(
      `the archive program ended without an answer (${how})${complaint && `: ${complaint.trim()}`}`,
    ),
    { code },
  )
}

async function drained(fd: number | undefined, take: (chunk: Buffer) => void): Promise<void> {
  if (fd === undefined) return
  const pipe = new Socket({ fd, readable: true, writable: false })
  for await (const chunk of pipe as AsyncIterable<Buffer>) take(chunk)
}

async function text(fd: number | undefined): Promise<string> {
  const chunks: Buffer[] = []
  await drained(fd, (chunk) => chunks.push(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code
}
