import { resourcesWire } from '../render/resources.ts'
import { data, type Route, sync } from '../route.ts'

export const resourceRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: '/1.0/resources',
    run: async (host) => data(resourcesWire(await host.resources())),
  }),
]
