import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessOf } from '../../lib/rest/guard/classes.ts'
import type { Route } from '../../lib/rest/route.ts'
import { routes } from '../../lib/rest/routes/index.ts'
import {
  type AccessWorld,
  type Answer,
  openAccessWorld,
  type Person,
  peopled,
  person,
} from './access-world.ts'

const stranger = person('stranger')
let world: AccessWorld
let people: Awaited<ReturnType<typeof peopled>>

beforeAll(async () => {
  world = await openAccessWorld()
  people = await peopled(world)
})

afterAll(() => world[Symbol.asyncDispose]())

/** Each call that a route answers, with one word for whatever it names. */
const calls = (route: Route): string => `${route.method} ${route.path.replace(/:[^/]+/g, 'hidden')}`

const ofClass = (wanted: (access: string) => boolean): readonly string[] =>
  routes.filter((route) => wanted(accessOf(route))).map(calls)

const inProjects = ofClass((access) => access.includes(':'))
const forAdministrators = ofClass((access) => access === 'admin' || access === 'local')
const toSeveral = ofClass((access) => access === 'public' || access === 'trusted')
const forTheTrusted = ofClass((access) => access !== 'public' && access !== 'metrics')

function asked(who: Person | undefined, call: string, query = ''): Promise<Answer> {
  const [method = '', path = ''] = call.split(' ')
  return world.as(who)(method, `${path}${query}`, method === 'HEAD' ? {} : { json: {} })
}

const told = ({ status, body }: Answer): string => `${status} ${body.error ?? ''}`

/** An answer to HEAD has no words. */
const refusal = (call: string, status: number, words: string): string =>
  `${status} ${call.startsWith('HEAD ') ? '' : words}`

/** Everything that the state and its directory hold. */
async function everything(): Promise<unknown> {
  const lists = ['profiles', 'networks', 'storage-pools', 'images', 'instances', 'certificates']
  const answers = await Promise.all(
    ['default', 'mine', 'secret'].flatMap((project) =>
      lists.map((list) => world.local('GET', `/1.0/${list}?recursion=1&project=${project}`)),
    ),
  )
  const others = await Promise.all([world.local('GET', '/1.0/projects?recursion=1')])
  return [...answers, ...others].map(({ metadata }) =>
    (metadata as readonly { readonly managed?: boolean }[]).filter((one) => one.managed !== false),
  )
}

describe('each call of the API', () => {
  it.each([
    ['nobody', (): undefined => undefined],
    ['a certificate that nobody trusts', () => stranger],
    ['a metrics certificate', () => people.watcher],
  ] as readonly (readonly [string, () => Person | undefined])[])(
    'that needs trust is refused to %s',
    async (_, who) => {
      const before = await everything()
      for (const call of forTheTrusted)
        for (const query of ['', '?project=nosuch'])
          expect([call, told(await asked(who(), call, query))]).toEqual([
            ...[call, refusal(call, 403, 'not authorized')],
          ])
      expect(await everything()).toEqual(before)
    },
  )

  it('that is for administrators is refused to who is confined to projects', async () => {
    const before = await everything()
    for (const call of forAdministrators)
      for (const query of ['?project=mine', '?project=nosuch'])
        expect([call, (await asked(people.confined, call, query)).status]).toEqual([call, 403])
    expect(await everything()).toEqual(before)
  })

  it('in a project is refused to who may not see it, whether it is there or not', async () => {
    for (const call of inProjects)
      for (const project of ['secret', 'se_ret', '%25%00'])
        expect([call, told(await asked(people.confined, call, `?project=${project}`))]).toEqual([
          ...[call, refusal(call, 404, 'Project not found')],
        ])
    expect(inProjects.length).toBeGreaterThan(60)
  })

  it('answers everybody alike for a project that is not to be known and one that is not there', async () => {
    for (const who of [undefined, stranger, people.watcher, people.confined])
      for (const call of toSeveral) {
        const answers = await Promise.all(
          ['secret', 'nosuch'].map(async (project) =>
            told(await asked(who, call, `?project=${project}`)).replaceAll(project, '?'),
          ),
        )
        expect([call, answers[0]]).toEqual([call, answers[1]])
      }
  })

  it('from a page of another site is refused where it changes something', async () => {
    const before = await everything()
    const changing = routes.filter(({ method }) => method !== 'GET' && method !== 'HEAD').map(calls)
    for (const call of changing)
      for (const headers of [
        { Origin: 'https://evil.example' },
        { Origin: 'null', 'Content-Type': 'text/plain' },
        { 'Sec-Fetch-Site': 'cross-site', 'Content-Type': 'multipart/form-data; boundary=x' },
      ]) {
        const [method = '', path = ''] = call.split(' ')
        const answer = await world.as(people.admin)(method, path, { json: {}, headers })
        expect([call, answer.status, answer.body.error]).toEqual([
          ...[call, 403, 'not authorized: the request comes from a page of another site'],
        ])
      }
    expect(await everything()).toEqual(before)
  })
})
