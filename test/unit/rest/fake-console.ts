import { Duplex } from 'node:stream'
import type { InstanceConsole } from '../../../lib/instances/contract.ts'

/** A console that a test plays. */
export interface FakeConsole {
  readonly console: InstanceConsole
  readonly sizes: readonly { readonly columns: number; readonly rows: number }[]
  typed(): string
  print(text: string): void
  /** As if the instance had stopped. */
  stop(): void
}

export function fakeConsole(): FakeConsole {
  const typed: Buffer[] = []
  const sizes: { readonly columns: number; readonly rows: number }[] = []
  const line = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      typed.push(chunk)
      done()
    },
  })
  const console = Object.assign(line, {
    resize: (size: { readonly columns: number; readonly rows: number }) => void sizes.push(size),
    detach: async () => void line.destroy(),
  })
  return {
    console,
    sizes,
    typed: () => Buffer.concat(typed).toString(),
    print: (text) => void line.push(text),
    stop: () => void line.push(null),
  }
}
