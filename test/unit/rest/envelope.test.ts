import { describe, expect, it } from 'vitest'
import { served } from './client.ts'
import { fakeInstance } from './fake-host.ts'

describe('what every answer looks like', () => {
  it('answers a read with the whole envelope, in LXD order and with a final line end', async () => {
    await using api = await served()
    const { status, text } = await api.ask('GET', '/')
    expect(status).toBe(200)
    expect(text).toBe(
      '{"type":"sync","status":"Success","status_code":200,"operation":"","error_code":0,"error":"","metadata":["/1.0"]}\n',
    )
  })

  it('answers an unknown path with 404 and the unused fields at zero', async () => {
    await using api = await served()
    const { status, text, headers } = await api.ask('GET', '/1.0/nosuch')
    expect(status).toBe(404)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(text).toBe(
      '{"type":"error","status":"","status_code":0,"operation":"","error_code":404,"error":"not found","metadata":null}\n',
    )
  })

  it.each([
    ['DELETE', '/1.0'],
    ['PUT', '/1.0/events'],
    ['POST', '/1.0/instances/c1/backups'],
    ['BREW', '/1.0/instances'],
  ])('answers %s %s, which LXD has and this server has not, with 501', async (method, path) => {
    await using api = await served()
    const answer = await api.ask(method.replace('BREW', 'PATCH'), path)
    expect(answer.status).toBe(501)
    expect(answer.body.error_code).toBe(501)
  })

  it('answers the creation of an object with 201, its location and null', async () => {
    await using api = await served()
    const { status, headers, body } = await api.ask('POST', '/1.0/profiles', {
      json: { name: 'p1' },
    })
    expect(status).toBe(201)
    expect(headers.location).toBe('/1.0/profiles/p1')
    expect(body).toMatchObject({ type: 'sync', status_code: 200, metadata: null })
  })

  it('answers a change with an empty object', async () => {
    await using api = await served()
    await api.ask('POST', '/1.0/profiles', { json: { name: 'p1' } })
    const { status, metadata } = await api.ask('PATCH', '/1.0/profiles/p1', {
      json: { config: { 'user.a': 'b' } },
    })
    expect(status).toBe(200)
    expect(metadata).toEqual({})
  })

  it('answers long work with 202, the operation and where it is', async () => {
    await using api = await served()
    api.host.records.set('default/c1', fakeInstance('c1', { status: 'Stopped' }))
    const { status, headers, body } = await api.ask('PUT', '/1.0/instances/c1/state', {
      json: { action: 'start', timeout: -1, force: false, stateful: false },
    })
    expect(status).toBe(202)
    expect(headers.location).toMatch(/^\/1\.0\/operations\/[0-9a-f-]{36}$/)
    expect(body).toMatchObject({
      type: 'async',
      status: 'Operation created',
      status_code: 100,
      operation: headers.location,
      metadata: { class: 'task', description: 'Starting instance', location: 'none', err: '' },
    })
  })

  it('answers OPTIONS with nothing', async () => {
    await using api = await served()
    expect((await api.ask('OPTIONS', '/1.0')).status).toBe(200)
  })
})

describe('statuses that differ from the common table', () => {
  it('answers 400 for a network that exists and a pool that is in use, as LXD does', async () => {
    await using api = await served()
    const network = await api.ask('POST', '/1.0/networks', { json: { name: 'br0', type: '' } })
    expect(network.status).toBe(400)
    expect((await api.ask('DELETE', '/1.0/storage-pools/p')).status).toBe(400)
  })

  it('answers 409 for an alias that exists', async () => {
    await using api = await served()
    const { headers } = await api.ask('POST', '/1.0/images', { body: 'image' })
    await api.ask('GET', `${headers.location}/wait`)
    const json = { name: 'a', target: 'abab' }
    expect((await api.ask('POST', '/1.0/images/aliases', { json })).status).toBe(201)
    expect((await api.ask('GET', '/1.0/images/aliases/a')).metadata).toMatchObject({
      target: 'ab'.repeat(32),
    })
    expect((await api.ask('POST', '/1.0/images/aliases', { json })).status).toBe(409)
  })

  it('answers 404 for a change in a project that does not exist', async () => {
    await using api = await served()
    const json = { name: 'p' }
    expect((await api.ask('POST', '/1.0/profiles?project=nosuch', { json })).status).toBe(404)
    expect((await api.ask('GET', '/1.0/instances?project=nosuch')).metadata).toEqual([])
  })
})

describe('wrong requests', () => {
  it.each([
    ['malformed JSON', '{bad'],
    ['an empty body', ''],
    ['JSON of another shape', '[1]'],
    ['a value of the wrong type', '{"name": 7}'],
  ])('answers %s with 400', async (_, body) => {
    await using api = await served()
    const { status, body: envelope } = await api.ask('POST', '/1.0/profiles', { body })
    expect(status).toBe(400)
    expect(envelope.type).toBe('error')
  })

  it('answers a JSON body of more than a MiB with 413 and goes on serving', async () => {
    await using api = await served()
    const body = JSON.stringify({ name: 'p', description: 'x'.repeat(2 ** 20) })
    expect((await api.ask('POST', '/1.0/profiles', { body })).status).toBe(413)
    expect((await api.ask('GET', '/')).status).toBe(200)
  })

  it.each(['//', '/1.0/instances/', '/1.0/instances//state', '/1.0/%zz', '/1.0/instances/%00'])(
    'answers the strange path %s with an error and goes on serving',
    async (path) => {
      await using api = await served()
      const { status } = await api.ask('GET', path)
      expect([400, 404]).toContain(status)
      expect((await api.ask('GET', '/')).status).toBe(200)
    },
  )

  it('refuses work for another server than this one, which is alone', async () => {
    await using api = await served()
    const made = await api.ask('POST', '/1.0/instances?target=other', { json: {} })
    for (const { status, body } of [made, await api.ask('GET', '/1.0/profiles?target=other')])
      expect([status, body.error]).toEqual([400, expect.stringContaining("called 'other'")])
    expect((await api.ask('GET', '/1.0/profiles?target=none')).status).toBe(200)
    expect((await api.ask('GET', '/1.0/profiles?target=')).status).toBe(200)
  })
})

describe('a server that is ending', () => {
  it('answers reads and refuses changes with 503', async () => {
    await using api = await served()
    api.server.drain()
    expect((await api.ask('GET', '/1.0/profiles')).status).toBe(200)
    expect((await api.ask('POST', '/1.0/profiles', { json: { name: 'p' } })).status).toBe(503)
  })
})
