import { once } from 'node:events'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type AccessWorld,
  type Answer,
  fingerprint,
  openAccessWorld,
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

/** An operation's end, with nothing in it that differs from one to the next. */
async function ended(answer: Answer): Promise<Answer> {
  if (answer.status !== 202) return answer
  const { id } = answer.metadata as { readonly id: string }
  const path = `/1.0/operations/${id}/wait?project=mine`
  const { metadata, ...rest } = await world.as(people.confined)('GET', path)
  return { ...rest, metadata: (metadata as { readonly err: string }).err }
}

function told({ status, body }: Answer): readonly [number, string] {
  return [status, body.error]
}

describe('a restricted certificate', () => {
  it.each([
    ['GET', '/1.0/profiles/hidden'],
    ['GET', '/1.0/profiles'],
    ['GET', '/1.0/instances'],
    ['GET', '/1.0/instances/c1'],
    ['GET', '/1.0/instances/c1/state'],
    ['GET', '/1.0/networks'],
    ['GET', '/1.0/storage-pools'],
    ['GET', '/1.0/operations'],
    ['GET', '/1.0/images'],
    ['GET', '/1.0/images/ab/export'],
    ['POST', '/1.0/instances'],
    ['POST', '/1.0/profiles'],
    ['PUT', '/1.0/profiles/hidden'],
    ['DELETE', '/1.0/profiles/hidden'],
  ])(
    'gets the same answer to %s %s for a project that is there and one that is not',
    async (method, path) => {
      const [there, not] = await Promise.all(
        ['secret', 'nosuch'].map((project) =>
          world.as(people.confined)(method, `${path}?project=${project}`, { json: {} }),
        ),
      )
      expect(told(there as Answer)).toEqual([404, 'Project not found'])
      expect(told(not as Answer)).toEqual(told(there as Answer))
    },
  )

  it('sees its projects and no others', async () => {
    const ask = world.as(people.confined)
    expect((await ask('GET', '/1.0/projects')).metadata).toEqual(['/1.0/projects/mine'])
    for (const name of ['secret', 'nosuch', 'default'])
      expect(told(await ask('GET', `/1.0/projects/${name}`))).toEqual([404, 'Project not found'])
  })

  it.each([
    ['POST', '/1.0/instances', { name: 'a', source: { type: 'copy', source: 'c1', project: '?' } }],
    ['POST', '/1.0/instances', { name: 'a', project: '?', source: { type: 'none' } }],
    ['POST', '/1.0/instances/c1', { name: 'c1', project: '?' }],
    ['POST', '/1.0/images', { source: { type: 'instance', name: 'c1', project: '?' } }],
    [
      'POST',
      '/1.0/storage-pools/p/volumes/custom',
      { name: 'v', source: { name: 'v', project: '?' } },
    ],
  ])('learns nothing of a project that the body of %s %s names: %j', async (method, path, body) => {
    const headers = { 'Content-Type': 'application/json' }
    const [there, not] = await Promise.all(
      ['secret', 'nosuch'].map(async (project) => {
        const sent = { body: JSON.stringify(body).replace('?', project), headers }
        const answer = await world.as(people.confined)(method, `${path}?project=mine`, sent)
        const { status, body: envelope, metadata } = await ended(answer)
        return JSON.stringify([status, envelope.error, metadata]).replaceAll(project, '?')
      }),
    )
    expect(there).toBe(not)
    expect(await world.host.in('mine').instances.list()).toEqual([])
  })

  it('changes neither projects nor the server', async () => {
    const ask = world.as(people.confined)
    for (const [method, path] of [
      ['PUT', '/1.0/projects/mine'],
      ['PATCH', '/1.0/projects/mine'],
      ['DELETE', '/1.0/projects/mine'],
      ['POST', '/1.0/projects'],
      ['PUT', '/1.0'],
      ['PATCH', '/1.0'],
      ['POST', '/1.0/storage-pools'],
      ['PUT', '/internal/shutdown'],
      ['GET', '/1.0/warnings'],
    ] as const) {
      const json = { name: 'x', driver: 'dir', config: { 'limits.instances': '1' } }
      expect([path, (await ask(method, path, { json })).status]).toEqual([path, 403])
    }
    expect((await ask('GET', '/1.0')).metadata).toMatchObject({ auth: 'trusted', config: {} })
  })

  it('changes no networks of default through a project that shares them', async () => {
    const json = { name: 'br', type: 'bridge' }
    const path = '/1.0/networks?project=mine'
    expect((await world.as(people.confined)('GET', path)).status).toBe(200)
    expect(told(await world.as(people.confined)('POST', path, { json }))).toEqual([
      403,
      'not authorized',
    ])
  })

  it('lists over all projects what is in its own', async () => {
    const list = await world.as(people.confined)('GET', '/1.0/instances?all-projects=true')
    expect(list).toMatchObject({ status: 200, metadata: [] })
    const one = await world.as(people.confined)('GET', '/1.0/instances/c1?all-projects=true')
    expect(one.status).toBe(403)
  })

  it('hears of its projects and no others', async () => {
    const heard: unknown[] = []
    const socket = world.socket('/1.0/events?all-projects=true', people.confined)
    socket.on('message', (data: Buffer) => heard.push(JSON.parse(String(data))))
    await once(socket, 'open')
    await world.host.in('secret').profiles.create({ name: 'p1' })
    await world.trusted('somebody')
    await world.host.in('mine').profiles.create({ name: 'p2' })
    await expect.poll(() => heard).toHaveLength(1)
    expect(heard).toMatchObject([
      { project: 'mine', metadata: { source: '/1.0/profiles/p2?project=mine' } },
    ])
    socket.terminate()
    const logging = world.socket('/1.0/events?type=logging&project=mine', people.confined)
    expect(await refusalOf(logging)).toBe(403)
    expect(await refusalOf(world.socket('/1.0/events?project=secret', people.confined))).toBe(404)
  })
})

describe('the trust store', () => {
  it.each(['', '?recursion=1', '?recursion=2'])(
    'shows a restricted certificate itself and no other by GET /1.0/certificates%s',
    async (query) => {
      const { metadata } = await world.as(people.confined)('GET', `/1.0/certificates${query}`)
      expect(metadata).toHaveLength(1)
      expect(JSON.stringify(metadata)).toContain(fingerprint(people.confined))
      const all = await world.as(people.admin)('GET', `/1.0/certificates${query}`)
      expect((all.metadata as unknown[]).length).toBeGreaterThan(3)
    },
  )

  it.each(['%25', '_', '%25%25', 'a%25', '%2e%2e', '%20', '%00'])(
    'finds nothing by the fingerprint %j',
    async (pattern) => {
      for (const who of [people.admin, people.confined])
        for (const method of ['GET', 'PUT', 'PATCH']) {
          const answer = await world.as(who)(method, `/1.0/certificates/${pattern}`, { json: {} })
          expect(answer.status).toBe(404)
        }
      const deleted = await world.as(people.admin)('DELETE', `/1.0/certificates/${pattern}`)
      expect(deleted.status).toBe(404)
    },
  )

  it('lets a restricted certificate change nothing of what it is trusted for', async () => {
    const path = `/1.0/certificates/${fingerprint(people.confined)}`
    const own = { name: 'confined', type: 'client', restricted: true, projects: ['mine'] }
    for (const change of [
      { type: 'metrics' },
      { name: 'other' },
      { restricted: false },
      { projects: ['mine', 'secret'] },
      { projects: [] },
    ]) {
      const ask = world.as(people.confined)
      expect((await ask('PATCH', path, { json: change })).status).toBe(403)
      expect((await ask('PUT', path, { json: { ...own, ...change } })).status).toBe(403)
    }
    expect(
      (await world.as(people.confined)('PUT', path, { json: { name: 'confined' } })).status,
    ).toBe(403)
    expect((await world.as(people.confined)('DELETE', path)).status).toBe(403)
    expect((await world.local('GET', path)).metadata).toMatchObject(own)
  })

  it('lets nobody change the entry of another', async () => {
    const path = `/1.0/certificates/${fingerprint(people.admin)}`
    for (const who of [people.confined, people.watcher, stranger])
      for (const method of ['PUT', 'PATCH', 'DELETE'])
        expect((await world.as(who)(method, path, { json: {} })).status).not.toBe(200)
    expect((await world.as(people.admin)('GET', path)).status).toBe(200)
  })

  it('lets a restricted certificate be renewed by its holder, who stays restricted', async () => {
    const before = await world.trusted('renewed', { restricted: true, projects: ['mine'] })
    const after = person('renewed')
    const path = `/1.0/certificates/${fingerprint(before)}`
    const json = { certificate: after.cert }
    expect((await world.as(before)('PATCH', path, { json })).status).toBe(200)
    expect((await world.as(before)('GET', '/1.0/projects')).status).toBe(403)
    const projects = await world.as(after)('GET', '/1.0/projects')
    expect(projects.metadata).toEqual(['/1.0/projects/mine'])
  })

  it('refuses certificates that are too large, and goes on', async () => {
    const huge = 'A'.repeat(900_000)
    for (const [certificate, status] of [
      [huge, 400],
      [`-----BEGIN CERTIFICATE-----\n${huge}`, 400],
      ['A'.repeat(2 ** 21), 413],
    ] as const) {
      const json = { type: 'client', certificate }
      expect((await world.as(people.admin)('POST', '/1.0/certificates', { json })).status).toBe(
        status,
      )
    }
    expect((await world.as(people.admin)('GET', '/1.0')).status).toBe(200)
  })

  it('ends trust at the next request of a connection that is open', async () => {
    const leaver = await world.trusted('leaver')
    const socket = connectTls({
      port: world.port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ...leaver,
    })
    await once(socket, 'secureConnect')
    const statusOf = async (): Promise<string> => {
      socket.write('GET /1.0/instances HTTP/1.1\r\nHost: x\r\n\r\n')
      const [data] = (await once(socket, 'data')) as [Buffer]
      return String(data).slice(9, 12)
    }
    expect(await statusOf()).toBe('200')
    await world.host.access.trust.delete(fingerprint(leaver))
    expect(await statusOf()).toBe('403')
    socket.destroy()
  })
})
