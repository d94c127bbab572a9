import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A request that asks for what cannot be, and what comes of it. */
export interface WrongRequest {
  readonly line: string
  readonly method: string
  readonly path: string
  readonly type: string
  readonly body: string
  readonly status: number
  readonly says: RegExp
}

const NEW = { name: 'w1', source: { type: 'image', alias: 'busybox' } }

/** The requests of `wrong-requests.txt`, by what is wrong with them. */
export function wrongRequests(): readonly (readonly [string, readonly WrongRequest[]])[] {
  const text = readFileSync(join(import.meta.dirname, 'wrong-requests.txt'), 'utf8')
  const [, ...groups] = text.split(/^## /m)
  return groups.map((group) => {
    const [title = '', ...lines] = group.trimEnd().split('\n')
    const requests = lines.flatMap((line, at) =>
      line.startsWith('  ') ? [parsed(lines[at - 1] ?? '', line)] : [],
    )
    if (requests.length * 2 !== lines.length) throw new Error(`${title}: a line has no answer`)
    return [title, requests]
  })
}

function parsed(line: string, answer: string): WrongRequest {
  const { status = '', words = '' } =
    /^ {2}(?<status>\d{3}) (?<words>.+)$/.exec(answer)?.groups ?? {}
  const says = words.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return {
    ...{ line, ...request(line) },
    ...{ status: Number(status), says: new RegExp(`^${says.join('.*')}$`, 's') },
  }
}

function request(line: string): Pick<WrongRequest, 'method' | 'path' | 'type' | 'body'> {
  const [method = '', ...rest] = line.split(' ')
  if (method === 'NEW') {
    const body = JSON.stringify({ ...NEW, ...JSON.parse(rest.join(' ')) })
    return { method: 'POST', path: '/1.0/instances', type: 'application/json', body }
  }
  const [path = '', ...words] = rest
  const { type, text = '' } =
    /^\[(?<type>[\w/-]+)\] ?(?<text>.*)$/.exec(words.join(' '))?.groups ?? {}
  return type === undefined
    ? { method, path, type: 'application/json', body: words.join(' ') }
    : { method, path, type, body: text }
}
