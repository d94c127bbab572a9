import { checkMatch } from '../etag.ts'
import { listed } from '../lists.ts'
import { editableProfile, profileWire } from '../render/project.ts'
import { created, data, done, param, type Route, sync } from '../route.ts'
import { described, devices, named, optional, patched, renamed } from '../schemas.ts'
import { urlOf } from '../urls.ts'

const ONE = '/1.0/profiles/:name'
const change = described.extend({ devices: optional(devices) })
const request = change.extend({ name: named })

export const profileRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: '/1.0/profiles',
    run: async (host, input) =>
      listed(input, await host.profiles.list(), {
        url: ({ name, project }) => urlOf(['profiles', name], project),
        wire: profileWire,
      }),
  }),
  sync({
    method: 'POST',
    path: '/1.0/profiles',
    body: request,
    run: async (host, { body, project }) => {
      const { name, description = '', config = {}, devices: own = {} } = body
      await host.profiles.create({ name, description, config, devices: own })
      return created(urlOf(['profiles', name], project))
    },
  }),
  sync({
    method: 'GET',
    path: ONE,
    run: async (host, input) => {
      const record = await host.profiles.get(param(input, 'name'))
      return data(profileWire(record), editableProfile(record))
    },
  }),
  sync({
    method: 'PUT',
    path: ONE,
    body: change,
    run: async (host, input) => {
      const name = param(input, 'name')
      checkMatch(input, editableProfile(await host.profiles.get(name)))
      const { description = '', config = {}, devices: own = {} } = input.body
      await host.profiles.update(name, { description, config, devices: own })
      return done
    },
  }),
  sync({
    method: 'PATCH',
    path: ONE,
    body: change,
    run: async (host, input) => {
      const record = await host.profiles.get(param(input, 'name'))
      checkMatch(input, editableProfile(record))
      const { description = record.description, config, devices: own } = input.body
      await host.profiles.update(record.name, {
        description,
        config: patched(record.config, config),
        devices: { ...record.devices, ...own },
      })
      return done
    },
  }),
  sync({
    method: 'POST',
    path: ONE,
    body: renamed,
    run: async (host, input) => {
      await host.profiles.rename(param(input, 'name'), input.body.name)
      return created(urlOf(['profiles', input.body.name], input.project))
    },
  }),
  sync({
    method: 'DELETE',
    path: ONE,
    statuses: { busy: 400 },
    run: async (host, input) => {
      await host.profiles.delete(param(input, 'name'))
      return done
    },
  }),
]
