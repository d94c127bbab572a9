import { safeName } from '../../core/confined.ts'
import { LxworksError } from '../../core/errors.ts'
import type { InstanceRef } from '../contract.ts'
import { instanceKey } from '../names.ts'

/** Refuses what cannot be a part of a path and of a URL. */
export function checkSnapshotName(name: string): void {
  const wrong = wrongName(name)
  if (wrong !== undefined) {
    throw new LxworksError(
      `Invalid instance snapshot name ${JSON.stringify(name.slice(0, 80))}: ${wrong}`,
      { kind: 'invalid', code: 'INSTANCE_BAD_SNAPSHOT_NAME' },
    )
  }
  safeName(name, 'snapshot')
}

function wrongName(name: string): string | undefined {
  if (name === '') return 'it must not be empty'
  if (/[\s/]/.test(name)) return 'Cannot contain space or / characters'
  if (name.startsWith('.')) return 'it must not start with a dot'
  if (Buffer.byteLength(name) > 200) return 'it must not be longer than 200 bytes'
  return undefined
}

/** Key of the queue in which those wait for each other who use what snapshots of an instance hold, or take it away. */
export function snapshotsKey(ref: InstanceRef): string {
  return `${instanceKey(ref)}/snapshots`
}
