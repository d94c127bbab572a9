import { z } from 'zod'
import { checkMatch } from '../etag.ts'
import { listed } from '../lists.ts'
import { editableNetwork, leaseWire, linkWire, networkWire } from '../render/network.ts'
import { created, data, done, param, type Route, sync } from '../route.ts'
import { described, named, optional, patched, renamed } from '../schemas.ts'
import { urlOf } from '../urls.ts'

const ONE = '/1.0/networks/:name'
const request = described.extend({ name: named, type: optional(z.string()) })

const collectionRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: '/1.0/networks',
    run: async (host, input) =>
      listed(input, await host.networks.list(), {
        url: ({ name }) => urlOf(['networks', name]),
        wire: networkWire,
      }),
  }),
  sync({
    method: 'POST',
    path: '/1.0/networks',
    body: request,
    statuses: { exists: 400 },
    run: async (host, { body, project }) => {
      const { name, type, description = '', config = {} } = body
      await host.networks.create({ name, description, config, ...(type && { type }) })
      return created(urlOf(['networks', name], project))
    },
  }),
]

const memberRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: ONE,
    run: async (host, input) => {
      const record = await host.networks.get(param(input, 'name'))
      return data(networkWire(record), editableNetwork(record))
    },
  }),
  sync({
    method: 'PUT',
    path: ONE,
    body: described,
    run: async (host, input) => {
      const record = await host.networks.get(param(input, 'name'))
      checkMatch(input, editableNetwork(record))
      const { config = {}, description = '' } = input.body
      await host.networks.update(record.name, { config, description })
      return done
    },
  }),
  sync({
    method: 'PATCH',
    path: ONE,
    body: described,
    run: async (host, input) => {
      const record = await host.networks.get(param(input, 'name'))
      checkMatch(input, editableNetwork(record))
      const { config, description = record.description } = input.body
      await host.networks.update(record.name, {
        config: patched(record.config, config),
        description,
      })
      return done
    },
  }),
  sync({
    method: 'POST',
    path: ONE,
    body: renamed,
    statuses: { busy: 400 },
    run: async (host, input) => {
      await host.networks.rename(param(input, 'name'), input.body.name)
      return created(urlOf(['networks', input.body.name], input.project))
    },
  }),
  sync({
    method: 'DELETE',
    path: ONE,
    statuses: { busy: 400 },
    run: async (host, input) => {
      await host.networks.delete(param(input, 'name'))
      return done
    },
  }),
  sync({
    method: 'GET',
    path: `${ONE}/state`,
    run: async (host, input) => data(linkWire(await host.networks.state(param(input, 'name')))),
  }),
  sync({
    method: 'GET',
    path: `${ONE}/leases`,
    run: async (host, input) => {
      const leases = await host.networks.leases(param(input, 'name'))
      return data(leases.map(leaseWire))
    },
  }),
]

export const networkRoutes: readonly Route[] = [...collectionRoutes, ...memberRoutes]
