import type { Call, Connection } from './connection.ts'
import type { ConsoleLine } from './native.ts'
import { descriptor } from './wire.ts'

/** Resolves when the console is taken; its being given back is part of the result. */
export function takeConsole(connection: Connection, call: Call): Promise<ConsoleLine> {
  return new Promise((resolve, reject) => {
    const answered = connection.request({
      ...call,
      executed: (answer) =>
        resolve({ line: descriptor(answer, 0), inside: descriptor(answer, 1), ended }),
    })
    const ended = answered.then(() => undefined)
    // Before the announcement this is the result; after it, nobody may be listening.
    ended.catch(reject)
  })
}
