import { linux } from '../../../bindings/linux/index.ts'
import type { Exercise } from './exercise.ts'

const KILL = 9

/** The linux binding; mounts are only asked for where nothing can be mounted. */
export function exerciseLinux(): Exercise {
  const native = linux()
  return {
    leave: async () => {
      const [ours, theirs] = native.socketPair()
      const channel = new native.Channel(ours, {
        message: () => undefined,
        closed: () => undefined,
      })
      const [output, input] = native.pipe()
      // More than the socket takes: the rest waits in the channel, with duplicates of the descriptor.
      for (let n = 0; n < 40; n++) channel.send(Buffer.alloc(100_000), [output])
      const pidfd = native.pidfdOpen(process.pid)
      for (let n = 0; n < 4; n++) native.watchPidfd(pidfd, () => undefined)
      for (let n = 0; n < 8; n++) native.unmount('/proc/nothing-here').catch(() => undefined)
      return [theirs, output, input, pidfd]
    },
    cycle: async () => {
      await through(native)
      descriptors(native)
      await native.unmount('/proc/nothing-here').catch(() => undefined)
    },
  }
}

type Native = ReturnType<typeof linux>

/** A message with a descriptor through a pair of channels, and the end of one told to the other. */
async function through(native: Native): Promise<void> {
  const [ours, theirs] = native.socketPair()
  const [output, input] = native.pipe()
  await new Promise<void>((closed) => {
    const right = new native.Channel(theirs, {
      message: (_, fds) => {
        for (const fd of fds) native.close(fd)
      },
      closed,
    })
    right.ref()
    const left = new native.Channel(ours, { message: () => undefined, closed: () => undefined })
    for (let n = 0; n < 4; n++) left.send(Buffer.alloc(1000), [output, input])
    left.close()
  })
  for (const fd of [output, input]) native.close(fd)
}

function descriptors(native: Native): void {
  const { O_PATH, O_RDONLY, RESOLVE_BENEATH } = native.constants
  const directory = native.openat2(-100, '/proc/self', { flags: O_PATH })
  const how = { flags: O_RDONLY, resolve: RESOLVE_BENEATH }
  native.close(native.openat2(directory, 'status', how))
  attempt(() => native.openat2(directory, '../1/status', how))
  attempt(() => native.setWindowSize(directory, 80, 25))
  attempt(() => native.pendingBytes(directory))
  native.close(directory)
  const [ours, theirs] = native.socketPair()
  native.peerCredentials(ours)
  for (const fd of [ours, theirs]) native.close(fd)
  const pidfd = native.pidfdOpen(process.pid)
  native.watchPidfd(pidfd, () => undefined).close()
  attempt(() => native.pidfdSignal(pidfd, KILL * 100))
  native.close(pidfd)
}

function attempt(call: () => unknown): void {
  try {
    call()
  } catch {
    // What a refusal leaves behind is the point.
  }
}
