import { describe, expect, it } from 'vitest'
import type { ConfigKeys } from '../../../lib/core/config.ts'
import { deviceKeys } from '../../../lib/instances/devices/keys/index.ts'
import { instanceKeys } from '../../../lib/instances/keys/index.ts'

const golden = (name: string): string => `../../golden/instances-keys/${name}.txt`

const TYPES = [
  'none',
  'disk',
  'unix-char',
  'unix-block',
  'usb',
  'infiniband',
  'proxy',
  'unix-hotplug',
  'tpm',
  'pci',
]
const NICS = ['bridged', 'macvlan', 'sriov', 'ovn', 'physical', 'ipvlan', 'p2p', 'routed']
const GPUS = ['physical', 'mdev', 'mig', 'sriov']

const devices = [
  ...TYPES.map((type) => ({ type })),
  ...NICS.map((nictype) => ({ type: 'nic', nictype })),
  ...GPUS.map((gputype) => ({ type: 'gpu', gputype })),
]

describe('the declared keys', () => {
  it('of instances are those of the golden file', async () => {
    await expect(listing(instanceKeys)).toMatchFileSnapshot(golden('instance'))
  })

  it('of devices are those of the golden file, type by type', async () => {
    const found = devices.map((device) => listing(deviceKeys(device)))
    await expect(found.join('\n')).toMatchFileSnapshot(golden('devices'))
  })

  it('have defaults of their own type', () => {
    const all = [instanceKeys, ...devices.flatMap((device) => deviceKeys(device) ?? [])]
    const wrong = all.flatMap(({ entity, table }) =>
      Object.entries(table)
        .filter(([, { type, default: usual }]) => usual && !type.safeParse(usual).success)
        .map(([key]) => `${entity} ${key}`),
    )
    expect(wrong).toEqual([])
  })

  it('are unknown for types and kinds that do not exist', () => {
    for (const device of [
      { type: 'floppy' },
      { type: 'nic' },
      { type: 'nic', nictype: 'toString' },
      { type: '__proto__' },
    ])
      expect(deviceKeys(device)).toBeUndefined()
  })

  it('are those of a bridged card where a network is named', () => {
    expect(deviceKeys({ type: 'nic', network: 'lxdbr0' })?.entity).toBe('device.nic.bridged')
  })
})

function listing(keys: ConfigKeys | undefined): string {
  const rows = Object.entries(keys?.table ?? {}).map(([key, facts]) => {
    const { default: usual, live, only, internal, missing } = facts
    const words = [
      usual !== undefined && `default ${JSON.stringify(usual)}`,
      live && `live ${live}`,
      only && `only ${only}`,
      internal && 'internal',
      missing && `MISSING: ${missing}`,
    ]
    return [`  ${key}`, ...words.filter(Boolean)].join('; ')
  })
  return [keys?.entity ?? 'unknown', ...rows, ''].join('\n')
}
