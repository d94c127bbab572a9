import { chmod, chown, unlink } from 'node:fs/promises'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import { errorCode, LxworksError } from '../core/errors.ts'

/** Who may connect beside the owner of the socket. */
export interface SocketAccess {
  /** Members of this group may connect too. @default none */
  readonly gid?: number
}

const SOCKET_MODE = 0o660

/** Listens on a unix socket that only its owner, and the group when there is one, can connect to. */
export async function listenOnSocket(
  server: Server,
  path: string,
  { gid }: SocketAccess = {},
): Promise<void> {
  await removeStale(path)
  // The socket must never be open to others, not even between bind and chmod.
  const before = process.umask(0o177)
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => resolve())
  })
  process.umask(before)
  await listening
  if (gid !== undefined) await chown(path, process.getuid?.() ?? 0, gid)
  await chmod(path, SOCKET_MODE)
}

/** A server that answers is left alone; a socket that nobody listens on is what a crash left. */
async function removeStale(path: string): Promise<void> {
  if (await answers(path)) {
    throw new LxworksError(
      `another server listens on ${path}; stop it first, or choose another directory`,
      { kind: 'busy', code: 'REST_SOCKET_IN_USE', context: { path } },
    )
  }
  try {
    await unlink(path)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

/** Whether somebody listens on this unix socket. A path that is no socket, or is not there, answers false. */
export function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const settle = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => settle(true))
    // A full backlog means that somebody listens who is busy.
    socket.once('error', (error) => settle(errorCode(error) === 'EAGAIN'))
  })
}
