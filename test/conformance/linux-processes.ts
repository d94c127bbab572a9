import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { LinuxNative } from '../../bindings/linux/native.ts'
import type { LinuxRule } from './linux-subject.ts'

const KILL = 9
const ASK = 0
/** Long enough for what must not happen to happen, were it to. */
const SOON_MS = 20

/** Resolves when the watch tells; the loop is kept alive meanwhile, which a watch does not do. */
function end(linux: LinuxNative, pidfd: number): Promise<void> {
  const alive = setInterval(() => undefined, 1000)
  return new Promise<void>((resolve) => linux.watchPidfd(pidfd, resolve)).finally(() =>
    clearInterval(alive),
  )
}

/** What holds of processes, terminals and peers. */
export const processRules: readonly LinuxRule[] = [
  {
    name: 'a process is signalled until it is gone',
    run: async ({ linux, process }) => {
      const { pid, gone } = process()
      const pidfd = linux.pidfdOpen(pid)
      assert.equal(linux.pidfdSignal(pidfd, ASK), true)
      assert.equal(linux.pidfdSignal(pidfd, KILL), true)
      await gone
      assert.equal(linux.pidfdSignal(pidfd, ASK), false)
      assert.throws(() => linux.pidfdOpen(pid), { code: 'ESRCH', syscall: 'pidfd_open' })
      linux.close(pidfd)
    },
  },
  {
    name: 'the end of a process is told to every watch, once, whatever becomes of the descriptor',
    run: async ({ linux, process }) => {
      const { pid, gone } = process()
      const pidfd = linux.pidfdOpen(pid)
      let told = 0
      linux.watchPidfd(pidfd, () => told++)
      const [first, second] = [end(linux, pidfd), end(linux, pidfd)]
      linux.pidfdSignal(pidfd, KILL)
      linux.close(pidfd)
      await Promise.all([first, second, gone])
      await pause(SOON_MS)
      assert.equal(told, 1)
    },
  },
  {
    name: 'an end that has come already is told later, never during the call',
    run: async ({ linux, process }) => {
      const { pid, gone } = process()
      const pidfd = linux.pidfdOpen(pid)
      linux.pidfdSignal(pidfd, KILL)
      await gone
      let told = false
      const watched = end(linux, pidfd).then(() => {
        told = true
      })
      assert.equal(told, false)
      await watched
      linux.close(pidfd)
    },
  },
  {
    name: 'a closed watch tells nothing, and may be closed again',
    run: async ({ linux, process }) => {
      const { pid, gone } = process()
      const pidfd = linux.pidfdOpen(pid)
      const watch = linux.watchPidfd(pidfd, () => assert.fail('told after it was closed'))
      watch.close()
      watch.close()
      linux.pidfdSignal(pidfd, KILL)
      await gone
      await pause(SOON_MS)
      linux.close(pidfd)
    },
  },
  {
    name: 'what is no process, or no signal, is refused',
    run: async ({ linux, process }) => {
      const { pid, gone } = process()
      const pidfd = linux.pidfdOpen(pid)
      assert.throws(() => linux.pidfdSignal(pidfd, 999), { code: 'EINVAL' })
      assert.throws(() => linux.pidfdOpen(0), { code: 'EINVAL' })
      linux.pidfdSignal(pidfd, KILL)
      await gone
      linux.close(pidfd)
      assert.throws(() => linux.pidfdSignal(pidfd, KILL), { code: 'EBADF' })
      assert.throws(() => linux.watchPidfd(pidfd, () => undefined), { code: 'EBADF' })
      const [output, input] = linux.pipe()
      assert.throws(() => linux.pidfdSignal(output, KILL), { code: 'EBADF' })
      for (const fd of [output, input]) linux.close(fd)
    },
  },
  {
    name: 'a socket tells who is at the other end, and nothing else does',
    run: ({ linux, self }) => {
      const [ours, theirs] = linux.socketPair()
      assert.deepEqual(linux.peerCredentials(ours), self)
      assert.deepEqual(linux.peerCredentials(theirs), self)
      const [output, input] = linux.pipe()
      assert.throws(() => linux.peerCredentials(output), { code: 'ENOTSOCK' })
      for (const fd of [ours, theirs, output, input]) linux.close(fd)
      assert.throws(() => linux.peerCredentials(ours), { code: 'EBADF', syscall: 'getsockopt' })
    },
  },
]
