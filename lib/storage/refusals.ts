import { LxworksError } from '../core/errors.ts'
import type { VolumeReservation } from './contract.ts'

type Named = VolumeReservation & { readonly snapshot?: string }

/** A volume that is recorded already, or a snapshot of one. */
export function volumeTaken(volume: Named, cause: unknown): LxworksError {
  return new LxworksError(
    `The ${volume.kind} volume ${wordsFor(volume)} already exists in the storage pool ${volume.pool}; delete it or choose another name`,
    { kind: 'exists', code: 'STORAGE_VOLUME_EXISTS', context: contextOf(volume), cause },
  )
}

export function volumeMissing(volume: Named): LxworksError {
  return new LxworksError(
    `Storage volume not found: there is no ${volume.kind} volume ${volume.displayName} in the storage pool ${volume.pool}`,
    { kind: 'notFound', code: 'STORAGE_VOLUME_NOT_FOUND', context: contextOf(volume) },
  )
}

function wordsFor({ displayName, snapshot }: Named): string {
  return snapshot === undefined ? displayName : `${displayName}/${snapshot}`
}

function contextOf(volume: Named) {
  return { kind: volume.kind, name: wordsFor(volume), pool: volume.pool, project: volume.project }
}

export function poolNotFound(name: string): LxworksError {
  return new LxworksError(
    `Storage pool not found: there is no pool ${JSON.stringify(name)}; make it first (lxc storage create ${name} dir, or host.storage.create)`,
    { kind: 'notFound', code: 'STORAGE_POOL_NOT_FOUND', context: { pool: name } },
  )
}

export function poolExists(name: string): LxworksError {
  return new LxworksError(
    `The storage pool already exists: ${name}; delete it or choose another name`,
    { kind: 'exists', code: 'STORAGE_POOL_EXISTS', context: { pool: name } },
  )
}

export function poolInUse(name: string, usedBy: readonly string[]): LxworksError {
  const shown = usedBy.slice(0, 5).join(', ')
  return new LxworksError(
    `The storage pool is currently in use: ${name} is used by ${shown}${usedBy.length > 5 ? ', …' : ''}; delete or change these first`,
    { kind: 'busy', code: 'STORAGE_POOL_IN_USE', context: { pool: name, usedBy } },
  )
}

export function poolNotReady(name: string, status: string): LxworksError {
  return new LxworksError(
    `The storage pool ${name} cannot be used: its status is ${status}; wait until it is made, or delete it`,
    { kind: 'precondition', code: 'STORAGE_POOL_NOT_READY', context: { pool: name, status } },
  )
}

export function unknownDriver(driver: string, known: readonly string[]): LxworksError {
  return new LxworksError(
    `There is no storage driver ${JSON.stringify(driver)}; choose one of ${known.join(', ')}`,
    { kind: 'invalid', code: 'STORAGE_UNKNOWN_DRIVER', context: { driver, known } },
  )
}

export function sourceFixed(name: string): LxworksError {
  return new LxworksError(
    `The source of the storage pool ${name} cannot be changed; make a new pool and move the volumes`,
    { kind: 'invalid', code: 'STORAGE_SOURCE_FIXED', context: { pool: name } },
  )
}
