import { describe, expect, it } from 'vitest'
import { served } from './client.ts'
import { fakeInstance } from './fake-host.ts'

const URL = '/1.0/instances/c1/metadata'
const TEMPLATES = `${URL}/templates`

async function opened() {
  const api = await served()
  api.host.records.set('default/c1', fakeInstance('c1'))
  return api
}

describe('the image metadata of an instance', () => {
  it('is read whole, with the words of LXD', async () => {
    await using api = await opened()
    const { metadata, headers } = await api.ask('GET', URL)
    expect(headers.etag).toMatch(/^"[0-9a-f]{64}"$/)
    expect(metadata).toEqual({
      ...{ architecture: 'x86_64', creation_date: 1_700_000_000, expiry_date: 0 },
      ...{ properties: { os: 'busybox' }, templates: {} },
    })
  })

  it('is replaced, and comes back as it was sent', async () => {
    await using api = await opened()
    const next = {
      ...{ architecture: 'aarch64', creation_date: 1, expiry_date: 2_000_000_000 },
      properties: { release: '3.10', secure: 'yes', empty: 'null' },
      templates: {
        '/etc/x': { create_only: true, properties: { a: 'b' }, template: 'x.tpl', when: ['start'] },
      },
    }
    expect((await api.ask('PUT', URL, { json: next })).status).toBe(200)
    expect((await api.ask('GET', URL)).metadata).toEqual(next)
  })

  it('is changed in part: what is named is added or replaced', async () => {
    await using api = await opened()
    const change = {
      properties: { release: '1' },
      templates: { '/a': { template: 'a.tpl', when: null } },
    }
    expect((await api.ask('PATCH', URL, { json: change })).status).toBe(200)
    expect((await api.ask('GET', URL)).metadata).toMatchObject({
      architecture: 'x86_64',
      properties: { os: 'busybox', release: '1' },
      templates: { '/a': { create_only: false, properties: {}, template: 'a.tpl', when: [] } },
    })
  })

  it('stays when somebody else was faster', async () => {
    await using api = await opened()
    const { headers } = await api.ask('GET', URL)
    const change = (os: string) => ({
      json: { properties: { os } },
      headers: { 'If-Match': headers.etag ?? '' },
    })
    expect((await api.ask('PATCH', URL, change('first'))).status).toBe(200)
    expect((await api.ask('PATCH', URL, change('second'))).status).toBe(412)
    const put = { ...change('x'), json: { architecture: 'x86_64', creation_date: 1 } }
    expect((await api.ask('PUT', URL, put)).status).toBe(412)
  })

  it.each([
    ['no architecture', { creation_date: 1 }],
    ['an unknown architecture', { architecture: 'z80', creation_date: 1 }],
    ['no time', { architecture: 'x86_64' }],
    [
      'properties that are no text',
      { architecture: 'x86_64', creation_date: 1, properties: { a: 1 } },
    ],
    ['templates that are text', { architecture: 'x86_64', creation_date: 1, templates: 'x' }],
    [
      'more than any image says',
      { architecture: 'x86_64', creation_date: 1, properties: { a: 'x'.repeat(200_000) } },
    ],
  ])('is refused with %s', async (_, json) => {
    await using api = await opened()
    expect((await api.ask('PUT', URL, { json })).status).toBe(400)
    expect((await api.ask('GET', URL)).metadata).toMatchObject({ properties: { os: 'busybox' } })
  })
})

describe('the templates of an instance', () => {
  it('are listed, read, written and deleted', async () => {
    await using api = await opened()
    expect((await api.ask('POST', `${TEMPLATES}?path=new.tpl`, { body: 'a {{ b }}' })).status).toBe(
      200,
    )
    expect((await api.ask('GET', TEMPLATES)).metadata).toEqual(['hostname.tpl', 'new.tpl'])
    const { text, headers } = await api.ask('GET', `${TEMPLATES}?path=new.tpl`)
    expect([text, headers['content-type']]).toEqual(['a {{ b }}', 'application/octet-stream'])
    expect((await api.ask('DELETE', `${TEMPLATES}?path=new.tpl`)).status).toBe(200)
    expect((await api.ask('GET', `${TEMPLATES}?path=new.tpl`)).status).toBe(404)
    expect((await api.ask('DELETE', `${TEMPLATES}?path=new.tpl`)).status).toBe(404)
  })

  it('have a name, and no more than they may hold', async () => {
    await using api = await opened()
    expect((await api.ask('POST', TEMPLATES, { body: 'a' })).status).toBe(400)
    expect((await api.ask('DELETE', TEMPLATES)).status).toBe(400)
    const long = { body: 'x'.repeat(2_000_000) }
    expect((await api.ask('POST', `${TEMPLATES}?path=a`, long)).status).toBe(413)
  })
})
