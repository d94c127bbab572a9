import type { ConfigLine } from '../../core/emit.ts'
import { LxworksError } from '../../core/errors.ts'
import type { Files } from '../../core/ports.ts'

/**
 * liblxc's monitor appends what a container prints to a file; when 128 KiB are full it sets that file aside, over the one before. So a
 * guest cannot fill the disk, and the log can be read again and again, also after the container is gone. (liblxc's ring buffer, the
 * other way, loses what is read out of it.) Where the file was set aside liblxc 5 repeats up to 4 KiB in place of what belongs there.
 */
export function consoleLines(log: string): readonly ConfigLine[] {
  return [
    ['lxc.console.logfile', log],
    ['lxc.console.size', 'auto'],
    ['lxc.console.rotate', '1'],
  ]
}

/** Both files of the log; what an earlier run left in them must go before a start. */
export function consoleFiles(log: string): readonly string[] {
  return [log, aside(log)]
}

/** What was printed since the start, or since it was cleared: at least the last 128 KiB of it. */
export async function readConsoleLog(log: string, files: Files): Promise<Buffer> {
  let older = await files.readBytes(aside(log))
  for (let tries = 0; ; tries++) {
    const newer = await files.readBytes(log)
    const again = await files.readBytes(aside(log))
    // The monitor may set the file aside between the two reads; then one part would be missing.
    if (tries === MOST_TRIES || same(older, again)) return whole(log, again, newer)
    older = again
  }
}

/** Empties it, in place where the monitor goes on writing. */
export async function clearConsoleLog(log: string, files: Files): Promise<void> {
  if (!(await files.empty(log))) throw missing(log)
  await files.remove(aside(log))
}

const MOST_TRIES = 3

function aside(log: string): string {
  return `${log}.1`
}

function same(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.equals(b)
}

function whole(log: string, older: Buffer | undefined, newer: Buffer | undefined): Buffer {
  if (older === undefined && newer === undefined) throw missing(log)
  return Buffer.concat([older ?? Buffer.alloc(0), newer ?? Buffer.alloc(0)])
}

function missing(log: string): LxworksError {
  return new LxworksError('there is no console log: the instance has not been started', {
    kind: 'notFound',
    code: 'INSTANCE_NO_CONSOLE_LOG',
    context: { path: log },
  })
}
