import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { Caller } from './route.ts'

/** Reads who is at the other end of a unix socket. */
export type PeerReader = (socket: Socket) => { readonly uid: number } | undefined

/** Over a unix socket everybody who may connect is trusted; the user id tells them apart. */
export function callerOf(socket: Socket, read: PeerReader): Caller {
  const uid = read(socket)?.uid
  return {
    username: uid === undefined ? '' : userName(uid),
    protocol: 'unix',
    address: '@',
    identity: `unix:${uid ?? ''}`,
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
