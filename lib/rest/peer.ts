import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { Caller } from './route.ts'

/** Reads who is at the other end of a unix socket. */
export type PeerReader = (socket: Socket) => { readonly uid: number } | undefined

/** Names are read again after this: users come and go. */
const REMEMBERED_MS = 60_000

/** Over a unix socket everybody who may connect is trusted; the user id tells them apart. */
export function unixCallers(read: PeerReader): (socket: Socket) => Caller {
  const known = new Map<number, { readonly name: string; readonly at: number }>()
  const nameOf = (uid: number): string => {
    const entry = known.get(uid)
    if (entry && Date.now() - entry.at < REMEMBERED_MS) return entry.name
    const name = userName(uid)
    known.set(uid, { name, at: Date.now() })
    return name
  }
  return (socket) => {
    const uid = read(socket)?.uid
    return {
      username: uid === undefined ? '' : nameOf(uid),
      protocol: 'unix',
      trust: { trust: 'local' },
      address: '@',
      identity: `unix:${uid ?? ''}`,
    }
  }
}

function userName(uid: number): string {
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.split(':')[2] === String(uid))
    return line?.split(':')[0] ?? `uid=${uid}`
  } catch {
    return `uid=${uid}`
  }
}
