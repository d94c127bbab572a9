import { expect, it } from 'vitest'
import type { HttpRoute, Input } from '../../../lib/rest/route.ts'
import { serverRoutes } from '../../../lib/rest/routes/server.ts'
import { fakeHost } from './fake-host.ts'

it('tells whom it does not trust how to become trusted, and nothing of itself', async () => {
  const route = serverRoutes.find(({ method, path }) => method === 'GET' && path === '/1.0')
  const host = fakeHost()
  await host.server.patch({ 'user.private': 'yes' })
  const input = { caller: { trust: { trust: 'none' } } } as unknown as Input
  const answer = await (route as HttpRoute<'sync', undefined>).run(host, input)
  expect(answer).toMatchObject({ data: { auth: 'untrusted', auth_methods: ['tls'] } })
  expect(Object.keys((answer as { readonly data: object }).data).sort()).toEqual([
    'api_extensions',
    'api_status',
    'api_version',
    'auth',
    'auth_methods',
    'public',
  ])
})
