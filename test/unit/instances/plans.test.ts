import { describe, expect, it } from 'vitest'
import { lxcLines } from '../../../lib/core/emit.ts'
import type { InstanceRequest, LaunchPlan } from '../../../lib/instances/contract.ts'
import { planDelete } from '../../../lib/instances/delete.ts'
import { planRename } from '../../../lib/instances/rename.ts'
import { type FullStartPlan, rootLines } from '../../../lib/instances/start-plan.ts'
import type { Devices } from '../../../lib/projects/contract.ts'
import { CGROUPS_V1, openWorld, type World, type WorldOptions } from './world.ts'

const golden = (name: string): string => `../../golden/instances/${name}.plan`

const root: Devices = { root: { type: 'disk', path: '/', pool: 'default' } }
const nic: Devices = { eth0: { type: 'nic', network: 'lxdbr0' } }

const LIMITS = {
  'limits.memory': '25%',
  'limits.processes': '200',
  'limits.cpu': '1',
  'limits.cpu.allowance': '25ms/100ms',
  'limits.cpu.priority': '5',
  'limits.disk.priority': '3',
  'limits.kernel.nofile': '4096',
}

interface Case {
  readonly request: Partial<InstanceRequest>
  readonly project?: string
  readonly world?: Omit<WorldOptions, 'natives'>
}

const CASES: Readonly<Record<string, Case>> = {
  unprivileged: { request: { devices: { ...root, ...nic } } },
  privileged: { request: { config: { 'security.privileged': 'true' } } },
  'owners-stored': { request: {}, world: { idmapMountable: false } },
  'empty-root': { request: { description: 'nothing in it', ephemeral: true } },
  nesting: { request: { config: { 'security.nesting': 'true' } } },
  'nesting-privileged': {
    request: { config: { 'security.nesting': 'true', 'security.privileged': 'true' } },
  },
  isolated: {
    request: { config: { 'security.idmap.isolated': 'true', 'security.idmap.size': '100000' } },
  },
  'raw-idmap': { request: { config: { 'raw.idmap': 'both 1000 1000' } } },
  'raw-lxc': {
    request: { config: { 'raw.lxc': 'lxc.init.cmd = /bin/sh\n# a comment\nlxc.cap.keep=chown' } },
  },
  limits: { request: { config: LIMITS } },
  'limits-cgroup-v1': {
    request: { config: { ...LIMITS, 'limits.memory.swap.priority': '10' } },
    world: { machine: CGROUPS_V1 },
  },
  'limits-soft': {
    request: { config: { 'limits.memory': '1GiB', 'limits.memory.enforce': 'soft' } },
  },
  profiles: {
    request: {
      profiles: ['default', 'web', 'slow'],
      config: { 'environment.FROM': 'instance' },
      devices: { ...root, eth1: { type: 'none' } },
    },
  },
  'another-project': { request: { devices: { ...root, ...nic } }, project: 'blue' },
  nics: {
    request: {
      devices: {
        ...root,
        eth0: { type: 'nic', nictype: 'bridged', parent: 'br-lan', mtu: '1300' },
        eth1: { type: 'nic', network: 'lxdbr0', name: 'lan', host_name: 'c1lan' },
        eth2: { type: 'nic', network: 'lxdbr0', hwaddr: '00:16:3E:AB:CD:EF' },
      },
    },
  },
  disks: {
    request: {
      devices: {
        root: { type: 'disk', path: '/', pool: 'default', readonly: 'true' },
        data: { type: 'disk', source: '/srv', path: '/mnt//data', recursive: 'true' },
        file: { type: 'disk', source: '/etc/hosts', path: 'etc/my hosts', readonly: 'true' },
        gone: { type: 'disk', source: '/not/there', path: '/gone', required: 'false' },
      },
    },
  },
}

describe('the plan of an instance', () => {
  it.each(Object.entries(CASES))(
    'from its making to its end is as in the golden file: %s',
    async (name, one) => {
      const world = await openWorld({ natives: NONE, ...one.world })
      await prepare(world)
      const project = one.project ?? 'default'
      const image = name === 'empty-root' ? {} : { image: 'busybox' }
      const request = { name: 'c1', devices: root, ...image, ...one.request }
      const { create, start } = await world.plan(project, request)
      await world.create(project, request)
      const text = [...launchText({ create, start }), ...(await laterText(world, project))]
      await expect(`${text.join('\n\n')}\n`).toMatchFileSnapshot(golden(name))
      await world.database.close()
    },
  )

  it('is the same for the same facts, and is made without touching anything', async () => {
    const world = await openWorld({ natives: NONE })
    const before = world.files.snapshot()
    const request = { name: 'c1', image: 'busybox', devices: { ...root, ...nic } }
    const plan = await world.plan('default', request)
    expect(await world.plan('default', request)).toEqual(plan)
    expect(world.files.snapshot()).toEqual(before)
    expect(await world.list({})).toEqual([])
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
  })
})

/** Planning needs nothing native. */
const NONE: WorldOptions['natives'] = {
  helper: () => Promise.reject(new Error('a plan asked for the helper')),
  linux: () => {
    throw new Error('a plan asked for the kernel')
  },
  liblxc: () => {
    throw new Error('a plan asked for liblxc')
  },
}

async function prepare({ projects, files }: World): Promise<void> {
  await projects.create({ name: 'blue', config: { 'features.profiles': 'false' } })
  await projects.profiles.create('default', {
    name: 'web',
    config: { 'environment.FROM': 'web', 'environment.ROLE': 'web', 'limits.memory': '1GiB' },
    devices: { ...nic, eth1: { type: 'nic', network: 'lxdbr0' } },
  })
  await projects.profiles.create('default', {
    name: 'slow',
    config: { 'limits.memory': '256MiB', 'environment.ROLE': 'slow' },
  })
  await files.makeDirectory('/srv')
  await files.write('/etc/hosts', '')
}

function launchText({ create, start }: LaunchPlan): readonly string[] {
  const { lines, ...rest } = start as FullStartPlan
  const files = rest.files.map(({ path }) => ({ path, text: '…' }))
  const at = { kind: 'path', path: '/pool/c1', idmapMountable: true } as const
  return [
    section('create', json(create)),
    section('start', json({ ...rest, files })),
    section('lxc.conf', lxcLines([...rootLines(start as FullStartPlan, at), ...lines])),
  ]
}

/** What follows from the record: every walk, step by step, and the plans that are not of a launch. */
async function laterText(world: World, project: string): Promise<readonly string[]> {
  const record = await world.get({ project, name: 'c1' })
  const plan = await world.plan(project, { name: 'other', devices: record.expandedDevices })
  const uuid = record.config['volatile.uuid'] ?? ''
  const plans: Readonly<Record<string, unknown>> = {
    'instance.create': plan.create,
    'instance.start': plan.start,
    'instance.settle': plan.start,
    'instance.delete': planDelete(record, { uuid, devices: record.expandedDevices }, world.root),
    'instance.rename': planRename(record, 'c2', { root: world.root, seed: 'seed' }),
    'instance.copy': { ...plan.create, source: record, snapshots: [], freezes: false },
    'instance.refresh': { source: record, freezes: false },
    'instance.snapshot': { ...record, snapshot: 's', freezes: false },
  }
  const steps = world.itineraries.map(({ kind, afterCrash, steps: of }) => {
    const names = of(plans[kind] as never).map(({ name, undo }) => `${undo ? '-' : ' '} ${name}`)
    return section(`${kind}, after a crash: ${afterCrash}`, names.join('\n'))
  })
  return [
    section('delete', json(plans['instance.delete'])),
    section('rename to c2', json(plans['instance.rename'])),
    ...steps,
  ]
}

function section(title: string, body: string): string {
  return `## ${title}\n${body.trimEnd()}`
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2)
}
