import { describe, expect, it } from 'vitest'
import { EXTENSIONS } from '../../../lib/rest/extensions.ts'
import { served } from './client.ts'
import { fakeHost, fakeInstance } from './fake-host.ts'
import { WARNING_ID } from './fake-rooms.ts'

describe('lists', () => {
  it('are URLs, and the objects themselves with recursion', async () => {
    await using api = await served()
    api.host.records.set('default/c1', fakeInstance('c1'))
    expect((await api.ask('GET', '/1.0/instances')).metadata).toEqual(['/1.0/instances/c1'])
    const [flat] = (await api.ask('GET', '/1.0/instances?recursion=1')).metadata as object[]
    expect(flat).toMatchObject({ name: 'c1', status: 'Running', status_code: 103 })
    expect(flat).not.toHaveProperty('state')
    const [full] = (await api.ask('GET', '/1.0/instances?recursion=2')).metadata as object[]
    expect(full).toMatchObject({ backups: null, snapshots: null, state: { network: null } })
  })

  it('carry the project where it is not the default one', async () => {
    await using api = await served()
    api.host.records.set('blue/c1', fakeInstance('c1', { project: 'blue' }))
    api.host.records.set('default/c2', fakeInstance('c2'))
    const blue = await api.ask('GET', '/1.0/instances?project=blue')
    expect(blue.metadata).toEqual(['/1.0/instances/c1?project=blue'])
    const all = await api.ask('GET', '/1.0/instances?all-projects=true')
    expect(all.metadata).toEqual(['/1.0/instances/c1?project=blue', '/1.0/instances/c2'])
  })

  it('refuse a project together with all projects', async () => {
    await using api = await served()
    const { status } = await api.ask('GET', '/1.0/instances?all-projects=true&project=x')
    expect(status).toBe(400)
  })

  it('show under the older names only instances of that type, with URLs of that name', async () => {
    await using api = await served()
    api.host.records.set('default/c1', fakeInstance('c1'))
    api.host.records.set('default/v1', fakeInstance('v1', { type: 'virtual-machine' }))
    expect((await api.ask('GET', '/1.0/containers')).metadata).toEqual(['/1.0/containers/c1'])
    const machines = await api.ask('GET', '/1.0/virtual-machines')
    expect(machines.metadata).toEqual(['/1.0/virtual-machines/v1'])
  })

  it('are filtered', async () => {
    await using api = await served()
    api.host.records.set('default/c1', fakeInstance('c1'))
    api.host.records.set('default/c2', fakeInstance('c2'))
    const filtered = await api.ask('GET', '/1.0/instances?filter=name+eq+c2')
    expect(filtered.metadata).toEqual(['/1.0/instances/c2'])
    expect((await api.ask('GET', '/1.0/instances?filter=x')).status).toBe(400)
  })

  it('say of links that are not managed what LXD says: no status and no locations', async () => {
    await using api = await served()
    const [link] = (await api.ask('GET', '/1.0/networks?recursion=1')).metadata as object[]
    expect(link).toMatchObject({ name: 'eth0', managed: false, status: '', locations: null })
  })
})

describe('the tag of an object', () => {
  it('lets a change pass that was made to the version at hand, and refuses another with 412', async () => {
    await using api = await served()
    await api.ask('POST', '/1.0/profiles', { json: { name: 'p1' } })
    const { etag = '' } = (await api.ask('GET', '/1.0/profiles/p1')).headers
    expect(etag).toMatch(/^"[0-9a-f]{64}"$/)
    const put = (tag: string, description: string) =>
      api.ask('PUT', '/1.0/profiles/p1', { json: { description }, headers: { 'If-Match': tag } })
    expect((await put(etag, 'one')).status).toBe(200)
    expect((await put(etag, 'two')).status).toBe(412)
    expect((await api.ask('GET', '/1.0/profiles/p1')).metadata).toMatchObject({
      description: 'one',
    })
  })

  it('is not sent for pools, and checked all the same', async () => {
    await using api = await served()
    await api.ask('POST', '/1.0/storage-pools', { json: { name: 'p', driver: 'dir' } })
    expect((await api.ask('GET', '/1.0/storage-pools/p')).headers.etag).toBeUndefined()
    const headers = { 'If-Match': '"other"' }
    const put = await api.ask('PUT', '/1.0/storage-pools/p', { json: {}, headers })
    expect(put.status).toBe(412)
  })
})

describe('PUT and PATCH', () => {
  it('replace the whole object, or what is given, an empty value taking its key away', async () => {
    await using api = await served()
    api.host.records.set(
      'default/c1',
      fakeInstance('c1', { config: { 'user.a': '1', 'user.b': '2' } }),
    )
    const config = { 'user.b': '', 'user.c': '3' }
    expect((await api.ask('PATCH', '/1.0/instances/c1', { json: { config } })).status).toBe(200)
    expect(api.host.records.get('default/c1')?.config).toEqual({ 'user.a': '1', 'user.c': '3' })
    await api.ask('PUT', '/1.0/instances/c1', { json: { config: { 'user.d': '4' } } })
    expect(api.host.records.get('default/c1')).toMatchObject({
      config: { 'user.d': '4' },
      profiles: [],
      description: '',
    })
  })
})

describe('the state of a project', () => {
  it('tells limit and usage of each resource, -1 where there is no limit', async () => {
    await using api = await served()
    expect((await api.ask('GET', '/1.0/projects/default/state')).metadata).toEqual({
      resources: { instances: { Limit: -1, Usage: 1 }, memory: { Limit: 1024, Usage: 512 } },
    })
  })
})

describe('new instances', () => {
  it('need an image that exists before an operation is made', async () => {
    await using api = await served()
    const source = { type: 'image', alias: 'nosuch' }
    const { status } = await api.ask('POST', '/1.0/instances', { json: { name: 'c1', source } })
    expect(status).toBe(404)
  })

  it.each([['1bad'], ['-bad'], ['bad-'], ['b_d'], ['x'.repeat(64)]])(
    'are refused the name %s',
    async (name) => {
      await using api = await served()
      const { status } = await api.ask('POST', '/1.0/instances', {
        json: { name, source: { type: 'none' } },
      })
      expect(status).toBe(400)
    },
  )

  it('accept the nulls of Go clients and get a name chosen for them', async () => {
    await using api = await served()
    const json = { name: '', config: null, devices: null, profiles: null, source: { type: 'none' } }
    const { status, headers } = await api.ask('POST', '/1.0/instances', { json })
    expect(status).toBe(202)
    await api.ask('GET', `${headers.location}/wait`)
    expect([...api.host.records.keys()]).toEqual(['default/chosen-name'])
  })

  it.each([
    [
      'an image that is sent',
      { type: 'image', mode: 'push', server: 'https://x.test', alias: 'x' },
    ],
    ['a migration', { type: 'migration' }],
  ])('from %s are refused with 501', async (_, source) => {
    await using api = await served()
    const { status } = await api.ask('POST', '/1.0/instances', { json: { name: 'c1', source } })
    expect(status).toBe(501)
  })
})

describe('changing the state of instances', () => {
  it('refuses an unknown action, even one with the name of something inherited', async () => {
    await using api = await served()
    api.host.records.set('default/c1', fakeInstance('c1'))
    for (const action of ['explode', 'constructor', '__proto__']) {
      const { status } = await api.ask('PUT', '/1.0/instances/c1/state', { json: { action } })
      expect(status).toBe(400)
    }
  })

  it('changes all instances that the action concerns', async () => {
    await using api = await served()
    api.host.records.set('default/c1', fakeInstance('c1'))
    api.host.records.set('default/c2', fakeInstance('c2', { status: 'Stopped' }))
    const { headers, metadata } = await api.ask('PUT', '/1.0/instances', {
      json: { state: { action: 'stop', force: true } },
    })
    expect(metadata).toMatchObject({ resources: { instances: ['/1.0/instances/c1'] } })
    await api.ask('GET', `${headers.location}/wait`)
    const states = [...api.host.records.values()].map(({ status }) => status)
    expect(states).toEqual(['Stopped', 'Stopped'])
  })

  it('does not delete an instance that runs', async () => {
    await using api = await served()
    api.host.records.set('default/c1', fakeInstance('c1'))
    expect((await api.ask('DELETE', '/1.0/instances/c1')).status).toBe(400)
    expect(api.host.records.size).toBe(1)
  })
})

describe('warnings', () => {
  it('are listed, by project too, and shown as LXD shows them', async () => {
    await using api = await served()
    expect((await api.ask('GET', '/1.0/warnings')).metadata).toEqual([
      `/1.0/warnings/${WARNING_ID}`,
    ])
    expect((await api.ask('GET', '/1.0/warnings?project=p1')).metadata).toEqual([])
    const wire = {
      ...{ status: 'new', uuid: WARNING_ID, location: 'none', project: '' },
      ...{ type: 'Storage pool unavailable', count: 2, severity: 'high' },
      first_seen_at: '2026-01-02T03:04:05.6Z',
      last_seen_at: '2026-01-02T03:04:05.6Z',
      last_message: 'no such directory',
      entity_url: '/1.0/storage-pools/default',
    }
    expect((await api.ask('GET', '/1.0/warnings?recursion=1')).metadata).toEqual([wire])
    expect((await api.ask('GET', `/1.0/warnings/${WARNING_ID}`)).metadata).toEqual(wire)
  })

  it('are acknowledged, reset and deleted, and nothing else', async () => {
    await using api = await served()
    const url = `/1.0/warnings/${WARNING_ID}`
    const settle = async (method: string, status: string) =>
      (await api.ask(method, url, { json: { status } })).status
    expect(await settle('PUT', 'acknowledged')).toBe(200)
    expect((await api.ask('GET', url)).metadata).toMatchObject({ status: 'acknowledged' })
    expect(await settle('PATCH', 'new')).toBe(200)
    expect((await api.ask('GET', url)).metadata).toMatchObject({ status: 'new' })
    expect(await settle('PUT', 'resolved')).toBe(403)
    expect(await settle('PUT', 'nosuch')).toBe(400)
    expect(await settle('PATCH', '')).toBe(400)
    expect((await api.ask('DELETE', url)).status).toBe(200)
    expect((await api.ask('GET', url)).status).toBe(404)
    expect(await settle('PUT', 'new')).toBe(404)
    expect((await api.ask('DELETE', url)).status).toBe(404)
  })
})

describe('the server itself', () => {
  it('advertises each extension once and says which API it follows', async () => {
    await using api = await served()
    const { metadata } = await api.ask('GET', '/1.0')
    expect(new Set(EXTENSIONS).size).toBe(EXTENSIONS.length)
    expect(metadata).toMatchObject({
      api_extensions: EXTENSIONS,
      api_version: '1.0',
      auth: 'trusted',
      environment: { server: 'lxd', server_clustered: false, server_version: '5.2' },
    })
  })

  it('keeps keys of the user, refuses those it does not act on with 501 and unknown ones with 400', async () => {
    await using api = await served()
    const set = (config: Readonly<Record<string, string>>) =>
      api.ask('PATCH', '/1.0', { json: { config } })
    expect((await set({ 'user.a': 'b' })).status).toBe(200)
    expect((await set({ 'core.bgp_asn': '65000' })).status).toBe(501)
    expect((await set({ nosuch: 'x' })).status).toBe(400)
    expect((await api.ask('GET', '/1.0')).metadata).toMatchObject({ config: { 'user.a': 'b' } })
    expect((await set({ 'user.a': '' })).status).toBe(200)
    expect((await api.ask('GET', '/1.0')).metadata).toMatchObject({ config: {} })
  })

  it('replaces its keys by PUT, only when they are as the client read them', async () => {
    await using api = await served()
    const put = (config: Readonly<Record<string, string>>, match: string) =>
      api.ask('PUT', '/1.0', { json: { config }, headers: { 'If-Match': match } })
    const first = (await api.ask('GET', '/1.0')).headers.etag ?? ''
    expect((await put({ 'user.a': 'b' }, first)).status).toBe(200)
    expect((await put({ 'user.a': 'c' }, first)).status).toBe(412)
    expect((await api.ask('GET', '/1.0')).metadata).toMatchObject({ config: { 'user.a': 'b' } })
  })

  it('tells of a certificate and addresses where it has them', async () => {
    const host = fakeHost()
    const access = {
      ...host.access,
      addresses: async () => ['192.0.2.1:8443'],
      serverCertificate: async () => ({ certificate: 'PEM', fingerprint: 'ab', key: '' }),
    }
    await using api = await served({}, Object.assign(host, { access }))
    expect((await api.ask('GET', '/1.0')).metadata).toMatchObject({
      environment: {
        addresses: ['192.0.2.1:8443'],
        certificate: 'PEM',
        certificate_fingerprint: 'ab',
      },
    })
  })

  it('can only be shut down through its API where that was allowed', async () => {
    await using closed = await served()
    expect((await closed.ask('PUT', '/internal/shutdown')).status).toBe(501)
    const asked: unknown[] = []
    await using open = await served({ shutdown: async (request) => void asked.push(request) })
    expect((await open.ask('PUT', '/internal/shutdown?force=true')).status).toBe(200)
    expect(asked).toEqual([{ force: true }])
  })
})
