import { z } from 'zod'
import type { Host, Instance, NewInstance } from '../../host/contract.ts'
import type { InstanceRef, InstanceType } from '../../instances/contract.ts'
import { copyRequest } from '../copy-request.ts'
import { checkMatch } from '../etag.ts'
import { invalid, unsupported } from '../failures.ts'
import { filtered } from '../filter.ts'
import { checkedName, creation, instanceRequest } from '../instance-request.ts'
import { isTrue, recursion, rendered } from '../lists.ts'
import { editableInstance, fullInstanceWire, instanceWire } from '../render/instance.ts'
import {
  background,
  type Collection,
  data,
  done,
  type Input,
  param,
  type Route,
  started,
  sync,
} from '../route.ts'
import { config, devices, flag, optional, patched, text } from '../schemas.ts'
import { urlOf } from '../urls.ts'

const ALL = '/1.0/instances'
export const ONE = `${ALL}/:name`

/** Symbols stay out of JSON. */
const VIEW = Symbol('view')

const change = z.object({
  architecture: text,
  config: optional(config),
  description: optional(z.string()),
  devices: optional(devices),
  ephemeral: optional(z.boolean()),
  profiles: optional(z.array(z.string())),
  restore: text,
  stateful: flag,
})
const move = z.object({ name: text, migration: flag, project: text, pool: text })

export const instanceRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: ALL,
    run: async (host, input) => {
      const depth = recursion(input.query)
      const filter = input.query.get('filter') ?? ''
      const wanted = listQuery(input)
      if (depth === 0 && filter === '') {
        return data((await host.instances.names(wanted)).map((ref) => urlIn(input, ref)))
      }
      const views = await host.instances.list({
        ...wanted,
        state: depth > 1,
        snapshots: depth > 1,
      })
      const wire = depth > 1 ? fullInstanceWire : instanceWire
      if (filter.trim() === '') return data(views.map((view) => rendered(() => wire(view))))
      const rows = views.map((view) => ({ ...wire(view), [VIEW]: view }))
      const chosen = filtered(rows, filter)
      return data(depth > 0 ? chosen : chosen.map((row) => urlIn(input, row[VIEW])))
    },
  }),
  background({
    method: 'POST',
    path: ALL,
    body: creation,
    run: async (host, { body, collection }) => {
      if (body.source.type === 'copy') {
        return started(host.instances.copy(await copyRequest(host, body, collection)))
      }
      const request = await instanceRequest(host, body, collection)
      // Clients read the name from the operation, so one that the host chooses must be known before it starts.
      const name = request.name ?? (await chosenName(host, request))
      return started(host.instances.create({ ...request, name }))
    },
  }),
  sync({
    method: 'GET',
    path: ONE,
    run: async (host, input) => {
      const instance = await host.instances.get(param(input, 'name'))
      const record = await instance.record()
      const wire =
        recursion(input.query) > 0
          ? fullInstanceWire({
              ...record,
              state: await instance.state(),
              snapshots: await instance.snapshots.list(),
            })
          : instanceWire(record)
      return data(wire, editableInstance(record))
    },
  }),
  background({
    method: 'PUT',
    path: ONE,
    body: change,
    run: async (host, input) => {
      const { instance, record } = await known(host, input)
      checkMatch(input, editableInstance(record))
      const { body } = input
      if (body.restore !== '') {
        if (body.stateful) throw unsupported('the memory of an instance cannot be restored here')
        return started(instance.snapshots.restore(await snapshotOf(instance, body.restore)))
      }
      return started(
        instance.update({
          architecture: body.architecture === '' ? record.architecture : body.architecture,
          description: body.description ?? '',
          ephemeral: body.ephemeral ?? false,
          profiles: body.profiles ?? [],
          config: body.config ?? {},
          devices: body.devices ?? {},
        }),
      )
    },
  }),
  sync({
    method: 'PATCH',
    path: ONE,
    body: change,
    run: async (host, input) => {
      const { instance, record } = await known(host, input)
      checkMatch(input, editableInstance(record))
      const { body } = input
      await instance.update({
        ...(body.architecture !== '' && { architecture: body.architecture }),
        ...(body.description !== undefined && { description: body.description }),
        ...(body.ephemeral !== undefined && { ephemeral: body.ephemeral }),
        ...(body.profiles && { profiles: body.profiles }),
        ...(body.config && { config: patched(record.config, body.config) }),
        ...(body.devices && { devices: { ...record.devices, ...body.devices } }),
      })
      return done
    },
  }),
  background({
    method: 'POST',
    path: ONE,
    body: move,
    run: async (host, input) => {
      const { instance } = await known(host, input)
      const { name, migration, project, pool } = input.body
      if (migration || project !== '' || pool !== '') {
        throw unsupported(
          'an instance is not moved to another server, project or pool by this call here; copy it there, and delete it',
        )
      }
      if (name === '') throw invalid('Invalid instance name: give the new name')
      return started(instance.rename(checkedName(name)))
    },
  }),
  background({
    method: 'DELETE',
    path: ONE,
    run: async (host, input) => {
      const { instance, record } = await known(host, input)
      if (record.status !== 'Stopped' && record.status !== 'Error') {
        throw invalid('Instance is running: stop it first')
      }
      return started(instance.delete())
    },
  }),
]

/** An image that is still elsewhere has no say in it. */
async function chosenName(host: Host, { image, ...request }: NewInstance): Promise<string> {
  const local = typeof image === 'string' ? { ...request, image } : request
  return (await host.instances.plan(local)).create.name
}

/** The snapshot to restore, named alone or after its instance; one that is not there is an answer and no failed operation. */
async function snapshotOf(instance: Instance, restore: string): Promise<string> {
  const name = restore.startsWith(`${instance.name}/`)
    ? restore.slice(instance.name.length + 1)
    : restore
  return (await instance.snapshots.get(name)).snapshot
}

/** The instance that the client named. */
export async function known(host: Host, input: Pick<Input, 'params'>) {
  const instance = await host.instances.get(param(input, 'name'))
  return { instance, record: await instance.record() }
}

function listQuery({ query, collection }: Input): {
  readonly allProjects: boolean
  readonly type?: InstanceType
} {
  const allProjects = isTrue(query.get('all-projects'))
  if (allProjects && query.has('project')) {
    throw invalid('Cannot specify a project when requesting all projects')
  }
  const type = TYPES[collection]
  return { allProjects, ...(type && { type }) }
}

const TYPES: Readonly<Record<Collection, InstanceType | undefined>> = {
  instances: undefined,
  containers: 'container',
  'virtual-machines': 'virtual-machine',
}

function urlIn({ collection }: Input, { name, project }: InstanceRef): string {
  return urlOf([collection, name], project)
}
