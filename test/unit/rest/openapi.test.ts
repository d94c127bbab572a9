import { describe, expect, it } from 'vitest'
import { createRouter } from '../../../lib/rest/router.ts'
import { routes } from '../../../lib/rest/routes/index.ts'
import { missingRoutes } from '../../../lib/rest/routes/missing.ts'
import { examplePath } from '../../../tools/pages/rest-api.ts'
import { OPENAPI_CALLS } from '../../../tools/read/openapi.ts'
import { served } from './client.ts'

const named = ({ method, path }: { readonly method: string; readonly path: string }): string =>
  `${method} ${path}`

describe('each call of LXD’s OpenAPI file', () => {
  it('has a route', async () => {
    const { find } = await createRouter(routes)
    const lost = OPENAPI_CALLS.filter(({ method, path }) => {
      try {
        return find(method, examplePath(path)).route.method !== method
      } catch {
        return true
      }
    })
    expect(OPENAPI_CALLS.length).toBeGreaterThan(170)
    expect(lost.map(named)).toEqual([])
  })

  it('that is not built is answered with 501 and the reason', async () => {
    await using api = await served()
    const { find } = await createRouter(routes)
    const missing = new Set(missingRoutes.map(named))
    const refused = OPENAPI_CALLS.filter(({ method, path }) =>
      missing.has(named(find(method, examplePath(path)).route)),
    )
    for (const { method, path } of refused) {
      const { status, body } = await api.ask(method, examplePath(path))
      expect([named({ method, path }), status]).toEqual([named({ method, path }), 501])
      expect(body.error).not.toMatch(/^(not implemented|$)/)
    }
  })
})
