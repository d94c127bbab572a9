import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { type Served, served } from './client.ts'
import { fakeExecution } from './fake-execution.ts'
import { fakeInstance } from './fake-host.ts'

const PING_MS = 100

function tell(api: Served, at: number): void {
  api.host.bus.lifecycle({
    ...{ action: 'profile-updated', project: 'default', source: `/1.0/profiles/p${at}` },
    context: { filling: 'x'.repeat(4_000) },
  })
}

function sourcesIn(socket: WebSocket): string[] {
  const sources: string[] = []
  socket.on('message', (data: Buffer) => {
    const { metadata } = JSON.parse(String(data)) as { readonly metadata: { source: string } }
    sources.push(metadata.source)
  })
  return sources
}

describe('listeners to events', () => {
  it('that read hear all of them in their order, although one of them reads nothing and is ended', async () => {
    await using api = await served()
    const readers = Array.from({ length: 10 }, () => api.socket('/1.0/events?type=lifecycle'))
    const deaf = api.socket('/1.0/events?type=lifecycle')
    await Promise.all([...readers, deaf].map((socket) => once(socket, 'open')))
    const heard = readers.map(sourcesIn)
    deaf.pause()
    const total = 6_000
    for (let at = 0; at < total; at++) {
      tell(api, at)
      if (at % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await vi.waitFor(
      () => expect(heard.map(({ length }) => length)).toEqual(Array(10).fill(total)),
      {
        timeout: 25_000,
      },
    )
    const inOrder = Array.from({ length: total }, (_, at) => `/1.0/profiles/p${at}`)
    for (const sources of heard) expect(sources).toEqual(inOrder)
    const ended = once(deaf, 'close')
    deaf.resume()
    await ended
  })

  it('that stop answering pings are ended, and those that answer are not', async () => {
    await using api = await served({ patience: { pingMs: PING_MS } })
    const [alive, gone] = [api.socket('/1.0/events'), api.socket('/1.0/events')]
    await Promise.all([alive, gone].map((socket) => once(socket, 'open')))
    await Promise.all([alive, gone].map((socket) => once(socket, 'ping')))
    gone.pause()
    await new Promise((resolve) => setTimeout(resolve, 20 * PING_MS))
    const ended = once(gone, 'close')
    gone.resume()
    await ended
    expect(alive.readyState).toBe(alive.OPEN)
  })

  it('that ask for answers to pings and read none of them are ended', async () => {
    await using api = await served()
    const asking = connect(api.path)
    asking.on('error', () => undefined)
    asking.write(
      [
        ...['GET /1.0/events HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket'],
        ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', '', ''],
      ].join('\r\n'),
    )
    const closed = once(asking, 'close')
    await once(asking, 'data')
    asking.pause()
    const ping = Buffer.concat([Buffer.from([0x89, 0x80 | 125, 0, 0, 0, 0]), Buffer.alloc(125)])
    const many = Buffer.concat(Array.from({ length: 1_000 }, () => ping))
    const before = process.memoryUsage().rss
    for (let round = 0; round < 2_000 && !asking.destroyed; round++) {
      if (!asking.write(many))
        await Promise.race([once(asking, 'drain'), closed]).catch(() => undefined)
    }
    expect(asking.destroyed).toBe(true)
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 ** 2)
    expect((await api.ask('GET', '/1.0')).status).toBe(200)
  })
})

describe('a command', () => {
  const started = async (api: Served, change: object = {}) => {
    const execution = fakeExecution()
    api.host.run = () => execution
    api.host.records.set('default/c1', fakeInstance('c1'))
    const { metadata } = await api.ask('POST', '/1.0/instances/c1/exec', {
      json: { command: ['sh'], 'wait-for-websocket': true, interactive: false, ...change },
    })
    const { id, metadata: own } = metadata as {
      readonly id: string
      readonly metadata: { readonly fds: Readonly<Record<string, string>> }
    }
    const sockets = Object.entries(own.fds).map(
      ([name, secret]) =>
        [name, api.socket(`/1.0/operations/${id}/websocket?secret=${secret}`)] as const,
    )
    await Promise.all(sockets.map(([, socket]) => once(socket, 'open')))
    await Promise.all(sockets.map(([, socket]) => once(socket, 'ping')))
    return { execution, id, sockets: Object.fromEntries(sockets) }
  }

  it('whose client is gone without a word is killed, with all that it started', async () => {
    await using api = await served({ patience: { pingMs: PING_MS } })
    const { execution, sockets } = await started(api)
    for (const socket of Object.values(sockets)) socket.pause()
    await vi.waitFor(() => expect(execution.kills).toEqual([['SIGKILL', 'tree']]), {
      timeout: 20_000,
    })
  })

  it('whose output is left unread for long goes on, and all of it is delivered then', async () => {
    await using api = await served({ patience: { pingMs: PING_MS } })
    const { execution, sockets } = await started(api)
    const out = sockets['1']
    let bytes = 0
    out?.on('message', (data: Buffer) => {
      bytes += data.length
    })
    out?.pause()
    execution.stdout.write(Buffer.alloc(100_000, 'x'))
    await new Promise((resolve) => setTimeout(resolve, 15 * PING_MS))
    expect(execution.kills).toEqual([])
    out?.resume()
    execution.end(0)
    await vi.waitFor(() => expect(bytes).toBe(100_000), { timeout: 10_000 })
  })

  it('that nobody connects to fails after five seconds, as in LXD', async () => {
    await using api = await served()
    api.host.records.set('default/c1', fakeInstance('c1'))
    const began = performance.now()
    const { metadata } = await api.ask('POST', '/1.0/instances/c1/exec', {
      json: { command: ['sh'], 'wait-for-websocket': true, interactive: true },
    })
    const { id } = metadata as { readonly id: string }
    const ended = await api.ask('GET', `/1.0/operations/${id}/wait`)
    expect(ended.metadata).toMatchObject({
      status: 'Failure',
      err: expect.stringMatching(/Timed out waiting/),
    })
    expect(performance.now() - began).toBeGreaterThan(4_900)
  })
})
