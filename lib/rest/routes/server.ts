import { z } from 'zod'
import { checkMatch } from '../etag.ts'
import { EXTENSIONS } from '../extensions.ts'
import { unsupported } from '../failures.ts'
import { isTrue } from '../lists.ts'
import { type Data, data, done, type Input, type Route, sync } from '../route.ts'
import { config, orElse, patched } from '../schemas.ts'

const body = z.object({ config: orElse(config, {}) })

export const serverRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: '/',
    run: async () => data(['/1.0']),
  }),
  sync({
    method: 'GET',
    path: '/1.0',
    run: async (host, { front }): Promise<Data> => {
      const [environment, settings] = await Promise.all([
        front.environment.read(host),
        front.settings.read(),
      ])
      const metadata = {
        config: settings,
        api_extensions: EXTENSIONS,
        api_status: 'stable',
        api_version: '1.0',
        auth: 'trusted',
        public: false,
        auth_methods: ['tls'],
        environment,
      }
      return data(metadata, settings)
    },
  }),
  sync({
    method: 'PUT',
    path: '/1.0',
    body,
    run: (_, input) => change(input, () => input.body.config),
  }),
  sync({
    method: 'PATCH',
    path: '/1.0',
    body,
    run: (_, input) => change(input, (current) => patched(current, input.body.config)),
  }),
  sync({
    method: 'GET',
    path: '/internal/ready',
    // A request is only answered once the host is open.
    run: async () => done,
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

async function change(
  input: Input<z.output<typeof body>>,
  next: (current: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
) {
  const current = await input.front.settings.read()
  checkMatch(input, current)
  await input.front.settings.write(next(current))
  return done
}
