import type { RawConfig } from '../core/config.ts'
import { type ConfigLine, mountEntry } from '../core/emit.ts'
import { LxworksError } from '../core/errors.ts'
import type { NicAddress, NicSpec } from '../network/contract.ts'
import type { Expanded } from '../projects/contract.ts'
import type { IdMap, IdmapChoice } from '../security/contract.ts'
import type { Attachment, PoolFacts, VolumeRef } from '../storage/contract.ts'
import { type ApplicationPlan, planApplication } from './application.ts'
import type { InstanceRef, StartPlan } from './contract.ts'
import { idmapJson, parseIdmapJson } from './create-plan.ts'
import type { DeviceFacts } from './devices/facts.ts'
import { planDevices } from './devices/index.ts'
import type { HostFacts } from './host-facts.ts'
import { type InstanceFileNames, instanceFiles } from './instance-files.ts'
import { consoleFiles } from './lxc/console-log.ts'
import { renderContainer } from './lxc/render.ts'
import { storageName } from './names.ts'
import type { HoldSpec, MountSpec, Part } from './parts.ts'
import type { TemplateWork } from './templates/apply-plan.ts'

/** Where things of instances lie, below the root directory. */
export interface InstancePaths {
  readonly root: string
  /** The program that liblxc runs when a container ends. */
  readonly hookProgram: string
}

/** The key that says whether an instance is meant to run. */
export const POWER = 'volatile.last_state.power'

/** The key that says what happened to an instance since it last ran, for the templates of its image. */
export const TRIGGER = 'volatile.apply_template'

/** Everything read before an instance starts. */
export interface StartFacts extends InstanceRef {
  readonly architecture: string
  readonly ephemeral: boolean
  readonly expanded: Expanded
  readonly idmap: IdmapChoice
  readonly seccomp: string | undefined
  readonly pool: PoolFacts
  readonly devices: DeviceFacts
  /** Of interfaces whose guest asks nobody for one, by device. */
  readonly addresses?: Readonly<Record<string, NicAddress>>
  readonly host: HostFacts
  readonly paths: InstancePaths
}

/** What carrying out a start needs, all of it decided but for where the root volume appears. */
export interface FullStartPlan extends StartPlan {
  readonly storageName: string
  readonly pool: string
  readonly volume: VolumeRef
  /** The instance cannot write to its root. */
  readonly rootReadOnly: boolean
  /** `mount`: the root is mounted with shifted ids; `stored`: owners on disk are the container's own already. */
  readonly shift: 'mount' | 'stored'
  /** Owners on disk that must be moved first, and the file that keeps how far that came. */
  readonly reshift: { readonly from: IdMap; readonly to: IdMap; readonly mark: string } | undefined
  /** For the templates of its image, which lie in the volume and are rendered when that is there. */
  readonly templates: TemplateWork & { readonly owners: IdMap }
  readonly nics: readonly NicSpec[]
  /** Absent where the disks of its project may be anywhere. */
  readonly holds?: readonly HoldSpec[]
  readonly directories: readonly string[]
  /** What an earlier run left and this one must not be taken for. */
  readonly stale: readonly string[]
  /** Files written before the start, beside the config file itself. */
  readonly files: readonly { readonly path: string; readonly text: string }[]
  readonly configFile: string
  readonly lxcPath: string
  readonly lines: readonly ConfigLine[]
  /** Of an instance that runs one application. */
  readonly application?: ApplicationPlan
  /** Volatile keys that hold while it runs. */
  readonly volatile: RawConfig
  /** Those of these keys, the power state and the trigger that were set before, for when it does not start. */
  readonly volatileBefore: RawConfig
}

/**
 * Pure: everything that starting an instance does, from facts that were read before. Refuses with kinds `invalid`, `unsupported`
 * and `precondition`.
 */
export function planStart(facts: StartFacts): FullStartPlan {
  const disk = storageName(facts)
  const parts = planDevices(facts.expanded.devices, facts.devices)
  const root = rootOf(parts)
  const where = instanceFiles(facts.paths.root, disk)
  const nics = parts
    .flatMap((part) => (part.kind === 'nic' ? [part.nic] : []))
    .map((nic) => withAddress(nic, facts.addresses?.[nic.device]))
  const mounts = parts.flatMap((part) => (part.kind === 'mount' ? [part.mount] : []))
  const holds = parts.flatMap((part) => (part.kind === 'hold' ? [part.hold] : []))
  const stored = parseIdmapJson(facts.expanded.config['volatile.last_state.idmap'])
  const shift = facts.pool.idmapMountable ? 'mount' : 'stored'
  const volatile = volatileKeys(facts, nics)
  const owners = shift === 'mount' ? [] : facts.idmap.idmap
  const { config } = facts.expanded
  const { name, paths } = facts
  const application = planApplication(config, {
    ...{ name, nics, ...paths },
    directory: where.application,
  })
  return Object.freeze<FullStartPlan>({
    project: facts.project,
    name: facts.name,
    storageName: disk,
    pool: root.pool,
    volume: { kind: 'container', name: disk },
    rootReadOnly: root.readOnly,
    shift,
    reshift: reshift(stored, owners, { ...facts, mark: where.moving }),
    templates: { ...templateWork(facts), owners },
    nics,
    ...(holds.length > 0 && { holds }),
    directories: [where.logs, where.run],
    stale: [where.rebootRequested, where.hostShutdown, ...consoleFiles(where.console)],
    files: facts.seccomp === undefined ? [] : [{ path: where.seccomp, text: facts.seccomp }],
    configFile: where.config,
    lxcPath: where.lxcPath,
    lines: [...lines(facts, { nics, mounts, where }), ...(application?.lines ?? [])],
    ...(application && { application }),
    volatile,
    volatileBefore: Object.fromEntries(
      Object.entries(config).filter(([key]) => key === POWER || key === TRIGGER || key in volatile),
    ),
  })
}

/** The one fact that is only known when the volume is attached. */
export function rootLines(plan: FullStartPlan, root: Attachment): readonly ConfigLine[] {
  const path = root.kind === 'path' ? `dir:${root.path}/rootfs` : root.device
  const options = [
    ...(plan.shift === 'mount' && hasIdmap(plan) ? ['idmap=container'] : []),
    ...(plan.rootReadOnly ? ['ro'] : []),
  ]
  const shown: ConfigLine = ['lxc.rootfs.options', options.join(',')]
  return [['lxc.rootfs.path', path], ...(options.length > 0 ? [shown] : [])]
}

function templateWork(facts: StartFacts): TemplateWork {
  const { config, devices } = facts.expanded
  const trigger = config[TRIGGER]
  return {
    triggers: [...(trigger ? [trigger] : []), 'start'],
    instance: {
      name: facts.name,
      type: 'container',
      architecture: facts.architecture,
      ephemeral: String(facts.ephemeral),
      privileged: String(facts.idmap.idmap.length === 0),
    },
    config,
    devices,
  }
}

function hasIdmap(plan: FullStartPlan): boolean {
  return plan.lines.some(([key]) => key === 'lxc.idmap')
}

function withAddress(nic: NicSpec, given: NicAddress | undefined): NicSpec {
  return given ? { ...nic, ipv4: given.address, given } : nic
}

function lines(
  facts: StartFacts,
  {
    nics,
    mounts,
    where,
  }: {
    readonly nics: readonly NicSpec[]
    readonly mounts: readonly MountSpec[]
    readonly where: InstanceFileNames
  },
): readonly ConfigLine[] {
  return [
    ...renderContainer({
      name: facts.name,
      config: facts.expanded.config,
      idmap: facts.idmap.idmap,
      seccompFile: facts.seccomp === undefined ? undefined : where.seccomp,
      nics,
      host: facts.host,
      where,
      hookProgram: facts.paths.hookProgram,
    }),
    ...mounts.map(
      ({ source, target, type, options }): ConfigLine => [
        'lxc.mount.entry',
        mountEntry([source, target, type, options.join(',')]),
      ],
    ),
  ]
}

function reshift(
  from: IdMap,
  to: IdMap,
  { name, expanded, mark }: StartFacts & { readonly mark: string },
): FullStartPlan['reshift'] {
  if (idmapJson(from) === idmapJson(to)) return undefined
  if (expanded.config['security.protection.shift'] !== 'true') return { from, to, mark }
  throw new LxworksError(
    `${name}: its files would have to be given other owners, and security.protection.shift forbids that; unset it, or give the instance its former id map`,
    { kind: 'denied', code: 'INSTANCE_SHIFT_PROTECTED' },
  )
}

function volatileKeys(facts: StartFacts, nics: readonly NicSpec[]): RawConfig {
  const map = idmapJson(facts.idmap.idmap)
  return {
    'volatile.idmap.current': map,
    'volatile.idmap.next': map,
    ...Object.fromEntries(nics.map((nic) => [`volatile.${nic.device}.host_name`, nic.hostName])),
    ...Object.fromEntries(
      nics
        .filter((nic) => facts.expanded.devices[nic.device]?.hwaddr === undefined)
        .map((nic) => [`volatile.${nic.device}.hwaddr`, nic.hwaddr]),
    ),
  }
}

function rootOf(parts: readonly Part[]): Extract<Part, { kind: 'root' }> {
  const roots = parts.filter((part) => part.kind === 'root')
  const [root] = roots
  if (root && roots.length === 1) return root
  throw new LxworksError(
    `an instance needs exactly one root disk, and this one has ${roots.length}`,
    {
      kind: 'invalid',
      code: 'INSTANCE_NO_ROOT_DISK',
    },
  )
}
