import { notFound } from '../failures.ts'
import { data, param, type Route, sync } from '../route.ts'
import { ONE } from './instances.ts'

/** Collections that exist and have nothing in them here, and what clients ask to learn that. */
export const emptyRoutes: readonly Route[] = [
  emptyList(`${ONE}/backups`),
  nothing(`${ONE}/backups/:id`, 'Instance backup not found'),
  sync({
    method: 'GET',
    path: '/1.0/cluster',
    run: async () => {
      const cluster = { server_name: '', enabled: false, member_config: [] }
      return data(cluster, cluster)
    },
  }),
]

function emptyList(path: string): Route {
  return sync({
    method: 'GET',
    path,
    run: async (host, input) => {
      if (path.startsWith(ONE)) await host.instances.get(param(input, 'name'))
      return data([])
    },
  })
}

function nothing(path: string, message: string): Route {
  return sync({
    method: 'GET',
    path,
    run: async () => {
      throw notFound(message)
    },
  })
}
