import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type AccessWorld,
  type Answer,
  fingerprint,
  openAccessWorld,
  type Person,
  peopled,
  person,
  refusalOf,
} from './access-world.ts'

const stranger = person('stranger')
let world: AccessWorld
let people: Awaited<ReturnType<typeof peopled>>

beforeAll(async () => {
  world = await openAccessWorld()
  people = await peopled(world)
})

afterAll(() => world[Symbol.asyncDispose]())

function told({ status, body }: Answer): readonly [number, string] {
  return [status, body.error]
}

describe('who is nobody', () => {
  it.each([
    ['without a certificate', undefined],
    ['with one that nobody trusts', stranger],
  ])('%s, reads only what everybody may know', async (_, who) => {
    const ask = world.as(who)
    expect((await ask('GET', '/')).metadata).toEqual(['/1.0'])
    const { metadata } = await ask('GET', '/1.0')
    expect(metadata).toMatchObject({ auth: 'untrusted' })
    expect(Object.keys(metadata as object).sort()).toEqual([
      ...['api_extensions', 'api_status', 'api_version', 'auth', 'auth_methods', 'public'],
    ])
    expect((await ask('GET', '/1.0/images')).metadata).toEqual([])
  })

  it.each([
    ['GET', '/1.0/instances'],
    ['GET', '/1.0/projects'],
    ['GET', '/1.0/certificates'],
    ['GET', '/1.0/operations'],
    ['GET', '/1.0/resources'],
    ['GET', '/1.0/metrics'],
    ['GET', '/internal/ready'],
    ['PUT', '/1.0'],
    ['POST', '/1.0/images'],
    ['POST', '/1.0/instances'],
    ['DELETE', '/1.0/certificates/ab'],
  ])('is refused %s %s', async (method, path) => {
    expect(told(await world.as(stranger)(method, path, { json: {} }))).toEqual([
      ...[403, 'not authorized'],
    ])
  })

  it('hears no events', async () => {
    expect(await refusalOf(world.socket('/1.0/events', stranger))).toBe(403)
  })

  it('does not learn which operations there are, nor wait for them', async () => {
    const { operation } = await world.host.access.issueToken({ name: 'x' })
    operation.catch(() => undefined)
    const secret = String(operation.record.metadata?.secret)
    const nowhere = '00000000-0000-0000-0000-000000000000'
    for (const id of [operation.id, nowhere])
      for (const query of ['', '?secret=', '?secret=undefined', `?secret=${secret.slice(1)}`]) {
        const path = `/1.0/operations/${id}`
        expect(told(await world.as(stranger)('GET', `${path}/wait${query}`))).toEqual([
          ...[403, 'not authorized'],
        ])
        expect(await refusalOf(world.socket(`${path}/websocket${query}`, stranger))).toBe(403)
      }
    const known = `/1.0/operations/${operation.id}/wait?timeout=0&secret=${secret}`
    expect((await world.as(stranger)('GET', known)).status).toBe(200)
    await operation.cancel()
  })
})

describe('a token', () => {
  const use = (token: string, who: Person): Promise<Answer> =>
    world.as(who)('POST', '/1.0/certificates', { json: { type: 'client', password: token } })

  it('cannot be made by who is not an administrator', async () => {
    const json = { type: 'client', name: 'x', token: true }
    for (const who of [stranger, people.confined, people.watcher])
      expect((await world.as(who)('POST', '/1.0/certificates', { json })).status).toBe(403)
  })

  it('trusts once, and with nothing that its bearer asks for', async () => {
    const wish = { name: 'laptop', restricted: true, projects: ['mine'] }
    const { token } = await world.host.access.issueToken(wish)
    const laptop = person('laptop')
    const json = { type: 'client', password: token, restricted: false, name: 'root' }
    const first = await world.as(laptop)('POST', '/1.0/certificates', { json })
    expect(first.status).toBe(201)
    const found = await world.local('GET', first.headers.location ?? '')
    expect(found.metadata).toMatchObject(wish)
    expect(told(await use(token, person('thief')))).toEqual([403, 'not authorized'])
  })

  it('of another server, a made up one, and what is none, are one refusal', async () => {
    await using other = await openAccessWorld()
    const { token } = await other.host.access.issueToken({ name: 'x' })
    const forged = Buffer.from('{"client_name":"x","secret":"00"}').toString('base64')
    for (const bad of [token, forged, 'e30=', 'null'])
      expect(told(await use(bad, person('thief')))).toEqual([403, 'not authorized'])
  })

  it('that was withdrawn trusts nobody', async () => {
    const { token, operation } = await world.host.access.issueToken({ name: 'x' })
    operation.catch(() => undefined)
    await world.local('DELETE', `/1.0/operations/${operation.id}`)
    expect((await use(token, person('late'))).status).toBe(403)
  })

  it('is not shown to who may only see a project', async () => {
    await world.host.access.trust.update(fingerprint(people.confined), {
      projects: ['default', 'mine'],
    })
    const { operation } = await world.host.access.issueToken({ name: 'x' })
    operation.catch(() => undefined)
    const list = await world.as(people.confined)('GET', '/1.0/operations?recursion=1')
    expect(JSON.stringify(list.metadata)).not.toContain('secret')
    const path = `/1.0/operations/${operation.id}`
    for (const method of ['GET', 'DELETE'])
      expect((await world.as(people.confined)(method, path)).status).toBe(404)
    await operation.cancel()
    await world.host.access.trust.update(fingerprint(people.confined), { projects: ['mine'] })
  })
})

describe('a metrics certificate', () => {
  it('is a stranger to everything but the metrics', async () => {
    const ask = world.as(people.watcher)
    expect((await ask('GET', '/1.0')).metadata).toMatchObject({ auth: 'untrusted' })
    for (const path of ['/1.0/instances', '/1.0/certificates', '/1.0/operations'])
      expect((await ask('GET', path)).status).toBe(403)
    expect((await ask('GET', '/1.0/metrics')).status).not.toBe(403)
  })
})
