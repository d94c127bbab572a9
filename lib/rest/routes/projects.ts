import { checkMatch } from '../etag.ts'
import { denied } from '../failures.ts'
import { listed } from '../lists.ts'
import { editableProject, projectWire, usageWire } from '../render/project.ts'
import { background, created, data, done, param, type Route, started, sync } from '../route.ts'
import { described, named, patched, renamed } from '../schemas.ts'
import { urlOf } from '../urls.ts'

const ONE = '/1.0/projects/:name'
const request = described.extend({ name: named })

export const projectRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: '/1.0/projects',
    run: async (host, input) =>
      listed(input, await host.projects.list(), {
        url: ({ name }) => urlOf(['projects', name]),
        wire: projectWire,
      }),
  }),
  sync({
    method: 'POST',
    path: '/1.0/projects',
    body: request,
    run: async (host, { body: { name, description, config } }) => {
      await host.projects.create({
        name,
        ...(description && { description }),
        ...(config && { config }),
      })
      return created(urlOf(['projects', name]))
    },
  }),
  sync({
    method: 'GET',
    path: ONE,
    run: async (host, input) => {
      const record = await host.projects.get(param(input, 'name'))
      return data(projectWire(record), editableProject(record))
    },
  }),
  sync({
    method: 'GET',
    path: `${ONE}/state`,
    run: async (host, input) => data(usageWire(await host.projects.usage(param(input, 'name')))),
  }),
  sync({
    method: 'PUT',
    path: ONE,
    body: described,
    statuses: { busy: 400 },
    run: async (host, input) => {
      const name = param(input, 'name')
      checkMatch(input, editableProject(await host.projects.get(name)))
      const { config = {}, description = '' } = input.body
      await host.projects.update(name, { config, description })
      return done
    },
  }),
  sync({
    method: 'PATCH',
    path: ONE,
    body: described,
    statuses: { busy: 400 },
    run: async (host, input) => {
      const record = await host.projects.get(param(input, 'name'))
      checkMatch(input, editableProject(record))
      const { config, description = record.description } = input.body
      await host.projects.update(record.name, {
        config: patched(record.config, config),
        description,
      })
      return done
    },
  }),
  background({
    method: 'POST',
    path: ONE,
    body: renamed,
    run: async (host, input) => {
      const { name } = await host.projects.get(param(input, 'name'))
      if (name === 'default') throw denied("The 'default' project cannot be renamed")
      return started(
        host.operations.start({ description: 'Renaming project', mayCancel: false }, () =>
          host.projects.rename(name, input.body.name),
        ),
      )
    },
  }),
  sync({
    method: 'DELETE',
    path: ONE,
    statuses: { busy: 400 },
    run: async (host, input) => {
      await host.projects.delete(param(input, 'name'))
      return done
    },
  }),
]
