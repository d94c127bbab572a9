import { z } from 'zod'
import type { SettingsChange } from '../../server/contract.ts'
import { checkMatch } from '../etag.ts'
import { EXTENSIONS } from '../extensions.ts'
import { unsupported } from '../failures.ts'
import { isTrue } from '../lists.ts'
import { type Data, data, done, type Input, type Route, sync } from '../route.ts'
import { orElse } from '../schemas.ts'

const server = {
  api_extensions: EXTENSIONS,
  api_status: 'stable',
  api_version: '1.0',
  public: false,
  auth_methods: ['tls'],
}

/** A secret that a client was only told of comes back as `true`. */
const serverConfig = z.record(z.string(), z.union([z.string(), z.literal(true)]))
const body = z.object({ config: orElse(serverConfig, {}) })

export const serverRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: '/',
    run: async () => data(['/1.0']),
  }),
  sync({
    method: 'GET',
    path: '/1.0',
    run: async (host, { front, caller }): Promise<Data> => {
      if (caller.trust.trust === 'none') return data({ ...server, auth: 'untrusted' })
      const [environment, config] = await Promise.all([
        front.environment.read(host),
        host.server.get(),
      ])
      return data({ config, ...server, auth: 'trusted', environment }, config)
    },
  }),
  sync({
    method: 'PUT',
    path: '/1.0',
    body,
    run: async ({ server: settings }, input) => {
      await settings.replace(input.body.config, expecting(input))
      return done
    },
  }),
  sync({
    method: 'PATCH',
    path: '/1.0',
    body,
    run: async ({ server: settings }, input) => {
      await settings.patch(input.body.config, expecting(input))
      return done
    },
  }),
  sync({
    method: 'GET',
    path: '/internal/ready',
    // A request is only answered once the host is open; this one tells too that what starts with it was tried.
    run: async (host) => {
      await host.instances.autostarted()
      return done
    },
  }),
  sync({
    method: 'PUT',
    path: '/internal/shutdown',
    run: async (_, { front, query }) => {
      if (!front.shutdown) throw unsupported('this server cannot be shut down through its API')
      await front.shutdown({ force: isTrue(query.get('force')) })
      return done
    },
  }),
]

function expecting(input: Pick<Input, 'request'>): SettingsChange {
  return { expect: (current) => checkMatch(input, current) }
}
