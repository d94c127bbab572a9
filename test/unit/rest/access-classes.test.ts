import { expect, it } from 'vitest'
import { accessOf, isClassed } from '../../../lib/rest/guard/classes.ts'
import { routes } from '../../../lib/rest/routes/index.ts'

it('says of every route what it needs', () => {
  const unclassed = routes.filter((route) => !isClassed(route))
  expect(unclassed.map(({ method, path }) => `${method} ${path}`)).toEqual([])
})

it('leaves open to strangers what LXD leaves open, and nothing else', () => {
  const open = routes.filter((route) => accessOf(route) === 'public')
  expect(open.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
    'GET /',
    'GET /1.0',
    'GET /1.0/images',
    'GET /1.0/images/:fingerprint',
    'GET /1.0/images/:fingerprint/export',
    'GET /1.0/images/aliases/*',
    'GET /1.0/operations/:id/wait',
    'GET /1.0/operations/:id/websocket',
    'POST /1.0/certificates',
  ])
})

it('lets nobody change what is not in a project, but administrators', () => {
  const changing = routes.filter(({ method }) => method !== 'GET' && method !== 'HEAD')
  const trusted = changing.filter((route) => accessOf(route) === 'trusted')
  // Their handlers ask for the host as its caller may see it, which refuses what is not the caller's own.
  expect(trusted.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
    'DELETE /1.0/operations/:id',
    'PATCH /1.0/certificates/:fingerprint',
    'PATCH /1.0/projects/:name',
    'PUT /1.0/certificates/:fingerprint',
    'PUT /1.0/projects/:name',
  ])
})

it('keeps what is internal to the machine itself, and what nobody has classed to administrators', () => {
  expect(accessOf({ method: 'GET', path: '/internal/anything' })).toBe('local')
  expect(accessOf({ method: 'GET', path: '/1.0/anything' })).toBe('admin')
})
