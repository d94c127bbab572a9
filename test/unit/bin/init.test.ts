import { describe, expect, it } from 'vitest'
import { listenAddress, preseedOf } from '../../../bin/init/answers.ts'
import type { Api } from '../../../bin/init/api.ts'
import { interview } from '../../../bin/init/interview.ts'
import { applyPreseed, checkPreseed } from '../../../bin/init/preseed.ts'
import { LxworksError } from '../../../lib/core/errors.ts'

/** A server that only keeps what it is given, and fails for one path. */
function server(start: Readonly<Record<string, unknown>> = {}, failing = '') {
  const kept = new Map(Object.entries({ '/1.0': { config: {} }, ...start }))
  const calls: string[] = []
  const api: Api = {
    call: async (method, path, body) => {
      if (method !== 'GET') calls.push(`${method} ${path}`)
      if (method !== 'GET' && path.includes(failing) && failing !== '') throw new Error('broken')
      return answered(kept, { method, path, body })
    },
  }
  return { api, kept, calls }
}

function answered(
  kept: Map<string, unknown>,
  {
    method,
    path,
    body,
  }: { readonly method: string; readonly path: string; readonly body: unknown },
): unknown {
  if (method === 'POST') {
    const [collection, query] = path.split('?')
    kept.set(`${collection}/${(body as { name: string }).name}?${query}`, body)
  } else if (method === 'DELETE') kept.delete(path)
  else if (method === 'PUT' || method === 'PATCH') kept.set(path, body)
  const found = kept.get(path)
  if (method === 'GET' && found === undefined) {
    throw new LxworksError('not found', { kind: 'notFound', code: 'TEST' })
  }
  return found
}

const POOL = '/1.0/storage-pools/default?project=default'
const PROFILE = '/1.0/profiles/default?project=default'

describe('a preseed', () => {
  it('makes what is missing in the order in which things need each other', async () => {
    const { api, calls } = server()
    const wanted = checkPreseed({
      profiles: [{ name: 'p', devices: { root: { type: 'disk', path: '/', pool: 'default' } } }],
      projects: [{ name: 'other' }],
      networks: [{ name: 'n2', project: 'other' }, { name: 'n1' }],
      storage_pools: [{ name: 'default', driver: 'dir' }],
      config: { 'user.a': 1 },
    })
    await applyPreseed(api, wanted)
    expect(calls).toEqual([
      'PATCH /1.0',
      'POST /1.0/storage-pools?project=default',
      'POST /1.0/networks?project=default',
      'POST /1.0/projects?project=default',
      'POST /1.0/networks?project=other',
      'POST /1.0/profiles?project=default',
    ])
  })

  it('puts its keys over those of what is there, and leaves the rest', async () => {
    const before = {
      description: 'mine',
      config: { 'limits.cpu': '1', 'user.a': 'b' },
      devices: {},
    }
    const { api, kept } = server({ [PROFILE]: before })
    const wanted = checkPreseed({ profiles: [{ name: 'default', config: { 'limits.cpu': 2 } }] })
    await applyPreseed(api, wanted)
    expect(kept.get(PROFILE)).toEqual({
      description: 'mine',
      config: { 'limits.cpu': '2', 'user.a': 'b' },
      devices: {},
    })
  })

  it('that fails takes back what it did', async () => {
    const before = { description: '', config: {}, devices: {} }
    const { api, kept } = server({ [PROFILE]: before }, '/networks')
    const wanted = checkPreseed({
      config: { 'user.a': 'b' },
      storage_pools: [{ name: 'default', driver: 'dir' }],
      networks: [{ name: 'n' }],
    })
    await expect(applyPreseed(api, wanted)).rejects.toThrow('broken')
    expect(kept.has(POOL)).toBe(false)
    expect(kept.get('/1.0')).toEqual({ config: {} })
    expect(kept.get(PROFILE)).toEqual(before)
  })

  it('cannot change the driver of a pool', async () => {
    const { api } = server({ [POOL]: { driver: 'dir', config: {} } })
    const wanted = checkPreseed({ storage_pools: [{ name: 'default', driver: 'zfs' }] })
    await expect(applyPreseed(api, wanted)).rejects.toThrow('has the driver dir')
  })

  it.each([
    [{ pools: [] }, 'Unrecognized key'],
    [{ storage_pools: [{ name: 'a' }] }, 'storage_pools.0.driver'],
    [{ config: { a: {} } }, 'config.a'],
    [[], 'expected object'],
    ['text', 'expected object'],
  ])('refuses %j and says where it is wrong', (found, words) => {
    expect(() => checkPreseed(found)).toThrow(words)
  })

  it('may be empty', () => {
    expect(checkPreseed(null)).toEqual({})
  })
})

describe('the questions', () => {
  const present = { pools: [], networks: ['br0'], bridge: 'lxdbr0', drivers: ['dir'] }

  it('answered with nothing make a pool where there is none, and no second bridge', async () => {
    const answers = await interview(async (_, fallback) => fallback, present)
    expect(answers).toEqual({ pool: { name: 'default', driver: 'dir' } })
    expect(preseedOf(answers).profiles).toEqual([
      { name: 'default', devices: { root: { type: 'disk', path: '/', pool: 'default' } } },
    ])
  })

  it('lead to a server that listens', async () => {
    const said = ['no', 'no', 'yes', '', '', 'secret']
    const answers = await interview(async (_, fallback) => said.shift() || fallback, present)
    expect(preseedOf(answers).config).toEqual({
      'core.https_address': '[::]:8443',
      'core.trust_password': 'secret',
    })
  })

  it('take IPv6 addresses with and without brackets', () => {
    expect(['::1', '[::1]', '127.0.0.1'].map((address) => listenAddress(address, '1'))).toEqual([
      '[::1]:1',
      '[::1]:1',
      '127.0.0.1:1',
    ])
  })
})
