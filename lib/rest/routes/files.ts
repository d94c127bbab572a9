import type { IncomingMessage } from 'node:http'
import { basename } from 'node:path'
import type { Host } from '../../host/contract.ts'
import type { FileStat, InstanceFiles } from '../../instances/contract.ts'
import { bodyText } from '../body-text.ts'
import { success } from '../envelope.ts'
import { invalid } from '../failures.ts'
import { done, type Input, param, type Raw, type Route, raw, sync } from '../route.ts'
import { arriving } from '../slow-clients.ts'
import { ONE } from './instances.ts'

const PATH = `${ONE}/files`

export const fileRoutes: readonly Route[] = [
  raw({
    method: 'GET',
    path: PATH,
    run: async (host, input) => {
      const { files, path } = await place(host, input)
      return content(files, path, await files.stat(path))
    },
  }),
  raw({
    method: 'HEAD',
    path: PATH,
    run: async (host, input) => {
      const { files, path } = await place(host, input)
      const headers = { 'Content-Type': 'application/json', ...fileHeaders(await files.stat(path)) }
      return { answer: 'raw', headers, body: '' }
    },
  }),
  sync({
    method: 'POST',
    path: PATH,
    run: async (host, input) => {
      const { files, path } = await place(host, input)
      await store(files, path, input)
      return done
    },
  }),
  sync({
    method: 'DELETE',
    path: PATH,
    run: async (host, input) => {
      const { files, path } = await place(host, input)
      await files.remove(path)
      return done
    },
  }),
]

async function place(host: Host, input: Pick<Input, 'params' | 'query'>) {
  const path = input.query.get('path') ?? ''
  if (path === '') throw invalid('Missing path argument')
  const { files } = await host.instances.get(param(input, 'name'))
  return { files, path: path.startsWith('/') ? path : `/${path}` }
}

async function content(files: InstanceFiles, path: string, stat: FileStat): Promise<Raw> {
  const headers = fileHeaders(stat)
  if (stat.type === 'directory') {
    const entries = await files.list(path)
    return {
      answer: 'raw',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: `${JSON.stringify(success(entries.map(({ name }) => name)))}\n`,
    }
  }
  const named = {
    ...headers,
    'Content-Disposition': `inline;filename=${headerWord(basename(path))}`,
    'Last-Modified': new Date(stat.modifiedMs).toUTCString(),
  }
  if (stat.type === 'symlink') {
    return { answer: 'raw', headers: named, body: await files.readlink(path) }
  }
  return { answer: 'raw', headers: named, body: await files.readStream(path) }
}

function fileHeaders({ type, mode, uid, gid, modifiedMs }: FileStat) {
  const octal = (mode & 0o7777).toString(8).padStart(4, '0')
  return {
    'X-Lxd-Uid': String(uid),
    'X-Lxd-Gid': String(gid),
    'X-Lxd-Mode': octal,
    'X-Lxd-Type': type,
    'X-Lxd-Modified': goTime(new Date(modifiedMs)),
  }
}

/** As Go prints a time: `2026-11-25 05:14:40 +0000 UTC`. */
function goTime(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`
}

/** A file's name, chosen by the guest, must not end a header or begin another. */
function headerWord(name: string): string {
  return /^[\x21-\x7e]+$/.test(name) ? name : encodeURIComponent(name)
}

async function store(files: InstanceFiles, path: string, input: Input): Promise<void> {
  const { request, hangUp, front } = input
  const owner = {
    ...numberHeader(input, 'uid', 10),
    ...numberHeader(input, 'gid', 10),
  }
  const mode = numberHeader(input, 'mode', 8)
  switch (header(input, 'type') ?? 'file') {
    case 'file': {
      const append = writeMode(input) === 'append'
      const content = arriving(request, front.patience.idleMs)
      return files.write(path, content, { ...owner, ...mode, append, signal: hangUp() })
    }
    case 'directory':
      request.resume()
      return files.mkdir(path, { ...owner, ...mode })
    case 'symlink':
      return files.symlink(await linkTarget(request, front.patience.bodyMs), path, owner)
    default:
      throw invalid(`Bad file type: ${header(input, 'type')}`)
  }
}

function writeMode(input: Input): 'overwrite' | 'append' {
  const mode = header(input, 'write') ?? 'overwrite'
  if (mode === 'overwrite' || mode === 'append') return mode
  throw invalid(`Bad file write mode: ${mode}`)
}

function header({ request }: Input, name: string): string | undefined {
  const value = request.headers[`x-lxd-${name}`]
  return typeof value === 'string' && value !== '' ? value : undefined
}

function numberHeader<N extends 'uid' | 'gid' | 'mode'>(
  input: Input,
  name: N,
  radix: number,
): { readonly [K in N]?: number } {
  const value = header(input, name)
  if (value === undefined) return {}
  const digits = radix === 8 ? /^[0-7]{1,5}$/ : /^[0-9]{1,10}$/
  if (!digits.test(value)) throw invalid(`X-LXD-${name} is not a number of base ${radix}: ${value}`)
  return { [name]: Number.parseInt(value, radix) } as { readonly [K in N]?: number }
}

const MAX_TARGET_BYTES = 4_095

async function linkTarget(request: IncomingMessage, timeoutMs: number): Promise<string> {
  const target = await bodyText(request, timeoutMs)
  if (Buffer.byteLength(target) > MAX_TARGET_BYTES)
    throw invalid('the target of a link is at most 4095 bytes')
  return target
}
