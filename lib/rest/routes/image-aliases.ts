import { z } from 'zod'
import type { Host } from '../../host/contract.ts'
import { checkMatch } from '../etag.ts'
import { invalid } from '../failures.ts'
import { listed } from '../lists.ts'
import { aliasWire, editableAlias } from '../render/image.ts'
import { created, data, done, type Input, param, type Route, sync } from '../route.ts'
import { optional, renamed, text } from '../schemas.ts'
import { urlOf } from '../urls.ts'

const ALL = '/1.0/images/aliases'
/** Names of aliases may hold slashes. */
const ONE = `${ALL}/*`
const entry = z.object({ description: optional(z.string()), target: optional(z.string()) })
const WHICH = 'name and target are required'
const request = z.object({
  name: z.string(WHICH).min(1, WHICH),
  target: z.string(WHICH).min(1, WHICH),
  description: text,
})

export const aliasRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: ALL,
    run: async (host, input) =>
      listed(input, await host.images.aliases.list(), {
        url: ({ name }) => aliasUrl(name, input),
        wire: aliasWire,
      }),
  }),
  sync({
    method: 'POST',
    path: ALL,
    body: request,
    run: async (host, input) => {
      const { name, target, description } = input.body
      // LXD takes the beginning of a fingerprint for the whole.
      const { fingerprint } = await host.images.get(target)
      await host.images.aliases.create({ name, target: fingerprint, description })
      return created(aliasUrl(name, input))
    },
  }),
  sync({
    method: 'GET',
    path: ONE,
    run: async (host, input) => {
      const alias = await host.images.aliases.get(param(input, '*'))
      return data(aliasWire(alias), editableAlias(alias))
    },
  }),
  sync({
    method: 'PUT',
    path: ONE,
    body: entry,
    run: async (host, input) => {
      const { target = '', description = '' } = input.body
      if (target === '') throw invalid('The target field is required')
      return change(host, input, { target, description })
    },
  }),
  sync({
    method: 'PATCH',
    path: ONE,
    body: entry,
    run: async (host, input) => {
      if (input.body.target === '') throw invalid('The target must not be empty; leave it out')
      return change(host, input, input.body)
    },
  }),
  sync({
    method: 'POST',
    path: ONE,
    body: renamed,
    run: async (host, input) => {
      await host.images.aliases.rename(param(input, '*'), input.body.name)
      return created(aliasUrl(input.body.name, input))
    },
  }),
  sync({
    method: 'DELETE',
    path: ONE,
    run: async (host, input) => {
      await host.images.aliases.delete(param(input, '*'))
      return done
    },
  }),
]

/** As for a new one, the beginning of a fingerprint is taken for the whole. */
async function change(host: Host, input: Input<unknown>, body: z.output<typeof entry>) {
  const { images } = host
  const alias = await images.aliases.get(param(input, '*'))
  checkMatch(input, editableAlias(alias))
  const { target, description } = body
  await images.aliases.update(alias.name, {
    ...(target !== undefined && { target: (await images.get(target)).fingerprint }),
    ...(description !== undefined && { description }),
  })
  return done
}

function aliasUrl(name: string, { project }: Pick<Input, 'project'>): string {
  return urlOf(['images', 'aliases', name], project)
}
