import { describe, expect, it } from 'vitest'
import { served } from './client.ts'
import { fakeInstance } from './fake-host.ts'

async function withInstance() {
  const api = await served()
  for (const project of ['default', 'p1'])
    api.host.records.set(`${project}/c1`, fakeInstance('c1', { project }))
  return api
}

const ALL = '/1.0/instances'

describe('a copy of an instance', () => {
  it('is asked for with all that lxc sends, and made in the background', async () => {
    await using api = await withInstance()
    const own = { name: 'c2', type: 'container', config: { a: '1' }, profiles: [], ephemeral: true }
    const fields = { source: 'c1/first', project: 'p1', 'base-image': 'f', instance_only: true }
    const json = { ...own, source: { type: 'copy', ...fields } }
    const { status, headers } = await api.ask('POST', ALL, { json })
    expect(status).toBe(202)
    await api.ask('GET', `${headers.location}/wait`)
    expect(api.host.copied).toEqual([
      {
        source: { project: 'p1', name: 'c1', snapshot: 'first' },
        ...{ name: 'c2', description: '', profiles: [], ephemeral: true },
        config: { a: '1', 'volatile.base_image': 'f' },
        ...{ instanceOnly: true, refresh: false, allowInconsistent: false },
      },
    ])
  })

  it('is refused at once without a source, and where that is a machine or stateful', async () => {
    await using api = await withInstance()
    const refused = [
      [{ source: { type: 'copy' } }, 400],
      [{ source: { type: 'copy', source: 'c9' } }, 404],
      [{ source: { type: 'copy', source: 'c1/nosuch' } }, 404],
      [{ source: { type: 'copy', source: 'c1' }, type: 'virtual-machine' }, 400],
      [{ source: { type: 'copy', source: 'c1' }, name: '-' }, 400],
      [{ source: { type: 'copy', source: 'c1' }, stateful: true }, 501],
      [{ source: { type: 'migration' } }, 501],
    ] as const
    for (const [json, status] of refused)
      expect([json, (await api.ask('POST', ALL, { json })).status]).toEqual([json, status])
    expect(api.host.copied).toEqual([])
  })
})
