import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answered, ask } from './api.ts'
import { type ClientWorld, openClientWorld } from './world.ts'
import { type WrongRequest, wrongRequests } from './wrong-requests.ts'

let world: ClientWorld
let before: unknown

beforeAll(async () => {
  world = await openClientWorld()
  await world.serve()
  await world.furnish()
  await world.done('init', 'busybox', 'c1')
  before = await everything()
})

afterAll(() => world.close())

const get = (path: string): Promise<Answered> => asked({ method: 'GET', path })

function asked(request: Parameters<typeof ask>[1]): Promise<Answered> {
  return ask(join(world.directory, 'root/unix.socket'), request)
}

const LISTS = [
  'instances',
  'profiles',
  'projects',
  'networks',
  'storage-pools',
  'storage-pools/default/volumes',
  'images',
  'images/aliases',
]

/** All that the server tells of itself, its files, and what of the host bears the name of this world. */
async function everything(): Promise<unknown> {
  const lists = await Promise.all(LISTS.map((list) => get(`/1.0/${list}?recursion=1`)))
  const printed = await Promise.all([
    world.run('ip', '-o', 'link'),
    world.run('nft', 'list', 'ruleset'),
    world.run('ps', 'ax', '-o', 'args'),
  ])
  const lines = printed.flatMap(({ stdout }) => stdout.split('\n'))
  return {
    lists: lists.map(({ body }) => ours(body.metadata)),
    files: await files(join(world.directory, 'root')),
    host: lines.filter((line) => line.includes(world.network)),
  }
}

/** Links of the host come and go with other tests on the machine. */
function ours(list: unknown): unknown {
  return Array.isArray(list) ? list.filter((one) => one.managed !== false) : list
}

/** Paths below the root, without those of the database, whose files come and go with its connections. */
async function files(root: string): Promise<readonly string[]> {
  const names = await readdir(root, { recursive: true })
  return names.filter((name) => !name.startsWith('database/')).sort()
}

/** What is answered, and what came of the operation where one was begun. */
async function outcome(wrong: WrongRequest) {
  const named = (text: string): string => text.replaceAll('NET', world.network)
  const { method, type } = wrong
  const request = { method, path: named(wrong.path), type, body: named(wrong.body) }
  const { status, body } = await asked(request)
  if (status !== 202) return { status, body, said: body.error }
  const waited = await get(`${body.operation}/wait?timeout=30`)
  const ended = waited.body.metadata as { readonly status: string; readonly err: string }
  return { status, body, said: ended.err || `the operation ended with ${ended.status}` }
}

describe.each(wrongRequests())('a request with %s', (_, requests) => {
  it.each(requests.map((one) => [one.line, one] as const))(
    'is refused: %s',
    async (_line, wrong) => {
      const { status, body, said } = await outcome(wrong)
      expect(said).toMatch(wrong.says)
      expect(status).toBe(wrong.status)
      if (status === 202) return
      expect(body).toMatchObject({ type: 'error', error_code: status, metadata: null })
    },
  )

  it('changes nothing', async () => {
    expect(await everything()).toEqual(before)
  })
})

describe('a request that is right but sent carelessly', () => {
  it.each(['text/plain', 'application/x-www-form-urlencoded'])(
    'is taken when its JSON is sent as %s, as curl does',
    async (type) => {
      const body = JSON.stringify({ name: 'careless' })
      const made = await asked({ method: 'POST', path: '/1.0/profiles', type, body })
      expect(made.status).toBe(201)
      const gone = await asked({ method: 'DELETE', path: '/1.0/profiles/careless' })
      expect(gone.status).toBe(200)
    },
  )

  it('is refused with 412 when it is about an older version', async () => {
    const line = { method: 'PUT', path: '/1.0/instances/c1', headers: { 'If-Match': '"0"' } }
    const { status, body } = await asked({ ...line, body: '{}' })
    expect(status).toBe(412)
    expect(body.error).toMatch(/ETag doesn't match: .*; read the object again/)
  })

  it('is refused with 413 when its body is too large', async () => {
    const body = JSON.stringify({ name: 'x'.repeat(1024 ** 2) })
    const { status } = await asked({ method: 'POST', path: '/1.0/instances', body })
    expect(status).toBe(413)
  })

  it('has changed nothing', async () => {
    expect(await everything()).toEqual(before)
  })
})
