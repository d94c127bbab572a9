import { describe, expect, it } from 'vitest'
import { served } from './client.ts'
import { fakeInstance } from './fake-host.ts'

async function withInstance() {
  const api = await served()
  api.host.records.set('default/c1', fakeInstance('c1'))
  return api
}

const ALL = '/1.0/instances/c1/snapshots'

describe('snapshots of an instance', () => {
  it('are URLs, and the objects themselves with recursion', async () => {
    await using api = await withInstance()
    expect((await api.ask('GET', ALL)).metadata).toEqual([`${ALL}/first`])
    const [one] = (await api.ask('GET', `${ALL}?recursion=1`)).metadata as object[]
    expect(one).toMatchObject({ name: 'first', stateful: false, size: -1 })
    expect(one).toMatchObject({ expires_at: '0001-01-01T00:00:00Z' })
    const full = await api.ask('GET', '/1.0/instances/c1?recursion=1')
    expect(full.metadata).toMatchObject({ snapshots: [{ name: 'first' }] })
  })

  it('are made, changed, renamed, restored and deleted in the background', async () => {
    await using api = await withInstance()
    const asked = [
      ['POST', ALL, { name: 'a', expires_at: '2030-01-01T00:00:00Z' }],
      ['POST', ALL, { name: '' }],
      ['PUT', `${ALL}/first`, { expires_at: '2030-01-01T00:00:00Z' }],
      ['PATCH', `${ALL}/first`, {}],
      ['POST', `${ALL}/first`, { name: 'b' }],
      ['PUT', '/1.0/instances/c1', { restore: 'first' }],
      ['DELETE', `${ALL}/first`, undefined],
    ] as const
    for (const [method, path, json] of asked) {
      const { status, body } = await api.ask(method, path, json === undefined ? {} : { json })
      expect([method, path, status, body.type]).toEqual([method, path, 202, 'async'])
    }
  })

  it('are refused at once by a name with a slash, a time that is none, and a tag of before', async () => {
    await using api = await withInstance()
    const refused = [
      ['POST', ALL, { name: 'a/b' }, 400],
      ['POST', ALL, { name: 'a', expires_at: 'soon' }, 400],
      ['POST', `${ALL}/first`, { name: 'b', migration: true }, 501],
      ['GET', `${ALL}/nosuch`, undefined, 404],
      ['PUT', '/1.0/instances/c1', { restore: 'nosuch' }, 404],
    ] as const
    for (const [method, path, json, status] of refused)
      expect((await api.ask(method, path, json === undefined ? {} : { json })).status).toBe(status)
    const headers = { 'If-Match': 'other' }
    const put = await api.ask('PUT', `${ALL}/first`, { json: {}, headers })
    expect(put.status).toBe(412)
  })
})
