import { FILES, MOUNTS } from '../../core/ports.ts'
import { DISK, defineStorage, POOL_PLACE, UNPACKER } from '../contract.ts'
import { DirVolumes } from './driver.ts'
import { dirConfig, dirPoolKeys, dirVolumeKeys } from './keys.ts'

/** Volumes as plain directories on whatever file system the host has. */
export const dir = defineStorage({
  name: 'dir',
  facets: ['snapshots', 'copies', 'images'],
  needs: { place: POOL_PLACE, files: FILES, mounts: MOUNTS, disk: DISK, unpacker: UNPACKER },
  config: dirConfig,
  poolKeys: dirPoolKeys,
  volumeKeys: dirVolumeKeys,
  create: (deps, config) => new DirVolumes(deps, config),
})
