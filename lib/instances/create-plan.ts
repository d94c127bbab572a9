import type { RawConfig } from '../core/config.ts'
import { LxworksError } from '../core/errors.ts'
import type { ImageFacts } from '../images/contract.ts'
import type { Devices, Expanded } from '../projects/contract.ts'
import type { IdMap, IdmapChoice } from '../security/contract.ts'
import type { PoolFacts, VolumeSource, VolumeSpec } from '../storage/contract.ts'
import { applicationConfig } from './application.ts'
import { newCloudInitId } from './cloud-init.ts'
import type { CreatePlan, InstanceRef, InstanceRequest } from './contract.ts'
import { newHwaddr } from './devices/nic.ts'
import { storageName } from './names.ts'
import { uuidFrom } from './uuid.ts'

/** Everything read before an instance is made. */
export interface CreateFacts extends InstanceRef {
  readonly request: InstanceRequest
  readonly profiles: readonly string[]
  readonly expanded: Expanded
  readonly image: ImageFacts | undefined
  readonly pool: PoolFacts
  readonly idmap: IdmapChoice
  readonly architecture: string
  readonly paths: { readonly root: string }
  readonly limits: UnpackBounds
  readonly now: Date
  readonly seed: string
}

/** What an image may cost at most when it is unpacked. */
export interface UnpackBounds {
  readonly bytes: number
  readonly entries: number
  readonly timeMs: number
}

/** What a new instance is, whatever fills its volume. */
export interface NewInstancePlan extends CreatePlan {
  readonly type: 'container'
  /** Told apart by it from any other instance that has the name, before or after. */
  readonly uuid: string
  readonly architecture: string
  readonly description: string
  readonly ephemeral: boolean
  readonly profiles: readonly string[]
  readonly config: RawConfig
  readonly devices: Devices
  readonly createdAt: string
  readonly pool: string
  readonly volume: VolumeSpec
  /** `<root>/containers/<name>` points to the volume, as LXD's users expect. */
  readonly link: { readonly path: string; readonly target: string }
}

/** What carrying out a creation needs, all of it decided. */
export interface FullCreatePlan extends NewInstancePlan {
  readonly source: VolumeSource
  readonly image: { readonly fingerprint: string } | undefined
}

/**
 * Pure: everything that making an instance does, from facts that were read before. Refuses with kinds `invalid`, `unsupported` and
 * `precondition`.
 */
export function planCreate(facts: CreateFacts): FullCreatePlan {
  const { request, project, name, pool } = facts
  const onDisk = idmapOnDisk(facts)
  const disk = storageName(facts)
  return Object.freeze<FullCreatePlan>({
    project,
    name,
    storageName: disk,
    type: 'container',
    uuid: uuidFrom(facts.seed, 'uuid'),
    architecture: facts.architecture,
    description: request.description ?? '',
    ephemeral: request.ephemeral ?? false,
    profiles: facts.profiles,
    config: ownConfig(facts, onDisk),
    devices: request.devices ?? {},
    createdAt: facts.now.toISOString(),
    ...placeOf(disk, pool.name, facts.paths.root),
    source: volumeSource(facts, onDisk),
    image: facts.image && { fingerprint: facts.image.record.fingerprint },
  })
}

/** Pure: where a new instance lies. */
export function placeOf(
  disk: string,
  pool: string,
  root: string,
): Pick<NewInstancePlan, 'pool' | 'volume' | 'link'> {
  return {
    pool,
    volume: { kind: 'container', name: disk, contentType: 'filesystem', config: {} },
    link: {
      path: `${root}/containers/${disk}`,
      target: `${root}/storage-pools/${pool}/containers/${disk}`,
    },
  }
}

/** Where mounts can be shifted, owners on disk stay the image's own; elsewhere they are written shifted. */
function idmapOnDisk({ pool, idmap }: CreateFacts): IdMap {
  return pool.idmapMountable ? [] : idmap.idmap
}

function volumeSource(facts: CreateFacts, onDisk: IdMap): VolumeSource {
  const idmap = onDisk.length > 0 ? { idmap: onDisk } : {}
  if (!facts.image) return { kind: 'empty', ...idmap }
  return {
    kind: 'archives',
    key: facts.image.record.fingerprint,
    archives: facts.image.archives,
    limits: facts.limits,
    harmlessDevicesOnly: facts.idmap.idmap.length > 0,
    ...idmap,
  }
}

function ownConfig(facts: CreateFacts, onDisk: IdMap): RawConfig {
  const { request, image, idmap } = facts
  return {
    ...prefixed('image.', image?.record.properties ?? {}),
    ...applicationConfig(image?.application, facts.expanded.config),
    ...request.config,
    ...(image && { 'volatile.base_image': image.record.fingerprint }),
    'volatile.uuid': uuidFrom(facts.seed, 'uuid'),
    ...newCloudInitId(facts.seed),
    'volatile.apply_template': 'create',
    'volatile.idmap.base': idmap.isolated ? String(idmap.base) : '0',
    'volatile.idmap.next': idmapJson(idmap.idmap),
    'volatile.last_state.idmap': idmapJson(onDisk),
    ...hwaddrs(facts),
  }
}

/** Each interface keeps its address for life, so it is drawn when the instance is made. */
export function hwaddrs({
  request,
  expanded,
  ...seeds
}: Pick<CreateFacts, 'expanded' | 'project' | 'name' | 'seed'> & {
  readonly request: Pick<InstanceRequest, 'config'>
}): RawConfig {
  const given = request.config ?? {}
  const nics = Object.entries(expanded.devices).filter(
    ([name, device]) =>
      device.type === 'nic' &&
      device.hwaddr === undefined &&
      given[`volatile.${name}.hwaddr`] === undefined,
  )
  return Object.fromEntries(
    nics.map(([name]) => [`volatile.${name}.hwaddr`, newHwaddr(name, seeds)]),
  )
}

function prefixed(prefix: string, config: RawConfig): RawConfig {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [`${prefix}${key}`, value]),
  )
}

/** LXD's JSON for a map in `volatile.*idmap*`; one entry per kind, `[]` for none. */
export function idmapJson(idmap: IdMap): string {
  return JSON.stringify(
    idmap.map(({ kind, nsId, hostId, count }) => ({
      Isuid: kind === 'uid',
      Isgid: kind === 'gid',
      Hostid: hostId,
      Nsid: nsId,
      Maprange: count,
    })),
  )
}

/** Reads that JSON back; kind `invalid` when it is none. */
export function parseIdmapJson(text: string | undefined): IdMap {
  if (text === undefined || text === '') return []
  const found: unknown = JSON.parse(text)
  if (!Array.isArray(found)) throw badIdmap(text)
  return found.flatMap((entry: unknown) => entriesOf(entry, text))
}

function entriesOf(entry: unknown, text: string): IdMap {
  if (typeof entry !== 'object' || entry === null) throw badIdmap(text)
  const { Isuid, Isgid, Hostid, Nsid, Maprange } = entry as Readonly<Record<string, unknown>>
  if (typeof Hostid !== 'number' || typeof Nsid !== 'number' || typeof Maprange !== 'number')
    throw badIdmap(text)
  const run = { hostId: Hostid, nsId: Nsid, count: Maprange }
  return [
    ...(Isuid === true ? [{ kind: 'uid' as const, ...run }] : []),
    ...(Isgid === true ? [{ kind: 'gid' as const, ...run }] : []),
  ]
}

function badIdmap(text: string): LxworksError {
  return new LxworksError(`a recorded id map cannot be read: ${text.slice(0, 100)}`, {
    kind: 'invalid',
    code: 'INSTANCE_BAD_IDMAP',
  })
}

/** The pool of the root disk, from the merged devices. */
export function rootPool(devices: Devices): string {
  const root = Object.values(devices).find(
    (device) => device.type === 'disk' && device.path === '/',
  )
  if (root?.pool !== undefined) return root.pool
  throw new LxworksError(
    'No root device could be found: give the instance a disk device with path=/ and a pool, or add one to its profile',
    { kind: 'invalid', code: 'INSTANCE_NO_ROOT_DISK' },
  )
}
