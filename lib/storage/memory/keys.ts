import { z } from 'zod'
import { bytes, text } from '../../core/value-types.ts'
import { poolKeys, volumeKeys } from '../keys.ts'

export const memoryVolumeKeys = volumeKeys('memory', {
  size: {
    type: bytes,
    description: 'Size limit of the volume',
    defaultRule: 'volume.size of the pool',
    live: 'now',
  },
})

export const memoryPoolKeys = poolKeys('memory', memoryVolumeKeys, {
  source: { type: text, description: 'Any word; nothing is kept there' },
})

export const memoryConfig = z.object({})
