import { randomBytes } from 'node:crypto'
import { safeName } from '../../core/confined.ts'
import { LxworksError } from '../../core/errors.ts'
import type { VolumeKind, VolumeRef } from '../contract.ts'

/** The names of LXD's directories below a pool, which people look into and back up. */
export const KIND_DIRECTORIES: Readonly<Record<VolumeKind, string>> = {
  container: 'containers',
  'virtual-machine': 'virtual-machines',
  image: 'images',
  custom: 'custom',
}

/**
 * Guests make setuid files as root in their volumes. A user of the host must not reach one and run it, so nobody but root can
 * pass any of these directories. Containers differ: their root, which is no root of the host, must reach its volume,
 * and it is the volume's own mode that stops the others.
 */
export const POOL_DIRECTORIES: readonly { readonly name: string; readonly mode: number }[] = [
  { name: 'containers', mode: 0o711 },
  { name: 'containers-snapshots', mode: 0o700 },
  { name: 'custom', mode: 0o700 },
  { name: 'custom-snapshots', mode: 0o700 },
  { name: 'images', mode: 0o700 },
  { name: 'virtual-machines', mode: 0o700 },
  { name: 'virtual-machines-snapshots', mode: 0o700 },
]

export const POOL_MODE = 0o711

const LONGEST_NAME = 200

/** Where a tree lies: its directory, and its name in there. */
export interface Spot {
  readonly parent: string
  readonly name: string
}

export function volumeSpot(pool: string, { kind, name }: VolumeRef): Spot {
  return { parent: `${pool}/${KIND_DIRECTORIES[kind]}`, name: checkedName(name) }
}

/** The directory that holds a volume's snapshots, there as long as it has some. */
export function shelfSpot(pool: string, { kind, name }: VolumeRef): Spot {
  return { parent: `${pool}/${KIND_DIRECTORIES[kind]}-snapshots`, name: checkedName(name) }
}

export function snapshotSpot(pool: string, volume: VolumeRef, snapshot: string): Spot {
  return { parent: pathOf(shelfSpot(pool, volume)), name: checkedName(snapshot) }
}

export function pathOf({ parent, name }: Spot): string {
  return `${parent}/${name}`
}

export function volumePath(pool: string, volume: VolumeRef): string {
  return pathOf(volumeSpot(pool, volume))
}

/** A new hidden name beside a tree: `new` while its content is made, `gone` while it is removed. */
export function hiddenPath({ parent, name }: Spot, state: 'new' | 'gone'): string {
  return `${parent}/.${name}~${randomBytes(6).toString('hex')}.${state}`
}

/** The tree whose hidden name this is; undefined for any other name. */
export function hiddenVolume(
  name: string,
): { readonly name: string; readonly state: 'new' | 'gone' } | undefined {
  const match = /^\.(.+)~[0-9a-f]{12}\.(new|gone)$/s.exec(name)
  if (match?.[1] === undefined) return undefined
  return { name: match[1], state: match[2] === 'new' ? 'new' : 'gone' }
}

function checkedName(name: string): string {
  const safe = safeName(name, 'volume')
  if (!safe.startsWith('.') && Buffer.byteLength(safe) <= LONGEST_NAME) return safe
  throw new LxworksError(
    `Invalid volume name ${JSON.stringify(safe)}: it must not start with a dot or be longer than ${LONGEST_NAME} bytes`,
    { kind: 'invalid', code: 'STORAGE_BAD_VOLUME_NAME', context: { name: safe } },
  )
}
