import type { Expanded } from '../projects/contract.ts'
import { uuidFrom } from './uuid.ts'

/** A guest's cloud-init runs again when this changes. */
export const CLOUD_INIT_ID = 'volatile.cloud-init.instance-id'

const SEED_KEYS = /^(cloud-init\.|user\.(meta-data|user-data|vendor-data|network-config)$)/

/** Pure: whether what cloud-init is given has changed: its keys, or the names of interfaces. */
export function isNewToCloudInit(before: Expanded, after: Expanded): boolean {
  return seedOf(before) !== seedOf(after)
}

/** Pure: a new id for an instance, as it is recorded. */
export function newCloudInitId(seed: string): Readonly<Record<typeof CLOUD_INIT_ID, string>> {
  return { [CLOUD_INIT_ID]: uuidFrom(seed, 'cloud-init') }
}

function seedOf({ config, devices }: Expanded): string {
  const keys = Object.entries(config).filter(([key]) => SEED_KEYS.test(key))
  const nics = Object.entries(devices)
    .filter(([, device]) => device.type === 'nic')
    .map(([name, device]) => [name, device.name ?? ''])
  return JSON.stringify([keys.sort(), nics.sort()])
}
