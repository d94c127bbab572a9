import type { Operation } from '../lib/index.ts'

const begun = performance.now()

/** Prints a line with the time since the start. */
export function say(text: string): void {
  const seconds = ((performance.now() - begun) / 1000).toFixed(2).padStart(7)
  process.stdout.write(`${seconds} s  ${text}\n`)
}

/** Runs one step and tells how long it took. Not begun once the signal has come. */
export function step<T>(what: string, work: () => PromiseLike<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason)
  return timed(what, work)
}

/** Runs one step that is never left out, because it removes what an earlier one made. */
export function takeBack(what: string, work: () => PromiseLike<void>): Promise<void> {
  return timed(what, work)
}

async function timed<T>(what: string, work: () => PromiseLike<T>): Promise<T> {
  const start = performance.now()
  say(`${what} …`)
  const result = await work()
  say(`${what}: ${Math.round(performance.now() - start)} ms`)
  return result
}

/** Shows an operation's steps as they come. */
export async function followed<T>(operation: Operation<T>): Promise<T> {
  let last = ''
  for await (const { step: name } of operation) {
    if (name !== last) say(`    ${name}`)
    last = name
  }
  return operation
}
