import { defineStorage, POOL_PLACE } from '../contract.ts'
import { MemoryVolumes } from './driver.ts'
import { memoryConfig, memoryPoolKeys, memoryVolumeKeys } from './keys.ts'
import { MEMORY_SHELF } from './shelf.ts'

/** Volumes that only pretend: every suite runs against them first, and whole hosts in tests. */
export const memory = defineStorage({
  name: 'memory',
  facets: ['snapshots', 'quotas', 'copies'],
  needs: { place: POOL_PLACE, shelf: MEMORY_SHELF },
  config: memoryConfig,
  poolKeys: memoryPoolKeys,
  volumeKeys: memoryVolumeKeys,
  create: ({ place, shelf }) => new MemoryVolumes(place, shelf),
})
