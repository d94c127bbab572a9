import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { person } from '../hostile/access-world.ts'
import { ask } from './api.ts'
import { DOCUMENTED, isNotBuilt, TOLD } from './lifecycle.ts'
import { type ClientWorld, openClientWorld } from './world.ts'

let world: ClientWorld
let socketPath = ''

interface Told {
  readonly location: string
  readonly project: string
  readonly timestamp: string
  readonly metadata: {
    readonly action: string
    readonly source: string
    readonly requestor?: Readonly<Record<string, string>>
    readonly context?: Readonly<Record<string, unknown>>
  }
}

const told: Told[] = []
let listener: WebSocket

beforeAll(async () => {
  world = await openClientWorld()
  await world.serve()
  socketPath = `${world.directory}/root/unix.socket`
  listener = new WebSocket(`ws+unix://${socketPath}:/1.0/events?type=lifecycle&all-projects=true`)
  listener.on('message', (data: Buffer) => told.push(JSON.parse(String(data)) as Told))
  await once(listener, 'open')
  await world.furnish()
})

afterAll(async () => {
  listener.terminate()
  await world.close()
})

/** Until all that was caused so far is told. */
async function settled(...actions: readonly string[]): Promise<void> {
  const missed = (): readonly string[] => {
    const seen = new Set<string>(told.map(({ metadata }) => metadata.action))
    return actions.filter((action) => !seen.has(action))
  }
  await vi.waitFor(() => expect(missed()).toEqual([]), { timeout: 20_000 })
}

async function rest(method: string, path: string, body: object = {}): Promise<unknown> {
  const takesBody = method !== 'GET' && method !== 'DELETE'
  const sent = takesBody ? { body: JSON.stringify(body) } : {}
  const answer = await ask(socketPath, { method, path, ...sent })
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.body.error}`)
  const { operation, metadata } = answer.body
  if (operation !== '') await ask(socketPath, { method: 'GET', path: `${operation}/wait` })
  return metadata
}

/** Attaches to a console, and leaves it. */
async function attach(name: string): Promise<void> {
  const path = `/1.0/instances/${name}/console`
  const body = JSON.stringify({ type: 'console' })
  const { metadata } = (await ask(socketPath, { method: 'POST', path, body })).body
  const { id, metadata: own } = metadata as {
    readonly id: string
    readonly metadata: { readonly fds: Readonly<Record<string, string>> }
  }
  const sockets = Object.values(own.fds).map(
    (secret) =>
      new WebSocket(`ws+unix://${socketPath}:/1.0/operations/${id}/websocket?secret=${secret}`),
  )
  await Promise.all(sockets.map((socket) => once(socket, 'open')))
  await settled('instance-console')
  for (const socket of sockets) socket.close()
}

/** Whatever it is, to its end. */
function read(path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path }, (response) => response.resume().on('end', resolve))
    sent.on('error', reject)
    sent.end()
  })
}

describe('each action of LXD', () => {
  it('is told, or belongs to what is not built', () => {
    const known = new Set<string>(TOLD)
    expect(DOCUMENTED).toHaveLength(91)
    expect(DOCUMENTED.filter((action) => known.has(action) === isNotBuilt(action))).toEqual([])
    expect(TOLD.filter((action) => !DOCUMENTED.includes(action))).toEqual([])
  })

  it('on a container is told when it is done', { timeout: 240_000 }, async () => {
    const { done, lxc } = world
    await done('launch', 'busybox', 'c1')
    await done('exec', 'c1', '--', 'true')
    await rest('POST', '/1.0/instances/c1/exec', { command: ['true'], 'record-output': true })
    await writeFile(`${world.directory}/note`, 'a note')
    await done('file', 'push', `${world.directory}/note`, 'c1/note')
    await done('file', 'pull', 'c1/note', `${world.directory}/pulled`)
    await done('file', 'delete', 'c1/note')
    await attach('c1')
    await done('console', 'c1', '--show-log')
    await rest('DELETE', '/1.0/instances/c1/console')
    await done('pause', 'c1')
    await done('start', 'c1')
    await done('restart', '--force', 'c1')
    await done('stop', '--force', 'c1')
    await done('start', 'c1')
    await lxc('exec', 'c1', '--', 'poweroff', '-f')
    await settled('instance-shutdown')
    await done('config', 'set', 'c1', 'user.a=1')
    const logs = (await rest('GET', '/1.0/instances/c1/logs')) as readonly string[]
    const log = logs.find((url) => url.includes('/exec_')) ?? ''
    await read(log)
    await rest('DELETE', log)
    await done('config', 'metadata', 'show', 'c1')
    await rest('PUT', '/1.0/instances/c1/metadata', { architecture: 'x86_64', creation_date: 1 })
    const template = '/1.0/instances/c1/metadata/templates?path=a.tpl'
    await ask(socketPath, { method: 'POST', path: template, body: 'x' })
    await read(template)
    await rest('DELETE', template)
    await done('rename', 'c1', 'c2')
    await done('delete', 'c2')
    await settled('instance-deleted')
  })

  it('on images is told when it is done', async () => {
    const { done } = world
    await done('image', 'alias', 'create', 'a', 'busybox').catch(async () => {
      const { target } = (await rest('GET', '/1.0/images/aliases/busybox')) as { target: string }
      await rest('POST', '/1.0/images/aliases', { name: 'a', target })
    })
    await done('image', 'alias', 'rename', 'a', 'b')
    await rest('PATCH', '/1.0/images/aliases/b', { description: 'told' })
    await done('image', 'alias', 'delete', 'b')
    await done('image', 'set-property', 'busybox', 'told', 'yes')
    await done('image', 'export', 'busybox', `${world.directory}/exported`)
    const { target } = (await rest('GET', '/1.0/images/aliases/busybox')) as { target: string }
    await ask(socketPath, { method: 'POST', path: `/1.0/images/${target}/secret` })
    await done('image', 'delete', 'busybox')
  })

  it('on whatever else there is, is told when it is done', async () => {
    const { done } = world
    await done('profile', 'create', 'p')
    await done('profile', 'set', 'p', 'user.a=1')
    await done('profile', 'rename', 'p', 'q')
    await done('profile', 'delete', 'q')
    await done('project', 'create', 'pr')
    await done('project', 'set', 'pr', 'user.a=1')
    await done('project', 'rename', 'pr', 'ps')
    await done('project', 'delete', 'ps')
    await done('storage', 'create', 'extra', 'dir')
    await done('storage', 'set', 'extra', 'user.a=1')
    await done('storage', 'delete', 'extra')
    const name = `${world.mark}b`
    await done('network', 'create', name, 'ipv4.address=none', 'ipv6.address=none')
    await done('network', 'set', name, 'user.a=1')
    await done('network', 'rename', name, `${world.mark}c`)
    await done('network', 'delete', `${world.mark}c`)
    await done('config', 'set', 'user.a=1')
    const { cert } = person('told')
    await writeFile(`${world.directory}/told.crt`, cert)
    await done('config', 'trust', 'add', `${world.directory}/told.crt`)
    const [trusted] = (await rest('GET', '/1.0/certificates?recursion=1')) as readonly {
      readonly fingerprint: string
    }[]
    const path = `/1.0/certificates/${trusted?.fingerprint}`
    await rest('PATCH', path, { name: 'renamed' })
    await rest('DELETE', path)
    const token = (await ask(socketPath, {
      ...{ method: 'POST', path: '/1.0/certificates' },
      body: JSON.stringify({ type: 'client', name: 'x', token: true }),
    })) as unknown as { readonly body: { readonly operation: string } }
    await rest('DELETE', token.body.operation)
    const [warning = ''] = (await rest('GET', '/1.0/warnings')) as readonly string[]
    await rest('PUT', warning, { status: 'acknowledged' })
    await rest('PUT', warning, { status: 'new' })
    await rest('DELETE', warning)
  })

  it('was seen, with who did it, where, and in which project', async () => {
    await settled(...TOLD)
    const seen = new Set(told.map(({ metadata }) => metadata.action))
    expect([...seen].sort()).toEqual([...TOLD].sort())
    for (const { location, timestamp, metadata, project } of told) {
      expect([location, project === '']).toEqual(['none', false])
      expect(Date.parse(timestamp)).toBeGreaterThan(0)
      expect(metadata.source).toMatch(/^\/1\.0(\/|$)/)
      // The container's own poweroff was asked for by nobody.
      const asked = metadata.action === 'instance-shutdown' ? undefined : 'unix'
      expect([metadata.action, metadata.requestor?.protocol]).toEqual([metadata.action, asked])
    }
  })
})
