import { Socket } from 'node:net'
import type { ConsoleLine, ContainerTarget, Helper } from '../../bindings/helper/native.ts'
import type { LinuxNative } from '../../bindings/linux/native.ts'
import { errorCode, LxworksError } from '../core/errors.ts'
import type { ConsoleOptions, InstanceConsole } from './contract.ts'

export interface ConsolesDeps {
  readonly helper: () => Promise<Helper>
  readonly linux: () => LinuxNative
}

interface Taken {
  isLeaving(): boolean
  /** Resolves when the next may have it. Never rejects. */
  readonly ended: Promise<void>
}

/** Who has which console. One is given back a moment after its holder has left: the next one waits for that, and for nothing longer. */
export class Consoles {
  readonly #deps: ConsolesDeps
  readonly #taken = new Map<string, Taken>()

  constructor(deps: ConsolesDeps) {
    this.#deps = deps
  }

  async attach(target: ContainerTarget, options: ConsoleOptions): Promise<InstanceConsole> {
    const { signal, columns, rows } = options
    const before = this.#taken.get(target.name)
    if (before?.isLeaving()) await before.ended
    else if (before !== undefined) throw inUse(target)
    const line = await this.#take(target, options)
    const ended = line.ended.catch(() => undefined)
    const console = this.#open(line, ended)
    const taken = { isLeaving: () => console.destroyed || console.writableEnded, ended }
    this.#taken.set(target.name, taken)
    void ended.then(() => {
      if (this.#taken.get(target.name) === taken) this.#taken.delete(target.name)
    })
    if (columns !== undefined && rows !== undefined) console.resize({ columns, rows })
    const leave = (): void => void console.detach()
    if (signal?.aborted) leave()
    signal?.addEventListener('abort', leave, { once: true })
    console.once('close', () => signal?.removeEventListener('abort', leave))
    return console
  }

  async #take(target: ContainerTarget, { signal }: ConsoleOptions): Promise<ConsoleLine> {
    const helper = await this.#deps.helper()
    try {
      return await helper.console(target, signal ? { signal } : {})
    } catch (error) {
      throw errorCode(error) === 'LXC_CONSOLE_BUSY' ? inUse(target) : error
    }
  }

  #open({ line, inside }: ConsoleLine, ended: Promise<void>): InstanceConsole {
    const linux = this.#deps.linux()
    const socket = new Socket({ fd: line, readable: true, writable: true })
    let isOpen = true
    // Typing to one that is gone is no error of the typist's.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      isOpen = false
      linux.close(inside)
    })
    return Object.assign(socket, {
      resize: ({ columns, rows }: Parameters<InstanceConsole['resize']>[0]): void => {
        if (isOpen) linux.setWindowSize(inside, columns, rows)
      },
      detach: async (): Promise<void> => {
        socket.destroy()
        await ended
      },
    })
  }
}

function inUse({ name }: ContainerTarget): LxworksError {
  return new LxworksError(
    `The console of ${name} is in use already; whoever has it must leave it first`,
    {
      kind: 'busy',
      code: 'INSTANCE_CONSOLE_IN_USE',
      retryable: true,
      context: { name },
    },
  )
}
