import { describe, expect, it } from 'vitest'
import { LxworksError } from '../../../lib/core/errors.ts'
import { changedDevices, refuseAbsent } from '../../../lib/instances/devices/absent.ts'
import type { NetworkFacts } from '../../../lib/network/contract.ts'
import type { Device } from '../../../lib/projects/contract.ts'

const plain = { type: 'bridge', parent: 'x', config: {}, status: 'Created' } as const

const networks = {
  facts: async (project: string, name: string): Promise<NetworkFacts> => {
    if (name === 'managed') return { ...plain, name, managed: true }
    if (name === 'docker0') return { ...plain, name, managed: false }
    const kind = name === 'broken' ? 'internal' : 'notFound'
    throw new LxworksError(`${project}/${name}`, { kind, code: 'FAKE' })
  },
}

const refusing = (device: Device): Promise<void> =>
  refuseAbsent('p1', { d: device }, { networks: { ...networks, ...UNUSED } })

const UNUSED = {
  offer: () => Promise.reject(new Error('nothing is offered here')),
  attach: () => Promise.reject(new Error('nothing is attached here')),
  detach: () => Promise.reject(new Error('nothing is detached here')),
}

describe('a device that names what is not there', () => {
  it.each<[string, Device, string]>([
    ['a network', { type: 'nic', network: 'nowhere' }, 'no network "nowhere" in project p1'],
    ['a managed network', { type: 'nic', network: 'docker0' }, 'nictype=bridged and parent'],
    ['a source', { type: 'disk', path: '/d', source: '/nowhere/at/all' }, 'required=false'],
  ])('is refused: %s', async (_, device, words) => {
    await expect(refusing(device)).rejects.toMatchObject({
      ...{ kind: 'invalid', code: 'INSTANCE_BAD_DEVICE' },
      message: expect.stringContaining(words),
    })
  })

  it.each<[string, Device]>([
    ['what it names is there', { type: 'nic', network: 'managed' }],
    ['its parent may come later', { type: 'nic', nictype: 'bridged', parent: 'nowhere' }],
    ['its source is there', { type: 'disk', path: '/d', source: '/' }],
    ['its source may be missing', { type: 'disk', path: '/d', source: '/nowhere', required: 'no' }],
    ['it is optional', { type: 'disk', path: '/d', source: '/nowhere', optional: 'true' }],
    ['it is the root disk', { type: 'disk', path: '/', pool: 'default' }],
  ])('is accepted where %s', async (_, device) => {
    await expect(refusing(device)).resolves.toBeUndefined()
  })

  it('is not blamed for a failure of the host', async () => {
    await expect(refusing({ type: 'nic', network: 'broken' })).rejects.toMatchObject({
      kind: 'internal',
    })
  })
})

it('a change is looked at only where it adds or changes a device', () => {
  const before = { a: { type: 'nic', network: 'x' }, b: { type: 'none' } }
  const same = { network: 'x', type: 'nic' }
  expect(changedDevices(before, { a: same, b: { type: 'disk' }, c: { type: 'none' } })).toEqual({
    b: { type: 'disk' },
    c: { type: 'none' },
  })
})
