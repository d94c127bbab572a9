import { z } from 'zod'
import type { LxworksError } from '../../core/errors.ts'
import type { Host } from '../../host/contract.ts'
import type { VolumeKind, VolumeRecord } from '../../storage/contract.ts'
import { checkMatch } from '../etag.ts'
import { invalid, notFound } from '../failures.ts'
import { listed, recursion } from '../lists.ts'
import {
  editablePool,
  editableVolume,
  poolResourcesWire,
  poolWire,
  volumesWire,
  volumeWire,
} from '../render/storage.ts'
import { created, type Data, data, done, type Input, param, type Route, sync } from '../route.ts'
import { described, named, patched } from '../schemas.ts'
import { urlOf } from '../urls.ts'

const POOLS = '/1.0/storage-pools'
const ONE = `${POOLS}/:pool`
const request = described.extend({
  name: named,
  driver: z.string('No driver provided').min(1, 'No driver provided'),
})
const KINDS: readonly VolumeKind[] = ['container', 'virtual-machine', 'image', 'custom']

const poolRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: POOLS,
    run: async (host, input) =>
      listed(input, await host.storage.list(), {
        url: ({ name }) => urlOf(['storage-pools', name]),
        wire: poolWire,
      }),
  }),
  sync({
    method: 'POST',
    path: POOLS,
    body: request,
    run: async (host, { body: { name, driver, description = '', config = {} } }) => {
      await host.storage.create({ name, driver, description, config })
      return created(urlOf(['storage-pools', name]))
    },
  }),
  sync({
    method: 'GET',
    path: ONE,
    // LXD tags no pool, and checks the tag all the same.
    run: async (host, input) => data(poolWire(await host.storage.get(param(input, 'pool')))),
  }),
  sync({
    method: 'PUT',
    path: ONE,
    body: described,
    run: async (host, input) => {
      const record = await host.storage.get(param(input, 'pool'))
      checkMatch(input, editablePool(record))
      const { config = {}, description = '' } = input.body
      await host.storage.update(record.name, { config, description })
      return done
    },
  }),
  sync({
    method: 'PATCH',
    path: ONE,
    body: described,
    run: async (host, input) => {
      const record = await host.storage.get(param(input, 'pool'))
      checkMatch(input, editablePool(record))
      const { config, description = record.description } = input.body
      await host.storage.update(record.name, {
        config: patched(record.config, config),
        description,
      })
      return done
    },
  }),
  sync({
    method: 'DELETE',
    path: ONE,
    statuses: { busy: 400 },
    run: async (host, input) => {
      await host.storage.delete(param(input, 'pool'))
      return done
    },
  }),
  sync({
    method: 'GET',
    path: `${ONE}/resources`,
    run: async (host, input) =>
      data(poolResourcesWire(await host.storage.resources(param(input, 'pool')))),
  }),
]

const volumeRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: `${ONE}/volumes`,
    run: async (host, input) => listedVolumes(input, await volumesOf(host, param(input, 'pool'))),
  }),
  sync({
    method: 'GET',
    path: `${ONE}/volumes/:type`,
    run: async (host, input) => {
      const kind = volumeKind(param(input, 'type'))
      const volumes = await volumesOf(host, param(input, 'pool'))
      return listedVolumes(
        input,
        volumes.filter((volume) => volume.kind === kind),
      )
    },
  }),
  sync({
    method: 'GET',
    path: `${ONE}/volumes/:type/:volume`,
    run: async (host, input) => {
      const kind = volumeKind(param(input, 'type'))
      const volumes = await volumesOf(host, param(input, 'pool'))
      const record = volumes.find(
        (volume) => volume.kind === kind && volume.displayName === param(input, 'volume'),
      )
      if (!record) throw volumeNotFound(input)
      return data(volumeWire(record), editableVolume(record))
    },
  }),
]

export const storageRoutes: readonly Route[] = [...poolRoutes, ...volumeRoutes]

function listedVolumes({ query }: Input, volumes: readonly VolumeRecord[]): Data {
  return data(volumes.flatMap(recursion(query) > 0 ? volumesWire : volumeUrls))
}

function volumeUrls({ pool, kind, displayName, project, snapshots }: VolumeRecord) {
  const path = ['storage-pools', pool, 'volumes', kind, displayName]
  const own = snapshots.map(({ name }) => urlOf([...path, 'snapshots', name], project))
  return [urlOf(path, project), ...own]
}

function volumeNotFound(input: Input): LxworksError {
  const [pool, kind, name] = ['pool', 'type', 'volume'].map((key) => param(input, key))
  return notFound(
    `Storage volume not found: pool ${pool} has no volume ${name} of type ${kind}; list them to see what there is`,
  )
}

async function volumesOf(host: Host, pool: string): Promise<readonly VolumeRecord[]> {
  const { name } = await host.storage.get(pool)
  return host.storage.listVolumes(name)
}

function volumeKind(type: string): VolumeKind {
  const kind = KINDS.find((known) => known === type)
  if (!kind) throw invalid(`Invalid storage volume type name; use ${KINDS.join(', ')}`)
  return kind
}
