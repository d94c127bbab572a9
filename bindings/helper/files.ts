import type { Call } from './connection.ts'
import type { FileReply, FileRequest, FileStat, FileType, HelperOptions, IdMap } from './native.ts'
import { type Answer, descriptor, failure, number } from './wire.ts'

export function filesCall(request: FileRequest, options: HelperOptions): Call {
  const given: Readonly<Record<string, unknown>> = { ...request }
  const optional = ['access', 'target', 'mode', 'uid', 'gid'].map((key) => String(given[key] ?? ''))
  const args = [request.op, request.path, ...optional, ...rootWords(request.root)]
  return { verb: 'files', args, signal: options.signal }
}

function rootWords(root: FileRequest['root']): readonly string[] {
  if ('pid' in root) return ['pid', String(root.pid)]
  return ['path', root.path, ...idmapWords(root.idmap ?? [])]
}

function idmapWords(idmap: IdMap): readonly string[] {
  return idmap.flatMap((range) => [
    range.kind,
    ...[range.nsId, range.hostId, range.count].map(String),
  ])
}

export function fileReply(request: FileRequest, answer: Answer): FileReply {
  const { fields } = answer
  switch (request.op) {
    case 'open':
      return { fd: descriptor(answer, 0), stat: fileStat(fields) }
    case 'stat':
      return { stat: fileStat(fields) }
    case 'list':
      return { entries: entries(fields) }
    case 'readlink':
      return { target: fields[0] ?? '' }
    case 'remove':
    case 'removeAll':
    case 'mkdir':
    case 'symlink':
    case 'setattr':
      return {}
  }
}

function fileStat(fields: readonly string[]): FileStat {
  return {
    type: fileType(fields[0]),
    mode: number(fields, 1),
    uid: number(fields, 2),
    gid: number(fields, 3),
    sizeBytes: number(fields, 4),
    modifiedMs: number(fields, 5) * 1000,
  }
}

function entries(fields: readonly string[]): NonNullable<FileReply['entries']> {
  const names = fields.filter((_, index) => index % 2 === 0)
  return names
    .map((name, index) => ({ name, type: fileType(fields[index * 2 + 1]) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

const TYPES = ['file', 'directory', 'symlink', 'fifo', 'socket', 'char', 'block'] as const

function fileType(text: string | undefined): FileType {
  const type = TYPES.find((known) => known === text)
  if (type === undefined) throw failure('EPROTO', `The helper sent an unknown file type: ${text}`)
  return type
}
