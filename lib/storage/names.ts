import { safeName } from '../core/confined.ts'
import { LxworksError } from '../core/errors.ts'

/** Checks the name of a new pool, which becomes a directory and a part of URLs. */
export function checkPoolName(name: string): void {
  safeName(name, 'storage pool')
  if (!/[\s]|^[.-]/u.test(name) && name.length <= 128) return
  throw new LxworksError(
    `Invalid storage pool name ${JSON.stringify(name)}: it must be at most 128 characters without white space, and start with neither a dot nor a dash`,
    { kind: 'invalid', code: 'STORAGE_BAD_POOL_NAME', context: { name } },
  )
}

/** The name of a volume on disk: projects other than `default` come first. */
export function nameOnDisk(project: string, displayName: string): string {
  return project === 'default' ? displayName : `${project}_${displayName}`
}

export function poolUrl(name: string): string {
  return `/1.0/storage-pools/${encodeURIComponent(name)}`
}
