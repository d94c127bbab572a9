import { once } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { received, type Served, served } from './client.ts'
import { type FakeExecution, fakeExecution } from './fake-execution.ts'
import { fakeInstance } from './fake-host.ts'

interface Started {
  readonly id: string
  readonly fds: Readonly<Record<string, string>>
}

async function exec(api: Served, change: object = {}): Promise<Started> {
  api.host.records.set('default/c1', fakeInstance('c1'))
  const { metadata } = await api.ask('POST', '/1.0/instances/c1/exec', {
    json: { command: ['sh'], 'wait-for-websocket': true, interactive: false, ...change },
  })
  const { id, metadata: own } = metadata as { id: string; metadata: Pick<Started, 'fds'> }
  return { id, fds: own.fds }
}

function connect(api: Served, { id, fds }: Started, name: string) {
  return api.socket(`/1.0/operations/${id}/websocket?secret=${fds[name]}`)
}

async function ended(api: Served, { id }: Started) {
  const { metadata } = await api.ask('GET', `/1.0/operations/${id}/wait`)
  return metadata as { status: string; err: string; metadata: Readonly<Record<string, unknown>> }
}

function played(api: Served): FakeExecution {
  const execution = fakeExecution()
  api.host.run = () => execution
  return execution
}

async function connected(api: Served, change: object = {}) {
  const execution = played(api)
  const operation = await exec(api, change)
  const sockets = Object.keys(operation.fds).map(
    (name) => [name, connect(api, operation, name)] as const,
  )
  await Promise.all(sockets.map(([, socket]) => once(socket, 'open')))
  return { execution, operation, sockets: Object.fromEntries(sockets) }
}

describe('a command over websockets', () => {
  it('delivers every byte of both streams, then an empty text message, then the exit status', async () => {
    await using api = await served()
    const { execution, operation, sockets } = await connected(api)
    const [out, err] = ['1', '2'].map((name) => sockets[name])
    if (!out || !err) throw new Error('no sockets')
    const [stdout, stderr] = [received(out), received(err)]
    const big = Buffer.alloc(3_000_000, 'x')
    execution.stdout.write(big)
    execution.stderr.write('problem')
    execution.end(3)
    const result = await ended(api, operation)
    expect(result).toMatchObject({ status: 'Success', metadata: { return: 3 } })
    const messages = await stdout
    const bytes = messages.filter(({ isBinary }) => isBinary).map(({ data }) => data)
    expect(Buffer.concat(bytes).equals(big)).toBe(true)
    expect(messages.at(-1)).toMatchObject({ isBinary: false, data: Buffer.alloc(0) })
    expect(Buffer.concat((await stderr).map(({ data }) => data)).toString()).toBe('problem')
  })

  it('answers a control socket that arrives after a short command is over', async () => {
    await using api = await served()
    const execution = played(api)
    const operation = await exec(api)
    const streams = ['0', '1', '2'].map((name) => connect(api, operation, name))
    await Promise.all(streams.map((socket) => once(socket, 'open')))
    execution.end(0)
    await ended(api, operation)
    const control = connect(api, operation, 'control')
    await once(control, 'open')
    expect((await once(control, 'close'))[0]).toBe(1000)
  })

  it('hands on its input until a text message ends it', async () => {
    await using api = await served()
    const { execution, operation, sockets } = await connected(api)
    const input: Buffer[] = []
    execution.stdin.on('data', (chunk: Buffer) => input.push(chunk))
    const over = once(execution.stdin, 'end')
    sockets['0']?.send(Buffer.from('hello '), { binary: true })
    sockets['0']?.send(Buffer.from('world'), { binary: true })
    sockets['0']?.send('', { binary: false })
    await over
    expect(Buffer.concat(input).toString()).toBe('hello world')
    execution.end(0)
    await ended(api, operation)
  })

  it('loses no message that was sent before the command began', async () => {
    await using api = await served()
    const execution = played(api)
    const operation = await exec(api)
    const input = connect(api, operation, '0')
    await once(input, 'open')
    input.send('early')
    await new Promise((resolve) => setTimeout(resolve, 30))
    for (const name of ['1', '2']) await once(connect(api, operation, name), 'open')
    await vi.waitFor(() => expect(execution.stdin.writableEnded).toBe(true))
    execution.end(0)
    await ended(api, operation)
  })

  it('obeys window sizes and signals, and ignores what it does not know', async () => {
    await using api = await served()
    const { execution, operation, sockets } = await connected(api, { interactive: true })
    const control = sockets.control
    control?.send('no json')
    control?.send(JSON.stringify({ command: 'dance' }))
    const args = { width: '100', height: '40' }
    control?.send(JSON.stringify({ command: 'window-resize', args }))
    control?.send(JSON.stringify({ command: 'signal', signal: 15 }))
    await vi.waitFor(() => expect(execution.kills).toEqual([[15, 'process']]))
    expect(execution.sizes).toEqual([{ columns: 100, rows: 40 }])
    execution.end(0)
    await ended(api, operation)
  })

  it('is killed with all it started when its control socket is lost', async () => {
    await using api = await served()
    const { execution, operation, sockets } = await connected(api)
    sockets.control?.terminate()
    expect(await ended(api, operation)).toMatchObject({ metadata: { return: 137 } })
    expect(execution.kills).toEqual([['SIGKILL', 'tree']])
  })

  it('is killed when a client without a control socket loses its output', async () => {
    await using api = await served()
    const execution = played(api)
    const operation = await exec(api)
    const sockets = ['0', '1', '2'].map((name) => connect(api, operation, name))
    await Promise.all(sockets.map((socket) => once(socket, 'open')))
    await vi.waitFor(() => expect(execution.stdout.listenerCount('readable')).toBeGreaterThan(0))
    sockets[1]?.terminate()
    expect(await ended(api, operation)).toMatchObject({ metadata: { return: 137 } })
  })

  it.each([
    ['INSTANCE_COMMAND_NOT_FOUND', 127],
    ['INSTANCE_COMMAND_NOT_EXECUTABLE', 126],
  ])('that cannot start for %s fails with status %i', async (code, status) => {
    await using api = await served()
    const { refusedExecution } = await import('./fake-execution.ts')
    api.host.run = () => refusedExecution(code, 'Command not found')
    const operation = await exec(api)
    for (const name of ['0', '1', '2']) await once(connect(api, operation, name), 'open')
    expect(await ended(api, operation)).toMatchObject({
      status: 'Failure',
      err: 'Command not found',
      metadata: { return: status },
    })
  })
})

describe('secrets of websockets', () => {
  it('open one place each, once', async () => {
    await using api = await served()
    const { operation, execution } = await connected(api)
    const again = connect(api, operation, '1')
    const [, response] = (await once(again, 'unexpected-response')) as [
      unknown,
      { statusCode: number },
    ]
    expect(response.statusCode).toBe(400)
    execution.end(0)
    await ended(api, operation)
  })

  it('must be right, and must be there', async () => {
    await using api = await served()
    const { id } = await exec(api)
    for (const [query, status] of [
      ['secret=00', 403],
      ['', 400],
    ] as const) {
      const socket = api.socket(`/1.0/operations/${id}/websocket?${query}`)
      const [, response] = (await once(socket, 'unexpected-response')) as [
        unknown,
        { statusCode: number },
      ]
      expect(response.statusCode).toBe(status)
    }
    await api.ask('DELETE', `/1.0/operations/${id}`)
  })

  it('are shown to the one who started the command and to nobody else, events included', async () => {
    let uid = 1_000
    await using api = await served({ peer: () => ({ uid }) })
    const events = api.socket('/1.0/events?type=operation')
    const told: string[] = []
    events.on('message', (data: Buffer) => told.push(String(data)))
    await once(events, 'open')
    const { id, fds } = await exec(api)
    const seen = async () => (await api.ask('GET', `/1.0/operations/${id}`)).text
    expect(await seen()).toContain(fds.control)
    expect((await api.ask('GET', '/1.0/operations?recursion=1')).text).not.toContain(fds.control)
    uid = 2_000
    expect(await seen()).not.toContain(fds.control)
    await vi.waitFor(() => expect(told.length).toBeGreaterThan(0))
    expect(told.join()).not.toContain(fds.control)
    await api.ask('DELETE', `/1.0/operations/${id}`)
  })
})

describe('a command without websockets', () => {
  it('keeps its output in two log files when asked to', async () => {
    await using api = await served()
    const execution = played(api)
    const operation = await exec(api, { 'wait-for-websocket': false, 'record-output': true }).catch(
      () => undefined,
    )
    expect(operation).toBeUndefined()
    execution.stdout.write('out')
    execution.end(4)
    const list = await vi.waitFor(async () => {
      const { metadata } = await api.ask('GET', '/1.0/operations?recursion=1')
      const { success = [] } = metadata as { success?: { metadata: { output: object } }[] }
      expect(success).toHaveLength(1)
      return success
    })
    const output = list[0]?.metadata.output as Readonly<Record<string, string>>
    expect((await api.ask('GET', output['1'] ?? '')).text).toBe('out')
    expect((await api.ask('GET', output['2'] ?? '')).text).toBe('')
    expect((await api.ask('GET', '/1.0/instances/c1/logs')).metadata).toHaveLength(2)
  })

  it('is refused on an instance that does not run', async () => {
    await using api = await served()
    for (const status of ['Stopped', 'Frozen'] as const) {
      api.host.records.set('default/c2', fakeInstance('c2', { status }))
      const answer = await api.ask('POST', '/1.0/instances/c2/exec', {
        json: { command: ['true'] },
      })
      expect(answer.status).toBe(400)
    }
  })
})
