import { z } from 'zod'
import { isLxworksError } from '../../lib/core/errors.ts'
import { UsageError } from '../usage.ts'
import type { Api } from './api.ts'

/** YAML knows numbers and booleans; configuration is strings. */
const value = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const config = z.record(z.string(), value).optional()
const devices = z.record(z.string(), z.record(z.string(), value)).optional()
const named = { name: z.string(), description: z.string().optional(), config }

const preseed = z.strictObject({
  config,
  storage_pools: z.array(z.strictObject({ ...named, driver: z.string() })).nullish(),
  networks: z
    .array(
      z.strictObject({ ...named, type: z.string().optional(), project: z.string().optional() }),
    )
    .nullish(),
  projects: z.array(z.strictObject(named)).nullish(),
  profiles: z
    .array(z.strictObject({ ...named, devices, project: z.string().optional() }))
    .nullish(),
  cluster: z.null().optional(),
})

export type Preseed = z.output<typeof preseed>

/** Kind of the entries of all lists but `config`. */
interface Thing {
  readonly collection: string
  readonly project: string
  readonly body: { readonly name: string } & Existing
}

interface Existing {
  readonly description?: string
  readonly config?: Readonly<Record<string, string>>
  readonly devices?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly driver?: string
}

/** Throws `UsageError` naming what is wrong and where. */
export function checkPreseed(found: unknown): Preseed {
  const result = preseed.safeParse(found ?? {})
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new UsageError(`the preseed is wrong at ${issue?.path.join('.')}: ${issue?.message}`)
}

/**
 * Brings the server to what the preseed says: things that are missing are made, those that are there get its keys over theirs, and
 * what it does not name stays. When a part fails, what was done before it is taken back, as far as that goes.
 */
export async function applyPreseed(api: Api, wanted: Preseed): Promise<void> {
  const undo: (() => Promise<unknown>)[] = []
  try {
    await applyConfig(api, wanted.config, undo)
    for (const thing of things(wanted)) await applyThing(api, thing, undo)
  } catch (error) {
    for (const back of undo.reverse()) await back().catch(() => undefined)
    throw error
  }
}

/** In the order in which they need each other. */
function things(wanted: Preseed): readonly Thing[] {
  const of = (
    collection: string,
    list:
      | readonly { readonly name: string; readonly project?: string | undefined }[]
      | null
      | undefined,
  ): readonly Thing[] =>
    (list ?? []).map(({ project = 'default', ...body }) => ({ collection, project, body }))
  const networks = of('networks', wanted.networks)
  return [
    ...of('storage-pools', wanted.storage_pools),
    ...networks.filter(({ project }) => project === 'default'),
    ...of('projects', wanted.projects),
    ...networks.filter(({ project }) => project !== 'default'),
    ...of('profiles', wanted.profiles),
  ]
}

type Undo = (() => Promise<unknown>)[]

async function applyConfig(api: Api, wanted: Preseed['config'], undo: Undo): Promise<void> {
  if (wanted === undefined || Object.keys(wanted).length === 0) return
  const { config: before } = (await api.call('GET', '/1.0')) as { readonly config: object }
  undo.push(() => api.call('PUT', '/1.0', { config: before }))
  await api.call('PATCH', '/1.0', { config: wanted })
}

async function applyThing(
  api: Api,
  { collection, project, body }: Thing,
  undo: Undo,
): Promise<void> {
  const query = `?project=${encodeURIComponent(project)}`
  const one = `/1.0/${collection}/${encodeURIComponent(body.name)}${query}`
  const before = (await api.call('GET', one).catch(absent)) as Existing | undefined
  if (before === undefined) {
    await api.call('POST', `/1.0/${collection}${query}`, body)
    undo.push(() => api.call('DELETE', one))
    return
  }
  if (body.driver !== undefined && body.driver !== before.driver) {
    throw new UsageError(
      `the storage pool ${body.name} has the driver ${before.driver}, which cannot become ${String(body.driver)}`,
    )
  }
  undo.push(() => api.call('PUT', one, editable(before)))
  await api.call('PUT', one, merged(before, body))
}

function editable({ description = '', config = {}, devices }: Existing): Existing {
  return { description, config, ...(devices && { devices }) }
}

function merged(before: Existing, wanted: Existing): Existing {
  const { description, config, devices } = editable(before)
  return {
    description: wanted.description ?? description ?? '',
    config: { ...config, ...wanted.config },
    ...(devices && { devices: { ...devices, ...wanted.devices } }),
  }
}

function absent(error: unknown): undefined {
  if (isLxworksError(error) && error.kind === 'notFound') return undefined
  throw error
}
