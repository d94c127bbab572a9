import { once } from 'node:events'
import { readdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { file, tar } from '../host/tar-file.ts'
import { ask } from '../interop/api.ts'
import { type ClientWorld, openClientWorld, type Served } from '../interop/world.ts'
import { type AccessWorld, openAccessWorld, type Person } from './access-world.ts'
import { METADATA, ROOT } from './image-file.ts'
import { requestText, waysTo } from './raw-client.ts'

const MEBIBYTE = 1024 ** 2

interface Told {
  readonly type: string
  readonly metadata: { readonly id: string; readonly status_code: number }
}

describe('an image that is exported to a client that does not read', () => {
  const IDLE_MS = 1_500
  let world: AccessWorld
  let admin: Person
  let fingerprint = ''

  beforeAll(async () => {
    world = await openAccessWorld({ patience: { idleMs: IDLE_MS } })
    admin = await world.trusted('admin')
    const noise = Buffer.alloc(40 * MEBIBYTE, 'x')
    const path = `${world.root}/large.tar`
    await writeFile(path, tar(METADATA, ROOT, file('rootfs/large', noise)))
    fingerprint = (await world.host.images.import({ path })).fingerprint
  })

  afterAll(() => world[Symbol.asyncDispose]())

  const openFiles = async (): Promise<number> => {
    const fds = await readdir('/proc/self/fd')
    const names = await Promise.all(
      fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
    )
    return names.filter((name) => name.includes(fingerprint)).length
  }

  it.each(
    waysTo(
      () => world,
      () => admin,
    ),
  )('over %s is closed when its patience is over, and the connection ends', async (...[, open]) => {
    const socket = await open()
    socket.on('error', () => undefined)
    socket.write(requestText(`GET /1.0/images/${fingerprint}/export`))
    await once(socket, 'readable')
    await vi.waitFor(async () => expect(await openFiles()).toBe(1), { timeout: 10_000 })
    await vi.waitFor(async () => expect(await openFiles()).toBe(0), { timeout: 20_000 })
    const ended = once(socket, 'close')
    socket.resume()
    await ended
    expect((await world.local('GET', '/1.0')).status).toBe(200)
  })

  it('but slowly gets all of it', async () => {
    const [[, open]] = waysTo(
      () => world,
      () => admin,
    )
    const socket = await open()
    socket.write(requestText(`GET /1.0/images/${fingerprint}/export`, { Connection: 'close' }))
    let bytes = 0
    const ended = once(socket, 'end')
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > 4 * MEBIBYTE) return
      socket.pause()
      setTimeout(() => socket.resume(), IDLE_MS / 30)
    })
    await ended
    expect(bytes).toBeGreaterThan(40 * MEBIBYTE)
  })
})

describe('the program', () => {
  let world: ClientWorld
  let server: Served
  let socketPath = ''

  beforeAll(async () => {
    world = await openClientWorld()
    server = await world.serve()
    socketPath = `${world.directory}/root/unix.socket`
    await world.furnish()
    await world.done('launch', 'busybox', 'c1')
  })

  afterAll(() => world.close())

  const residentBytes = async (): Promise<number> => {
    const status = await readFile(`/proc/${server.process.pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
  }

  const peakBytes = async (): Promise<number> => {
    const status = await readFile(`/proc/${server.process.pid}/status`, 'utf8')
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
  }

  const goesOn = async (): Promise<void> => {
    expect((await ask(socketPath, { method: 'GET', path: '/1.0' })).status).toBe(200)
  }

  it('holds one answer for each client that asks ahead and reads nothing', async () => {
    const config = Object.fromEntries(
      Array.from({ length: 50 }, (_, at) => [`user.k${at}`, 'x'.repeat(10_000)]),
    )
    const body = JSON.stringify({ name: 'large', config })
    await ask(socketPath, { method: 'POST', path: '/1.0/profiles', body })
    const before = await residentBytes()
    const many = Buffer.concat(
      Array.from({ length: 1_000 }, () => requestText('GET /1.0/profiles?recursion=1')),
    )
    const deaf = Array.from({ length: 20 }, () => connect(socketPath))
    for (const socket of deaf) socket.on('error', () => undefined).write(many)
    await new Promise((resolve) => setTimeout(resolve, 4_000))
    // Twenty thousand answers of half a megabyte were asked for.
    expect((await peakBytes()) - before).toBeLessThan(300 * MEBIBYTE)
    await goesOn()
    for (const socket of deaf) socket.destroy()
    await ask(socketPath, { method: 'DELETE', path: '/1.0/profiles/large' })
  })

  it('outlives a flood of signals and window sizes, and the command ends as it would have', async () => {
    const body = JSON.stringify({
      ...{ command: ['cat'], 'wait-for-websocket': true, interactive: false },
    })
    const { body: answer } = await ask(socketPath, {
      ...{ method: 'POST', path: '/1.0/instances/c1/exec', body },
    })
    const { id, metadata } = answer.metadata as {
      readonly id: string
      readonly metadata: { readonly fds: Readonly<Record<string, string>> }
    }
    const sockets = new Map<string, WebSocket>()
    for (const [name, secret] of Object.entries(metadata.fds)) {
      const path = `/1.0/operations/${id}/websocket?secret=${secret}`
      sockets.set(name, new WebSocket(`ws+unix://${socketPath}:${path}`))
    }
    await Promise.all([...sockets.values()].map((socket) => once(socket, 'open')))
    const before = await residentBytes()
    const control = sockets.get('control')
    const args = { width: '80', height: '24' }
    for (let round = 0; round < 100_000; round++) {
      control?.send(JSON.stringify({ command: 'signal', signal: 18 }))
      control?.send(JSON.stringify({ command: 'window-resize', args }))
      if (round % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const sent = new Promise((resolve) => control?.send('{}', resolve))
    await sent
    sockets.get('0')?.send('', { binary: false })
    const ended = await ask(socketPath, { method: 'GET', path: `/1.0/operations/${id}/wait` })
    expect(ended.body.metadata).toMatchObject({ status: 'Success', metadata: { return: 0 } })
    expect((await residentBytes()) - before).toBeLessThan(200 * MEBIBYTE)
    await goesOn()
  })

  it('tells ten listeners the same in the same order, and loses nothing, while operations run', async () => {
    const listeners = Array.from({ length: 10 }, () => {
      const socket = new WebSocket(`ws+unix://${socketPath}:/1.0/events`)
      const texts: string[] = []
      socket.on('message', (data: Buffer) => texts.push(String(data)))
      return { socket, texts }
    })
    await Promise.all(listeners.map(({ socket }) => once(socket, 'open')))
    const before = await residentBytes()
    const ids: string[] = []
    const run = async (method: string, path: string, sent?: object): Promise<void> => {
      const body = sent && { body: JSON.stringify(sent) }
      const { body: answer } = await ask(socketPath, { method, path, ...body })
      const { id } = answer.metadata as { readonly id: string }
      ids.push(id)
      await ask(socketPath, { method: 'GET', path: `/1.0/operations/${id}/wait` })
    }
    const lane = async (from: number): Promise<void> => {
      for (let at = from; at < 60; at += 4) {
        await run('POST', '/1.0/instances', { name: `t${at}`, source: { type: 'none' } })
        await run('DELETE', `/1.0/instances/t${at}`)
      }
    }
    await Promise.all([0, 1, 2, 3].map(lane))
    const endsIn = (texts: readonly string[]): readonly string[] =>
      texts.flatMap((text) => {
        const { type, metadata } = JSON.parse(text) as Told
        return type === 'operation' && metadata.status_code === 200 ? [metadata.id] : []
      })
    await vi.waitFor(
      () => {
        for (const { texts } of listeners) expect(endsIn(texts)).toHaveLength(ids.length)
      },
      { timeout: 30_000 },
    )
    const [first, ...others] = listeners.map(({ texts }) => texts)
    for (const texts of others) expect(texts).toEqual(first)
    expect([...endsIn(first ?? [])].sort()).toEqual([...ids].sort())
    expect((await residentBytes()) - before).toBeLessThan(100 * MEBIBYTE)
    for (const { socket } of listeners) socket.terminate()
  })

  it('ends a websocket that sends a message without an end', async () => {
    const socket = new WebSocket(`ws+unix://${socketPath}:/1.0/events`)
    await once(socket, 'open')
    const before = await residentBytes()
    const stream = (socket as unknown as { readonly _socket: Socket })._socket
    const ended = once(socket, 'close')
    // The first frame of a text message, with more to come, and then such frames of one byte for ever.
    stream.write(Buffer.from([0x01, 0x81, 0, 0, 0, 0, 0x61]))
    const frame = Buffer.from([0x00, 0x81, 0, 0, 0, 0, 0x61])
    stream.write(Buffer.concat(Array.from({ length: 100_000 }, () => frame)))
    expect((await ended)[0]).toBeGreaterThan(1_000)
    expect((await residentBytes()) - before).toBeLessThan(100 * MEBIBYTE)
    await goesOn()
  })

  it('survives a hundred clients that begin a body and leave, and as many that never go on', async () => {
    const half = requestText('POST /1.0/profiles', { 'Content-Length': 1_000 }, '{"name":"half"')
    const clients = Array.from({ length: 200 }, () => connect(socketPath))
    await Promise.all(clients.map((socket) => once(socket, 'connect')))
    for (const socket of clients) socket.on('error', () => undefined).write(half)
    for (const socket of clients.slice(100)) socket.destroy()
    await goesOn()
    const { body } = await ask(socketPath, { method: 'GET', path: '/1.0/profiles' })
    expect(body.metadata).toEqual(['/1.0/profiles/default'])
    for (const socket of clients) socket.destroy()
  })
})
