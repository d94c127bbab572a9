import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'

/** A way to a port on loopback that can stop carrying in the middle of what goes through. */
export interface HeldRelay extends AsyncDisposable {
  readonly port: number
  /** From now on nothing more is carried after so many bytes; resolves then. */
  holdAfter(bytes: number): Promise<void>
  /** From now on everything is carried again, on new connections. */
  release(): void
}

export async function heldRelay(to: () => number): Promise<HeldRelay> {
  const sockets = new Set<Socket>()
  let left = Number.POSITIVE_INFINITY
  let held: () => void = () => undefined
  const carry = (from: Socket, into: Socket): void => {
    sockets.add(from)
    from.on('error', () => undefined).on('close', () => into.end())
    from.on('data', (chunk: Buffer) => {
      left -= chunk.length
      if (left >= 0) return void into.write(chunk)
      from.pause()
      held()
    })
  }
  const server = createServer((near) => {
    const far = connect(to(), '127.0.0.1')
    carry(near, far)
    carry(far, near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    holdAfter: (bytes) => {
      left = bytes
      return new Promise((resolve) => {
        held = resolve
      })
    },
    release: () => {
      left = Number.POSITIVE_INFINITY
      for (const socket of sockets) socket.destroy()
      sockets.clear()
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
