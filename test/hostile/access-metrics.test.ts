import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRestServer, type RestServer } from '../../lib/rest/index.ts'
import { type AccessWorld, freePort, openAccessWorld, peopled, refusalOf } from './access-world.ts'

let world: AccessWorld
let people: Awaited<ReturnType<typeof peopled>>
/** Serves the metrics of the same host on a port of their own. */
let server: RestServer
let port: number

beforeAll(async () => {
  world = await openAccessWorld()
  people = await peopled(world)
  port = await freePort()
  const values = { 'core.metrics_address': `127.0.0.1:${port}` }
  const value = async (key: string) => Object.entries(values).find(([name]) => name === key)?.[1]
  const settings = { ...world.host.server, value, changed: () => () => undefined }
  server = createRestServer({ ...world.host, server: settings })
  await server.listenOnNetwork()
})

afterAll(async () => {
  await server.close()
  await world[Symbol.asyncDispose]()
})

it('serves the metrics and what says that they are there, and nothing else to anybody', async () => {
  for (const who of [people.admin, people.watcher]) {
    const ask = world.as(who, port)
    expect((await ask('GET', '/')).metadata).toEqual(['/1.0'])
    expect((await ask('GET', '/1.0')).status).toBe(200)
    expect([403, 404]).not.toContain((await ask('GET', '/1.0/metrics')).status)
    for (const path of ['/1.0/instances', '/1.0/certificates', '/internal/ready', '/1.0/projects'])
      expect((await ask('GET', path)).status).toBe(404)
    expect((await ask('PUT', '/1.0', { json: {} })).status).toBe(404)
  }
  expect((await world.as(undefined, port)('GET', '/1.0/metrics')).status).toBe(403)
  expect(await refusalOf(world.socket('/1.0/events', people.admin, { port }))).toBe(404)
})
