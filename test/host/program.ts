import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'

export interface Ended {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A program of this repository in a group of its own, as a terminal starts it, with its temporary files in a directory of its own. */
export interface Program {
  readonly ended: Promise<Ended>
  /** Resolves when it has printed this; rejects when it ends before. */
  printed(text: string): Promise<void>
  /** What ^C does: every process of the group gets the signal. */
  interrupt(): void
}

/** Part of every path below the directory, so that what a program leaves can be told from what others do on this machine. */
export async function ownDirectory(mark: string): Promise<{
  readonly path: string
  readonly left: () => Promise<readonly string[]>
  readonly remove: () => Promise<void>
}> {
  const path = await mkdtemp(`/var/tmp/${mark}-`)
  // dnsmasq gives up root's rights and must still reach its files.
  await chmod(path, 0o711)
  return {
    path,
    left: () => readdir(path),
    remove: () => rm(path, { recursive: true, force: true }),
  }
}

export function startProgram(argv: readonly [string, ...string[]], directory: string): Program {
  const [command, ...rest] = argv
  const child = spawn(command, rest, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: directory },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const closed = once(child, 'close')
  return {
    ended: closed.then(() => ({ exitCode: child.exitCode, stdout, stderr })),
    printed: async (text) => {
      while (!stdout.includes(text)) {
        await Promise.race([once(child.stdout, 'data'), closed])
        if (child.exitCode !== null && !stdout.includes(text)) {
          throw new Error(`it ended without printing ${JSON.stringify(text)}: ${stdout}${stderr}`)
        }
      }
    },
    interrupt: () => void process.kill(-(child.pid ?? 0), 'SIGINT'),
  }
}
