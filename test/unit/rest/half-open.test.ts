import { once } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { type Served, served } from './client.ts'
import { fakeConsole } from './fake-console.ts'
import { fakeExecution } from './fake-execution.ts'
import { fakeInstance } from './fake-host.ts'

const PATIENCE = { pingMs: 100, idleMs: 500 }
/** More than a socket and the server hold for a reader. */
const MUCH = Buffer.alloc(8 * 1024 ** 2, 'x')

interface Begun {
  readonly id: string
  connect(name: string): Promise<WebSocket>
  ended(): Promise<{ readonly status: string; readonly err: string }>
}

async function begun(api: Served, path: 'exec' | 'console', body: object): Promise<Begun> {
  api.host.records.set('default/c1', fakeInstance('c1'))
  const { metadata } = await api.ask('POST', `/1.0/instances/c1/${path}`, { json: body })
  const { id, metadata: own } = metadata as {
    readonly id: string
    readonly metadata: { readonly fds: Readonly<Record<string, string>> }
  }
  return {
    id,
    connect: async (name) => {
      const socket = api.socket(`/1.0/operations/${id}/websocket?secret=${own.fds[name]}`)
      socket.on('error', () => undefined)
      await Promise.all([once(socket, 'open'), once(socket, 'ping')])
      return socket
    },
    ended: async () => {
      const { metadata: told } = await api.ask('GET', `/1.0/operations/${id}/wait?timeout=20`)
      return told as { readonly status: string; readonly err: string }
    },
  }
}

const COMMAND = { command: ['sh'], 'wait-for-websocket': true }

const exec = (api: Served): Promise<Begun> => begun(api, 'exec', { ...COMMAND, interactive: false })

const execOnTerminal = (api: Served): Promise<Begun> =>
  begun(api, 'exec', { ...COMMAND, interactive: true })

const consoleOf = (api: Served): Promise<Begun> => begun(api, 'console', { type: 'console' })

describe('what a client without a word has left', () => {
  it.each([
    ['a command', exec, ['0', '1', '2', 'control']],
    ['a command on a terminal', execOnTerminal, ['0', 'control']],
  ] as const)('of %s ends, although nobody reads its output', async (_, begin, names) => {
    await using api = await served({ patience: PATIENCE })
    const execution = fakeExecution()
    api.host.run = () => execution
    const operation = await begin(api)
    const sockets = await Promise.all(names.map(operation.connect))
    for (const socket of sockets) socket.pause()
    execution.stdout.write(MUCH)
    expect((await operation.ended()).status).not.toBe('Running')
    expect(execution.kills.length).toBeGreaterThan(0)
  })

  it('of a console ends, and it is free again', async () => {
    await using api = await served({ patience: PATIENCE })
    const played = fakeConsole()
    api.host.attach = async () => played.console
    const operation = await consoleOf(api)
    const sockets = await Promise.all(['0', 'control'].map(operation.connect))
    for (const socket of sockets) socket.pause()
    for (let at = 0; at < 64; at++) played.print('x'.repeat(128 * 1024))
    expect((await operation.ended()).status).not.toBe('Running')
    expect(played.console.destroyed).toBe(true)
  })

  it('of a command is what its reader may take for a while yet', async () => {
    await using api = await served({ patience: { ...PATIENCE, idleMs: 5_000 } })
    const execution = fakeExecution()
    api.host.run = () => execution
    const operation = await exec(api)
    const [, out, , control] = await Promise.all(['0', '1', '2', 'control'].map(operation.connect))
    let bytes = 0
    out?.on('message', (data: Buffer) => {
      bytes += data.length
    })
    out?.pause()
    execution.stdout.write(MUCH)
    control?.close()
    await vi.waitFor(() => expect(execution.kills).toEqual([['SIGKILL', 'tree']]))
    await new Promise((resolve) => setTimeout(resolve, 500))
    out?.resume()
    await operation.ended()
    await vi.waitFor(() => expect(bytes).toBe(MUCH.length))
  })
})

describe('an operation to which not all connect', () => {
  const runs = [
    [exec, ['0', '1', 'control']],
    [execOnTerminal, ['0']],
    [execOnTerminal, ['control']],
    [consoleOf, []],
    [consoleOf, ['0']],
    [consoleOf, ['control']],
  ] as const

  it('fails and ends those that did', async () => {
    await using api = await served()
    api.host.run = (_command, options) => {
      const execution = fakeExecution()
      options?.after?.catch(() => execution.end(1))
      return execution
    }
    const tried = runs.map(async ([begin, names]) => {
      const operation = await begin(api)
      const sockets = await Promise.all(names.map(operation.connect))
      const closed = sockets.map((socket) => once(socket, 'close'))
      expect(await operation.ended()).toMatchObject({
        ...{ status: 'Failure', err: expect.stringMatching(/Timed out waiting for websockets/) },
      })
      await Promise.all(closed)
    })
    await Promise.all(tried)
    const { metadata } = await api.ask('GET', '/1.0/operations')
    expect(Object.keys(metadata as object)).toEqual(['failure'])
  })
})
