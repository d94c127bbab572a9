import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectTls, type SecureVersion, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type AccessWorld,
  fingerprint,
  openAccessWorld,
  peopled,
  refusalOf,
} from './access-world.ts'

let world: AccessWorld
let people: Awaited<ReturnType<typeof peopled>>

beforeAll(async () => {
  world = await openAccessWorld()
  people = await peopled(world)
})

afterAll(() => world[Symbol.asyncDispose]())

describe('pages of other sites', () => {
  const forged = {
    'Content-Type': 'text/plain',
    Origin: 'https://evil.example',
    'Sec-Fetch-Site': 'cross-site',
  }
  const json = { name: 'forged' }
  const statuses = async (headers: Readonly<Record<string, string>>) => {
    const sent = { json, headers }
    return Promise.all(
      [world.local, world.as(people.admin)].map(
        async (ask) => (await ask('POST', '/1.0/profiles', sent)).status,
      ),
    )
  }

  it.each([
    ['as a form does', forged],
    ['without saying where they come from', { 'Sec-Fetch-Site': 'cross-site' }],
    ['from a page next door', { ...forged, 'Sec-Fetch-Site': 'same-site' }],
    ['in JSON', { ...forged, 'Content-Type': 'application/json' }],
    ['from a frame without a name', { Origin: 'null' }],
    ['from a browser that says little', { Origin: 'https://evil.example' }],
  ])('change nothing %s', async (_, headers) => {
    expect(await statuses(headers)).toEqual([403, 403])
    expect((await world.local('GET', '/1.0/profiles/forged')).status).toBe(404)
  })

  it('open no websockets', async () => {
    expect(await refusalOf(world.socket('/1.0/events', people.admin, { headers: forged }))).toBe(
      403,
    )
    const own = { Origin: `https://127.0.0.1:${world.port}` }
    expect(
      await refusalOf(world.socket('/1.0/events', people.admin, { headers: own })),
    ).toBeUndefined()
    const program = { Origin: `wss://127.0.0.1:${world.port}` }
    expect(
      await refusalOf(world.socket('/1.0/events', people.admin, { headers: program })),
    ).toBeUndefined()
  })

  it('may be allowed by name', async () => {
    await world.host.server.patch({
      'core.https_allowed_origin': 'https://ui.example',
      'core.https_allowed_methods': 'GET, POST',
      'core.https_allowed_credentials': 'true',
    })
    const headers = { Origin: 'https://ui.example', 'Sec-Fetch-Site': 'cross-site' }
    const answer = await world.as(people.admin)('POST', '/1.0/profiles', {
      ...{ json: { name: 'by-page' }, headers },
    })
    expect(answer).toMatchObject({
      status: 201,
      headers: {
        'access-control-allow-origin': 'https://ui.example',
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-credentials': 'true',
      },
    })
    const preflight = await world.as(people.admin)('OPTIONS', '/1.0/profiles', { headers })
    expect(preflight).toMatchObject({
      status: 200,
      headers: { 'access-control-allow-origin': 'https://ui.example' },
    })
    expect(await statuses(forged)).toEqual([403, 403])
    await world.host.server.patch({ 'core.https_allowed_origin': '' })
    expect((await world.as(people.admin)('GET', '/1.0', { headers })).headers).not.toHaveProperty(
      'access-control-allow-origin',
    )
  })
})

describe('the connection', () => {
  const offer = (version: SecureVersion, ciphers = 'ALL:@SECLEVEL=0') =>
    new Promise<string>((resolve) => {
      const to = { port: world.port, host: '127.0.0.1', rejectUnauthorized: false }
      const socket = connectTls({ ...to, ciphers, minVersion: version, maxVersion: version })
      socket.once('secureConnect', () => {
        resolve(socket.getProtocol() ?? '')
        socket.destroy()
      })
      socket.once('error', () => resolve('refused'))
    })

  it('is TLS 1.2 or 1.3 with forward secrecy, and nothing older', async () => {
    expect(await offer('TLSv1.1')).toBe('refused')
    expect(await offer('TLSv1')).toBe('refused')
    expect(await offer('TLSv1.2', 'AES128-SHA:AES256-GCM-SHA384')).toBe('refused')
    expect(await offer('TLSv1.2')).toBe('TLSv1.2')
    expect(await offer('TLSv1.3')).toBe('TLSv1.3')
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'may be resumed over %s, and only by who made it',
    async (version) => {
      const to = { port: world.port, host: '127.0.0.1', rejectUnauthorized: false }
      const versions = { minVersion: version, maxVersion: version }
      const status = async (socket: TLSSocket): Promise<string> => {
        socket.write('GET /1.0/instances HTTP/1.1\r\nHost: x\r\n\r\n')
        const [data] = (await once(socket, 'data')) as [Buffer]
        socket.destroy()
        return String(data).slice(9, 12)
      }
      const first = connectTls({ ...to, ...versions, ...people.admin })
      const sessions: Buffer[] = []
      first.on('session', (session: Buffer) => sessions.push(session))
      await once(first, 'secureConnect')
      expect(await status(first)).toBe('200')
      const session = sessions.at(-1)
      expect(session).toBeDefined()
      const again = connectTls({ ...to, ...versions, ...people.admin, ...(session && { session }) })
      await once(again, 'secureConnect')
      expect([again.isSessionReused(), await status(again)]).toEqual([true, '200'])
      await world.host.access.trust.update(fingerprint(people.admin), { type: 'metrics' })
      const later = connectTls({ ...to, ...versions, ...people.admin, ...(session && { session }) })
      await once(later, 'secureConnect')
      expect(await status(later)).toBe('403')
      await world.host.access.trust.update(fingerprint(people.admin), { type: 'client' })
    },
  )

  it('of somebody who never shakes hands holds up nobody', async () => {
    const silent = Array.from({ length: 50 }, () => connect(world.port, '127.0.0.1'))
    await Promise.all(silent.map((socket) => once(socket, 'connect')))
    for (const socket of silent.slice(25)) socket.write(Buffer.from([22, 3, 1, 2, 0, 1]))
    expect((await world.as(people.admin)('GET', '/1.0')).status).toBe(200)
    for (const socket of silent) socket.destroy()
  })

  it('that speaks no TLS is ended, and the server goes on', async () => {
    const socket = connect(world.port, '127.0.0.1')
    socket.write('GET /1.0 HTTP/1.1\r\nHost: x\r\n\r\n')
    socket.on('error', () => undefined)
    await once(socket, 'close')
    expect((await world.as(people.admin)('GET', '/1.0')).status).toBe(200)
  })
})
