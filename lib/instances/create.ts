import { LxworksError } from '../core/errors.ts'
import type { Itinerary } from '../core/journal.ts'
import type { Chance, Clock, Files } from '../core/ports.ts'
import type { ImageFacts, ImageType } from '../images/contract.ts'
import type { InstanceRequest } from './contract.ts'
import { type CreateFacts, type FullCreatePlan, rootPool } from './create-plan.ts'
import { refuseAbsent } from './devices/absent.ts'
import type { HostFacts } from './host-facts.ts'
import { checkInstanceName, randomName, storageName } from './names.ts'
import { newInstanceSteps } from './new-instance-steps.ts'
import type { InstanceRecords } from './records.ts'
import type { Rooms } from './rooms.ts'

export interface CreateDeps {
  readonly rooms: Rooms
  readonly records: InstanceRecords
  readonly files: Files
  readonly clock: Clock
  readonly chance: Chance
  readonly root: string
}

/** Most that an image may unpack to; the time covers a slow disk. */
const UNPACK_BOUNDS = { bytes: 500 * 1024 ** 3, entries: 20_000_000, timeMs: 3_600_000 }

/** First movement: asks every room, in parallel where one answer does not need another. No effects. */
export async function readCreateFacts(
  project: string,
  request: InstanceRequest,
  deps: CreateDeps & { readonly host: HostFacts },
): Promise<CreateFacts> {
  const { rooms } = deps
  const name = request.name ?? randomName()
  checkInstanceName(name)
  refuseMachine(request)
  const [image, security] = await Promise.all([
    request.image === undefined ? undefined : rooms.images.facts(project, request.image),
    rooms.security.facts(),
  ])
  refuseDisk(image?.record.type)
  const architecture = runnable(request.architecture ?? image?.record.architecture, deps.host)
  const profiles = request.profiles ?? image?.record.profiles ?? ['default']
  const write = {
    project,
    name,
    type: 'container' as const,
    config: request.config ?? {},
    devices: request.devices ?? {},
    profiles,
  }
  const expanded = await rooms.projects.gate.instance(write)
  const [pool] = await Promise.all([
    rooms.storage.facts(rootPool(expanded.devices)),
    refuseAbsent(project, expanded.devices, rooms),
  ])
  const instance = storageName({ project, name })
  const idmap = rooms.security.chooseIdmap({ instance, config: expanded.config }, security)
  return {
    project,
    name,
    request,
    profiles,
    expanded,
    image,
    pool,
    idmap,
    architecture,
    paths: { root: deps.root },
    limits: UNPACK_BOUNDS,
    now: deps.clock.now(),
    seed: deps.chance.draw(),
  }
}

/** Third movement: the effects of a creation, each with its undo on the next line. */
export function createItinerary({ rooms, records, files }: CreateDeps): Itinerary<FullCreatePlan> {
  return {
    kind: 'instance.create',
    afterCrash: 'reverse',
    // The record comes first and goes last: without it, none of the rest is ours.
    settled: async (plan) => !(await records.isOwn(plan, plan.uuid)),
    steps: (plan) => {
      const { reserve, record, link } = newInstanceSteps(plan, { rooms, records, files })
      return [
        reserve,
        record,
        {
          name: plan.image ? 'unpack the image' : 'create the volume',
          run: async (walking) =>
            (await rooms.storage.volumes(plan.pool)).create(plan.volume, plan.source, walking),
          undo: async () => (await rooms.storage.volumes(plan.pool)).delete(plan.volume),
        },
        link,
        {
          name: 'note the use of the image',
          run: async () => {
            if (plan.image) await rooms.images.touch(plan.project, plan.image.fingerprint)
          },
        },
      ]
    },
  }
}

function refuseMachine(request: InstanceRequest): void {
  if (request.type !== 'virtual-machine') return
  throw new LxworksError(
    'Virtual machines cannot be created here yet: there is no QEMU driver in this version; ask for a container',
    { kind: 'unsupported', code: 'INSTANCE_NO_VM_DRIVER' },
  )
}

function refuseDisk(type: ImageType | undefined): void {
  if (type !== 'virtual-machine') return
  throw new LxworksError(
    "Requested image's type 'virtual-machine' doesn't match instance type 'container': there is no QEMU driver in this version; choose an image of a container",
    { kind: 'invalid', code: 'INSTANCE_IMAGE_TYPE' },
  )
}

function runnable(
  wanted: ImageFacts['record']['architecture'] | undefined,
  host: HostFacts,
): string {
  const also: Readonly<Record<string, readonly string[]>> = {
    x86_64: ['i686'],
    aarch64: ['armv7l'],
    ppc64: ['ppc'],
    mips64: ['mips'],
  }
  const architecture = wanted ?? host.architecture
  if (architecture === host.architecture || also[host.architecture]?.includes(architecture))
    return architecture
  throw new LxworksError(
    `Requested architecture isn't supported by this host: ${architecture} cannot run on ${host.architecture}; choose an image for it`,
    { kind: 'invalid', code: 'INSTANCE_BAD_ARCHITECTURE', context: { architecture } },
  )
}
