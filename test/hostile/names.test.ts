import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Route } from '../../lib/rest/route.ts'
import { routes } from '../../lib/rest/routes/index.ts'
import { type AccessWorld, openAccessWorld } from './access-world.ts'

const NAMES = [
  ...[
    '..',
    '.',
    '%2e%2e',
    '%2e%2e%2fx',
    'a%2fb',
    '%2fetc%2fpasswd',
    '..%5cx',
    'exec_%2f..%2f..%2f..%2f..%2fetc%2fpasswd',
    'exec_/../../x',
    'a%00b',
    '%00',
  ],
  ...[
    'a%0ab',
    '%0d%0aX:%20y',
    '%e2%80%a8',
    '%25',
    '_',
    'a%25',
    '%ff',
    '%zz',
    '-x',
    '%20',
    '~',
    '*',
  ],
  ...['x'.repeat(300), '%c3%a9'.repeat(100), "'%20OR%201=1--", '%24(id)', '%60id%60', '__proto__'],
]

/** As they are in a body, where nothing is decoded. */
const TAKEN = [
  '..',
  '.',
  '../x',
  'a/b',
  '/etc/passwd',
  'a\0b',
  'a\nb',
  'a\r',
  '\u2028',
  ' ',
  'x'.repeat(300),
]

const ROOT = { type: 'disk', path: '/', pool: 'default' }

const JSON_TYPE = { 'Content-Type': 'application/json' }

let world: AccessWorld
let before: unknown

beforeAll(async () => {
  world = await openAccessWorld()
  await world.host.projects.create({ name: 'mine' })
  await world.host.profiles.create({ name: 'p1' })
  await world.host.storage.create({ name: 'default', driver: 'dir' })
  await world.host.instances.create({ name: 'c1', devices: { root: ROOT } })
  before = await everything()
})

afterAll(() => world[Symbol.asyncDispose]())

/** All that there is, in the records and in files. */
async function everything(): Promise<unknown> {
  const lists = ['profiles', 'projects', 'storage-pools', 'images', 'instances', 'certificates']
  const answers = await Promise.all(
    lists.map((list) => world.local('GET', `/1.0/${list}?recursion=1`)),
  )
  const files = await readdir(world.root, { recursive: true })
  return [answers.map(({ metadata }) => metadata), files.sort()]
}

/** Long work has not failed before its operation has ended. */
async function outcome(call: string, project = ''): Promise<string> {
  const [method = '', path = '', ...words] = call.split(' ')
  const body = words.join(' ') || '{"name":"other","fingerprint":"ab"}'
  const sent = method === 'HEAD' ? {} : { body, headers: JSON_TYPE }
  const { status, body: answer } = await world.local(method, `${path}${project}`, sent)
  if (status !== 202) return `${status} ${answer.error ?? ''}`
  const ended = await world.local('GET', `${answer.operation}/wait`)
  const { err, status: word } = ended.metadata as { readonly err: string; readonly status: string }
  return `${word === 'Failure' ? 400 : 202} ${err}`
}

const named = routes.filter(({ path }) => path.includes('/:'))

/** What is there of each; so that the last name of a path is the first that is none. */
const THERE = ['instances/c1', 'storage-pools/default', 'volumes/container']

const calls = ({ method, path }: Route): readonly string[] => {
  const parts = path.split('/')
  const last = parts.findLastIndex((part) => part.startsWith(':'))
  const found = parts.map((part, at) => {
    const [, there = part] =
      THERE.find((one) => one.startsWith(`${parts[at - 1]}/`))?.split('/') ?? []
    return at < last && part.startsWith(':') ? there : part
  })
  return NAMES.flatMap((name) =>
    [parts, found].map((words) => `${method} ${words.join('/').replace(/:[^/]+/g, name)}`),
  )
}

/** A path is shortened by `..` before anything looks at it, as by every client that is not hostile. */
const isOfThem = (call: string): boolean => !/\/(\.|%2e){1,2}(\/|$)/i.test(call)

describe('a name that is none', () => {
  it.each(named.map((route) => [`${route.method} ${route.path}`, route] as const))(
    'is refused or not found by %s, and nothing changes',
    async (_, route) => {
      for (const call of calls(route)) {
        const told = await outcome(call)
        if (isOfThem(call)) expect([call, told]).toEqual([call, expect.stringMatching(/^(4|501)/)])
        expect([call, told]).toEqual([call, expect.not.stringMatching(/^(500|2\d\d .)/)])
      }
      expect(await everything()).toEqual(before)
    },
  )

  it.each(NAMES.filter((name) => !name.includes('/')))('is no project: %s', async (name) => {
    for (const call of ['POST /1.0/profiles', 'POST /1.0/instances', 'PUT /1.0/profiles/default'])
      expect(await outcome(call, `?project=${name}`)).toMatch(/^40[04] /)
    expect(await everything()).toEqual(before)
  })

  it.each([
    'POST /1.0/instances {"source":{"type":"none"},"name":NAME}',
    'POST /1.0/instances {"source":{"type":"copy","source":NAME},"name":"c2"}',
    'POST /1.0/instances/c1 {"name":NAME}',
    'POST /1.0/instances/c1/snapshots {"name":NAME}',
    'PUT /1.0/instances/c1 {"restore":NAME}',
    'PUT /1.0/instances/c1 {"profiles":[NAME]}',
    'POST /1.0/profiles {"name":NAME}',
    'POST /1.0/profiles {"name":"p2","devices":{"d":{"type":"nic","network":NAME}}}',
    'POST /1.0/profiles {"name":"p2","devices":{"d":{"type":"disk","path":"/x","pool":NAME}}}',
    'POST /1.0/profiles/p1 {"name":NAME}',
    'POST /1.0/projects {"name":NAME}',
    'POST /1.0/projects/mine {"name":NAME}',
    'POST /1.0/networks {"type":"bridge","name":NAME}',
    'POST /1.0/storage-pools {"driver":"dir","name":NAME}',
    'POST /1.0/images/aliases {"name":"one","target":NAME}',
    'POST /1.0/certificates {"type":"client","name":"x","token":true,"projects":[NAME]}',
  ])('is refused by %s, and nothing changes', async (call) => {
    for (const name of TAKEN) {
      const told = await outcome(call.replace('NAME', JSON.stringify(name)))
      expect([name, told]).toEqual([name, expect.stringMatching(/^(40[04]|501) ./)])
    }
    expect(await everything()).toEqual(before)
  })
})
