import { posix } from 'node:path'
import type { LxworksError } from '../../core/errors.ts'
import { boolean } from '../../core/value-types.ts'
import { type Device, isBelow } from '../../projects/contract.ts'
import type { MountSpec, Part } from '../parts.ts'
import { type DeviceFacts, type DevicePlanner, deviceError } from './facts.ts'

/** The root volume, or a file or directory of the host shown inside the instance. */
export const disk: DevicePlanner = (name, device, facts) => {
  const { path, pool } = device
  if (path === undefined) throw deviceError(name, 'path must be set')
  if (path !== '/') return hostPath(name, { ...device, path }, facts)
  if (pool === undefined) throw deviceError(name, 'the root disk needs a pool')
  return [{ kind: 'root', pool, readOnly: isTrue(device.readonly) }]
}

function hostPath(
  name: string,
  device: Device & { readonly path: string },
  facts: DeviceFacts,
): readonly Part[] {
  const { source, pool } = device
  if (source === undefined) throw deviceError(name, 'source must be set')
  if (pool !== undefined) {
    throw deviceError(
      name,
      'custom volumes cannot be attached yet; use a path of the host as source',
    )
  }
  const found = facts.paths[source] ?? 'missing'
  if (found !== 'missing') return shown(name, { ...device, source }, { found, facts })
  if (mayBeAbsent(device)) return []
  throw missingSource(name, source)
}

function shown(
  name: string,
  device: Device & { readonly path: string; readonly source: string },
  { found, facts }: { readonly found: 'directory' | 'file'; readonly facts: DeviceFacts },
): readonly Part[] {
  const { confinement } = facts
  const { source } = device
  if (!confinement) return [{ kind: 'mount', mount: bind(source, found, device) }]
  const root = confinement.roots.find((one) => isBelow(source, one))
  if (root === undefined) throw deviceError(name, `the project forbids ${JSON.stringify(source)}`)
  const target = `${confinement.directory}/disk.${encodeURIComponent(name)}`
  const path = posix.relative(root, source) || '.'
  const hold = {
    root,
    path,
    target,
    device: name,
    type: found,
    recursive: isTrue(device.recursive),
  }
  return [
    { kind: 'hold', hold },
    { kind: 'mount', mount: bind(target, found, device) },
  ]
}

/** Whether an instance starts without the disk while its source is not there. */
export function mayBeAbsent({ required, optional }: Device): boolean {
  return boolean.safeParse(required).data === false || isTrue(optional)
}

export function missingSource(name: string, source: string): LxworksError {
  return deviceError(
    name,
    `Missing source path ${JSON.stringify(source)} on the host; make it, or set required=false`,
  )
}

function bind(
  source: string,
  found: 'directory' | 'file',
  device: Device & { readonly path: string },
): MountSpec {
  const options = [
    isTrue(device.recursive) ? 'rbind' : 'bind',
    found === 'directory' ? 'create=dir' : 'create=file',
    ...(isTrue(device.readonly) ? ['ro'] : []),
  ]
  return { source, target: posix.normalize(device.path).replace(/^\/+/, ''), type: 'none', options }
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && ['true', '1', 'yes', 'on'].includes(value.toLowerCase())
}
